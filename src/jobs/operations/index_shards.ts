/**
 * `index` as a job: an index of each shard, and that of the split.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
import { baseName, countShard } from "../../index/build.ts";
import { SPLIT_SUFFIX } from "../../index/catalogue.ts";
import { formatSplit } from "../../index/split_index.ts";
import { formatIndex } from "../../index/text.ts";
import type { Operation } from "../operation.ts";
import { nameShards } from "./name_shards.ts";
import { putMerged } from "./put_merged.ts";
import { checkNames, readEnd } from "./read_options.ts";

/** Makes the index of each shard; those of compressed ones have none, and count in that of the split alone. */
export const operation: Operation = {
  usesKernel: false,
  readOptions(options) {
    checkNames(options, ["format", "endOfArchive"]);
    const { format = "wdstream" } = options;
    return {
      format: oneOf("format", ["wdstream", "dali"], format as "dali"),
      endOfArchive: readEnd(options),
    };
  },
  nameOutputs: (inputs) => nameShards(inputs).map((name) => `${name}.idx`),
  isExact: () => true,
  async run({ plan, source, number, signal, put, step }) {
    const { format, endOfArchive } = plan.options;
    const { isPacked, ...index } = await countShard(source, {
      endOfArchive: endOfArchive as "required",
      signal,
    });
    const { samples, sizeBytes } = index;
    await step(samples.length);
    if (!isPacked) await put(plan.outputs[number], formatIndex(index, format as "dali"));
    return {
      counts: { samples: samples.length },
      result: {
        name: baseName(source.name),
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
        classes: samples.map(({ cls = -1 }) => cls),
      },
    };
  },
  async merge(merging) {
    const { receipts, plan } = merging;
    const shards = receipts.map(({ counts, result }) => ({
      url: result!.name as string,
      sampleCount: counts.samples,
      sizeBytes: result!.sizeBytes as number | undefined,
    }));
    const classes = receipts.flatMap(({ result }) => result!.classes as number[]);
    const isLabelled = classes.some((label) => label >= 0);
    const first = plan.outputs[0].replace(/\.idx$/, "");
    const split = formatSplit({ shards, ...(isLabelled && { classes }) });
    await putMerged(merging, `${first}${SPLIT_SUFFIX}`, split);
  },
};
