/**
 * `wdstream status`: how far a job is.
 *
 * @module
 */
import type { Job } from "../../jobs/job.ts";
import { type JobStatus, readStatus } from "../../jobs/status.ts";
import { type Command, type CommandOutput, defineCommand, UsageError } from "../command.ts";
import { Interrupt } from "../interrupt.ts";
import { ACCESS_OPTIONS, openCliJob } from "../job_options.ts";
import { count, flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { clockText } from "../words.ts";
import { describeFailure } from "./work.ts";

/** Says how far a job is. */
export const command: Command = defineCommand({
  name: "status",
  summary: "how far a job is, by what lies in its folder",
  details: [
    "Says how many tasks of the job in OUT are done, which have failed and why, and whether it was merged: one listing of " +
    "the folder, whoever does the work. With --watch it goes on until all is done, and says how long that takes.",
  ],
  operands: { name: "OUT", required: "the folder of a job" },
  options: {
    watch: count("look again each N seconds, until all tasks are done"),
    json: flag("print it as a JSON line"),
    ...ACCESS_OPTIONS,
  },
  permissions: sourcePermissions("folder"),
  examples: ["status report", "status /shared/small --watch 10"],
  async run({ values, operands }, output) {
    if (operands.length !== 1) throw new UsageError("takes one folder");
    const job = await openCliJob(operands[0], values, output);
    const { watch, json } = values;
    if (watch === undefined) {
      await tellStatus(await readStatus(job), json, output);
      return 0;
    }
    const interrupt = new Interrupt();
    try {
      return await watchJob(job, { everyMs: watch * 1000, json, interrupt }, output);
    } finally {
      interrupt.close();
    }
  },
});

interface Watching {
  readonly everyMs: number;
  readonly json: boolean;
  readonly interrupt: Interrupt;
}

async function watchJob(
  job: Job,
  { everyMs, json, interrupt }: Watching,
  output: CommandOutput,
): Promise<number> {
  const startMs = performance.now();
  let first: number | undefined;
  while (true) {
    const status = await readStatus(job);
    first ??= status.done;
    const elapsedMs = performance.now() - startMs;
    const made = status.done - first;
    const leftMs = made === 0 ? undefined : elapsedMs / made * status.missing.length;
    await tellStatus(status, json, output, leftMs);
    // Those that have failed may be tried again, or not.
    if (status.missing.length === 0) return 0;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      interrupt.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
    if (interrupt.code !== undefined) return interrupt.code;
  }
}

/** Numbers of tasks that a line names. */
const NAMED = 10;

async function tellStatus(
  status: JobStatus,
  json: boolean,
  output: CommandOutput,
  leftMs?: number,
): Promise<void> {
  const { operation, tasks, done, failed, missing, isMerged } = status;
  if (json) {
    const left = leftMs === undefined ? {} : { leftSeconds: Math.round(leftMs / 1000) };
    return await output.writeLine(JSON.stringify({ event: "status", ...status, ...left }));
  }
  const parts = [`${operation}: ${done} of ${tasks} tasks done`];
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (missing.length > 0 && missing.length <= NAMED) parts.push(`left: ${missing.join(" ")}`);
  if (leftMs !== undefined && missing.length > 0) parts.push(`${clockText(leftMs)} left`);
  if (missing.length === 0) parts.push(isMerged ? "merged" : "not merged yet: wdstream merge OUT");
  await output.writeLine(parts.join(", "));
  for (const failure of failed) await output.writeNote(describeFailure(failure));
}
