/**
 * `wdstream status`: how far a job is.
 *
 * @module
 */
import type { RunningTask } from "../../jobs/engine.ts";
import { nameTask } from "../../jobs/failure.ts";
import type { Job } from "../../jobs/job.ts";
import { type JobStatus, readStatus } from "../../jobs/status.ts";
import { nameJob } from "../../jobs/submit_job.ts";
import { type Command, type CommandOutput, defineCommand, UsageError } from "../command.ts";
import { describeFailure } from "../describe_job.ts";
import { Interrupt } from "../interrupt.ts";
import { ACCESS_OPTIONS, folderOf, openCliJob } from "../job_options.ts";
import { count, flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { hasQueue, QUEUE_OPTIONS, QUEUE_PERMISSION, withQueue } from "../queue_options.ts";
import { clockText, countText } from "../words.ts";

/** Says how far a job is. */
export const command: Command = defineCommand({
  name: "status",
  summary: "how far a job is, by what lies in its folder",
  details: [
    "Says how many tasks of the job in OUT are done, which have failed and why, and whether it was merged: one listing of " +
    "the folder, whoever does the work. With --watch it goes on until all is done, and says how long that takes. With " +
    "--queue it says, too, what waits there and who has which task.",
  ],
  operands: { name: "OUT", required: "the folder of a job" },
  options: {
    watch: count("look again each N seconds, until all tasks are done"),
    json: flag("print it as a JSON line"),
    ...QUEUE_OPTIONS,
    ...ACCESS_OPTIONS,
  },
  permissions: [...sourcePermissions("folder"), QUEUE_PERMISSION],
  examples: [
    "status report",
    "status /shared/small --watch 10",
    "status small --queue redis://10.0.0.5",
  ],
  async run({ values, operands }, output) {
    if (operands.length !== 1) throw new UsageError("takes one folder");
    const job = await openCliJob(operands[0], values, output);
    if (!hasQueue(values)) return await tell(job, values, output);
    const queued = await nameJob(job, folderOf(operands[0]));
    return await withQueue(values, undefined, (queue) =>
      tell(job, values, output, async () => {
        const [counts, running] = await Promise.all([
          queue.counts(queued),
          queue.running(queued),
        ]);
        return { waiting: counts.waiting, givenUp: counts.failed, running };
      }));
  },
});

/** What a queue knows of a job. */
interface QueueState {
  readonly waiting: number;
  /** Tasks that it has given up. */
  readonly givenUp: number;
  readonly running: readonly RunningTask[];
}

type AskQueue = () => Promise<QueueState>;

async function tell(
  job: Job,
  { watch, json }: { readonly watch: number | undefined; readonly json: boolean },
  output: CommandOutput,
  ask?: AskQueue,
): Promise<number> {
  if (watch === undefined) {
    await tellStatus(job, await readStatus(job), { json, queue: await ask?.() }, output);
    return 0;
  }
  const interrupt = new Interrupt();
  try {
    return await watchJob(job, { everyMs: watch * 1000, json, interrupt, ask }, output);
  } finally {
    interrupt.close();
  }
}

interface Watching {
  readonly everyMs: number;
  readonly json: boolean;
  readonly ask: AskQueue | undefined;
  readonly interrupt: Interrupt;
}

async function watchJob(
  job: Job,
  { everyMs, json, interrupt, ask }: Watching,
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
    await tellStatus(job, status, { json, leftMs, queue: await ask?.() }, output);
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

interface Telling {
  readonly json: boolean;
  /** Milliseconds that are left, as far as that is known. */
  readonly leftMs?: number;
  readonly queue?: QueueState;
}

async function tellStatus(
  job: Job,
  status: JobStatus,
  { json, leftMs, queue }: Telling,
  output: CommandOutput,
): Promise<void> {
  const { operation, tasks, done, failed, missing, isMerged } = status;
  if (json) {
    const left = leftMs === undefined ? {} : { leftSeconds: Math.round(leftMs / 1000) };
    return await output.writeLine(
      JSON.stringify({ event: "status", ...status, ...left, ...queue }),
    );
  }
  const parts = [`${operation}: ${done} of ${tasks} tasks done`];
  if (queue !== undefined) {
    parts.push(`${queue.running.length} running`, `${queue.waiting} waiting`);
  }
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (missing.length > 0 && missing.length <= NAMED) parts.push(`left: ${missing.join(" ")}`);
  if (leftMs !== undefined && missing.length > 0) parts.push(`${clockText(leftMs)} left`);
  if (missing.length === 0) parts.push(isMerged ? "merged" : "not merged yet: wdstream merge OUT");
  await output.writeLine(parts.join(", "));
  for (const running of queue?.running ?? []) await output.writeNote(describeRunning(job, running));
  for (const failure of failed) await output.writeNote(describeFailure(failure));
}

function describeRunning(job: Job, { task, worker, startedMs, progress }: RunningTask): string {
  const parts = [`${worker ?? "somebody"} has task ${task}, "${nameTask(job, task)}"`];
  if (startedMs !== undefined) parts.push(`for ${clockText(Math.max(0, Date.now() - startedMs))}`);
  if (progress) parts.push(countText(progress, "sample"));
  return parts.join(", ");
}
