/**
 * `wdstream work --queue`: tasks of whichever jobs come.
 *
 * @module
 */
import { describeFailure, describeMerged } from "./describe_job.ts";
import { nameTask } from "../jobs/failure.ts";
import { workQueue } from "../jobs/work_queue.ts";
import type { TaskProgress } from "../jobs/run_task.ts";
import type { Job } from "../jobs/job.ts";
import type { CommandOutput } from "./command.ts";
import { describeBriefly } from "./describe_error.ts";
import type { Interrupt } from "./interrupt.ts";
import { openCliJob } from "./job_options.ts";
import { type QueueValues, withQueue } from "./queue_options.ts";
import type { AccessValues } from "./shard_options.ts";
import { countText } from "./words.ts";
import { startWork } from "./work_progress.ts";

/** What the worker of a queue is told. */
export interface QueueWorkValues extends QueueValues, AccessValues {
  readonly concurrency: number;
  readonly "until-empty": boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly timeout: number | undefined;
  readonly workers: number | undefined;
}

/**
 * Works at the jobs of a queue, with progress.
 *
 * @returns The exit code.
 */
export async function workAtQueue(
  values: QueueWorkValues,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  const { quiet, json, timeout, workers, concurrency } = values;
  const { signal } = interrupt;
  const pending: string[] = [];
  const flush = async (): Promise<void> => {
    for (const note of pending.splice(0)) await output.writeNote(note);
  };
  const progress = await startWork(quiet ? undefined : output, {});
  const sums = { samples: 0, bytes: 0 };
  const running = new Map<string, TaskProgress>();
  const jobs = new Map<string, Job>();
  try {
    const report = await withQueue(values, output, (queue) =>
      workQueue(queue, {
        concurrency,
        untilDry: values["until-empty"],
        signal,
        timeoutMs: timeout && timeout * 1000,
        async openJob({ plan, key }) {
          const job = await openCliJob(plan, values, output, { key, workers, signal });
          jobs.set(key, job);
          return job;
        },
        onProgress(task, { key }) {
          running.set(`${key} ${task.task}`, task);
          const tasks = [...running.values()];
          const count = tasks.reduce((sum, { samples }) => sum + samples, sums.samples);
          const bytes = tasks.reduce((sum, each) => sum + each.bytes, sums.bytes);
          // Tasks of one job may have the same ones.
          const workers = [...new Set(tasks.flatMap(({ workers = [] }) => workers))];
          progress.update({ count, bytes, workers }, flush);
        },
        async onTask({ task, key, plan }, { outcome, receipt, bytes }) {
          running.delete(`${key} ${task}`);
          sums.samples += outcome === "made" ? receipt.counts.samples ?? 0 : 0;
          sums.bytes += bytes;
          await flush();
          if (!json) return;
          const facts = {
            event: "task",
            plan,
            task,
            name: nameTask(jobs.get(key)!, task),
            outcome,
          };
          await output.writeLine(JSON.stringify({ ...facts, ...receipt.counts }));
        },
        onFail({ task, key, plan }, error, isLast) {
          running.delete(`${key} ${task}`);
          const job = jobs.get(key);
          const name = job === undefined ? plan : nameTask(job, task);
          if (!isLast) pending.push(`task ${task}, "${name}", again: ${describeBriefly(error)}`);
        },
        async onJob({ plan, tasks, done, merged }) {
          await flush();
          if (json) {
            const facts = { event: "job", plan, tasks, done, isMerged: merged !== undefined };
            await output.writeLine(JSON.stringify({ ...facts, ...merged?.counts }));
          } else if (!quiet) {
            const what = merged === undefined
              ? `${done} of ${countText(tasks, "task")} done`
              : describeMerged(merged);
            await output.writeLine(`${plan}: ${what}`);
          }
        },
        onSkip: (error) => void pending.push(`skipped: ${describeBriefly(error)}`),
        onWarning: (message) => void output.writeNote(message).catch(() => {}),
      }));
    await progress.stop();
    await flush();
    for (const failure of report.failed) await output.writeNote(describeFailure(failure));
    const { made, there, failed } = report;
    if (json) {
      const facts = { made, there, failed: failed.length };
      await output.writeLine(JSON.stringify({ event: "done", ...facts }));
    } else if (!quiet) {
      const parts = [`${countText(made, "task")} done`];
      if (there > 0) parts.push(`${there} before`);
      if (failed.length > 0) parts.push(`${failed.length} failed`);
      await output.writeLine(parts.join(", "));
    }
    if (interrupt.code !== undefined) {
      await output.writeNote("stopped; what was not done was given back to the queue");
      return interrupt.code;
    }
    return failed.length > 0 ? 1 : 0;
  } catch (error) {
    await progress.stop();
    await flush();
    if (interrupt.code === undefined) throw error;
    return interrupt.code;
  }
}
