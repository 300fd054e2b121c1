/**
 * Indexes of shards: where each field lies, made, read and written, and samples by them without reading what is before.
 *
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { indexShard } from "@wdstream/wdstream/index";
 *
 * const { samples } = await indexShard(sampleShard());
 * console.log(samples.length, samples[0].key);
 * ```
 *
 * @module
 */
export { indexShard, type IndexShardOptions } from "./build.ts";
export { type GetOptions, openShard, type OpenShardOptions, type Shard } from "./open_shard.ts";
export type { IndexedField, IndexedSample, ShardIndex } from "./shard_index.ts";
export { formatSplit, parseSplit, type ParseSplitOptions } from "./split_index.ts";
export type { ShardCatalogue } from "./split_index.ts";
export { formatIndex, type IndexFormat, parseIndex, type ParseIndexOptions } from "./text.ts";
export { formatShardList, type ListedShard, parseShardList } from "./wids.ts";
export { ERROR_CODES, IndexError, WdsError } from "../errors.ts";
export type { ErrorCode, ErrorPlace, Failure } from "../errors.ts";
