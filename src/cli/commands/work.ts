/**
 * `wdstream work`: a share of a job.
 *
 * @module
 */
import { OrderError } from "../../errors.ts";
import { nameTask } from "../../jobs/failure.ts";
import type { Job } from "../../jobs/job.ts";
import { type JobReport, runJob } from "../../jobs/run_job.ts";
import type { TaskOutcome } from "../../jobs/run_task.ts";
import { splitFromEnvironment } from "../../order/environment.ts";
import type { Split } from "../../order/ranks.ts";
import {
  type Command,
  type CommandInput,
  type CommandOutput,
  defineCommand,
  type OptionValues,
  UsageError,
} from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { describeFailure, describeMerged } from "../describe_job.ts";
import { Interrupt } from "../interrupt.ts";
import { ACCESS_OPTIONS, JOB_PERMISSION, openCliJob, TASK_OPTIONS } from "../job_options.ts";
import { count, flag, number } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { hasQueue, QUEUE_OPTIONS, QUEUE_PERMISSION } from "../queue_options.ts";
import { countText } from "../words.ts";
import { startWork } from "../work_progress.ts";

const OPTIONS = {
  rank: number("number of this process, from 0"),
  world: count("number of processes, each of which does its share"),
  ...QUEUE_OPTIONS,
  concurrency: count("with --queue: tasks at a time", { default: 1 }),
  "until-empty": flag("with --queue: end when no task waits or runs any more, in place of waiting"),
  ...TASK_OPTIONS,
  ...ACCESS_OPTIONS,
} as const;

/** Does a share of a job. */
export const command: Command = defineCommand({
  name: "work",
  summary:
    "a share of a job: the tasks of one process out of any number, here or on other machines",
  details: [
    'Does tasks of the job whose plan is named, as "wdstream submit" has written it: those whose numbers leave --rank when ' +
    "they are divided by --world. Without them, rank and world are those of torchrun's, SLURM's (job arrays, too), " +
    "Kubernetes' (Indexed Jobs) or Cloud Run's variables, and where there are none, all tasks are done.",
    "With --queue there is no PLAN: tasks of all jobs come that were submitted to the queue, one after the other, to " +
    "whichever worker is free. One that is lost comes again to another worker within 50 seconds; Ctrl-C and SIGTERM give " +
    "tasks back at once.",
    "Processes may be killed, stopped, started again with other ranks, or do the same twice: what is done is not done " +
    "again, outputs appear whole, and whoever finds all tasks done puts together what they have found out. A task that " +
    "fails leaves word of why; the others are done, and the exit code is 1.",
  ],
  operands: { name: "PLAN" },
  options: OPTIONS,
  permissions: [
    ...sourcePermissions(),
    JOB_PERMISSION,
    QUEUE_PERMISSION,
    {
      flag: "--allow-env=RANK,WORLD_SIZE",
      purpose: "for the variables of your launcher, where no --rank is given",
      exact: ({ values: { rank, queue, "queue-env": variable } }) =>
        rank === undefined && queue === undefined && variable === undefined
          ? "--allow-env=RANK,WORLD_SIZE"
          : undefined,
    },
  ],
  examples: [
    "work report/.wdstream/plan.json",
    "work /shared/small/.wdstream/plan.json --rank 3 --world 64 --workers 4",
    "work --queue redis://10.0.0.5 --workers 4",
  ],
  async run(input, output) {
    const interrupt = new Interrupt();
    try {
      return await work(input, output, interrupt);
    } finally {
      interrupt.close();
    }
  },
});

async function work(
  { values, operands }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  if (hasQueue(values)) {
    const { rank, world } = values;
    if (operands.length > 0) throw new UsageError("--queue takes no plan: the queue has them");
    if (rank !== undefined || world !== undefined) {
      throw new UsageError("--rank and --world do not go with --queue");
    }
    const { workAtQueue } = await import("../work_queue.ts");
    return await workAtQueue(values, output, interrupt);
  }
  if (operands.length === 0) {
    throw new UsageError("needs the plan of a job, OUT/.wdstream/plan.json, or --queue");
  }
  if (operands.length !== 1) throw new UsageError("takes one plan");
  const { quiet, json, timeout, workers } = values;
  const { rank, world } = readShare(values);
  const { signal } = interrupt;
  const job = await openCliJob(operands[0], values, output, { workers, signal });
  const progress = await startWork(quiet ? undefined : output, {
    bytes: sumShare(job, rank, world),
  });
  const pending: string[] = [];
  const flush = async (): Promise<void> => {
    for (const note of pending.splice(0)) await output.writeNote(note);
  };
  let samples = 0;
  let bytes = 0;
  let keptBytes = 0;
  try {
    const report = await runJob(job, {
      rank,
      world,
      signal,
      timeoutMs: timeout && timeout * 1000,
      onProgress({ samples: count, bytes: read, workers }) {
        const now = { count: samples + count, bytes: bytes + read, keptBytes, workers };
        progress.update(now, flush);
        return pending.length > 0 ? flush() : undefined;
      },
      async onTask(task, { outcome, receipt, bytes: read }: TaskOutcome) {
        if (outcome === "there") keptBytes += receipt.input?.sizeBytes ?? 0;
        else samples += receipt.counts.samples ?? 0;
        bytes += read;
        await flush();
        if (!json) return;
        const facts = { event: "task", task, name: nameTask(job, task), outcome };
        await output.writeLine(JSON.stringify({ ...facts, ...receipt.counts }));
      },
      async onFail(failure) {
        await flush();
        if (json) await output.writeLine(JSON.stringify({ event: "failed", ...failure }));
        await output.writeNote(describeFailure(failure));
      },
      onSkip: (error) => void pending.push(`skipped: ${describeBriefly(error)}`),
    });
    await progress.stop();
    await flush();
    await tell(job, report, { quiet, json }, output);
    return report.failed.length > 0 ? 1 : 0;
  } catch (error) {
    await progress.stop();
    await flush();
    if (interrupt.code === undefined) throw error;
    await output.writeNote("stopped; the same command goes on with what is not done");
    return interrupt.code;
  } finally {
    await job.close();
  }
}

/** Which tasks this process does. */
function readShare({ rank, world }: OptionValues<typeof OPTIONS>): Split {
  if (rank === undefined && world === undefined) {
    try {
      return splitFromEnvironment();
    } catch (cause) {
      if (!(cause instanceof OrderError)) throw cause;
      throw new UsageError(`${cause.message}; or give --rank and --world`, { cause });
    }
  }
  if (world === undefined) throw new UsageError("--rank goes with --world");
  if (rank === undefined) throw new UsageError("--world goes with --rank");
  if (rank >= world) throw new UsageError(`--rank takes 0 to ${world - 1} with --world ${world}`);
  return { rank, world };
}

/** Bytes of the inputs of a share, where they are known. */
function sumShare({ plan, operation }: Job, rank: number, world: number): number | undefined {
  if (operation.readsAll) return undefined;
  return plan.inputs.reduce<number | undefined>(
    (sum, { sizeBytes }, task) =>
      task % world !== rank
        ? sum
        : sum === undefined || sizeBytes === undefined
        ? undefined
        : sum + sizeBytes,
    0,
  );
}

async function tell(
  { taskCount }: Job,
  { made, there, failed, done, isMerged, merged }: JobReport,
  { quiet, json }: { readonly quiet: boolean; readonly json: boolean },
  output: CommandOutput,
): Promise<void> {
  if (json) {
    const facts = { made, there, failed: failed.length, done, tasks: taskCount, isMerged };
    const own = merged === undefined ? {} : { ...merged.counts, written: merged.written };
    return await output.writeLine(JSON.stringify({ event: "done", ...facts, ...own }));
  }
  if (quiet) return;
  const parts = [`${countText(made, "task")} done`];
  if (there > 0) parts.push(`${there} before`);
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  parts.push(`${done} of ${taskCount} of the job`);
  await output.writeLine(parts.join(", "));
  if (merged !== undefined) await output.writeLine(describeMerged(merged));
}
