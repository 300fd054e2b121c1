/**
 * Datasets: shards to samples, tensors and batches.
 *
 * @module
 */
export type { AtOptions, Dataset, DecodeFieldsOptions } from "./dataset.ts";
export type { DatasetPlan, DatasetStats, ReadOptions, WebDatasetOptions } from "./options.ts";
export { sampleShard } from "./sample_shard.ts";
export { webdataset } from "./webdataset.ts";
export { indexShard } from "./index_shard.ts";
export type { IndexShardOptions } from "./index_shard.ts";
export { formatIndex, parseIndex } from "./index_text.ts";
export type { IndexFormat, ParseIndexOptions } from "./index_text.ts";
export { formatShardList, parseShardList } from "./index_wids.ts";
export type { ListedShard } from "./index_wids.ts";
export { openShard } from "./open_shard.ts";
export type { GetOptions, OpenShardOptions, Shard } from "./open_shard.ts";
export type { IndexedField, IndexedSample, ShardIndex } from "./shard_index.ts";
