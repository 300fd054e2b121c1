/**
 * What became of jobs and their tasks, in lines for people.
 *
 * @module
 */
import type { TaskFailure } from "../jobs/failure.ts";
import type { MergeReport } from "../jobs/merge.ts";

/** A task that has failed, in one line. */
export function describeFailure({ task, name, code, message }: TaskFailure): string {
  return `task ${task}, "${name}", has failed: ${message}${code === undefined ? "" : ` (${code})`}`;
}

/** What a merge has put together, in one line. */
export function describeMerged({ counts, written }: MergeReport): string {
  const sums = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return `all: ${sums.join(", ")}${written.length === 0 ? "" : `; ${written.join(", ")}`}`;
}
