/**
 * `wdstream merge`: what all tasks of a job have found out.
 *
 * @module
 */
import { mergeJob } from "../../jobs/merge.ts";
import { type Command, defineCommand, UsageError } from "../command.ts";
import { describeMerged } from "../describe_job.ts";
import { ACCESS_OPTIONS, JOB_PERMISSION, openCliJob } from "../job_options.ts";
import { flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { countText } from "../words.ts";

/** Merges a job. */
export const command: Command = defineCommand({
  name: "merge",
  summary: "put together what the tasks of a job have found out: lists, indexes, statistics",
  details: [
    "Writes what is of all shards together into OUT, as the operation has it, and takes drafts away that killed processes " +
    "have left. Whoever does the last task of a job does the same, so that this is needed where tasks are missing: with " +
    "--allow-missing they are left out, and a merge when they are done writes all anew.",
  ],
  operands: { name: "OUT", required: "the folder of a job" },
  options: {
    "allow-missing": flag("leave out tasks that are not done"),
    json: flag("print what was merged as a JSON line"),
    ...ACCESS_OPTIONS,
  },
  permissions: [...sourcePermissions("folder"), JOB_PERMISSION],
  examples: ["merge report", "merge /shared/small --allow-missing"],
  async run({ values, operands }, output) {
    if (operands.length !== 1) throw new UsageError("takes one folder");
    const job = await openCliJob(operands[0], values, output);
    const report = await mergeJob(job, { allowMissing: values["allow-missing"] });
    const { counts, missing, written, swept } = report;
    if (values.json) {
      await output.writeLine(
        JSON.stringify({ event: "merged", ...counts, missing, written, swept }),
      );
      return 0;
    }
    await output.writeLine(describeMerged(report));
    if (missing.length > 0) {
      const numbers = missing.slice(0, 10).join(" ");
      await output.writeNote(
        `without ${countText(missing.length, "task")}: ${numbers}${
          missing.length > 10 ? " …" : ""
        }`,
      );
    }
    return 0;
  },
});
