/**
 * A worker: takes tasks from a queue until it is told to stop, or nothing is left.
 *
 * @module
 */
import type { Job, Worker } from "bullmq";
import type { QueuedJob, TaskMessage, TaskRun, WorkOptions } from "../engine.ts";
import { isPermanent } from "../errors.ts";
import type { BullEngine } from "./bull_engine.ts";
import { readPrefix } from "./ids.ts";
import type { QueueSettings } from "./options.ts";
import { type BullMq, type Link, onceInAWhile, tell } from "./server.ts";

/** What a worker works with. */
export interface WorkerTools {
  readonly engine: BullEngine;
  readonly bullmq: BullMq;
  readonly link: Link & { close(): void };
  readonly settings: QueueSettings;
}

type Run = (message: TaskMessage, run: TaskRun) => Promise<void>;

/** How often a worker asks whether what it does was cancelled, and what is left. */
const POLL_MS = 400;
/** How often the queue is told how far a task is. */
const PROGRESS_MS = 1000;
/** How long a worker that has gone on to another job is taken to have tasks of the one before. */
const QUIET_MS = 5000;
/** How long tasks that are to stop are waited for before they are given back as they are. */
const STOP_MS = 5000;
/** How long a server that does not answer is waited for at the end. */
const CLOSE_MS = 3000;
/** How long a worker waits for a task before it asks again, in seconds: it is woken when there is one. */
const WAIT_S = 5;

/** What is told once a task, in words that say what follows. */
const OF_LOCKS = /^(?:could not renew lock|Missing lock|Lock mismatch) for job/;

/** BullMQ's word for a task that has lost its worker too often. */
const LOST = "job stalled more than allowable limit";

/** Runs a worker to its end. */
export async function runWorker(run: Run, options: WorkOptions, tools: WorkerTools): Promise<void> {
  options.signal?.throwIfAborted();
  await new QueueWorker(run, options, tools, await nameWorker()).work();
}

/** Host and process, for people who want to know who has a task. */
async function nameWorker(): Promise<string> {
  const { hostname } = await import("node:os");
  const { pid } = await import("node:process");
  try {
    return `${hostname()}-${pid}`;
  } catch {
    // Deno has a permission for it, which nobody need give.
    return String(pid);
  }
}

/** A job that this worker has had tasks of. */
interface KnownJob {
  readonly job: QueuedJob;
  /** Whether it may have come to its end since that was last looked for. */
  isOpen: boolean;
  /** When this worker last had a task of it. */
  lastMs: number;
}

interface RunningTask {
  readonly job: Job<TaskMessage>;
  readonly token: string;
  readonly control: AbortController;
  /** Whether the queue takes this worker for lost. */
  isLost: boolean;
}

class QueueWorker {
  readonly #run: Run;
  readonly #options: WorkOptions;
  readonly #tools: WorkerTools;
  readonly #worker: Worker<TaskMessage>;
  readonly #running = new Map<string, RunningTask>();
  readonly #jobs = new Map<string, KnownJob>();
  readonly #told = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #fail: (error: unknown) => void = () => {};
  readonly #warn: (message: string) => void;
  #cancelled: ReadonlySet<string> = new Set();
  #isStopping = false;
  /** Whether nothing was there to take since it was last looked what is left. */
  #isDrained = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: Run, options: WorkOptions, tools: WorkerTools, name: string) {
    this.#run = run;
    this.#options = options;
    this.#tools = tools;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.#warn = onceInAWhile((message) => options.onWarning?.(message));
    const { bullmq, link, settings } = tools;
    this.#worker = new bullmq.Worker<TaskMessage>(
      settings.name,
      async (job, token) => await this.#process(job, token!),
      {
        connection: link.connection,
        name,
        autorun: false,
        concurrency: options.concurrency ?? 1,
        lockDuration: settings.lockMs,
        stalledInterval: settings.checkMs,
        maxStalledCount: settings.maxLost,
        drainDelay: WAIT_S,
        runRetryDelay: 1000,
      },
      link.backend as undefined,
    );
  }

  async work(): Promise<void> {
    const { signal } = this.#options;
    const stop = (): void => this.#end();
    signal?.addEventListener("abort", stop, { once: true });
    this.#worker.on("error", (error) => {
      if (!OF_LOCKS.test(error.message)) this.#warn(tell(error));
    });
    this.#worker.on("lockRenewalFailed", (ids) => ids.forEach((id) => this.#tellLost(id)));
    this.#worker.on("failed", (job, error) => {
      // Such a task comes to this worker only to be given up.
      if (job !== undefined && error.message === LOST) {
        this.#tellLater(() => this.#options.onFail?.(job.data, lostError(), true));
      }
    });
    this.#worker.on("drained", () => this.#lookSoon());
    const running = this.#worker.run().catch((error) => this.#fail(error));
    this.#poll(POLL_MS);
    try {
      await this.#ended;
    } finally {
      signal?.removeEventListener("abort", stop);
      await this.#close(running);
    }
  }

  async #process(job: Job<TaskMessage>, token: string): Promise<void> {
    const id = job.id!;
    const { UnrecoverableError, WaitingError } = this.#tools.bullmq;
    const control = new AbortController();
    const message = job.data;
    this.#know(id, message);
    this.#running.set(id, { job, token, control, isLost: false });
    if (this.#isStopping) control.abort();
    const meter = new Meter((done) => job.updateProgress(done));
    try {
      await this.#run(message, {
        signal: control.signal,
        attempt: job.attemptsMade + 1,
        progress: (done) => meter.set(done),
      });
      this.#options.onTask?.(message);
    } catch (caught) {
      const error = caught instanceof Error ? caught : new Error(String(caught));
      if (control.signal.aborted && this.#isCancelled(id)) {
        // Nobody is to find it among those that have failed.
        job.opts.removeOnFail = true;
        throw new UnrecoverableError("cancelled");
      }
      if (control.signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const isLast = isPermanent(error) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      // Before the queue knows: whoever asks it finds the word of why.
      await this.#options.onFail?.(message, error, isLast);
      throw isLast ? new UnrecoverableError(error.message) : error;
    } finally {
      meter.stop();
      this.#running.delete(id);
      this.#know(id, message);
    }
  }

  #know(id: string, { plan, key }: TaskMessage): void {
    const prefix = readPrefix(id);
    const lastMs = performance.now();
    const known = this.#jobs.get(prefix);
    if (known === undefined) this.#jobs.set(prefix, { job: { plan, key }, isOpen: true, lastMs });
    else Object.assign(known, { isOpen: true, lastMs });
  }

  #isCancelled(id: string): boolean {
    return this.#cancelled.has(readPrefix(id));
  }

  /** Asks now and then whether jobs were cancelled, or have come to their end. */
  #poll(afterMs: number): void {
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      this.#isDrained = false;
      try {
        if (await this.#look()) return this.#end();
      } catch (error) {
        // A connection that is lost comes back; what the caller's function throws ends the work.
        if (error instanceof DryError) return this.#fail(error.cause);
      }
      if (!this.#isStopping) this.#poll(this.#isDrained ? 0 : POLL_MS);
    }, afterMs);
  }

  /** Asks at once: there is nothing to take. */
  #lookSoon(): void {
    this.#isDrained = true;
    if (this.#timer === undefined || this.#isStopping) return;
    clearTimeout(this.#timer);
    this.#poll(0);
  }

  /** @returns Whether nothing is left to do, and it was to end then. */
  async #look(): Promise<boolean> {
    const { engine } = this.#tools;
    if (this.#running.size > 0) {
      this.#cancelled = await engine.listCancelled();
      for (const [id, { control }] of this.#running) {
        if (this.#isCancelled(id)) control.abort(new DOMException("cancelled", "AbortError"));
      }
      const prefixes = new Set([...this.#running.keys()].map(readPrefix));
      await this.#endJobs((prefix, { lastMs }) =>
        !prefixes.has(prefix) && performance.now() - lastMs > QUIET_MS
      );
      return false;
    }
    // Nothing waits, as this worker has nothing: the list is short.
    const pending = new Set((await engine.listPending()).map(readPrefix));
    for (const prefix of pending) {
      const known = this.#jobs.get(prefix);
      if (known !== undefined) known.isOpen = true;
    }
    await this.#endJobs((prefix) => !pending.has(prefix));
    return this.#options.untilDry === true && pending.size === 0 && this.#running.size === 0;
  }

  async #endJobs(isOver: (prefix: string, known: KnownJob) => boolean): Promise<void> {
    for (const [prefix, known] of this.#jobs) {
      if (!known.isOpen || this.#isStopping || !isOver(prefix, known)) continue;
      known.isOpen = false;
      try {
        await this.#options.onDry?.(known.job);
      } catch (cause) {
        throw new DryError("", { cause });
      }
    }
  }

  #tellLater(tellIt: () => void | Promise<void>): void {
    const telling = Promise.resolve().then(tellIt).catch((error) => this.#warn(tell(error)));
    this.#told.add(telling);
    void telling.finally(() => this.#told.delete(telling));
  }

  /** Its output is whole all the same, and is there once: it goes on to its end. */
  #tellLost(id: string): void {
    const running = this.#running.get(id);
    if (running === undefined || running.isLost) return;
    running.isLost = true;
    this.#warn(
      `task ${running.job.data.task} was given to another worker, or forgotten: this one did not say in time that it is there`,
    );
  }

  async #close(running: Promise<void>): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    // No more tasks are taken from here on.
    const closing = this.#worker.close().catch(() => {});
    for (const { control } of this.#running.values()) {
      control.abort(new DOMException("the worker ends", "AbortError"));
    }
    const isOver = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
      let timer: ReturnType<typeof setTimeout>;
      const late = new Promise<boolean>((resolve) => timer = setTimeout(resolve, ms, false));
      return await Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
    };
    if (!await isOver(closing, STOP_MS)) {
      const left = [...this.#running.values()];
      const giving = Promise.allSettled(left.map(({ job, token }) => job.moveToWait(token)));
      await isOver(giving, CLOSE_MS);
      await isOver(Promise.resolve(this.#worker.disconnect()).catch(() => {}), CLOSE_MS);
    } else await running;
    await Promise.allSettled(this.#told);
    this.#tools.link.close();
  }
}

/** What a caller's function has thrown. */
class DryError extends Error {}

function lostError(): Error {
  return new Error("its worker was lost each time: it may be what ends them");
}

/** Tells how far a task is, once in a while. */
class Meter {
  readonly #tell: (done: number) => Promise<void>;
  #lastMs = -Infinity;
  #isTelling = false;

  constructor(tell: (done: number) => Promise<void>) {
    this.#tell = tell;
  }

  set(done: number): void {
    const now = performance.now();
    if (this.#isTelling || now - this.#lastMs < PROGRESS_MS) return;
    this.#lastMs = now;
    this.#isTelling = true;
    this.#tell(done).catch(() => {}).finally(() => this.#isTelling = false);
  }

  stop(): void {
    this.#isTelling = true;
  }
}
