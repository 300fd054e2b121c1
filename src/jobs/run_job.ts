/**
 * A process's share of a job: tasks by their numbers, without a server.
 *
 * @module
 */
import { checkCallback, checkCount } from "../check.ts";
import type { WdsError } from "../errors.ts";
import { joinSignals } from "../signals.ts";
import { recordFailure, type TaskFailure } from "./failure.ts";
import type { Job } from "./job.ts";
import { type Ledger, readLedger } from "./ledger.ts";
import { mergeJob, type MergeReport } from "./merge.ts";
import type { Receipt } from "./receipt.ts";
import { runTask, type TaskOutcome, type TaskProgress } from "./run_task.ts";

/** What {@linkcode runJob} takes. */
export interface RunJobOptions {
  /**
   * Number of this process.
   *
   * @default {0}
   */
  readonly rank?: number;
  /**
   * Number of processes.
   *
   * @default {1}
   */
  readonly world?: number;
  /**
   * What becomes of a task that fails: the others are done and it is reported, or its error is thrown.
   *
   * @default {"go on"}
   */
  readonly onFailure?: "go on" | "throw";
  /**
   * Whether the process that finds all tasks of the job done merges it.
   *
   * @default {true}
   */
  readonly merge?: boolean;
  /**
   * Tasks that are done at the same time. Those that decode on threads gain from two: one is put in place while another
   * is read.
   *
   * @default {1}
   */
  readonly concurrency?: number;
  /** Milliseconds after which a task is given up; absent where it may take any time. */
  readonly timeoutMs?: number;
  /** Is told how far a task is, after each sample. May return a promise, which is awaited. */
  readonly onProgress?: (progress: TaskProgress) => void | Promise<void>;
  /** Is told of each task that is done, and waited for. */
  readonly onTask?: (task: number, outcome: TaskOutcome) => void | Promise<void>;
  /** Is told of each task that has failed, and waited for. */
  readonly onFail?: (failure: TaskFailure) => void | Promise<void>;
  /** Is told of each fault that was left out. */
  readonly onSkip?: (error: WdsError) => void;
  /** Stops; its reason is thrown. The same call goes on with the tasks that are not done. */
  readonly signal?: AbortSignal;
}

/** What a process has done of a job. */
export interface JobReport {
  /** Tasks that it has done. */
  readonly made: number;
  /** Tasks of its share that were done already, or by somebody who was faster. */
  readonly there: number;
  /** Tasks of its share that have failed. */
  readonly failed: readonly TaskFailure[];
  /** Receipts of its share, in the order of the plan. */
  readonly receipts: readonly Receipt[];
  /** Tasks of the whole job that are done. */
  readonly done: number;
  /** Whether all is done, and this process has merged it. */
  readonly isMerged: boolean;
  /** What the merge has put together. */
  readonly merged?: MergeReport;
}

/**
 * Does a share of a job: the tasks whose numbers leave `rank` when they are divided by `world`. Shares of all ranks may
 * run at the same time or one after the other, twice, or killed and started again: each task is done once, and whoever
 * finds all of them done merges. Tasks that have failed before, or at which a process was killed, come last.
 *
 * @throws {RangeError} If there is no such rank.
 *
 * @example Usage
 * ```ts
 * import { splitFromEnvironment } from "@wdstream/wdstream";
 * import { openJob, runJob } from "@wdstream/wdstream/jobs";
 *
 * async function work(plan: string) {
 *   const { rank, world } = splitFromEnvironment();
 *   const { made, failed, isMerged } = await runJob(await openJob(plan), { rank, world });
 *   return `${made} made, ${failed.length} failed${isMerged ? ", all is done" : ""}`;
 * }
 * console.log(work.name);
 * ```
 */
export async function runJob(job: Job, options: RunJobOptions = {}): Promise<JobReport> {
  const { rank = 0, world = 1, onFailure = "go on", merge = true, concurrency = 1 } = options;
  const { onTask, onFail, signal } = options;
  checkCount("world", world, 1);
  checkCount("rank", rank, 0);
  if (rank >= world) throw new RangeError(`rank must be below ${world}, not ${rank}`);
  checkCallback("onTask", onTask);
  checkCallback("onFail", onFail);
  checkCount("concurrency", concurrency, 1);
  const { timeoutMs, onProgress, onSkip } = options;
  let made = 0;
  let there = 0;
  const failed: TaskFailure[] = [];
  const receipts = new Map<number, Receipt>();
  // What is done beside a task that ends all ends with it.
  const stop = new AbortController();
  const joined = signal === undefined ? stop.signal : joinSignals(signal, stop.signal);
  const tasks = orderTasks(await readLedger(job.store, job.taskCount, signal), job, {
    rank,
    world,
  });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < tasks.length) {
      const task = tasks[next++];
      let outcome: TaskOutcome;
      try {
        outcome = await runTask(job, task, { timeoutMs, onProgress, onSkip, signal: joined });
      } catch (error) {
        joined.throwIfAborted();
        if (onFailure === "throw") throw error;
        // Nobody else tries again what a way or a machine has failed with.
        const failure = await recordFailure(job, task, error);
        failed.push(failure);
        await onFail?.(failure);
        continue;
      }
      receipts.set(task, outcome.receipt);
      if (outcome.outcome === "made") made++;
      else there++;
      await onTask?.(task, outcome);
    }
  };
  const stopAll = (error: unknown): void => stop.abort(error);
  await Promise.all(Array.from({ length: concurrency }, () => work().catch(stopAll)));
  signal?.throwIfAborted();
  stop.signal.throwIfAborted();
  const { done } = await readLedger(job.store, job.taskCount, signal);
  const isDone = done.size === job.taskCount;
  const merged = isDone && merge ? await mergeJob(job, { signal }) : undefined;
  return {
    made,
    there,
    failed,
    receipts: [...receipts].sort(([a], [b]) => a - b).map(([, receipt]) => receipt),
    done: done.size,
    isMerged: merged !== undefined,
    ...(merged === undefined ? {} : { merged }),
  };
}

/**
 * The tasks of a share: those behind which somebody has left a draft or word of a failure come last, for they may end
 * this process too.
 */
function orderTasks(
  { done, failed, drafts }: Ledger,
  { taskCount }: Job,
  { rank, world }: { readonly rank: number; readonly world: number },
): number[] {
  const begun = new Map<number, number>();
  for (const { name } of drafts) {
    const owner = Number(/\/(\d+)-[^/]*$/.exec(name)?.[1] ?? NaN);
    begun.set(owner, (begun.get(owner) ?? 0) + 1);
  }
  const trouble = (task: number): number =>
    done.has(task) ? 0 : (begun.get(task) ?? 0) + Number(failed.has(task));
  const tasks: number[] = [];
  for (let task = rank; task < taskCount; task += world) tasks.push(task);
  return tasks.sort((a, b) => trouble(a) - trouble(b) || a - b);
}
