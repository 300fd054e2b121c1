import { checkCallback, checkChoice, checkLimit } from "../check.ts";
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
   * What to do about a fault in the data: throw it, or leave out what it damages and go on. A fault of one
   * member (it is there twice, too large, a malformed sparse file, or cannot be decoded) leaves out its sample; a
   * fault of the archive leaves out the rest of the shard. No part of a sample is ever yielded.
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
   * Whether an archive must end with a block of zeros, or may end where an entry does. One without any bytes is
   * none.
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
   * Largest member of an archive in bytes, of a sparse file with its zeros; also what `decode` unpacks a compressed
   * field to at most.
   *
   * @default {268435456}
   */
  readonly maxEntryBytes?: number;
  /**
   * Largest sample in bytes, all of its members together; also what `decode` unpacks its compressed fields to at
   * most, all together.
   *
   * @default {268435456, or `maxEntryBytes` where that is more}
   */
  readonly maxSampleBytes?: number;
  /**
   * Most members of one sample.
   *
   * @default {65536}
   */
  readonly maxSampleFields?: number;
  /**
   * Most bytes of pax records and GNU long names before one member together, of an archive's global records together,
   * or of the map of a sparse file.
   *
   * @default {1048576}
   */
  readonly maxPaxBytes?: number;
  /**
   * Most pax headers and GNU long names before one member.
   *
   * @default {64}
   */
  readonly maxPaxHeaders?: number;
}

/**
 * Checks what can be said wrong.
 *
 * @throws {TypeError} If an option is none of its choices.
 * @throws {RangeError} If a limit is no such number.
 */
export function checkReadOptions(options: ReadOptions): void {
  checkChoice("onError", options.onError, ["throw", "skip"]);
  checkChoice("onUnavailable", options.onUnavailable, ["throw", "skip"]);
  checkCallback("onSkip", options.onSkip);
  checkChoice("endOfArchive", options.endOfArchive, ["required", "optional"]);
  checkLimit("maxEntryBytes", options.maxEntryBytes);
  checkLimit("maxSampleBytes", options.maxSampleBytes);
  checkLimit("maxSampleFields", options.maxSampleFields);
  checkLimit("maxPaxBytes", options.maxPaxBytes);
  checkLimit("maxPaxHeaders", options.maxPaxHeaders);
}

/** How large a member may be, and a sample of them. */
export function sizeLimits(
  options: ReadOptions,
): { readonly maxEntryBytes: number; readonly maxSampleBytes: number } {
  const { maxEntryBytes = MAX_BYTES } = options;
  const { maxSampleBytes = Math.max(MAX_BYTES, maxEntryBytes) } = options;
  return { maxEntryBytes, maxSampleBytes };
}

const MAX_BYTES = 256 * 1024 * 1024;

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
