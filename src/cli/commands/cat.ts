/**
 * `wdstream cat`: samples as lines of JSON.
 *
 * @module
 */
import { webdataset } from "../../dataset/webdataset.ts";
import { describeSample } from "../../tools/describe_sample.ts";
import { type Command, defineCommand } from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { choice } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELDS_OPTION, listSources, SAMPLE_OPTIONS } from "../shard_options.ts";

/** Prints samples. */
export const command: Command = defineCommand({
  name: "cat",
  summary: "samples as lines of JSON, with their labels, captions and metadata as values",
  details: [
    "Prints a line of JSON for each sample: {key, shard, index, fields}. Integers (cls, id, index), json, jsonl and text " +
    "are values; of an npy it is dtype and shape; all else is bytes, of which the size is shown, or all in base64.",
    "A field that is not what its extension says has {error: {code, message}}, and gives exit code 1 at the end.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: {
    fields: FIELDS_OPTION,
    bytes: choice("", {
      size: "of fields that are bytes, show the size",
      base64: "show all of them",
    }, { default: "size" }),
    ...SAMPLE_OPTIONS,
  },
  permissions: sourcePermissions(),
  examples: [
    "cat train-0000.tar --limit 3",
    "cat train-0000.tar --fields cls,txt",
    "cat train-0000.tar --fields jpg --bytes base64 --limit 1",
  ],
  async run({ values, operands }, output) {
    const { fields, bytes, limit, "end-of-archive": endOfArchive } = values;
    const dataset = webdataset(await listSources(operands, values, output), { endOfArchive });
    let isSound = true;
    for await (const sample of limit === undefined ? dataset : dataset.take(limit)) {
      const { line, faults } = await describeSample(sample, { fields, bytes });
      await output.writeLine(line);
      for (const fault of faults) await output.writeNote(`wdstream: ${describeBriefly(fault)}`);
      isSound &&= faults.length === 0;
    }
    return isSound ? 0 : 1;
  },
});
