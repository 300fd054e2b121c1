/**
 * How the samples of shards are read, by passes and one by one.
 *
 * @module
 */
import { checkCallback, checkChoice, checkLimit } from "../check.ts";
import type { WdsError } from "../errors.ts";

/** How the samples of shards are read: what becomes of faults, and limits. */
export interface ReadOptions {
  /**
   * What to do about a fault in the data: throw it, or leave out what it damages and go on. A fault of one
   * member (it is there twice, too large, a malformed sparse file, or cannot be decoded) leaves out its sample; a
   * fault of the archive leaves out the rest of the shard. No part of a sample is ever yielded. `"retry"` reads the shard
   * again from there, twice at most, before it leaves anything out: for bytes that were damaged on their way. What
   * cannot be decoded is not read again.
   *
   * What a function of yours throws in `filter` or `map` is a fault of the sample, too (`sample/callback`, with what was
   * thrown as its `cause`), as with webdataset's handlers: with `"skip"`, look at `onSkip`.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip" | "retry";
  /**
   * What to do about a shard that cannot be had, which says nothing about its data: it is missing, access is
   * refused (an expired token), the host answers with an error, the connection breaks, a file cannot be read, or
   * it changes meanwhile (`source/…` but `source/gzip` and `source/too-large`). `"skip"` leaves out the shard, or the
   * rest of it, as `onError` does with a damaged one, so that a host that is down can leave out most of a dataset:
   * look at `faults`. `"retry"` tries to go on there twice more, after 0.1 and 0.4 seconds, before it leaves anything
   * out; requests to hosts are tried again in any case, as the option `retry` says.
   *
   * @default {"throw"}
   */
  readonly onUnavailable?: "throw" | "skip" | "retry";
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
  checkChoice("onError", options.onError, ["throw", "skip", "retry"]);
  checkChoice("onUnavailable", options.onUnavailable, ["throw", "skip", "retry"]);
  checkCallback("onSkip", options.onSkip);
  checkChoice("endOfArchive", options.endOfArchive, ["required", "optional"]);
  checkLimit("maxEntryBytes", options.maxEntryBytes);
  checkLimit("maxSampleBytes", options.maxSampleBytes);
  checkLimit("maxSampleFields", options.maxSampleFields);
  checkLimit("maxPaxBytes", options.maxPaxBytes);
  checkLimit("maxPaxHeaders", options.maxPaxHeaders);
}

/** Whether faults of the data are left out in the end. */
export function skipsFaults({ onError = "throw" }: Pick<ReadOptions, "onError">): boolean {
  return onError !== "throw";
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
