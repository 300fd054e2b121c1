/**
 * Whole datasets, by any number of processes on any number of machines: a plan that lies beside the output, tasks of
 * which each makes one object, receipts, and a merge by whoever is last. Whoever is killed loses the task that it was
 * at; nothing is lost, half-written or there twice.
 *
 * ```ts
 * import { planJob, runJob } from "@wdstream/wdstream/jobs";
 *
 * async function verify(shards: string[], out: string) {
 *   const job = await planJob(shards, out, { operation: "verify" });
 *   return (await runJob(job)).merged?.counts.findings;
 * }
 * console.log(verify.name);
 * ```
 *
 * @module
 */
export { isPermanent } from "./errors.ts";
export { recordFailure, type TaskFailure } from "./failure.ts";
export { type Job, type JobOptions, openJob, type OpenJobOptions } from "./job.ts";
export { planJob, type PlanJobOptions } from "./job.ts";
export { mergeJob, type MergeOptions, type MergeReport } from "./merge.ts";
export type { MergeContext, Operation, TaskContext, TaskResult, Workshop } from "./operation.ts";
export type { OperationName } from "./operations.ts";
export { type JobInput, type JobModule, type JobPlan, PLAN_NAME } from "./plan.ts";
export type { Receipt, ReceiptOutput } from "./receipt.ts";
export { type ResizeReport, resizeShards, type ResizeShardsOptions } from "./resize_shards.ts";
export type { ResizeFormat } from "../tools/resize_image.ts";
export type { MapContext, MapFunction } from "./operations/map.ts";
export { type JobReport, runJob, type RunJobOptions } from "./run_job.ts";
export { runTask, type RunTaskOptions, type TaskOutcome, type TaskProgress } from "./run_task.ts";
export type { WorkerState } from "../workers/state.ts";
export { nameJob, submitJob } from "./submit_job.ts";
export type { SubmitJobOptions, SubmitJobReport } from "./submit_job.ts";
export { type WorkedJob, workQueue } from "./work_queue.ts";
export type { WorkQueueOptions, WorkQueueReport } from "./work_queue.ts";
export type { Engine, SubmitOptions, SubmitReport, WorkOptions } from "./engine.ts";
export type { FailedTask, QueueCounts, QueuedJob, RunningTask } from "./engine.ts";
export type { TaskMessage, TaskRun } from "./engine.ts";
export { type JobStatus, readStatus, type StatusOptions } from "./status.ts";
export type { Json, JsonObject } from "./canonical.ts";
export type { ObjectDigest } from "./digest.ts";
export type { TaskOutput } from "./commit.ts";
export { ERROR_CODES, JobError, WdsError } from "../errors.ts";
export type { ErrorCode, ErrorPlace, Failure } from "../errors.ts";
