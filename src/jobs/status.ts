/**
 * How far a job is, by what lies in its store.
 *
 * @module
 */
import { readFailure, type TaskFailure } from "./failure.ts";
import type { Job } from "./job.ts";
import { readLedger } from "./ledger.ts";

/** How far a job is. */
export interface JobStatus {
  /** What is done. */
  readonly operation: string;
  /** Key of the plan. */
  readonly key: string;
  /** Number of tasks. */
  readonly tasks: number;
  /** Number of those that are done. */
  readonly done: number;
  /** Those that are not done and have left word of why. */
  readonly failed: readonly TaskFailure[];
  /** Numbers of all that are not done, those that have failed too. */
  readonly missing: readonly number[];
  /** Whether it was merged. */
  readonly isMerged: boolean;
}

/** What {@linkcode readStatus} takes. */
export interface StatusOptions {
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Lists what is done of a job: one listing of its store, however many tasks there are, and a request for each that has
 * failed.
 *
 * @example Usage
 * ```ts
 * import { openJob, readStatus } from "@wdstream/wdstream/jobs";
 *
 * async function tell(out: string) {
 *   const { done, tasks, failed } = await readStatus(await openJob(out));
 *   return `${done} of ${tasks}${failed.map(({ message }) => `\n${message}`).join("")}`;
 * }
 * console.log(tell.name);
 * ```
 */
export async function readStatus(job: Job, { signal }: StatusOptions = {}): Promise<JobStatus> {
  const { done, failed, isMerged } = await readLedger(job.store, job.taskCount, signal);
  const missing: number[] = [];
  for (let task = 0; task < job.taskCount; task++) if (!done.has(task)) missing.push(task);
  const failures: TaskFailure[] = [];
  for (const task of missing) {
    const failure = failed.has(task) ? await readFailure(job, task, signal) : undefined;
    if (failure !== undefined) failures.push(failure);
  }
  return {
    operation: job.plan.operation,
    key: job.key,
    tasks: job.taskCount,
    done: done.size,
    failed: failures,
    missing,
    isMerged,
  };
}
