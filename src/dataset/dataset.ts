/**
 * What a dataset is to its users.
 *
 * @module
 */
import type { DecodeFieldsOptions } from "../steps/decode.ts";
import type { FieldOptions } from "../steps/fields.ts";
import type { DataOf } from "../image/transform/layout.ts";
import type { Batch, BatchOptions, TensorSample } from "../steps/tensor_sample.ts";
import type { Transform } from "../steps/transform_into.ts";
import type { TensorData } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import type { DatasetPlan, DatasetStats } from "../steps/options.ts";

/** What {@linkcode Dataset.at} takes. */
export interface AtOptions {
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /**
   * Number of the epoch whose random numbers a training transform draws.
   *
   * @default {that of the dataset's first epoch}
   */
  readonly epoch?: number;
}

/** What {@linkcode WebDataset.epochs} takes. */
export interface EpochsOptions {
  /**
   * Number of the first epoch.
   *
   * @default {0}
   */
  readonly from?: number;
}

/** What a pass over a dataset will do, as plain data. */
export interface Explanation {
  /** Number of shards. */
  readonly shards: number;
  /** Number of samples of an epoch, where it is known before they are read. */
  readonly samples: number | undefined;
  /** Number of the first epoch. */
  readonly firstEpoch: number;
  /** Number of epochs; may be infinite. */
  readonly epochs: number;
  /** The steps as they are run: where one does the work of two, the two are one. */
  readonly steps: readonly ExplainedStep[];
}

/** A step of a dataset. */
export interface ExplainedStep {
  /** The method that added it. */
  readonly name: string;
  /** What it was given; of callbacks, that there is one. */
  readonly settings: Readonly<Record<string, unknown>>;
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
  /** Counts of the pass that began last; all zero before the first one. */
  readonly stats: DatasetStats;

  /**
   * What is known before any shard is read: the shards and, for ImageNet, their lengths.
   *
   * @throws {SourceError} If the catalogue must be read from the source, and that fails.
   */
  plan(): Promise<DatasetPlan>;

  /**
   * Says what a pass will do, without reading any shard.
   *
   * @throws {SourceError} As {@linkcode Dataset.plan}.
   *
   * @example Usage
   * ```ts
   * import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
   *
   * const batches = webdataset(sampleShard()).transform(evaluation({ size: 64 })).batch(16);
   * const { shards, steps } = await batches.explain();
   * if (shards !== 1 || steps[0].name !== "transform and batch") throw new Error("another plan");
   * ```
   */
  explain(): Promise<Explanation>;

  /**
   * Gives item `i` alone, by one range request where the shards have indexes beside them (`NAME.tar.idx`,
   * see {@linkcode openShard}). For datasets of samples, also through `decode`, `map` and `transform`, which
   * draws for a sample what it draws for it in a pass.
   *
   * Numbers run through the shards in their order. Where the lengths of shards are not known, those before
   * are looked through.
   *
   * @throws {RangeError} If there is no item of that number.
   * @throws {WdsError} `dataset/length` if its shard has another number of samples than the plan says.
   * @throws {IndexError} `index/needed` if a shard on a host has no index and is too long to look through.
   * @throws {TypeError} After any other step.
   */
  at(i: number, options?: AtOptions): Promise<T>;

  /** Keeps the items for which `keep` returns true. */
  filter(keep: (item: T) => boolean | Promise<boolean>): Dataset<T>;

  /** Replaces each item by what `change` returns for it. */
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
   * pixels `[H, W, C]` u8. Other fields stay bytes, and `bytes` keeps the bytes of all.
   *
   * @throws {ImageError} While iterating, if an image cannot be decoded.
   * @throws {SampleError} While iterating, if a field is not what its extension promises.
   */
  decode(this: Dataset<Sample<unknown>>, options?: DecodeFieldsOptions): Dataset<Sample<unknown>>;

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
  transform<Given extends Transform>(
    this: Dataset<Sample<unknown>>,
    transform: Given,
    options?: FieldOptions,
  ): Dataset<TensorSample<DataOf<Given["type"]>>>;

  /**
   * Groups tensors into batches of `size`, the last one of an epoch smaller unless `dropLast`. Straight after
   * `transform`, images are decoded into their place in the batch, without a copy.
   *
   * Shape: `[3, H, W]` to `[size, 3, H, W]`, or `[H, W, 3]` to `[size, H, W, 3]`.
   *
   * @throws {RangeError} If `size` is not a positive integer.
   */
  batch<Data extends TensorData>(
    this: Dataset<TensorSample<Data>>,
    size: number,
    options?: BatchOptions,
  ): Dataset<Batch<Data>>;
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
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, undefined>;

  /** Ends every pass that is under way. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A dataset of samples to which no step was added, so that it can still be said which samples it has.
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
export interface WebDataset extends Dataset<Sample> {
  /**
   * Goes through the samples `count` times, which may be `Infinity`. The number of the epoch is one of those that a
   * training transform draws its random numbers by.
   *
   * @throws {RangeError} If `count` is not a positive integer, or `from` is negative.
   */
  epochs(count: number, options?: EpochsOptions): WebDataset;
}
