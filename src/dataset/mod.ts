/**
 * Datasets: shards to samples, tensors and batches.
 *
 * @module
 */
export type { Dataset, DecodeFieldsOptions } from "./dataset.ts";
export type { DatasetPlan, DatasetStats, ReadOptions, WebDatasetOptions } from "./options.ts";
export { sampleShard } from "./sample_shard.ts";
export { webdataset } from "./webdataset.ts";
