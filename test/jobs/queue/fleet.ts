/** Processes of workers, on any runtime, that can be killed, stopped for a while and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installRuntime } from "../../runtimes/install.ts";
import type { WorkerOrders } from "./entry_worker.ts";

/** The runtimes that workers run on. */
export const RUNTIMES = ["deno", "node", "bun"] as const;

/** One of them. */
export type RuntimeName = (typeof RUNTIMES)[number];

const SCRIPT = fileURLToPath(new URL("entry_worker.ts", import.meta.url));

/** The command that runs a script on a runtime. */
export async function runtimeCommand(runtime: RuntimeName, script: string): Promise<string[]> {
  if (runtime === "deno") {
    return [process.execPath, "run", "--quiet", "--no-check", "--allow-all", script];
  }
  return [await installRuntime(runtime), script];
}

/** A worker's process. */
export class WorkerProcess {
  readonly runtime: RuntimeName;
  /** Resolves to its exit code, or to the name of the signal that has ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves when it takes tasks. */
  readonly ready: Promise<void>;
  isGone = false;
  /** What it has said. */
  notes = "";
  readonly #child: ChildProcess;

  private constructor(runtime: RuntimeName, [program, ...args]: string[]) {
    this.runtime = runtime;
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
    });
    this.#child = child;
    child.stderr.on("data", (chunk) => this.notes += chunk);
    this.ready = new Promise((resolve) =>
      child.stdout.on("data", (chunk) => {
        if (String(chunk).includes("ready")) resolve();
      })
    );
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        this.isGone = true;
        resolve(signal ?? code ?? -1);
      });
    });
  }

  /** Starts one. */
  static async start(runtime: RuntimeName, orders: WorkerOrders): Promise<WorkerProcess> {
    const command = await runtimeCommand(runtime, SCRIPT);
    return new WorkerProcess(runtime, [...command, JSON.stringify(orders)]);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Sends a signal. */
  signal(name: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): void {
    // By its number: on Deno, `kill()` of a child sends its first signal alone.
    if (!this.isGone) process.kill(this.pid, name);
  }
}

/** Waits some milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something holds. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
): Promise<void> {
  const startedMs = performance.now();
  while (!await holds()) {
    if (performance.now() - startedMs > limitMs) {
      throw new Error(`not within ${limitMs} ms: ${what}`);
    }
    await pause(50);
  }
}
