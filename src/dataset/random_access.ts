/**
 * The samples of a dataset by their number.
 *
 * @module
 */
import type { Sample } from "../sample/sample.ts";
import type { DatasetPlan } from "./options.ts";
import { openShard, type Shard } from "./open_shard.ts";

/** Shards that are kept open; an index of 1,250 samples takes some hundred kilobytes. */
const MAX_SHARDS = 64;

/** Finds samples over all shards of a dataset. */
export class RandomAccess {
  readonly #plan: () => Promise<DatasetPlan>;
  readonly #shards = new Map<number, Promise<Shard>>();

  constructor(plan: () => Promise<DatasetPlan>) {
    this.#plan = plan;
  }

  /**
   * Gives sample `i` of the dataset, in the order of its shards.
   *
   * @throws {RangeError} If there is none.
   * @throws {IndexError} `index/needed` if a shard without an index is too long to look through.
   */
  async at(i: number, signal?: AbortSignal): Promise<Sample> {
    if (!(Number.isSafeInteger(i) && i >= 0)) {
      throw new RangeError(`A sample's number must be an integer of 0 or more, not ${i}`);
    }
    const { sources, shardLengths } = await this.#plan();
    let left = i;
    for (let shard = 0; shard < sources.length; shard++) {
      const known = shardLengths?.[shard];
      if (known !== undefined && left >= known) {
        left -= known;
        continue;
      }
      const opened = await this.#open(shard, signal);
      const length = known ?? await countUpTo(opened, left, signal);
      if (left < length) return await opened.get(left, { signal });
      left -= length;
    }
    throw new RangeError(`The dataset has ${i - left} samples, there is no number ${i}`);
  }

  async #open(shard: number, signal: AbortSignal | undefined): Promise<Shard> {
    let opened = this.#shards.get(shard);
    if (opened === undefined) {
      opened = this.#plan().then(({ sources }) => openShard(sources[shard]));
      // What failed may succeed the next time.
      opened.catch(() => this.#shards.delete(shard));
    }
    // The one that was used last is the last to go.
    this.#shards.delete(shard);
    this.#shards.set(shard, opened);
    for (const oldest of this.#shards.keys()) {
      if (this.#shards.size <= MAX_SHARDS) break;
      this.#shards.delete(oldest);
    }
    signal?.throwIfAborted();
    return await opened;
  }
}

/**
 * The number of samples, or more than `wanted` where the shard has as many.
 *
 * @throws {IndexError} `index/needed` if there is no index and too many headers to read.
 */
export async function countUpTo(
  shard: Shard,
  wanted: number,
  signal?: AbortSignal,
): Promise<number> {
  if (shard.length !== undefined) return shard.length;
  try {
    await shard.find(wanted, { signal });
    return wanted + 1;
  } catch (error) {
    // The end was seen, so that the length is known now.
    if (error instanceof RangeError && shard.length !== undefined) return shard.length;
    throw error;
  }
}
