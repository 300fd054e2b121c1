/**
 * The shards that an isolate has opened, with what it learned of them.
 *
 * Shards are shared, and never promises of them: two requests that come at once each open the shard, by I/O of
 * their own, because on some runtimes one must not wait for the other's.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { findShards, readSplitBeside } from "../index/catalogue.ts";
import type { IndexedShard } from "../index/indexed_shard.ts";
import { openSource, type Shard } from "../index/open_shard.ts";
import { countUpTo } from "../steps/random_access.ts";
import type { IndexedSample } from "../index/shard_index.ts";
import type { ShardCatalogue } from "../index/split_index.ts";
import type { Sample } from "../sample/sample.ts";
import type { Source } from "../storage/source.ts";
import type { Store } from "../storage/store.ts";
import { wrap } from "../storage/wrap.ts";
import type { Split } from "./catalogue.ts";
import { Problem } from "./problem.ts";

/** Indexes that are kept: one of a published shard takes some hundred kilobytes. */
const MAX_SHARDS = 24;

/** Shards whose indexes one request may read to find a sample by its number in the split. */
const MAX_OPENED = 8;

/** Largest index of a split that is read: of 2 million samples. */
export const MAX_SPLIT_BYTES: number = 4 << 20;

/** Where a sample is. */
export interface Place {
  readonly shard: Shard;
  /** Number in the shard. */
  readonly index: number;
  readonly sample: IndexedSample;
}

/** A sample and the shard, of the version that it was read from. */
export interface Found {
  readonly sample: Sample;
  readonly shard: Shard;
}

/** What bounds the work on one shard. */
export interface ShardLimits {
  readonly maxRequests: number;
  readonly maxSampleBytes: number;
  readonly indexRetryMs: number;
}

interface Entry {
  readonly shard: IndexedShard;
  /** When an index was looked for the last time. */
  soughtAt: number;
}

/** Opens shards once, and again where their objects have changed. */
export class ShardCache {
  readonly #store: Store;
  readonly #limits: ShardLimits;
  readonly #entries = new Map<string, Entry>();
  /** Lengths of the shards of splits, by the splits' indexes. */
  readonly #lengths = new Map<string, { lengths?: readonly number[]; soughtAt: number }>();

  constructor(store: Store, limits: ShardLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** The object of a file name, as it is stored. */
  stored(name: string): Source {
    return this.#store.open(name);
  }

  /** The shard of a file name, with its index where there is one. */
  async shard(name: string, signal: AbortSignal): Promise<IndexedShard> {
    const known = this.#entries.get(name);
    if (known !== undefined) {
      // The one that was used last is the last to go.
      this.#entries.delete(name);
      this.#entries.set(name, known);
      if (known.shard.index !== undefined || !this.#isOverdue(known.shard)) return known.shard;
      // For whoever comes meanwhile, what is known is good enough.
      known.soughtAt = Date.now();
    }
    const opened = await this.#openShard(name, signal);
    // Without an index, what was learned of the headers is worth more than a shard of which nothing is known.
    if (known !== undefined && opened.index === undefined) return known.shard;
    this.#entries.set(name, { shard: opened, soughtAt: Date.now() });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_SHARDS) break;
      this.#entries.delete(oldest);
    }
    return opened;
  }

  /**
   * Finds a sample by its number in a shard, without reading it.
   *
   * @throws {Problem} 404 past the end.
   */
  async find(name: string, index: number, signal: AbortSignal): Promise<Place> {
    for (let isAgain = false;; isAgain = true) {
      const shard = await this.shard(name, signal);
      try {
        const [, sample] = await shard.find(index, { signal });
        return { shard, index, sample };
      } catch (error) {
        const isPastEnd = error instanceof RangeError && index >= (shard.length ?? Infinity);
        // What was learned long ago may be of a shorter version.
        if (!isAgain && (isOutdated(error) || (isPastEnd && this.#isOverdue(shard)))) {
          this.#forget(shard);
          continue;
        }
        if (!isPastEnd) throw error;
        // Nobody knows what would be there.
        if (shard.damage !== undefined) throw shard.damage;
        throw new Problem(404, "sample-not-found", `The shard has ${shard.length} samples.`);
      }
    }
  }

  /** Reads a sample; where its shard turns out to be another version, opens it anew. */
  async get(place: Place, signal: AbortSignal): Promise<Found> {
    const { shard, index } = place;
    try {
      return { sample: await shard.get(index, { signal }), shard };
    } catch (error) {
      if (!isOutdated(error)) throw error;
      this.#forget(shard);
      const again = await this.find(shard.name, index, signal);
      return { sample: await again.shard.get(index, { signal }), shard: again.shard };
    }
  }

  /**
   * The shard and the number in it of sample `n` of a split.
   *
   * @throws {Problem} 404 past the end; 503 where lengths are not known and indexes do not tell them.
   */
  async locate(
    split: Split,
    n: number,
    signal: AbortSignal,
  ): Promise<[shard: string, index: number]> {
    let left = n;
    let opened = 0;
    for (const [shard, name] of split.shards.entries()) {
      let length = split.lengths?.[shard];
      if (length === undefined) {
        if (!this.#entries.has(name) && ++opened > MAX_OPENED) {
          throw new Problem(503, "index-needed", "The lengths of the shards are not known yet.", {
            "retry-after": "1",
          });
        }
        length = await countUpTo(await this.shard(name, signal), left, signal);
      }
      if (left < length) return [name, left];
      left -= length;
    }
    throw new Problem(404, "sample-not-found", `The split has ${n - left} samples.`);
  }

  /**
   * How many samples each shard of a split has, as far as that is known at once: by the catalogue, by the index of the
   * split, or because all of its shards are open.
   */
  async lengths(
    { name, shards, lengths }: Split,
    signal: AbortSignal,
  ): Promise<readonly number[] | undefined> {
    if (lengths !== undefined) return lengths;
    const known = this.#lengths.get(name);
    const isDue = known === undefined ||
      (known.lengths === undefined && Date.now() - known.soughtAt >= this.#limits.indexRetryMs);
    if (isDue) {
      // For whoever comes meanwhile, what is known is good enough.
      this.#lengths.set(name, { soughtAt: Date.now() });
      const split = await this.#readSplit(shards[0], signal);
      this.#lengths.set(name, {
        lengths: split && findShards(split, shards)?.lengths,
        soughtAt: Date.now(),
      });
    }
    const found = this.#lengths.get(name)?.lengths;
    if (found !== undefined) return found;
    const own = shards.map((shard) => this.#entries.get(shard)?.shard.length);
    return own.every((length) => length !== undefined) ? own : undefined;
  }

  /** The index of a split, where there is one that can be read: who only counts does well without. */
  async #readSplit(first: string, signal: AbortSignal): Promise<ShardCatalogue | undefined> {
    try {
      return await readSplitBeside(this.stored(first), signal, MAX_SPLIT_BYTES);
    } catch (error) {
      if (error instanceof WdsError) return undefined;
      throw error;
    }
  }

  /** Has a shard opened anew that turned out to be another version; says whether that is what is wrong. */
  forgetOutdated(shard: Shard, error: unknown): boolean {
    if (!isOutdated(error)) return false;
    this.#forget(shard);
    return true;
  }

  #isOverdue(shard: Shard): boolean {
    const { soughtAt = 0 } = this.#entries.get(shard.name) ?? {};
    return Date.now() - soughtAt >= this.#limits.indexRetryMs;
  }

  #forget(shard: Shard): void {
    if (this.#entries.get(shard.name)?.shard === shard) this.#entries.delete(shard.name);
  }

  async #openShard(name: string, signal: AbortSignal): Promise<IndexedShard> {
    const stored = this.#store.open(name);
    const { maxRequests, maxSampleBytes } = this.#limits;
    return await openSource(wrap(stored, { name }), {
      // A sample that is damaged or too large is an answer of its own, and keeps nobody from those behind it; the
      // numbers of samples do not depend on how large they may be.
      onError: "skip",
      maxEntryBytes: Infinity,
      maxSampleBytes: Infinity,
      maxReadBytes: maxSampleBytes,
      maxRequests: stored.isLocal ? Infinity : maxRequests,
      // Read ahead would be memory that nobody asked for: requests of others come in between.
      readAheadBytes: 0,
      signal,
    });
  }
}

/** Whether a shard turned out to be another version than the one that was opened. */
function isOutdated(error: unknown): boolean {
  return error instanceof WdsError &&
    (error.code === "index/stale" || error.code === "source/changed");
}
