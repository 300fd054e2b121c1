/**
 * What a dataset is to its users.
 *
 * @module
 */
import type { DecodeFieldsOptions } from "../steps/decode.ts";
import type { FieldOptions, FieldsOptions } from "../steps/fields.ts";
import type { DataOf } from "../image/transform/layout.ts";
import type {
  Batch,
  BatchOfTensors,
  BatchOptions,
  FieldBatchOptions,
  SampleOfTensors,
  StackedTensors,
  TensorSample,
  TensorsOf,
} from "../steps/tensor_sample.ts";
import type {
  ColumnOptions,
  Columns,
  FieldBatch,
  FieldOwner,
  MissingField,
} from "../steps/column_types.ts";
import type { FieldTransforms, Transform } from "../steps/transform_into.ts";
import type { TensorData } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import type { DecodedSample, FieldSchema } from "../sample/schema.ts";
import type { Split } from "../order/ranks.ts";
import type { SelectOptions } from "../order/select.ts";
import type { OrderState } from "../order/state.ts";
import type { PythonOrder } from "../order/webdataset_order.ts";
import type { FaultReport } from "../steps/faults.ts";
import type { DatasetPlan, DatasetStats } from "../steps/options.ts";
import type { AtOptions, ExplainOptions, Explanation } from "./explanation.ts";
import type { ShuffleOptions } from "../steps/order.ts";
import type { DatasetPass } from "../steps/pass.ts";
import type { ReplayLimits } from "./verbs.ts";

/** What {@linkcode WebDataset.epochs} takes. */
export interface EpochsOptions {
  /**
   * Number of the first epoch.
   *
   * @default {0}
   */
  readonly from?: number;
}

/**
 * A stream of samples, tensors or batches that is read when it is iterated.
 *
 * Each method returns a new dataset and reads nothing. Iterating opens one shard after the other;
 * the consumer's pace is the reader's pace. Leaving a loop early closes the file or the connection
 * at once. A dataset can be iterated again where its sources can be opened again: every kind but
 * a `ReadableStream`.
 *
 * @typeParam T What is iterated.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * const zebras = webdataset(sampleShard())
 *   .decode({ fields: ["cls"] })
 *   .filter(({ fields }) => fields.cls === 340)
 *   .take(2);
 * for await (const { key } of zebras) {
 *   if (!key.startsWith("n02391049_")) throw new Error("not a zebra");
 * }
 * ```
 */
export interface Dataset<T> extends AsyncIterable<T> {
  /** Counts of the pass that began last; all zero before the first one. What {@linkcode Dataset.at} asks for is of no pass. */
  readonly stats: DatasetStats;

  /**
   * What the pass that began last has left out for faults (`onError`, `onUnavailable`): plain JSON of bounded size, whose
   * totals are exact. With `"skip"` a shard that is damaged, or cannot be had, costs what it holds and no more: places
   * in the order are kept, and the epoch goes on. Without, the fault is thrown.
   */
  readonly faults: FaultReport;

  /**
   * Where the pass that began last stands, for {@linkcode WebDataset.resume}: after the item that it has given
   * last. Absent before the first one. See {@linkcode DatasetPass.state}.
   */
  state(): OrderState | undefined;

  /**
   * What is known before any shard is read: the shards and, for ImageNet, their lengths. Of other datasets, the lengths
   * that passes have counted, once they have read every shard to its end.
   *
   * @throws {SourceError} If the catalogue must be read from the source, and that fails.
   */
  plan(): Promise<DatasetPlan>;

  /**
   * Says what a pass will do and what it takes: samples, bytes, requests, memory, items an epoch. No byte of a shard is
   * read for it, only indexes: that of the split, or those beside the shards.
   *
   * @throws {SourceError} As {@linkcode Dataset.plan}, or if an index cannot be read.
   * @throws {IndexError} `index/bad`, `index/stale` if one is damaged, or of other shards.
   *
   * @example Usage
   * ```ts
   * import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const batches = webdataset(sampleShard()).transform(evaluation({ size: 64 })).batch(16);
   * const { shards, steps, share } = await batches.explain({ count: true });
   * if (shards !== 1 || steps[0].name !== "transform and batch") throw new Error("another plan");
   * if (share.items !== 3) throw new Error("not three batches an epoch");
   * ```
   */
  explain(options?: ExplainOptions): Promise<Explanation>;

  /**
   * Gives item `i` alone, by one range request where the shards have indexes beside them (`NAME.tar.idx`,
   * see {@linkcode openShard}). For datasets of samples, also through `decode`, `map` and `transform`, which
   * draws for a sample what it draws for it in a pass.
   *
   * Numbers run through the shards in their order, after `shuffle` or `split` through what this process is given
   * in the epoch, by the same numbers. Where the lengths of shards are not known, those before
   * are looked through.
   *
   * @throws {RangeError} If there is no item of that number.
   * @throws {WdsError} `dataset/length` if its shard has another number of samples than the plan says.
   * @throws {IndexError} `index/needed` if a shard on a host has no index and is too long to look through.
   * @throws {TypeError} After any other step.
   */
  at(i: number, options?: AtOptions): Promise<T>;

  /**
   * Keeps the items for which `keep` returns true.
   *
   * @throws {SampleError} While iterating, `sample/callback` with shard, key and the `cause` if `keep` throws; of faults
   *   that it throws, class and code stay. `onError: "skip"` leaves such an item out.
   */
  filter(keep: (item: T) => boolean | Promise<boolean>): Dataset<T>;

  /**
   * Replaces each item by what `change` returns for it.
   *
   * @throws {SampleError} While iterating, as {@linkcode Dataset.filter} if `change` throws.
   */
  map<U>(change: (item: T) => U | Promise<U>): Dataset<U>;

  /**
   * Ends after `count` items, and reads no further.
   *
   * @throws {RangeError} If `count` is not an integer of 0 or more.
   */
  take(count: number): Dataset<T>;

  /**
   * Leaves out the first `count` items.
   *
   * @throws {RangeError} If `count` is not an integer of 0 or more.
   */
  skip(count: number): Dataset<T>;

  /**
   * Decodes fields by their extension: `cls` to an integer, `json` parsed, `txt` to text, images to
   * pixels `[H, W, C]` u8. Other fields stay bytes, and `bytes` keeps the bytes of all. With a `schema`, or a type
   * for the fields, a field that no sample has does not compile.
   *
   * @throws {ImageError} While iterating, if an image cannot be decoded.
   * @throws {SampleError} While iterating, if a field is not what its extension promises.
   */
  decode<Fields extends object>(
    this: Dataset<Sample<unknown>>,
    options: DecodeFieldsOptions & { readonly schema: FieldSchema<Fields> },
  ): Dataset<DecodedSample<Fields>>;
  /**
   * Decodes fields, whose types the caller says: nobody looks whether they are so.
   *
   * @typeParam Fields What samples have: `decode<{ txt: string; cls: number }>()`.
   */
  decode<Fields extends object = Record<string, unknown>>(
    this: Dataset<Sample<unknown>>,
    options?: DecodeFieldsOptions,
  ): Dataset<DecodedSample<Fields>>;

  /**
   * Turns each sample's image into a tensor: the first of `jpg`, `jpeg` and what `decoders` can
   * read. The image need not be decoded before, and is faster where it is not.
   *
   * Shape: an encoded image to `[3, H, W]` float32 or float16, or `[H, W, 3]` uint8.
   * Exact: see {@linkcode evaluation} and {@linkcode training}, whose random numbers are a function of the seed,
   * the epoch and the sample's place in the data: the same whatever was skipped, filtered or left out before.
   *
   * @throws {ImageError} While iterating, if an image cannot be decoded.
   * @throws {SampleError} While iterating, if a sample has no image or no label.
   */
  transform<Given extends Transform, Fields extends object = Record<string, unknown>>(
    this: Dataset<Sample<unknown> & { readonly fields: Fields }>,
    transform: Given,
    options?: FieldOptions,
  ): Dataset<TensorSample<DataOf<Given["type"]>, Fields>>;
  /**
   * Turns several fields of each sample into tensors and masks, each by the transform that stands at its name, which may
   * be alternatives: `{ "left.jpg": t, "right.jpg;right.png": t, "seg.png": mask({ of: "left.jpg" }) }`.
   *
   * Random numbers are a function of the transform's seed and the sample: fields with one transform draw the same, and
   * images of one size are cropped and mirrored alike; others draw their own where their seeds differ. A mask has the
   * draws of its image.
   *
   * Shape: of images as of one; of a mask to `[H, W]` uint8 or int32.
   *
   * @throws {TypeError} If a transform is none, or a mask has no image or one whose transform no mask can follow.
   * @throws {ImageError} While iterating, if an image or a mask cannot be decoded.
   * @throws {SampleError} While iterating, `sample/no-image` if a sample lacks a field, unless `missing` says otherwise;
   *   `sample/bad-field` if a mask has another size than its image.
   */
  transform<
    const Given extends FieldTransforms,
    const Missing extends MissingField = "error",
    Fields extends object = Record<string, unknown>,
  >(
    this: Dataset<Sample<unknown> & { readonly fields: Fields }>,
    transforms: Given,
    options?: FieldsOptions<Missing>,
  ): Dataset<SampleOfTensors<TensorsOf<Given, Missing>, Fields>>;

  /**
   * Groups tensors into batches of `size`, the last one of an epoch smaller unless `dropLast`. Straight after
   * `transform`, images are decoded into their place in the batch, without a copy.
   *
   * Shape: `[3, H, W]` to `[size, 3, H, W]`, or `[H, W, 3]` to `[size, H, W, 3]`.
   *
   * With `fields`, a batch carries those of its samples besides: captions, metadata, features, by extension.
   *
   * @throws {RangeError} If `size` is not a positive integer.
   * @throws {SampleError} While iterating, `sample/no-field`, `sample/bad-field` of a field that is missing or damaged.
   *
   * @example Captions
   * ```ts
   * import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const batches = webdataset(sampleShard())
   *   .transform(evaluation({ size: 64 }))
   *   .batch(4, { fields: ["cls", "json"], missing: "undefined" });
   * for await (const { images, fields } of batches) {
   *   if (images.length !== 4 * 3 * 64 * 64 || fields.cls.length !== 4) throw new Error("another batch");
   * }
   * ```
   */
  batch<
    Data extends TensorData,
    Fields extends object,
    const Name extends string,
    const Missing extends MissingField = "error",
  >(
    this: Dataset<TensorSample<Data, Fields>>,
    size: number,
    options: BatchOptions & ColumnOptions<Name, Missing>,
  ): Dataset<Batch<Data> & { readonly fields: Columns<Name, Missing, Fields> }>;
  /** Groups tensors of several fields into batches: of each field one tensor with the samples' number before its shape. */
  batch<
    Tensors extends object,
    Fields extends object,
    const Name extends string,
    const Missing extends MissingField = "error",
  >(
    this: Dataset<SampleOfTensors<Tensors, Fields>>,
    size: number,
    options: FieldBatchOptions<Tensors> & ColumnOptions<Name, Missing>,
  ): Dataset<
    BatchOfTensors<StackedTensors<Tensors>> & { readonly fields: Columns<Name, Missing, Fields> }
  >;
  /** Groups tensors of several fields into batches without fields. */
  batch<Tensors extends object>(
    this: Dataset<SampleOfTensors<Tensors, object>>,
    size: number,
    options?: FieldBatchOptions<Tensors>,
  ): Dataset<BatchOfTensors<StackedTensors<Tensors>>>;
  /** Groups tensors into batches without fields. */
  batch<Data extends TensorData>(
    this: Dataset<TensorSample<Data, object>>,
    size: number,
    options?: BatchOptions,
  ): Dataset<Batch<Data>>;
  /**
   * Groups samples without images: features, text. Each batch carries the fields that were asked for.
   *
   * @throws {SampleError} While iterating, `sample/no-field`, `sample/bad-field` of a field that is missing or damaged.
   */
  batch<
    Fields extends object,
    const Name extends string,
    const Missing extends MissingField = "error",
  >(
    this: Dataset<FieldOwner & { readonly fields: Fields }>,
    size: number,
    options: BatchOptions & ColumnOptions<Name, Missing>,
  ): Dataset<FieldBatch<Columns<Name, Missing, Fields>>>;
  /** Groups anything else into arrays of `size` items. */
  batch(size: number, options?: BatchOptions): Dataset<T[]>;

  /**
   * Reads up to `count` items ahead of the consumer.
   *
   * @throws {RangeError} If `count` is not a positive integer.
   * @throws {TypeError} After batches that go `into` one array.
   */
  prefetch(count: number): Dataset<T>;

  /** The items of one pass as a stream. Cancelling it closes the file or the connection. */
  readable(): ReadableStream<T>;

  /** Begins a pass. */
  [Symbol.asyncIterator](): DatasetPass<T>;

  /** Ends every pass that is under way. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A dataset of samples to which no step was added, so that it can still be said which samples it has, and in which
 * order. Read from the left: `take(9).shuffle()` shuffles the first nine samples, `shuffle().take(9)` takes nine of each
 * epoch by chance.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * let count = 0;
 * for await (const _ of webdataset(sampleShard()).epochs(2)) count++;
 * if (count !== 72) throw new Error(`${count} samples`);
 * ```
 */
export interface MixedDataset extends Dataset<Sample> {
  /**
   * Goes through the samples `count` times, which may be `Infinity`. The number of the epoch is one of those that a
   * training transform draws its random numbers by.
   *
   * @throws {RangeError} If `count` is not a positive integer, or `from` is negative.
   */
  epochs(count: number, options?: EpochsOptions): this;

  /**
   * Gives samples in a random order, another one in each epoch. As many shards are read at a time as there are
   * `lanes`, and their samples are given in turns; in each lane, windows of samples are permuted as well, so that
   * at most `lanes` x `window` samples are held. More lanes mix better than larger windows.
   *
   * The order is a function of the shards' lengths, the seed, the epoch, `lanes` and `window`: that of
   * `orderEpoch()` of `/order`. Lengths are those of the catalogue or of the split's index; where there is neither,
   * they are counted by the indexes beside the shards, or by the headers of local ones, once before the first sample.
   * Of shards on hosts, segments are fetched over 6 connections at most.
   *
   * Where nothing tells lengths (compressed shards, streams, hosts without indexes), whole shards are dealt to the
   * lanes, which end when they end: the order of `dealShards()` of `/order`.
   *
   * @throws {RangeError} If a number is out of its range.
   * @throws {IndexError} While iterating, `index/bad` or `index/stale` if an index is damaged or of other shards.
   * @throws {OrderError} While iterating, `order/too-large` if windows hold more than `maxBufferedBytes`, `order/streams`
   *   if the host serves no ranges and more than 4 lanes were named for each process.
   *
   * @example Usage
   * ```ts
   * import { sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const shuffled = webdataset(sampleShard()).shuffle({ seed: 7, lanes: 4, window: 8 }).epochs(2);
   * const keys: string[] = [];
   * for await (const { key } of shuffled) keys.push(key);
   * if (new Set(keys.slice(0, 36)).size !== 36) throw new Error("not every sample in each epoch");
   * if (keys.slice(0, 36).join() === keys.slice(36).join()) throw new Error("the same order again");
   * ```
   */
  shuffle(options?: ShuffleOptions): this;

  /**
   * Gives one process its share of each epoch: of the order's positions those that are `rank` modulo `world`. All
   * shares together are the epoch, each sample once, whatever `world` is. Where it divides the number of lanes,
   * which it does if nobody names one, each process reads whole lanes; otherwise several read the same bytes.
   *
   * `even` says what becomes of a remainder: `"exact"` lets shares differ by one sample, `"drop"` leaves it out,
   * `"pad"` gives a sample again, with `isPadding` (and `padding` of a batch) set.
   *
   * Where lengths are not known, each process reads whole shards: shares differ by what those hold, `even` must be
   * `"exact"`, and `world` must divide the number of lanes.
   *
   * @throws {RangeError} If a number is out of its range, or `even` is none of its words; while iterating, if lengths
   *   are not known and it is more than whole shards can give.
   * @throws {IndexError} While iterating, as {@linkcode WebDataset.shuffle}.
   *
   * @example Usage
   * ```ts
   * import { sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const keys = new Set<string>();
   * for (const rank of [0, 1, 2]) {
   *   for await (const { key } of webdataset(sampleShard()).split({ rank, world: 3 })) keys.add(key);
   * }
   * if (keys.size !== 36) throw new Error("not every sample");
   * ```
   */
  split(split: Split): this;

  /**
   * Goes on where another pass stood: with exactly the items that it had not yet given. The dataset is to be made
   * as it was, its steps included; where the shards lie, how many `workers` there are, and what `prefetch` says, may
   * change.
   *
   * The number of processes may change, too: after a run in which all had taken as many samples, the state of
   * one is enough, else those of all are needed; where lengths of shards are not known, always those of all, and the
   * number of processes must divide that of lanes. A pass that has nothing left ends at once. What callbacks do
   * cannot be compared. Of a shard that came back after it could not be had (`onUnavailable: "skip"`), lengths not being
   * known, samples may come twice or not at all.
   *
   * @param state What {@linkcode Dataset.state} gave, its JSON, or those of all processes.
   * @throws {OrderError} `order/state` if it is damaged; while iterating, `order/changed` if the dataset is another,
   *   with the setting that changed, `order/ranks` if states do not belong together.
   * @throws {SourceError} While iterating, `source/unsupported` if a shard is a stream, which is read once.
   * @throws {RangeError} If there is no state.
   *
   * @example Usage
   * ```ts
   * import { sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const shuffled = webdataset(sampleShard()).shuffle({ seed: 7 });
   * let seen = 0;
   * for await (const _ of shuffled) if (++seen === 20) break;
   * const saved = JSON.stringify(shuffled.state());
   *
   * for await (const _ of shuffled.resume(saved)) seen++;
   * if (seen !== 36) throw new Error("not exactly the rest");
   * ```
   */
  resume(state: OrderState | string | readonly (OrderState | string)[]): this;

  /**
   * Leaves the first `count` samples of what there is at this place of the chain: of the dataset; after `shuffle` of
   * each epoch's order; after `split` of each process's share; after `epochs` of all of them together. A sample that
   * is lost to a fault counts. Nothing is read of the others, and the state of a pass can go on with another number of
   * processes where the split is said last.
   *
   * @throws {RangeError} If `count` is not an integer of 0 or more.
   *
   * @example Usage
   * ```ts
   * import { sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const keys = new Set<string>();
   * for await (const { key } of webdataset(sampleShard()).skip(4).take(9).shuffle({ seed: 1 }).epochs(2)) keys.add(key);
   * if (keys.size !== 9) throw new Error("not nine samples");
   * ```
   */
  take(count: number): this;

  /**
   * Leaves out the first `count` samples; see {@linkcode WebDataset.take}.
   *
   * @throws {RangeError} If `count` is not an integer of 0 or more.
   */
  skip(count: number): this;
}

/**
 * A {@linkcode MixedDataset} that is no mix: of its samples some can be selected, and it can have an order of Python's.
 */
export interface WebDataset extends MixedDataset {
  /**
   * As {@linkcode MixedDataset.shuffle}; or puts samples in the order in which webdataset or timm give them in Python:
   * that of `webdatasetOrder()` or `timmOrder()` of `/order`, of this process, its workers in turns. Its shares are those
   * of that library, which may differ by more than a sample, and a pass goes on with the same number of processes only.
   * At most as many samples are held as the buffer of samples has.
   *
   * @param limits What bounds the samples that are held for an order of Python's.
   */
  shuffle(options?: ShuffleOptions | PythonOrder, limits?: ReplayLimits): this;

  /**
   * Selects samples by what an index tells of them, before any is read: `classes`, `keys`, numbers in the dataset
   * (`samples`), one of `every` so many, so many `perClass`, so many at `random`; each condition applies to what those
   * before it leave. The samples stay in the order of the dataset, and each keeps its number in its shard.
   *
   * Classes and keys come from the index of the split, those beside the shards, or the headers of local ones. Where most
   * of a shard is not wanted, only the wanted samples are read of it, each by one range; shards without any are not opened.
   *
   * @throws {RangeError} If a number is out of its range; while iterating, if a key or a number is not there.
   * @throws {TypeError} After `shuffle` or `split`.
   * @throws {IndexError} While iterating, `index/needed` if nothing tells the classes or keys.
   *
   * @example Usage
   * ```ts
   * import { sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const zebras = webdataset(sampleShard()).select({ classes: [340] });
   * for await (const { key } of zebras) if (!key.startsWith("n02391049_")) throw new Error(key);
   * ```
   */
  select(options: SelectOptions): this;
}
