import { IndexError, WdsError } from "../errors.ts";
import { dictionary } from "../sample/group.ts";
import { type Sample, splitName } from "../sample/mod.ts";
import type { ObjectFacts, Source } from "../source/source.ts";
import { type ShardInput, type SourceOptions, toSource } from "../source/to_source.ts";
import { BLOCK_BYTES, parseHeader } from "../tar/header.ts";
import { decodeName } from "../tar/mod.ts";
import { HeaderWalk } from "./header_walk.ts";
import { baseName } from "./index_shard.ts";
import { beginsAsIndex, parseIndex } from "./index_text.ts";
import { RangeReader, readRange, staleIndex } from "./range_reader.ts";
import type { IndexedField, IndexedSample, ShardIndex } from "./shard_index.ts";

/** What {@linkcode openShard} takes. */
export interface OpenShardOptions extends SourceOptions {
  /**
   * The index, or the text of one to read. `"beside"` looks for it beside the shard, by the name with `.idx`
   * added, where the shard is a path or a URL (or a source with a `sibling`); `"none"` goes by the headers alone.
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
  /**
   * Largest sample in bytes.
   *
   * @default {268435456}
   */
  readonly maxSampleBytes?: number;
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

/** An index takes about a thousandth of its shard. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

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
 * import { openShard, sampleShard } from "@wdstream/wdstream";
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
  return await openSource(toSource(input, access), options);
}

/** {@linkcode openShard} for what is a source already; the signal ends the opening alone. */
export async function openSource(source: Source, options: OpenShardOptions): Promise<Shard> {
  const { index = "beside", signal } = options;
  const found = index === "beside"
    ? await readBeside(source, signal)
    : index === "none"
    ? undefined
    : "samples" in index
    ? index
    : await readIndex(index, source.name, signal);
  return new IndexedShard(source, found, {
    maxRequests: source.isLocal ? Infinity : 40,
    readAheadBytes: 1024 * 1024,
    maxSampleBytes: 256 * 1024 * 1024,
    ...dropUndefined(options),
  });
}

interface Limits {
  readonly maxRequests: number;
  readonly readAheadBytes: number;
  readonly maxSampleBytes: number;
}

function dropUndefined({ maxRequests, readAheadBytes, maxSampleBytes }: Partial<Limits>): object {
  const given = { maxRequests, readAheadBytes, maxSampleBytes };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function readBeside(
  shard: Source,
  signal: AbortSignal | undefined,
): Promise<ShardIndex | undefined> {
  let beside: Source | undefined;
  let text: string;
  try {
    beside = shard.sibling?.(".idx");
    if (beside === undefined) return undefined;
    text = await readText(beside, signal);
  } catch (error) {
    // Hosts that do not tell who may not list them what is missing say "forbidden".
    const isMissing = error instanceof WdsError &&
      (error.code === "source/not-found" || error.code === "source/unauthorized");
    if (isMissing) return undefined;
    throw error;
  }
  // Some hosts answer whatever they are asked for with a page: that is no index, nor a bad one.
  if (!beginsAsIndex(text)) return undefined;
  return parseIndex(text, { name: beside.name, shard: baseName(shard.name) });
}

/**
 * Reads the index of a shard from where it is stored.
 *
 * @throws {IndexError} `index/bad` if it cannot be understood, or is too large.
 */
export async function readIndex(
  source: Source,
  shard: string,
  signal?: AbortSignal,
): Promise<ShardIndex> {
  const text = await readText(source, signal);
  return parseIndex(text, { name: source.name, shard: baseName(shard) });
}

async function readText(source: Source, signal: AbortSignal | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = MAX_INDEX_BYTES;
  for await (const part of readRange(source, 0, MAX_INDEX_BYTES + 1, { signal })) {
    left -= part.length;
    text += decoder.decode(part, { stream: true });
  }
  if (left >= 0) return text + decoder.decode();
  throw new IndexError(
    "index/bad",
    `Cannot read "${source.name}" as an index: it has more than ${MAX_INDEX_BYTES} bytes`,
    { shard: source.name },
  );
}

class IndexedShard implements Shard {
  readonly name: string;
  readonly index: ShardIndex | undefined;
  readonly #reader: RangeReader;
  readonly #walk: HeaderWalk | undefined;
  readonly #limits: Limits;
  #byKey: Map<string, number> | undefined;
  #lastIndex = -2;

  constructor(source: Source, index: ShardIndex | undefined, limits: Limits) {
    this.name = source.name;
    this.index = index;
    this.#limits = limits;
    this.#reader = new RangeReader(source, index ?? {});
    if (index === undefined) this.#walk = new HeaderWalk(source.name, this.#reader);
  }

  get known(): readonly IndexedSample[] {
    return this.index?.samples ?? this.#walk?.samples ?? [];
  }

  get length(): number | undefined {
    return this.#walk === undefined || this.#walk.isComplete ? this.known.length : undefined;
  }

  get object(): ObjectFacts {
    const { sizeBytes, etag } = this.index ?? {};
    return { sizeBytes, etag, ...this.#reader.object };
  }

  async find(
    which: number | string,
    options: GetOptions = {},
  ): Promise<[number, IndexedSample]> {
    if (typeof which === "number" && !(Number.isSafeInteger(which) && which >= 0)) {
      throw new RangeError(`A sample's number must be an integer of 0 or more, not ${which}`);
    }
    const locate = (): number =>
      typeof which === "number" ? which < this.known.length ? which : -1 : this.#locateKey(which);
    await this.#walk?.advance(
      () => locate() >= 0,
      this.#limits.maxRequests,
      options.signal,
    );
    const at = locate();
    if (at >= 0) return [at, this.known[at]];
    const has = `"${this.name}" has ${this.known.length} samples`;
    if (typeof which === "number") throw new RangeError(`${has}, there is no number ${which}`);
    throw new IndexError("index/no-key", `${has}, none with the key ${JSON.stringify(which)}`, {
      shard: this.name,
      key: which,
    });
  }

  async get(which: number | string, options: GetOptions = {}): Promise<Sample> {
    const [i, { key, fields }] = await this.find(which, options);
    const start = fields[0].offsetBytes - BLOCK_BYTES;
    const end = endOf(fields);
    if (end - start > this.#limits.maxSampleBytes) {
      throw new IndexError(
        "index/unsupported",
        `Cannot read sample ${i} of "${this.name}": its ${end - start} bytes are over the limit`,
        { shard: this.name, key, offsetBytes: start },
      );
    }
    // In order is what begins when its predecessor is there: of many that are asked for at once, each is read alone.
    const ahead = i === this.#lastIndex + 1 ? this.#findAhead(i, start) : end;
    const bytes = await this.#reader.read(start, end, ahead, options.signal);
    this.#lastIndex = i;
    return this.#makeSample(key, fields, bytes, start, i);
  }

  #locateKey(key: string): number {
    if (this.#walk !== undefined && !this.#walk.isComplete) {
      return this.known.findIndex((sample) => sample.key === key);
    }
    if (this.#byKey === undefined) {
      this.#byKey = new Map();
      for (let i = this.known.length - 1; i >= 0; i--) this.#byKey.set(this.known[i].key, i);
    }
    return this.#byKey.get(key) ?? -1;
  }

  /** The end of the last sample that can be read ahead. */
  #findAhead(i: number, start: number): number {
    let end = endOf(this.known[i].fields);
    for (let next = i + 1; next < this.known.length; next++) {
      const nextEnd = endOf(this.known[next].fields);
      if (nextEnd < end || nextEnd - start > this.#limits.readAheadBytes) break;
      end = nextEnd;
    }
    return end;
  }

  #makeSample(
    key: string,
    fields: readonly IndexedField[],
    bytes: Uint8Array,
    start: number,
    number: number,
  ): Sample {
    const sample = {
      key,
      shard: this.name,
      fields: dictionary<Uint8Array>(),
      bytes: dictionary<Uint8Array>(),
      offsets: dictionary<number>(),
    };
    for (const field of fields) {
      const from = field.offsetBytes - start;
      if (from + field.sizeBytes > bytes.length) {
        throw staleIndex(
          this.name,
          `it ends inside sample ${number}, at byte ${start + bytes.length}`,
          start + bytes.length,
        );
      }
      const header = bytes.subarray(from - BLOCK_BYTES, from);
      const name = this.#checkHeader(header, field, key);
      if (sample.key === "") sample.key = splitName(name)?.[0] ?? "";
      // A copy, for the range may hold other samples too, and the caller owns what he gets.
      const body = bytes.slice(from, from + field.sizeBytes);
      sample.fields[field.extension] = body;
      sample.bytes[field.extension] = body;
      sample.offsets[field.extension] = field.offsetBytes - BLOCK_BYTES;
    }
    return sample;
  }

  /** The header before a body must have its size and, where it holds the whole name, its name. */
  #checkHeader(block: Uint8Array, field: IndexedField, key: string): string {
    const at = field.offsetBytes - BLOCK_BYTES;
    const fault = (_: unknown, why: string): IndexError =>
      staleIndex(this.name, `in the header at byte ${at}, ${why}`, at);
    // deno-lint-ignore no-explicit-any -- the parser only throws what it is given
    const raw = parseHeader(block, fault as any);
    const prefix = raw.rawPrefix.length > 0 ? `${decodeName(raw.rawPrefix)}/` : "";
    const name = prefix + decodeName(raw.rawName);
    const [ownKey, ownExtension] = splitName(name) ?? [];
    // Longer names, and those that are no ASCII, stand in a record before the header.
    const wanted = `${key}.${field.extension}`;
    const isWhole = key !== "" && wanted.length < 100 && /^[\x20-\x7e]*$/.test(wanted);
    // A size of 0 may stand for one in a record.
    const isSize = raw.size === field.sizeBytes || raw.size === 0;
    const isName = !isWhole || raw.rawName.length >= 100 ||
      (ownKey === key && ownExtension?.toLowerCase() === field.extension);
    if (isSize && isName) return name;
    throw fault("", `there is "${name}" with ${raw.size} bytes, not ${JSON.stringify(wanted)}`);
  }
}

function endOf(fields: readonly IndexedField[]): number {
  const last = fields[fields.length - 1];
  return last.offsetBytes + last.sizeBytes;
}
