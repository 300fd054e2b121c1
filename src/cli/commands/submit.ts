/**
 * `wdstream submit`: a job for others to do.
 *
 * @module
 */
import { type OperationName, OPERATIONS } from "../../jobs/operations.ts";
import { planJob } from "../../jobs/job.ts";
import { mergeJob } from "../../jobs/merge.ts";
import { readStatus } from "../../jobs/status.ts";
import { submitJob } from "../../jobs/submit_job.ts";
import { type Command, defineCommand, UsageError } from "../command.ts";
import {
  ACCESS_OPTIONS,
  folderOf,
  JOB_PERMISSION,
  nameInputs,
  OPERATION_OPTIONS,
  operationOptions,
  planAddress,
} from "../job_options.ts";
import { describeMerged } from "../describe_job.ts";
import { flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { hasQueue, QUEUE_OPTIONS, QUEUE_PERMISSION, withQueue } from "../queue_options.ts";
import { listSources, openFolder } from "../shard_options.ts";
import { countText } from "../words.ts";

/** Plans a job. */
export const command: Command = defineCommand({
  name: "submit",
  summary:
    "a job over whole datasets for any number of machines: writes its plan beside the output",
  details: [
    `Plans what OPERATION (${
      Object.keys(OPERATIONS).join(", ")
    }) does to SHARDS, one task a shard, and writes the plan to ` +
    'OUT/.wdstream/plan.json, OUT being a folder or s3://BUCKET/PATH. Nothing is done yet: "wdstream work" does a share ' +
    "of the tasks, on any number of machines that reach SHARDS and OUT by the same names. With --queue the tasks that are " +
    'not done are submitted to a queue as well, and "wdstream work --queue" does them, whichever worker is free; the same ' +
    "command again submits what has failed or was lost.",
    "resize makes images smaller, reshard writes new shards, verify finds what is wrong, stats counts what there is, index makes indexes, and map has " +
    "--module, whose default export is async function* (samples, { signal, task }), make samples, or bytes with --suffix.",
    "The plan has what tells the version of each shard, so that one that was changed is an error, and nothing secret. The " +
    "same command again says how far the job is; another one for the same OUT is refused.",
  ],
  operands: {
    name: "OPERATION SHARDS",
    last: "OUT",
    required: "an operation, a shard, and where to write",
  },
  options: {
    ...OPERATION_OPTIONS,
    json: flag("print what was planned as a JSON line"),
    ...QUEUE_OPTIONS,
    ...ACCESS_OPTIONS,
  },
  permissions: [...sourcePermissions(), JOB_PERMISSION, QUEUE_PERMISSION],
  examples: [
    'submit resize "train-{0000..1023}.tar" small --short 256 --info',
    'submit verify "train-{0000..1023}.tar" report --classes 1000',
    'submit verify "s3://bucket/train-{0000..1023}.tar" s3://bucket/report --queue redis://10.0.0.5',
    'submit stats "train-{0000..1023}.tar" statistics',
    'submit map "train-{0000..1023}.tar" embeddings --module embed.ts --suffix .npy',
  ],
  async run({ values, operands }, output) {
    const [operation, ...rest] = operands;
    const out = rest.at(-1);
    const inputs = rest.slice(0, -1);
    if (!Object.hasOwn(OPERATIONS, operation)) {
      throw new UsageError(
        `there is no operation "${operation}", only ${Object.keys(OPERATIONS).join(", ")}`,
      );
    }
    if (out === undefined || inputs.length === 0) {
      throw new UsageError("needs a shard, and where to write");
    }
    const sources = await listSources(inputs, values, output);
    const named = await nameInputs(sources, inputs, true);
    const store = await openFolder(out, values, output);
    const job = await asUsage(() =>
      planJob([...named.keys()], store, {
        operation: operation as OperationName,
        options: operationOptions(operation as OperationName, values),
        module: values.module,
        open: (url) => named.get(url)!,
      })
    );
    const { done, tasks, isMerged } = await readStatus(job);
    // Whoever did the last task may have ended before he came to it.
    const merged = done === tasks && !isMerged ? await mergeJob(job) : undefined;
    const plan = await planAddress(out);
    const queued = !hasQueue(values)
      ? undefined
      : await withQueue(values, output, (queue) => submitJob(job, folderOf(out), queue));
    if (values.json) {
      const facts = { event: "planned", plan, key: job.key, operation, tasks, done };
      const own = queued === undefined ? {} : { added: queued.added, again: queued.again };
      await output.writeLine(JSON.stringify({ ...facts, ...own }));
      if (merged !== undefined) {
        const { counts, missing, written, swept } = merged;
        const event = { event: "merged", ...counts, missing, written, swept };
        await output.writeLine(JSON.stringify(event));
      }
      return 0;
    }
    if (merged !== undefined) await output.writeNote(describeMerged(merged));
    if (queued !== undefined) {
      const { added, again } = queued;
      const more = again === 0 ? "" : `, ${again} of them again`;
      await output.writeLine(
        `${countText(tasks, "task")}, ${done} of them done, ${
          added + again
        } submitted${more}: ${plan}`,
      );
      await output.writeNote("does them, anywhere:   wdstream work --queue …");
      await output.writeNote(`how far it is:         wdstream status ${out} --queue …`);
      return 0;
    }
    const before = done === 0 ? "" : `, ${done} of them done`;
    await output.writeLine(`${countText(tasks, "task")}${before}: ${plan}`);
    await output.writeNote(`all of it here:     wdstream work ${plan}`);
    await output.writeNote(`a share of it:      wdstream work ${plan} --rank 0 --world 8`);
    await output.writeNote(`how far it is:      wdstream status ${out}`);
    return 0;
  },
});

/** What is wrong with options is a mistake on the command line. */
async function asUsage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
