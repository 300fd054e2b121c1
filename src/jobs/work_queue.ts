/**
 * A worker of a queue: does tasks of jobs, whichever come, and merges those that are done.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import type { Engine, QueuedJob, TaskMessage, TaskRun } from "./engine.ts";
import { isPermanent } from "./errors.ts";
import { recordFailure, type TaskFailure } from "./failure.ts";
import { type Job, type JobOptions, openJob } from "./job.ts";
import { readLedger } from "./ledger.ts";
import { mergeJob, type MergeReport } from "./merge.ts";
import { runTask, type TaskOutcome, type TaskProgress } from "./run_task.ts";

/** What {@linkcode workQueue} takes. */
export interface WorkQueueOptions extends JobOptions {
  /**
   * Tasks at a time.
   *
   * @default {1}
   */
  readonly concurrency?: number;
  /**
   * Whether to end when nothing waits or runs any more, in place of waiting for tasks to come.
   *
   * @default {false}
   */
  readonly untilDry?: boolean;
  /** Milliseconds after which a task is given up; absent where it may take any time. */
  readonly timeoutMs?: number;
  /**
   * Whether to merge jobs of which all tasks are done.
   *
   * @default {true}
   */
  readonly merge?: boolean;
  /**
   * Opens a job whose tasks come.
   *
   * @default {openJob}
   */
  readonly openJob?: (job: QueuedJob) => Promise<Job>;
  /** Is told how far a task is, after each sample. */
  readonly onProgress?: (progress: TaskProgress, job: QueuedJob) => void;
  /** Is told of each task that is done. */
  readonly onTask?: (message: TaskMessage, outcome: TaskOutcome) => void | Promise<void>;
  /** Is told of each try that has failed, and whether that was the last one. */
  readonly onFail?: (message: TaskMessage, error: Error, isLast: boolean) => void;
  /** Is told of each fault that was left out. */
  readonly onSkip?: (error: WdsError) => void;
  /** Is told of each job of which nothing is left in the queue: how much of it is done. */
  readonly onJob?: (state: WorkedJob) => void | Promise<void>;
  /** Is told of what is no fault of a task: a lost connection. */
  readonly onWarning?: (message: string) => void;
}

/** How a job stands of which nothing is left in the queue. */
export interface WorkedJob {
  /** URL or path of its plan. */
  readonly plan: string;
  /** Number of its tasks. */
  readonly tasks: number;
  /** Number of those that are done. */
  readonly done: number;
  /** What was put together; absent where tasks are not done, or nothing was to be merged. */
  readonly merged?: MergeReport;
}

/** What {@linkcode workQueue} has done. */
export interface WorkQueueReport {
  /** Tasks that it has done. */
  readonly made: number;
  /** Tasks that were done already, or by somebody who was faster. */
  readonly there: number;
  /** Tasks that it has given up. */
  readonly failed: readonly TaskFailure[];
}

/** Jobs that are kept open: most queues have one. */
const MAX_JOBS = 4;

/**
 * Works at the jobs of a queue until `signal` aborts or, with `untilDry`, nothing is left: each task as
 * {@linkcode runTask} does it. A worker that is told to stop gives its tasks back.
 *
 * @throws {JobError} `job/queue` if the queue cannot be used.
 *
 * @example Usage
 * ```ts
 * import { workQueue } from "@wdstream/wdstream/jobs";
 * import { openQueue } from "@wdstream/wdstream/jobs/bullmq";
 *
 * async function work(url: string, signal: AbortSignal) {
 *   const queue = await openQueue(url);
 *   try {
 *     return await workQueue(queue, { signal, onFail: (_, error) => console.error(error.message) });
 *   } finally {
 *     await queue.close();
 *   }
 * }
 * console.log(work.name);
 * ```
 */
export async function workQueue(
  queue: Engine,
  options: WorkQueueOptions = {},
): Promise<WorkQueueReport> {
  const worker = new Worker(options);
  try {
    const { concurrency, untilDry, signal, onWarning } = options;
    await queue.work((message, run) => worker.run(message, run), {
      concurrency,
      untilDry,
      signal,
      onDry: (job) => worker.end(job),
      onFail: (message, error, isLast) => worker.fail(message, error, isLast),
      onWarning,
    });
    return worker.report;
  } finally {
    await worker.close();
  }
}

class Worker {
  readonly report: { made: number; there: number; failed: TaskFailure[] } = {
    made: 0,
    there: 0,
    failed: [],
  };
  readonly #options: WorkQueueOptions;
  /** By the addresses of their plans, the latest at the end. */
  readonly #jobs = new Map<string, Promise<Job>>();
  readonly #closing = new Set<Promise<void>>();
  /** How many tasks use a job. */
  readonly #uses = new Map<string, number>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  async run(message: TaskMessage, { signal, progress }: TaskRun): Promise<void> {
    const { onProgress, onTask, onSkip, timeoutMs } = this.#options;
    await this.#use(message, async (job) => {
      const outcome = await runTask(job, message.task, {
        signal,
        timeoutMs,
        onSkip,
        onProgress(state) {
          progress(state.samples);
          onProgress?.(state, message);
        },
      });
      if (outcome.outcome === "made") this.report.made++;
      else this.report.there++;
      await onTask?.(message, outcome);
    });
  }

  async fail(message: TaskMessage, error: Error, isLast: boolean): Promise<void> {
    this.#options.onFail?.(message, error, isLast);
    if (!isLast) return;
    // Where the plan itself cannot be read, there is no place for word of it.
    const failure = await this.#use(message, (job) => recordFailure(job, message.task, error))
      .catch((): TaskFailure => ({
        task: message.task,
        name: message.plan,
        message: error.message,
        isPermanent: isPermanent(error),
        ...(error instanceof WdsError ? { code: error.code } : {}),
      }));
    this.report.failed.push(failure);
  }

  async end(queued: QueuedJob): Promise<void> {
    const { signal, merge = true, onJob, onWarning } = this.#options;
    try {
      await this.#use(queued, async (job) => {
        const { done } = await readLedger(job.store, job.taskCount, signal);
        const isDone = done.size === job.taskCount;
        const merged = isDone && merge ? await mergeJob(job, { signal }) : undefined;
        await onJob?.({
          plan: queued.plan,
          tasks: job.taskCount,
          done: done.size,
          ...(merged === undefined ? {} : { merged }),
        });
      });
    } catch (error) {
      if (signal?.aborted) return;
      // Other jobs go on: `merge` says the same again.
      onWarning?.(error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<void> {
    for (const key of [...this.#jobs.keys()]) this.#drop(key);
    await Promise.all(this.#closing);
  }

  async #use<T>(queued: QueuedJob, use: (job: Job) => Promise<T>): Promise<T> {
    const key = `${queued.plan}\n${queued.key}`;
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    try {
      return await use(await this.#open(key, queued));
    } finally {
      const left = this.#uses.get(key)! - 1;
      if (left > 0) this.#uses.set(key, left);
      else this.#uses.delete(key);
      this.#dropOld();
    }
  }

  #open(key: string, queued: QueuedJob): Promise<Job> {
    const { openJob: open = ({ plan, key }) => openJob(plan, { ...this.#options, key }) } =
      this.#options;
    const opened = this.#jobs.get(key) ?? open(queued);
    this.#jobs.delete(key);
    this.#jobs.set(key, opened);
    // What could not be opened may be there the next time.
    opened.catch(() => this.#jobs.delete(key));
    return opened;
  }

  #dropOld(): void {
    for (const key of this.#jobs.keys()) {
      if (this.#jobs.size <= MAX_JOBS) return;
      if (!this.#uses.has(key)) this.#drop(key);
    }
  }

  #drop(key: string): void {
    const closing = this.#jobs.get(key)!.then((job) => job.close()).catch(() => {});
    this.#jobs.delete(key);
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
