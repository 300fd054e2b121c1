/**
 * Access to single samples of a shard.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import type { WdsError } from "../errors.ts";
import type { Sample } from "../sample/mod.ts";
import type { ObjectFacts, Source } from "../storage/source.ts";
import { shareRequests } from "../storage/request_pool.ts";
import type { SourceOptions } from "../storage/source_options.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import { readBeside, readIndex } from "./beside.ts";
import { IndexedShard, type IndexedShardOptions } from "./indexed_shard.ts";
import { checkReadOptions, type ReadOptions, sizeLimits } from "../sample/read_options.ts";
import type { IndexedSample, ShardIndex } from "./shard_index.ts";

/** What {@linkcode openShard} takes. */
export interface OpenShardOptions extends SourceOptions, ReadOptions {
  /**
   * The index, or the text of one to read. `"beside"` looks for it beside the shard, by the name with `.idx`
   * added, where the shard is a path or a URL (or a source with `beside`); `"none"` goes by the headers alone.
   *
   * @default {"beside"}
   */
  readonly index?: ShardIndex | Source | "beside" | "none";
  /**
   * Requests that finding one sample by the headers may take, where there is no index. What they taught is
   * kept: the next call goes on from there.
   *
   * @default {40, and no limit for files, blobs and bytes}
   */
  readonly maxRequests?: number;
  /**
   * Bytes that may be read ahead where samples are asked for one after the other; 0 for none.
   *
   * @default {1048576}
   */
  readonly readAheadBytes?: number;
  /** Cancels the opening, and every reading. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode Shard.get} takes. */
export interface GetOptions {
  /** Gives up, also on storage that does not answer; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** A shard of which any sample can be had. */
export interface Shard {
  /** Name of the shard, without credentials. */
  readonly name: string;
  /** Number of samples, where it is known: with an index, or once the end was seen. */
  readonly length: number | undefined;
  /** The index, where there is one. */
  readonly index: ShardIndex | undefined;
  /** What is known of the samples so far; all of them with an index. */
  readonly known: readonly IndexedSample[];
  /**
   * Why nothing is known behind the last sample, where faults are skipped and the archive has one; known as soon as
   * the headers were read so far.
   */
  readonly damage: WdsError | undefined;
  /** Size and entity tag of the shard, as its index or the last answer has them. */
  readonly object: ObjectFacts;
  /**
   * Gives a sample by its number or its key, with one range request where there is an index. Of several samples
   * with one key, the first.
   *
   * @throws {RangeError} If there is no sample of that number.
   * @throws {IndexError} `index/no-key`, `index/stale`, or `index/needed` where there is no index.
   */
  get(which: number | string, options?: GetOptions): Promise<Sample>;
  /**
   * Finds where a sample lies, without reading it.
   *
   * @throws {RangeError} If there is no sample of that number.
   * @throws {IndexError} `index/no-key`, or `index/needed` where there is no index.
   */
  find(which: number | string, options?: GetOptions): Promise<[number, IndexedSample]>;
}

/**
 * Opens a shard for access to single samples.
 *
 * With an index a sample costs one range request. Any number of samples can be asked for at the same time; where
 * they come in order, some are read ahead. Without an index, headers are read up to the sample and remembered.
 *
 * An index is refused as stale if the size or the entity tag of the shard is another, or a header is not where the
 * index says, with the name and the size that it says. A change that keeps all of these is not noticed.
 *
 * Exact: the samples are those of {@linkcode samples}.
 *
 * @param input The shard: what a dataset takes, but streams, which cannot be read twice.
 * @throws {IndexError} `index/bad` if the index cannot be understood.
 * @throws {SourceError} If the index, which is there, cannot be read.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { openShard } from "@wdstream/wdstream/index";
 *
 * const shard = await openShard(sampleShard());
 * const { key, fields } = await shard.get(3);
 * if ((await shard.get(key)).fields.jpg.length !== fields.jpg.length) throw new Error("another");
 * ```
 */
export async function openShard(input: ShardInput, options: OpenShardOptions = {}): Promise<Shard> {
  if (input instanceof ReadableStream) {
    throw new TypeError("A stream can be read only once: openShard() takes bytes, a Blob or a URL");
  }
  const { index: _index, ...access } = options;
  const source = toSource(input, access);
  if (source.isLocal) return await openSource(source, options);
  const { inTurn } = await import("../storage/in_turn.ts");
  return await openSource(inTurn(source, shareRequests(access.limits)), options);
}

/** {@linkcode openShard} for what is a source already; the signal ends the opening alone. */
export async function openSource(
  source: Source,
  options: OpenShardOptions & Pick<IndexedShardOptions, "maxReadBytes">,
): Promise<IndexedShard> {
  checkReadOptions(options);
  const { index = "beside", signal, readAheadBytes = 1024 * 1024 } = options;
  const { maxRequests = source.isLocal ? Infinity : 40 } = options;
  if (maxRequests !== Infinity) checkCount("maxRequests", maxRequests, 0);
  checkCount("readAheadBytes", readAheadBytes, 0);
  const found = index === "beside"
    ? await readBeside(source, signal)
    : index === "none"
    ? undefined
    : "samples" in index
    ? index
    : await readIndex(index, source.name, signal);
  return new IndexedShard(source, found, {
    ...options,
    ...sizeLimits(options),
    maxRequests,
    readAheadBytes,
  });
}
