/**
 * The shards that an isolate has opened, with what it learned of them.
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { openShard, type Shard } from "../dataset/open_shard.ts";
import { countUpTo } from "../dataset/random_access.ts";
import type { Sample } from "../sample/sample.ts";
import type { Source } from "../source/source.ts";
import type { Split } from "./catalogue.ts";
import { Problem } from "./problem.ts";
import type { OpenObject } from "./storage.ts";

/** Indexes that are kept: one of a published shard takes some hundred kilobytes. */
const MAX_SHARDS = 24;

/** Shards whose indexes one request may read to find a sample by its number in the split. */
const MAX_OPENED = 8;

/** A sample and where it is. */
export interface Found {
  readonly sample: Sample;
  readonly shard: Shard;
  readonly index: number;
}

/** Opens shards once, and again where their objects have changed. */
export class ShardCache {
  readonly #open: OpenObject;
  readonly #limits: { readonly maxRequests: number; readonly maxSampleBytes: number };
  readonly #shards = new Map<string, Promise<Shard>>();

  constructor(
    open: OpenObject,
    limits: { readonly maxRequests: number; readonly maxSampleBytes: number },
  ) {
    this.#open = open;
    this.#limits = limits;
  }

  /** The shard of a file name, with its index where there is one. */
  async shard(name: string): Promise<Shard> {
    let opened = this.#shards.get(name);
    if (opened === undefined) {
      const stored = this.#open(name);
      const source: Source = {
        name,
        open: (options) => stored.open(options),
        sibling: () => this.#open(`${name}.idx`),
        ...(stored.isLocal ? { isLocal: true } : {}),
      };
      // Read ahead would be memory that nobody asked for: requests of others come in between.
      const { maxRequests, maxSampleBytes } = this.#limits;
      opened = openShard(source, {
        maxSampleBytes,
        maxRequests: stored.isLocal ? Infinity : maxRequests,
        readAheadBytes: 0,
      });
      opened.catch(() => this.#forget(name, opened));
    }
    this.#shards.delete(name);
    this.#shards.set(name, opened);
    for (const oldest of this.#shards.keys()) {
      if (this.#shards.size <= MAX_SHARDS) break;
      this.#shards.delete(oldest);
    }
    return await opened;
  }

  /** Reads a sample; where the index turns out to be stale, looks for a new one. */
  async get(name: string, index: number, signal: AbortSignal | undefined): Promise<Found> {
    const shard = await this.shard(name);
    try {
      return { sample: await shard.get(index, { signal }), shard, index };
    } catch (error) {
      if (!(error instanceof IndexError && error.code === "index/stale")) throw error;
      this.#forget(name);
      const again = await this.shard(name);
      return { sample: await again.get(index, { signal }), shard: again, index };
    }
  }

  /**
   * The shard and the number in it of sample `n` of a split.
   *
   * @throws {Problem} 404 past the end; 503 where lengths are not known and indexes do not tell them.
   */
  async locate(split: Split, n: number): Promise<[shard: number, index: number]> {
    let left = n;
    let opened = 0;
    for (const [shard, name] of split.shards.entries()) {
      let length = split.lengths?.[shard];
      if (length === undefined) {
        const isKnown = this.#shards.has(name);
        if (!isKnown && ++opened > MAX_OPENED) {
          throw new Problem(503, "index-needed", "The lengths of the shards are not known yet.", {
            "retry-after": "1",
          });
        }
        length = await countUpTo(await this.shard(name), left);
      }
      if (left < length) return [shard, left];
      left -= length;
    }
    throw new Problem(404, "sample-not-found", `The split has ${n - left} samples.`);
  }

  #forget(name: string, which?: Promise<Shard>): void {
    if (which === undefined || this.#shards.get(name) === which) this.#shards.delete(name);
  }
}
