import type { WdsError } from "../errors.ts";
import type { Source } from "../source/source.ts";
import type { SourceOptions } from "../source/mod.ts";

/** Counts of one pass over a dataset. */
export interface DatasetStats {
  /** Shards that were opened. */
  readonly shards: number;
  /** Samples that were read from the shards, before any filter or transform. */
  readonly samples: number;
  /** Faults that were skipped: samples left out, and shards given up. */
  readonly skipped: number;
  /** Bytes that were read from the shards as they are stored. */
  readonly bytes: number;
}

/** What is known of a dataset before anything of it is read. */
export interface DatasetPlan {
  /** The shards in order. */
  readonly sources: readonly Source[];
  /** Number of samples in each shard, where it is known. */
  readonly shardLengths?: readonly number[];
  /** Number of samples in all shards, where it is known. */
  readonly sampleCount?: number;
}

/** What every dataset takes, wherever its shards come from. */
export interface ReadOptions {
  /**
   * What to do about a fault in the data: throw it, or leave out what it damages and go on. A fault
   * while a shard is read leaves out the rest of the shard and never yields part of a sample; an
   * undecodable image leaves out its sample.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip";
  /**
   * What to do about a shard that cannot be had, which says nothing about its data: it is missing, access is
   * refused (an expired token), the host answers with an error, the connection breaks, a file cannot be read, or
   * it changes meanwhile (`source/…` but `source/gzip` and `source/too-large`). `"skip"` leaves out the shard, or the
   * rest of it, as `onError` does with a damaged one, so that a host that is down can leave out most of a dataset:
   * look at `onSkip`.
   *
   * @default {"throw"}
   */
  readonly onUnavailable?: "throw" | "skip";
  /** Is told of every fault that was skipped. */
  readonly onSkip?: (error: WdsError) => void;
  /** Cancels every pass over the dataset at once; its reason is thrown. */
  readonly signal?: AbortSignal;
  /**
   * Whether an archive must end with a block of zeros, or may end where an entry does.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
  /**
   * Workers that turn images into tensors ahead of the consumer: threads of their own, on which
   * `transform` decodes JPEG files. Samples come in the same order, with the same bytes, for any
   * number; up to 16 for each worker are read ahead. Where `batch` follows `transform`, several workers
   * make whole batches, two for each at most and all of them within 1 GiB. With 0, or where the runtime
   * has no workers or forbids them, the calling thread does it. Deno takes the permission to read this
   * package's files where they are local ones, and does not end while a pass was neither finished nor
   * left.
   *
   * @default {0}
   */
  readonly workers?: number;
  /**
   * Largest member of an archive in bytes.
   *
   * @default {268435456}
   */
  readonly maxEntryBytes?: number;
}

/** What {@linkcode webdataset} takes. */
export interface WebDatasetOptions extends ReadOptions, SourceOptions {
  /**
   * Name of the shard in errors and samples, where there is just one.
   *
   * @default {the path, or the URL without user, query and fragment}
   */
  readonly name?: string;
  /** Cancels every pass over the dataset at once; its reason is thrown. */
  readonly signal?: AbortSignal;
}
