/**
 * The errors of jobs, and which of all errors another try may get over.
 *
 * @module
 */
import { type ErrorCode, JobError, KernelError, WdsError } from "../errors.ts";
import { isAccessFault } from "../steps/faults.ts";

/** What does not lie in the data but in the machine: another one may have it. */
const OF_THE_MACHINE: ReadonlySet<ErrorCode> = new Set([
  "image/no-decoder",
  "image/no-encoder",
  "order/environment",
]);

/**
 * Whether another try cannot help: data is damaged, an input was changed, a task has made other bytes than it did
 * before. What the way to the data, the machine or a user's module has failed with may be over the next time.
 *
 * @example Usage
 * ```ts
 * import { TarError } from "@wdstream/wdstream";
 * import { isPermanent } from "@wdstream/wdstream/jobs";
 *
 * const damaged = new TarError("tar/truncated", { action: "read", reason: "it ends early" });
 * if (!isPermanent(damaged) || isPermanent(new Error("connection reset"))) throw new Error("?");
 * ```
 */
export function isPermanent(error: unknown): error is WdsError {
  if (!(error instanceof WdsError)) return false;
  const isPassing: boolean = error instanceof KernelError || isAccessFault(error);
  return !isPassing && !OF_THE_MACHINE.has(error.code) && error.code !== "job/timeout";
}

/** The error where a plan is not what it should be. */
export function planError(reason: string): JobError {
  return new JobError("job/plan", { action: "go by the plan of the job", reason });
}

/** The error where something was changed since the job was planned. */
export function changedError(name: string, reason: string): JobError {
  return new JobError("job/changed", {
    action: `go on with "${name}"`,
    reason: `${reason} when the job was planned; plan the job anew, for another folder`,
    shard: name,
  });
}
