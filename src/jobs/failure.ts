/**
 * What tasks leave that cannot be done: word of what is wrong, and where.
 *
 * @module
 */
import { type ErrorCode, WdsError } from "../errors.ts";
import { nameText, redactText } from "../storage/redact.ts";
import { canonicalJson, isObject, type Json } from "./canonical.ts";
import { isPermanent } from "./errors.ts";
import type { Job } from "./job.ts";
import { failureName } from "./ledger.ts";
import { putText, readText } from "./receipt.ts";

/** Why a task is not done. */
export interface TaskFailure {
  /** Number of the task. */
  readonly task: number;
  /** Its input, or the output where it reads several. */
  readonly name: string;
  /** Code of the error, where it has one. */
  readonly code?: ErrorCode;
  /** What it has failed with. */
  readonly message: string;
  /** Whether another try cannot help. */
  readonly isPermanent: boolean;
  /** Name of the shard. */
  readonly shard?: string;
  /** Key of the sample, or path of the member. */
  readonly key?: string;
  /** Extension of the field. */
  readonly field?: string;
  /** Offset in bytes in the (decompressed) archive. */
  readonly offsetBytes?: number;
}

/** What a task is called for people: by its input, or the output where it reads several. */
export function nameTask({ plan, operation }: Job, task: number): string {
  return operation.readsAll ? plan.outputs[task] : nameText(plan.inputs[task].url);
}

/**
 * Leaves word of a task that has failed, `.wdstream/failed/N.json`, for `status` and `merge`. One that is done later
 * counts as done.
 *
 * @param task Number of the task.
 * @param error What it has failed with; nothing secret that URLs in it carry is kept.
 */
export async function recordFailure(job: Job, task: number, error: unknown): Promise<TaskFailure> {
  const { code, shard, key, field, offsetBytes } = error instanceof WdsError
    ? error
    : {} as Partial<WdsError>;
  const failure: TaskFailure = {
    task,
    name: nameTask(job, task),
    code,
    message: redactText(error instanceof Error ? error.message || error.name : String(error)),
    isPermanent: isPermanent(error),
    shard,
    key,
    field,
    offsetBytes,
  };
  const text = canonicalJson(
    { wdstream: "failure", version: 1, plan: job.key, ...failure } as Json,
  );
  await putText(job.store, failureName(task), text, { ifAbsent: false, owner: task });
  return failure;
}

/** What a task has left; absent where it has not, or where that is damaged. */
export async function readFailure(
  job: Job,
  task: number,
  signal?: AbortSignal,
): Promise<TaskFailure | undefined> {
  const text = await readText(job.store, failureName(task), signal);
  let failure: Json;
  try {
    failure = JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
  if (!isObject(failure) || failure.plan !== job.key) return undefined;
  const { wdstream: _, version: __, plan: ___, ...own } = failure;
  return own as unknown as TaskFailure;
}
