/**
 * `stats` as a job: what is in each shard, and in all of them.
 *
 * @module
 */
import { collectStatistics, type StatisticsOptions } from "../../tools/collect_statistics.ts";
import { type DatasetStatistics, mergeStatistics, NO_STATISTICS } from "../../tools/statistics.ts";
import type { JsonObject } from "../canonical.ts";
import type { Operation } from "../operation.ts";
import { putMerged } from "./put_merged.ts";
import { checkNames, readEnd } from "./read_options.ts";

/** Name of what all shards together give. */
const STATISTICS = "statistics.json";

/** Counts what is in shards. */
export const operation: Operation = {
  usesKernel: true,
  readOptions(options) {
    checkNames(options, ["image", "endOfArchive"]);
    return { ...options, endOfArchive: readEnd(options) };
  },
  nameOutputs: () => [],
  isExact: () => true,
  async run({ plan, source, workers, signal, step, watch, skip }) {
    let seen = 0;
    const statistics = await collectStatistics(source, {
      ...plan.options as unknown as StatisticsOptions,
      workers,
      signal,
      onFault: skip,
      onProgress({ samples, workers: states }) {
        watch(states);
        const more = samples - seen;
        seen = samples;
        return step(more);
      },
    });
    const { samples, images, faults } = statistics;
    return { counts: { samples, images, faults }, result: statistics as unknown as JsonObject };
  },
  async merge(merging) {
    const all = merging.receipts.reduce(
      (sum, { result }) => mergeStatistics(sum, result as unknown as DatasetStatistics),
      NO_STATISTICS,
    );
    await putMerged(merging, STATISTICS, `${JSON.stringify(all)}\n`);
  },
};
