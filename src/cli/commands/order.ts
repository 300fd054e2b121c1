/**
 * `wdstream order`: the samples of a run, in its order.
 *
 * @module
 */
import { webdataset } from "../../dataset/webdataset.ts";
import { type Command, defineCommand } from "../command.ts";
import { flag } from "../options.ts";
import { applyShuffle, applySplit, ORDER_OPTIONS, SPLIT_PERMISSION } from "../order_options.ts";
import { sourcePermissions } from "../permissions.ts";
import { listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import { plainText } from "../words.ts";

/** Lists samples in an order. */
export const command: Command = defineCommand({
  name: "order",
  summary: "the samples that a process is given, in the order that it is given them",
  details: [
    "Lists the samples that a process is given, in the order in which it is given them: key, shard and number in the " +
    "shard, for another program to compare with. The options are those of stream.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: {
    ...ORDER_OPTIONS,
    json: flag("print JSON lines: key, shard, index, and isPadding where a sample comes again"),
    ...SAMPLE_OPTIONS,
  },
  permissions: [...sourcePermissions(), SPLIT_PERMISSION],
  examples: [
    'order "train-{000..127}.tar" --shuffle --seed 7 --epoch 3 --rank 0 --world 8',
    "order train-0000.tar --shuffle --json --limit 10",
  ],
  async run({ values, operands }, output) {
    const { json, limit, "end-of-archive": endOfArchive } = values;
    const hints: string[] = [];
    const plain = webdataset(await listSources(operands, values, output), {
      endOfArchive,
      onHint: (hint) => hints.push(hint),
    });
    const dataset = applySplit(applyShuffle(plain, values), values);
    for await (const sample of limit === undefined ? dataset : dataset.take(limit)) {
      for (const hint of hints.splice(0)) await output.writeNote(`hint: ${hint}`);
      const { key, shard, index, isPadding } = sample;
      await output.writeLine(
        json
          ? JSON.stringify({ key, shard, index, isPadding })
          : `${plainText(key)}\t${plainText(shard)}\t${index}${isPadding ? "\tpadding" : ""}`,
      );
    }
    return 0;
  },
});
