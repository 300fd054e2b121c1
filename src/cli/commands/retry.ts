/**
 * `wdstream retry`: what is not done of a job, through a queue again.
 *
 * @module
 */
import { submitJob } from "../../jobs/submit_job.ts";
import { type Command, defineCommand, UsageError } from "../command.ts";
import { ACCESS_OPTIONS, folderOf, openCliJob } from "../job_options.ts";
import { flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { QUEUE_OPTIONS, QUEUE_PERMISSION, withQueue } from "../queue_options.ts";
import { countText } from "../words.ts";

/** Submits again. */
export const command: Command = defineCommand({
  name: "retry",
  summary: "submit again what is not done of a job: what has failed, was cancelled or was lost",
  details: [
    "Submits the tasks of the job in OUT that have no receipt: those that the queue has given up, those that were " +
    "cancelled, and those that a server has forgotten. Tasks that wait or run already stay as they are, so that this may " +
    "be done at any time.",
  ],
  operands: { name: "OUT", required: "the folder of a job" },
  options: {
    json: flag("print what was submitted as a JSON line"),
    ...QUEUE_OPTIONS,
    ...ACCESS_OPTIONS,
  },
  permissions: [...sourcePermissions("folder"), QUEUE_PERMISSION],
  examples: ["retry small --queue redis://10.0.0.5"],
  async run({ values, operands }, output) {
    if (operands.length !== 1) throw new UsageError("takes one folder");
    const job = await openCliJob(operands[0], values, output);
    const { added, again, done } = await withQueue(
      values,
      output,
      (queue) => submitJob(job, folderOf(operands[0]), queue),
    );
    if (values.json) {
      await output.writeLine(JSON.stringify({ event: "submitted", added, again, done }));
    } else {
      await output.writeLine(`${countText(added + again, "task")} submitted, ${done} done before`);
    }
    return 0;
  },
});
