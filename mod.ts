/**
 * WebDataset shards in, tensors out, on any JavaScript runtime, byte for byte as Python makes them.
 *
 * ```ts
 * import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * const batches = webdataset(sampleShard())
 *   .transform(evaluation({ size: 224, cropRatio: 0.875, interpolation: "bicubic" }))
 *   .batch(16);
 * for await (const { images, labels, keys, shape } of batches) {
 *   console.log(shape, images.length, labels[0], keys[0]);
 * }
 * ```
 *
 * Here is what most programs need. Entries of their own have all of it room by room, and load no more than that: `/tar`,
 * `/sample` and `/index` (archives, samples, indexes), `/storage` (stores and sources), `/jpeg`, `/resize` and
 * `/transforms` (images without a dataset), `/order` and `/random` (epochs and draws), `/writing` (shards from samples),
 * `/imagenet`, `/edge` and `/node` (serving), `/cli`.
 *
 * @module
 */

// Datasets.
export { webdataset } from "./src/dataset/webdataset.ts";
export { mix } from "./src/dataset/builder.ts";
export type { MixDatasetsOptions, ReplayLimits } from "./src/dataset/verbs.ts";
export { sampleShard } from "./src/dataset/sample_shard.ts";
export type { Dataset, EpochsOptions, MixedDataset, WebDataset } from "./src/dataset/dataset.ts";
export type {
  AtOptions,
  ExplainedStep,
  ExplainOptions,
  Explanation,
} from "./src/dataset/explanation.ts";
export type { DatasetOptions, WebDatasetOptions } from "./src/dataset/options.ts";
export type { ExplainedPlan, ExplainedShare } from "./src/steps/explain.ts";
export type { DatasetPlan, DatasetStats } from "./src/steps/options.ts";
export type { WorkerState } from "./src/workers/state.ts";
export type { FaultReport, FaultyShard } from "./src/steps/faults.ts";
export type { OrderNumbers, ShuffleOptions } from "./src/steps/order.ts";
export type { DatasetPass } from "./src/steps/pass.ts";
export type { OrderState } from "./src/order/state.ts";
export type { MixStop } from "./src/order/mix.ts";
export type { RandomCount, SelectOptions } from "./src/order/select.ts";
export type { PythonOrder } from "./src/order/webdataset_order.ts";
export type { Split } from "./src/order/ranks.ts";
export { type EnvironmentSplit, splitFromEnvironment } from "./src/order/environment.ts";
export type { DecodeFieldsOptions } from "./src/steps/decode.ts";
export type { FieldOptions, FieldsOptions, ImageFieldOptions } from "./src/steps/fields.ts";
export type {
  ColumnOptions,
  Columns,
  FieldBatch,
  FieldColumn,
  FieldKind,
  FieldOwner,
  FieldValue,
  MissingField,
} from "./src/steps/column_types.ts";
export type {
  Batch,
  BatchOfTensors,
  BatchOptions,
  FieldBatchOptions,
  FieldTensor,
  SampleOfTensors,
  StackedTensors,
  TensorSample,
  TensorsOf,
} from "./src/steps/tensor_sample.ts";
export type { FieldTransforms } from "./src/steps/transform_into.ts";
export { imagenet1k, type ImageNetOptions } from "./src/imagenet/imagenet1k.ts";
export { type ImageNetLabel, imagenetLabels } from "./src/imagenet/labels.ts";
export type { ImageNetSplit } from "./src/imagenet/catalogue.ts";
export type { ImageNetHost, ImageNetLocation } from "./src/imagenet/hosts.ts";

// Archives and samples.
export { readTar, type ReadTarOptions } from "./src/tar/read.ts";
export { UntarStream } from "./src/tar/untar_stream.ts";
export { type TarInput, writeTar, type WriteTarOptions } from "./src/tar/write.ts";
export type { TarEntry, TarEntryBase, TarEntryType, TarHeader } from "./src/tar/entry.ts";
export type { TarStreamEntry } from "./src/tar/entry.ts";
export { readSamples, type SampleEntry, type SamplesOptions } from "./src/sample/group.ts";
export { decodeField, type FieldContext } from "./src/sample/field.ts";
export type { ReadOptions } from "./src/sample/read_options.ts";
export type { NpyArray, NpyData } from "./src/sample/npy.ts";
export type { NpzArrays } from "./src/sample/npz.ts";
export type { Sample } from "./src/sample/sample.ts";
export type { DecodedSample, FieldSchema } from "./src/sample/schema.ts";
export type { Oddity } from "./src/sample/tally.ts";

// Images and tensors.
export { init, type KernelSource } from "./src/kernel/instance.ts";
export {
  decodeJpeg,
  type DecodeOptions,
  type DecodingLimits,
  type JpegHeader,
  type JpegImage,
  type JpegWarnings,
  readJpegHeader,
  type Region,
} from "./src/image/jpeg/decode.ts";
export type { DecodedPixels, ImageDecoder, ImageDecoders } from "./src/image/codec.ts";
export { resize, type ResizeBox, type ResizeOptions } from "./src/image/resize/resize.ts";
export { toRgb } from "./src/image/to_rgb.ts";
export {
  processor,
  type ProcessorConfig,
  type ProcessorOptions,
  type ProcessorResize,
  type ProcessorRule,
  type ProcessorTransform,
} from "./src/image/transform/processor.ts";
export { evaluation, type EvaluationOptions } from "./src/image/transform/evaluation.ts";
export {
  training,
  type TrainingOptions,
  type TrainingTransform,
} from "./src/image/transform/training.ts";
export {
  type Transform,
  transformImage,
  type TransformImageOptions,
} from "./src/image/transform/transform.ts";
export { type Normalization, type TensorOptions, toTensor } from "./src/image/transform/tensor.ts";
export type { DataOf } from "./src/image/transform/layout.ts";
export type {
  EvaluationTransform,
  Image,
  Interpolation,
  Mask,
  MaskData,
  MaskTransform,
  MaskType,
  Reference,
  Resampler,
  SharedDataOf,
  SharedTensorData,
  Tensor,
  TensorData,
  TensorType,
} from "./src/image/types.ts";

// Shards, their indexes and where they lie.
export { formatIndex, parseIndex } from "./src/index/text.ts";
export type { IndexFormat, ParseIndexOptions } from "./src/index/text.ts";
export { indexShard, type IndexShardOptions } from "./src/index/build.ts";
export { openShard } from "./src/index/open_shard.ts";
export type { GetOptions, OpenShardOptions, Shard } from "./src/index/open_shard.ts";
export type { IndexedField, IndexedSample, ShardIndex } from "./src/index/shard_index.ts";
export { formatShardList, type ListedShard, parseShardList } from "./src/index/wids.ts";
export { expandShards } from "./src/storage/braces.ts";
export { type ShardInput, toSource } from "./src/storage/to_source.ts";
export { type StoreInput, type StoreOptions, toStore } from "./src/storage/to_store.ts";
export type { ObjectFacts, OpenedObject, OpenOptions, Source } from "./src/storage/source.ts";
export type { SourceOptions } from "./src/storage/source_options.ts";
export type {
  LimitOptions,
  NetworkCounts,
  NetworkStats,
  RetryEvent,
  RetryOptions,
} from "./src/storage/mod.ts";
export type { Store } from "./src/storage/store.ts";

// Draws.
export { pythonRandom } from "./src/numbers/mersenne_twister.ts";
export { RandomSource } from "./src/numbers/random_source.ts";
export { type SampleDraw, seededRandom } from "./src/numbers/seeded_random.ts";

// Errors.
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorPlace,
  type Failure,
  ImageError,
  IndexError,
  KernelError,
  OrderError,
  SampleError,
  SourceError,
  TarError,
  WdsError,
} from "./src/errors.ts";
