/**
 * One task of a job, from its inputs to its receipt.
 *
 * @module
 */
import { checkCallback, checkCount } from "../check.ts";
import { JobError, type WdsError } from "../errors.ts";
import { joinSignals } from "../signals.ts";
import { isAccessFault } from "../steps/faults.ts";
import type { Source } from "../storage/source.ts";
import type { WorkerState } from "../workers/state.ts";
import { findDifference, type Json } from "./canonical.ts";
import { Commit } from "./commit.ts";
import { isPermanent, planError } from "./errors.ts";
import { nameTask, recordFailure } from "./failure.ts";
import { Breath, checkVersion, plannedSource } from "./input.ts";
import { type Job, loadJobModule } from "./job.ts";
import { failureName, isThere } from "./ledger.ts";
import type { TaskContext } from "./operation.ts";
import { formatReceipt, putText, readReceipt, type Receipt, receiptName } from "./receipt.ts";

/** How far a task is. */
export interface TaskProgress {
  /** Number of the task. */
  readonly task: number;
  /** Samples that are done. */
  readonly samples: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** What its workers are doing, where it has any; two tasks of a job may share them. */
  readonly workers?: readonly WorkerState[];
}

/** What {@linkcode runTask} takes. */
export interface RunTaskOptions {
  /** Stops; its reason is thrown, and nothing half-written is left. */
  readonly signal?: AbortSignal;
  /** Is told how far it is, after each sample. May return a promise, which is awaited. */
  readonly onProgress?: (progress: TaskProgress) => void | Promise<void>;
  /** Is told of each fault that was left out. */
  readonly onSkip?: (error: WdsError) => void;
  /**
   * Milliseconds after which a task is given up. Work that lets no timer fire is not stopped by it.
   *
   * @default {no limit}
   */
  readonly timeoutMs?: number;
  /**
   * Lets whatever else is due run: called each tenth of a second, so that locks of queues are kept.
   *
   * @default {a timer of 0 ms}
   */
  readonly yieldNow?: () => Promise<void>;
}

/** What became of a task. */
export interface TaskOutcome {
  /**
   * Whether it was done by this call, was done before it, or somebody else was faster meanwhile.
   */
  readonly outcome: "made" | "there" | "lost-race";
  /** What says that the task is done. */
  readonly receipt: Receipt;
  /** Bytes that this call has read. */
  readonly bytes: number;
}

/**
 * Does a task, unless it is done. Whoever calls it, how often and at how many places at once, there is one output in the
 * end, and it is whole.
 *
 * The output is written under a name of its own, put in place if nothing is there, and followed by a receipt. Where
 * something is there (of one who was killed before the receipt, or was faster), it must have the same bytes.
 *
 * @param number Number of the task, from 0.
 * @throws {WdsError} What is wrong with the data; with {@linkcode isPermanent}, another try cannot help, and
 *   `.wdstream/failed/N.json` says so.
 * @throws {JobError} `job/changed` if the input is not the one that was planned; `job/differs` if what is there by the
 *   output's name has other bytes, and should not; `job/timeout`.
 * @throws {RangeError} If there is no such task.
 *
 * @example Usage
 * ```ts
 * import { openJob, runTask } from "@wdstream/wdstream/jobs";
 *
 * async function work(plan: string, task: number, signal: AbortSignal) {
 *   const job = await openJob(plan);
 *   try {
 *     const { outcome, receipt } = await runTask(job, task, { signal });
 *     return `${outcome}: ${receipt.counts.samples} samples`;
 *   } finally {
 *     await job.close();
 *   }
 * }
 * console.log(work.name);
 * ```
 */
export async function runTask(
  job: Job,
  number: number,
  options: RunTaskOptions = {},
): Promise<TaskOutcome> {
  checkCount("task", number, 0);
  if (number >= job.taskCount) throw new RangeError(`there are ${job.taskCount} tasks`);
  checkCallback("onProgress", options.onProgress);
  checkCallback("onSkip", options.onSkip);
  const { signal } = options;
  signal?.throwIfAborted();
  const before = await readReceipt(job.store, job.key, number, signal);
  if (before !== undefined && await isSound(job, before, signal)) {
    return { outcome: "there", receipt: before, bytes: 0 };
  }
  const limit = new TimeLimit(options.timeoutMs, nameTask(job, number));
  const joined = limit.join(signal);
  const task = new Task(job, number, { ...options, signal: joined });
  try {
    return await task.run();
  } catch (caught) {
    signal?.throwIfAborted();
    const error = limit.error ?? caught;
    // Where somebody else was faster, what this one was writing may have been swept away.
    const after = error instanceof JobError || before !== undefined
      ? undefined
      : await readReceipt(job.store, job.key, number, signal).catch(() => undefined);
    if (after !== undefined) return { outcome: "lost-race", receipt: after, bytes: task.bytes };
    if (isPermanent(error)) await recordFailure(job, number, error).catch(() => {});
    throw error;
  } finally {
    limit.end();
  }
}

/** Whether what a receipt speaks of is there, and its input the one that was planned. */
async function isSound(
  job: Job,
  { task, outputs, input }: Receipt,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (input !== undefined) {
    if (findDifference(input as unknown as Json, job.plan.inputs[task] as unknown as Json)) {
      throw planError(`"${receiptName(task)}" is of another input`);
    }
    await checkInput(job, task, signal);
  }
  for (const { name, sizeBytes } of outputs) {
    const source = job.store.open(name);
    if (source.stat === undefined) {
      if (!await isThere(job.store, name, signal)) return false;
      continue;
    }
    const facts = await isThere(job.store, name, signal) && await source.stat({ signal });
    if (!facts || (facts.sizeBytes !== undefined && facts.sizeBytes !== sizeBytes)) return false;
  }
  return true;
}

async function checkInput(
  job: Job,
  task: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const facts = await job.openInput(task).stat?.({ signal });
  if (facts !== undefined) checkVersion(job.plan.inputs[task], facts);
}

/** A limit of time for one task. */
class TimeLimit {
  /** Set when it is over. */
  error: JobError | undefined;
  readonly #control = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeoutMs: number | undefined, name: string) {
    if (timeoutMs === undefined) return;
    checkCount("timeoutMs", timeoutMs, 1);
    this.#timer = setTimeout(() => {
      this.error = new JobError("job/timeout", {
        action: `do the task of "${name}"`,
        reason: `it takes more than ${timeoutMs} ms`,
        shard: name,
      });
      this.#control.abort(this.error);
    }, timeoutMs);
  }

  join(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (this.#timer === undefined) return signal;
    const own = this.#control.signal;
    return signal === undefined ? own : joinSignals(signal, own);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** One try of a task. */
class Task {
  /** Bytes that were read. */
  bytes = 0;
  readonly #job: Job;
  readonly #number: number;
  readonly #options: RunTaskOptions;
  readonly #breath: Breath;
  #samples = 0;
  #workers: readonly WorkerState[] | undefined;

  constructor(job: Job, number: number, options: RunTaskOptions) {
    this.#job = job;
    this.#number = number;
    this.#options = options;
    this.#breath = new Breath(options.yieldNow);
  }

  async run(): Promise<TaskOutcome> {
    const { store, key, operation, plan } = this.#job;
    const number = this.#number;
    const { signal } = this.#options;
    const isExact = operation.isExact(plan.options);
    const commit = new Commit({ store, task: number, isExact, signal });
    try {
      const { counts, result } = await operation.run(this.#makeContext(commit));
      signal?.throwIfAborted();
      const receipt: Receipt = {
        wdstream: "receipt",
        version: 1,
        plan: key,
        task: number,
        ...(operation.readsAll ? {} : { input: plan.inputs[number] }),
        outputs: commit.outputs,
        counts,
        ...(result === undefined ? {} : { result }),
      };
      return await this.#finish(receipt, commit.hasPut, isExact);
    } finally {
      await commit.discard();
    }
  }

  async #finish(receipt: Receipt, hasPut: boolean, isExact: boolean): Promise<TaskOutcome> {
    const { store, key } = this.#job;
    const number = this.#number;
    const { signal } = this.#options;
    const name = receiptName(number);
    const options = { ifAbsent: true, owner: number, signal };
    if (await putText(store, name, formatReceipt(receipt), options)) {
      // The word of a try that failed is no longer true.
      await store.remove?.(failureName(number)).catch(() => {});
      return { outcome: "made", receipt, bytes: this.bytes };
    }
    const there = await readReceipt(store, key, number, signal) ?? receipt;
    const difference = findDifference(there as unknown as Json, receipt as unknown as Json);
    if (difference !== undefined && isExact) {
      throw new JobError("job/differs", {
        action: `put the receipt of task ${number} in place`,
        reason: `the one that is there has other ${difference.path}: ` +
          `${JSON.stringify(difference.a)}, and not ${JSON.stringify(difference.b)}`,
        shard: nameTask(this.#job, number),
      });
    }
    return { outcome: hasPut ? "made" : "lost-race", receipt: there, bytes: this.bytes };
  }

  #makeContext(commit: Commit): TaskContext {
    const job = this.#job;
    const { plan, options } = job;
    const { signal, onProgress, onSkip } = this.#options;
    let lastFault: unknown;
    const open = (number: number): Source =>
      plannedSource(job.openInput(number), plan.inputs[number], {
        breath: this.#breath,
        onBytes: (bytes) => void (this.bytes += bytes),
        onFault: (error) => void (lastFault = error),
      });
    return {
      plan,
      workers: options.workers ?? 0,
      access: options.access ?? {},
      number: this.#number,
      signal,
      get source() {
        return open(this.number);
      },
      get sources() {
        return plan.inputs.map((_, i) => open(i));
      },
      keep<T extends { close(): Promise<void> | void }>(name: string, make: () => T): T {
        const kept = job.kept.get(name) as T | undefined ?? make();
        job.kept.set(name, kept);
        return kept;
      },
      loadModule: () => loadJobModule(job),
      create: (name) => commit.create(name),
      async put(name, content) {
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        const output = await commit.create(name);
        await output.write(bytes);
        await output.finish();
      },
      watch: (workers) => void (this.#workers = workers),
      step: async (samples) => {
        signal?.throwIfAborted();
        this.#samples += samples;
        await onProgress?.({
          task: this.#number,
          samples: this.#samples,
          bytes: this.bytes,
          ...(this.#workers === undefined ? {} : { workers: this.#workers }),
        });
        await this.#breath.take();
      },
      skip(error) {
        if (isAccessFault(error)) throw error;
        onSkip?.(error);
      },
      get lastFault() {
        return lastFault;
      },
    };
  }
}
