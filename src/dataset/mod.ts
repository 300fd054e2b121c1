/**
 * Datasets: shards to samples, tensors and batches.
 *
 * @module
 */
export type { DecodeFieldsOptions } from "../steps/decode.ts";
export type { Dataset, EpochsOptions, MixedDataset, WebDataset } from "./dataset.ts";
export type { AtOptions, ExplainedStep, ExplainOptions, Explanation } from "./explanation.ts";
export type { ReadOptions } from "../sample/read_options.ts";
export type { DatasetOptions } from "./options.ts";
export type { WebDatasetOptions } from "./options.ts";
export type { ExplainedPlan, ExplainedShare } from "../steps/explain.ts";
export type { FaultReport, FaultyShard } from "../steps/faults.ts";
export type { DatasetPlan, DatasetStats } from "../steps/options.ts";
export type { WorkerState } from "../workers/state.ts";
export type { OrderNumbers, ShuffleOptions } from "../steps/order.ts";
export type { DatasetPass } from "../steps/pass.ts";
export { sampleShard } from "./sample_shard.ts";
export type { MixDatasetsOptions, ReplayLimits } from "./verbs.ts";
export { mix } from "./builder.ts";
export { webdataset } from "./webdataset.ts";
