/**
 * `wdstream cancel`: a job out of a queue.
 *
 * @module
 */
import { nameJob } from "../../jobs/submit_job.ts";
import { type Command, defineCommand, UsageError } from "../command.ts";
import { ACCESS_OPTIONS, folderOf, openCliJob } from "../job_options.ts";
import { sourcePermissions } from "../permissions.ts";
import { QUEUE_OPTIONS, QUEUE_PERMISSION, withQueue } from "../queue_options.ts";

/** Cancels a job. */
export const command: Command = defineCommand({
  name: "cancel",
  summary: "take a job out of a queue; tasks that run are stopped, wherever",
  details: [
    "Takes all tasks of the job in OUT out of the queue, and stops those that run within a second, on whichever machine. " +
    'What is done stays, nothing half-written is seen, and "wdstream retry" goes on.',
  ],
  operands: { name: "OUT", required: "the folder of a job" },
  options: { ...QUEUE_OPTIONS, ...ACCESS_OPTIONS },
  permissions: [...sourcePermissions("folder"), QUEUE_PERMISSION],
  examples: ["cancel small --queue redis://10.0.0.5"],
  async run({ values, operands }, output) {
    if (operands.length !== 1) throw new UsageError("takes one folder");
    const job = await openCliJob(operands[0], values, output);
    const queued = await nameJob(job, folderOf(operands[0]));
    await withQueue(values, undefined, (queue) => queue.cancel(queued));
    await output.writeLine("cancelled");
    return 0;
  },
});
