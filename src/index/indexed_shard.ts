/**
 * A shard whose samples are read one by one, by an index or by what its headers tell.
 *
 * @module
 */
import { IndexError, SampleError, TarError, type WdsError } from "../errors.ts";
import { dictionary } from "../sample/dictionary.ts";
import type { Sample } from "../sample/sample.ts";
import { splitName } from "../sample/split_name.ts";
import { MAX_SAMPLE_FIELDS } from "../sample/tally.ts";
import type { ObjectFacts, Source } from "../storage/source.ts";
import type { TarEntry } from "../tar/entry.ts";
import { BLOCK_BYTES } from "../tar/header.ts";
import { parseMember } from "../tar/parse_member.ts";
import { paddingBytes } from "../tar/records.ts";
import { HeaderWalk } from "./header_walk.ts";
import type { GetOptions, Shard } from "./open_shard.ts";
import { type ReadOptions, skipsFaults } from "../sample/read_options.ts";
import { RangeReader, staleIndexError } from "./ranges.ts";
import {
  type IndexedField,
  type IndexedSample,
  isWithinLimits,
  type ShardIndex,
} from "./shard_index.ts";

/** What bounds the reading of a shard, complete. */
export interface IndexedShardOptions extends ReadOptions {
  readonly maxEntryBytes: number;
  readonly maxSampleBytes: number;
  /**
   * Most bytes of a sample that is read, where that is less than of one that counts.
   *
   * @default {`maxSampleBytes`}
   */
  readonly maxReadBytes?: number;
  readonly maxRequests: number;
  readonly readAheadBytes: number;
}

/** A field of a sample, both by their numbers. */
export interface FieldPlace {
  readonly sample: number;
  readonly field: number;
}

/** Records before a header that are read along where an index does not tell of them: DALI's does not. */
const MAX_GAP_BYTES = 4096;

/** The implementation of {@linkcode Shard}. */
export class IndexedShard implements Shard {
  readonly name: string;
  readonly index: ShardIndex | undefined;
  readonly #reader: RangeReader;
  readonly #walk: HeaderWalk | undefined;
  readonly #options: IndexedShardOptions;
  /** Samples of the index, without those that a pass with these options leaves out. */
  readonly #indexed: readonly IndexedSample[];
  #byKey: Map<string, number> | undefined;
  /** The sample that was read last. */
  #lastIndex = -2;

  constructor(source: Source, index: ShardIndex | undefined, options: IndexedShardOptions) {
    const { name } = source;
    this.name = name;
    this.index = index;
    this.#options = options;
    this.#reader = new RangeReader(source, index ?? {});
    const skips = skipsFaults(options);
    const { maxSampleFields = MAX_SAMPLE_FIELDS, maxEntryBytes, maxSampleBytes } = options;
    if (index === undefined) {
      this.#indexed = [];
      const onSkip = skips ? (error: WdsError): void => options.onSkip?.(error) : undefined;
      this.#walk = new HeaderWalk(name, this.#reader, { ...options, onSkip });
    } else {
      const limits = { maxSampleFields, maxEntryBytes, maxSampleBytes };
      this.#indexed = skips
        ? index.samples.map((sample, number) => ({ index: number, ...sample }))
          .filter((sample) => isWithinLimits(sample, limits))
        : index.samples;
    }
  }

  get known(): readonly IndexedSample[] {
    return this.#walk?.samples ?? this.#indexed;
  }

  get length(): number | undefined {
    return this.#walk === undefined || this.#walk.isComplete ? this.known.length : undefined;
  }

  get damage(): WdsError | undefined {
    return this.#walk?.damage;
  }

  /** Ranges that were asked for so far, by whomever. */
  get requests(): number {
    return this.#reader.requests;
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
      this.#options.maxRequests,
      options.signal,
    );
    const at = locate();
    if (at >= 0) return [at, this.known[at]];
    const has = `has ${this.known.length} samples`;
    if (typeof which === "number") {
      throw new RangeError(`"${this.name}" ${has}, there is no number ${which}`);
    }
    throw new IndexError("index/no-key", {
      action: `find a sample of "${this.name}"`,
      reason: `it ${has}, none with the key ${JSON.stringify(which)}`,
      shard: this.name,
      key: which,
    });
  }

  async get(which: number | string, options: GetOptions = {}): Promise<Sample> {
    const [i, { key, fields }] = await this.find(which, options);
    const starts = fields.map((_, j) => this.#findStart(i, j));
    const [start] = starts;
    const end = endOf(fields);
    this.#checkSize(i, start, end);
    // In order is what begins when its predecessor is there: of many that are asked for at once, each is read alone.
    const ahead = i === this.#lastIndex + 1 ? this.#findAhead(i, start) : end;
    const bytes = await this.#reader.read(start, end, ahead, options.signal);
    this.#lastIndex = i;
    if (start + bytes.length < end) {
      const at = start + bytes.length;
      throw staleIndexError(this.name, `it ends inside sample ${i}, at byte ${at}`, at);
    }
    return this.#makeSample(key, this.known[i].index ?? i, fields, starts, bytes);
  }

  /** Where the member of a field lies, with what tells of it. */
  spanOf({ sample, field }: FieldPlace): readonly [start: number, end: number] {
    const { offsetBytes, sizeBytes } = this.known[sample].fields[field];
    return [this.#findStart(sample, field), offsetBytes + sizeBytes];
  }

  /**
   * Reads fields of samples that are known by one range, from the first to the last of them: views of it, which are held
   * together.
   *
   * @param places In the order of the archive.
   * @throws {IndexError} `index/stale` if the shard has something else there.
   */
  async readFields(
    places: readonly FieldPlace[],
    { signal }: GetOptions = {},
  ): Promise<Uint8Array[]> {
    const spans = places.map((place) => this.spanOf(place));
    const [start] = spans[0];
    const end = Math.max(...spans.map((span) => span[1]));
    const bytes = await this.#reader.read(start, end, end, signal);
    if (start + bytes.length < end) {
      const at = start + bytes.length;
      throw staleIndexError(this.name, `it ends at byte ${at}, before byte ${end}`, at);
    }
    return places.map(({ sample, field }, i) => {
      const { key, fields } = this.known[sample];
      const [from, to] = spans[i];
      const range = bytes.subarray(from - start, to - start);
      return this.#findMember(range, from, key, fields[field]).bytes;
    });
  }

  /** Throws where a sample is too large, or what lies between its members is: all of it would be held. */
  #checkSize(i: number, start: number, end: number): void {
    const { key, fields } = this.known[i];
    const { maxSampleBytes, maxReadBytes = maxSampleBytes } = this.#options;
    const action = `read sample ${i} of "${this.name}"`;
    const details = { action, shard: this.name, key, offsetBytes: start };
    const sizeBytes = sumSizes(fields);
    if (sizeBytes > maxReadBytes) {
      const reason =
        `its ${sizeBytes} bytes are over the limit of ${maxReadBytes} (maxSampleBytes)`;
      throw new SampleError("sample/too-large", { ...details, reason });
    }
    if (end - start - sizeBytes <= maxReadBytes + fields.length * MAX_GAP_BYTES) return;
    const reason = `${end - start} bytes lie between its first and its last`;
    throw new IndexError("index/unsupported", { ...details, reason });
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
      if (nextEnd < end || nextEnd - start > this.#options.readAheadBytes) break;
      end = nextEnd;
    }
    return end;
  }

  /** Where the member begins that field `j` of sample `i` is the body of: with its records, which may name it. */
  #findStart(i: number, j: number): number {
    const { fields } = this.known[i];
    const { offsetBytes, headBytes } = fields[j];
    if (headBytes !== undefined) return offsetBytes - headBytes;
    const before = j > 0 ? fields[j - 1] : this.known[i - 1]?.fields.at(-1);
    const end = before === undefined ? 0 : before.offsetBytes + before.sizeBytes;
    const gapEnd = offsetBytes - BLOCK_BYTES;
    const gapStart = end + paddingBytes(end);
    return gapStart < gapEnd && gapEnd - gapStart <= MAX_GAP_BYTES ? gapStart : gapEnd;
  }

  #makeSample(
    key: string,
    index: number,
    fields: readonly IndexedField[],
    starts: readonly number[],
    bytes: Uint8Array,
  ): Sample {
    const sample = {
      key,
      shard: this.name,
      index,
      fields: dictionary<Uint8Array>(),
      bytes: dictionary<Uint8Array>(),
      offsets: dictionary<number>(),
    };
    for (const [j, field] of fields.entries()) {
      const end = field.offsetBytes + field.sizeBytes;
      const range = bytes.subarray(starts[j] - starts[0], end - starts[0]);
      const entry = this.#findMember(range, starts[j], key, field);
      if (sample.key === "") sample.key = splitName(entry.path)?.[0] ?? "";
      // A copy, for the range may hold other samples too, and the caller owns what he gets.
      const body = entry.sparse === undefined ? entry.bytes.slice() : entry.bytes;
      sample.fields[field.extension] = body;
      sample.bytes[field.extension] = body;
      sample.offsets[field.extension] = entry.offsetBytes;
    }
    return sample;
  }

  /** The member that the index says lies there: by its header alone, or with the records that lie before it. */
  #findMember(range: Uint8Array, start: number, key: string, field: IndexedField): TarEntry {
    const headBytes = field.headBytes ?? BLOCK_BYTES;
    const at = field.offsetBytes - headBytes;
    const alone = this.#parse(range.subarray(at - start), at, field);
    if (isMember(alone, key, field)) return alone;
    const entry = start < at ? this.#parse(range, start, field) : alone;
    if (isMember(entry, key, field)) return entry;
    const wanted = JSON.stringify(`${key}.${field.extension}`);
    const has = `there is "${entry.path}" with ${entry.storedBytes} bytes`;
    throw this.#stale(`${has}, not ${wanted} with ${field.sizeBytes}`, field);
  }

  /** The member whose body lies there, parsed from some place before it on. */
  #parse(range: Uint8Array, start: number, field: IndexedField): TarEntry {
    const { maxEntryBytes, maxReadBytes = Infinity, maxPaxBytes, maxPaxHeaders } = this.#options;
    const options = {
      name: this.name,
      maxEntryBytes: Math.min(maxEntryBytes, maxReadBytes),
      maxPaxBytes,
      maxPaxHeaders,
    };
    let at = 0;
    try {
      while (true) {
        const entry = parseMember(range.subarray(at), { ...options, offsetBytes: start + at });
        if (entry.bodyOffsetBytes >= field.offsetBytes) {
          if (entry.bodyOffsetBytes === field.offsetBytes) return entry;
          throw this.#stale(`the body begins at byte ${entry.bodyOffsetBytes}`, field);
        }
        // Folders and the like, which may lie before what the index lists.
        const end = entry.bodyOffsetBytes + entry.storedBytes;
        at = end + paddingBytes(entry.storedBytes) - start;
      }
    } catch (error) {
      // Of what the index says there is, the shard has something else.
      if (this.index === undefined || !(error instanceof TarError)) throw error;
      if (error.code === "tar/too-large") throw error;
      throw this.#stale(error.message, field);
    }
  }

  #stale(why: string, { offsetBytes }: IndexedField): IndexError {
    const at = offsetBytes - BLOCK_BYTES;
    return staleIndexError(this.name, `in the header at byte ${at}, ${why}`, at);
  }
}

function isMember(entry: TarEntry, key: string, { extension, sizeBytes }: IndexedField): boolean {
  const [ownKey, ownExtension] = splitName(entry.path) ?? [];
  return (key === "" || ownKey === key) && ownExtension?.toLowerCase() === extension &&
    entry.storedBytes === sizeBytes;
}

function endOf(fields: readonly IndexedField[]): number {
  const last = fields[fields.length - 1];
  return last.offsetBytes + last.sizeBytes;
}

function sumSizes(fields: readonly IndexedField[]): number {
  return fields.reduce((sum, { sizeBytes, sparseBytes = sizeBytes }) => sum + sparseBytes, 0);
}
