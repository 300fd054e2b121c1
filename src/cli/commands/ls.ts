/**
 * `wdstream ls`: the samples of shards.
 *
 * @module
 */
import { webdataset } from "../../dataset/webdataset.ts";
import { type Command, defineCommand } from "../command.ts";
import { flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import { plainText } from "../words.ts";

/** Lists samples. */
export const command: Command = defineCommand({
  name: "ls",
  summary: "keys, fields, sizes and offsets of the samples",
  details: [
    "Lists the samples of shards: one line for each, with the size in bytes of every field.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: {
    json: flag(
      "print JSON lines: key, shard, and size and offset of every field, where the offset is that of the member's tar header in the shard",
    ),
    ...SAMPLE_OPTIONS,
  },
  permissions: sourcePermissions(),
  examples: ["ls train-0000.tar --limit 3", "ls train-0000.tar --json"],
  async run({ values, operands }, output) {
    const { json, limit, "end-of-archive": endOfArchive } = values;
    const dataset = webdataset(await listSources(operands, values, output), { endOfArchive });
    const samples = limit === undefined ? dataset : dataset.take(limit);
    for await (const { key, shard, bytes, offsets } of samples) {
      const members = Object.entries(bytes);
      if (json) {
        const fields = Object.fromEntries(
          members.map(([extension, { length }]) => [
            extension,
            { sizeBytes: length, offsetBytes: offsets[extension] },
          ]),
        );
        await output.writeLine(JSON.stringify({ key, shard, fields }));
      } else {
        const sizes = members.map(([extension, { length }]) => `${extension} ${length}`);
        await output.writeLine([key, ...sizes].map(plainText).join("\t"));
      }
    }
    return 0;
  },
});
