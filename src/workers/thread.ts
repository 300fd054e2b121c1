/**
 * One worker, by whatever the runtime has: `Worker`, or Node's `worker_threads`.
 *
 * @module
 */
import type { FromWorker, ToWorker } from "./messages.ts";

/** A running worker. */
export interface WorkerThread {
  /** Sends a message; the buffers of `transfer` are gone from here afterwards. */
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  /** Whether the worker keeps the process from ending, where the runtime lets one choose. */
  hold(held: boolean): void;
  /** Ends the worker at once, whatever it is doing. */
  terminate(): void | Promise<unknown>;
}

/** Is told what a worker does. */
export interface WorkerListener {
  onMessage(message: FromWorker): void;
  /** The worker has ended by itself. May be called more than once. */
  onEnd(reason: unknown): void;
}

/**
 * Starts a worker.
 *
 * @throws {Error} Where the runtime has no workers, or forbids them.
 */
export type SpawnWorker = (listener: WorkerListener) => Promise<WorkerThread>;

/** Another worker than that of JPEG alone: one that has the formats that were registered, too. */
let other: SpawnWorker | undefined;

/** Has all workers that are started from now on be others. */
export function replaceWorkers(spawn: SpawnWorker): void {
  other = spawn;
}

/** Starts a worker that decodes. */
export const spawnWorker: SpawnWorker = (listener) =>
  other !== undefined ? other(listener) : typeof globalThis.Worker === "function"
    // Bundlers know a worker by this very expression.
    ? Promise.resolve(
      listenTo(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }), listener),
    )
    : spawnThread(new URL("./worker.js", import.meta.url), listener);

/** Starts a worker from another module, for tests. */
export function spawnFrom(url: URL): SpawnWorker {
  return (listener) =>
    typeof globalThis.Worker === "function"
      ? Promise.resolve(listenTo(new Worker(url, { type: "module" }), listener))
      : spawnThread(url, listener);
}

/** Bun's workers can be let go of, as Node's can. */
type WebWorker = Worker & { ref?(): void; unref?(): void };

/** A worker of the web that was just made. */
export function listenTo(worker: WebWorker, listener: WorkerListener): WorkerThread {
  worker.addEventListener("message", ({ data }) => listener.onMessage(data));
  worker.addEventListener("error", (event) => {
    // Deno would end the process otherwise.
    event.preventDefault();
    listener.onEnd(event.message);
  });
  worker.addEventListener("messageerror", () => listener.onEnd("a message could not be read"));
  // Only Bun tells when a worker has ended without an error.
  worker.addEventListener("close", () => listener.onEnd("it has ended"));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: (held) => held ? worker.ref?.() : worker.unref?.(),
    terminate: () => worker.terminate(),
  };
}

/** Starts a worker by Node's threads. */
export async function spawnThread(url: URL, listener: WorkerListener): Promise<WorkerThread> {
  const threads = await import("node:worker_threads");
  const worker = new threads.Worker(url);
  worker.on("message", (message) => listener.onMessage(message));
  worker.on("error", (error) => listener.onEnd(error));
  worker.on("exit", (code) => listener.onEnd(`it has ended with code ${code}`));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: (held) => held ? worker.ref() : worker.unref(),
    terminate: () => worker.terminate(),
  };
}
