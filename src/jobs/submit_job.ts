/**
 * Jobs to queues: what is not done of them.
 *
 * @module
 */
import type { Engine, QueuedJob, SubmitReport, TaskMessage } from "./engine.ts";
import { absoluteAddress } from "./address.ts";
import type { Job } from "./job.ts";
import { readLedger } from "./ledger.ts";
import { PLAN_NAME } from "./plan.ts";

/** What {@linkcode submitJob} takes. */
export interface SubmitJobOptions {
  /** Stops; what was submitted stays. */
  readonly signal?: AbortSignal;
  /** Is told how many tasks were looked at. */
  readonly onProgress?: (tasks: number) => void;
}

/** What {@linkcode submitJob} has done. */
export interface SubmitJobReport extends SubmitReport {
  /** Tasks of the job that are done, and not submitted. */
  readonly done: number;
}

/**
 * A job as queues know it.
 *
 * @param at The path or URL of its folder, as every machine that works at it has it.
 */
export async function nameJob({ key }: Job, at: string): Promise<QueuedJob> {
  const folder = await absoluteAddress(at);
  return { plan: `${folder.replace(/\/+$/, "")}/${PLAN_NAME}`, key };
}

/**
 * Submits the tasks of a job that are not done: those without receipts. Tasks that wait or run already are not added
 * again; those that have failed are tried again.
 *
 * @param at The path or URL of the job's folder, as every machine that works at it has it.
 *
 * @example Usage
 * ```ts
 * import { planJob, submitJob } from "@wdstream/wdstream/jobs";
 * import { openQueue } from "@wdstream/wdstream/jobs/bullmq";
 *
 * async function submit(shards: string[], out: string) {
 *   const job = await planJob(shards, out, { operation: "verify" });
 *   const queue = await openQueue("redis://127.0.0.1");
 *   const { added, done } = await submitJob(job, out, queue);
 *   await queue.close();
 *   return `${added} to do, ${done} done`;
 * }
 * console.log(submit.name);
 * ```
 */
export async function submitJob(
  job: Job,
  at: string,
  queue: Engine,
  { signal, onProgress }: SubmitJobOptions = {},
): Promise<SubmitJobReport> {
  const queued = await nameJob(job, at);
  const { done } = await readLedger(job.store, job.taskCount, signal);
  const report = await queue.submit(listTasks(job, queued, done), { signal, onProgress });
  return { ...report, done: done.size };
}

function* listTasks(
  { taskCount }: Job,
  queued: QueuedJob,
  done: ReadonlySet<number>,
): Generator<TaskMessage> {
  for (let task = 0; task < taskCount; task++) if (!done.has(task)) yield { ...queued, task };
}
