/**
 * Datasets: shards to samples, tensors and batches.
 *
 * @module
 */
export type { DecodeFieldsOptions } from "../steps/decode.ts";
export type {
  AtOptions,
  Dataset,
  EpochsOptions,
  ExplainedStep,
  Explanation,
  WebDataset,
} from "./dataset.ts";
export type { ReadOptions } from "../sample/read_options.ts";
export type { DatasetOptions } from "./options.ts";
export type { WebDatasetOptions } from "./options.ts";
export type { DatasetPlan, DatasetStats } from "../steps/options.ts";
export { sampleShard } from "./sample_shard.ts";
export { webdataset } from "./webdataset.ts";
export { indexShard } from "../index/build.ts";
export type { IndexShardOptions } from "../index/build.ts";
export { formatIndex, parseIndex } from "../index/text.ts";
export type { IndexFormat, ParseIndexOptions } from "../index/text.ts";
export { formatShardList, parseShardList } from "../index/wids.ts";
export type { ListedShard } from "../index/wids.ts";
export { openShard } from "../index/open_shard.ts";
export type { GetOptions, OpenShardOptions, Shard } from "../index/open_shard.ts";
export type { IndexedField, IndexedSample, ShardIndex } from "../index/shard_index.ts";
