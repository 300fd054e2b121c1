/**
 * The samples of a dataset by their number.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { DatasetPlan } from "./options.ts";
import { openSource, type Shard } from "../index/open_shard.ts";

/** Shards that are kept open; an index of 1,250 samples takes some hundred kilobytes. */
const MAX_SHARDS = 64;

/** Finds samples over all shards of a dataset. */
export class RandomAccess {
  readonly #plan: () => Promise<DatasetPlan>;
  readonly #options: ReadOptions;
  /** Shards and never promises of them: one that belongs to another request may never settle. */
  readonly #shards = new Map<number, Shard>();

  constructor(plan: () => Promise<DatasetPlan>, options: ReadOptions) {
    this.#plan = plan;
    this.#options = options;
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
      const found = await this.#use(shard, signal, async (opened) => {
        const length = known ?? await countUpTo(opened, left, signal);
        return left < length ? await opened.get(left, { signal }) : length;
      });
      if (typeof found === "object") return found;
      left -= found;
    }
    throw new RangeError(`The dataset has ${i - left} samples, there is no number ${i}`);
  }

  /** Works on a shard. What a change of the object made useless is opened anew the next time. */
  async #use<T>(
    shard: number,
    signal: AbortSignal | undefined,
    work: (opened: Shard) => Promise<T>,
  ): Promise<T> {
    const opened = await this.#open(shard, signal);
    try {
      return await work(opened);
    } catch (error) {
      const isOutdated = error instanceof WdsError &&
        (error.code === "source/changed" || error.code === "index/stale");
      if (isOutdated && this.#shards.get(shard) === opened) this.#shards.delete(shard);
      throw error;
    }
  }

  async #open(shard: number, signal: AbortSignal | undefined): Promise<Shard> {
    const { sources } = await this.#plan();
    const opened = this.#shards.get(shard) ??
      await openSource(sources[shard], { ...this.#options, signal });
    // The one that was used last is the last to go.
    this.#shards.delete(shard);
    this.#shards.set(shard, opened);
    for (const oldest of this.#shards.keys()) {
      if (this.#shards.size <= MAX_SHARDS) break;
      this.#shards.delete(oldest);
    }
    return opened;
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
