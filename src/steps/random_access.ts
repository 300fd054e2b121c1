/**
 * The samples of a dataset by their number.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Item, Place } from "./item.ts";
import { lengthError } from "./read.ts";
import type { DatasetPlan } from "./options.ts";
import { openSource, type Shard } from "../index/open_shard.ts";
import type { RequestPool } from "../storage/request_pool.ts";
import { inTurn } from "../storage/in_turn.ts";

/** Shards that are kept open; an index of 1,250 samples takes some hundred kilobytes. */
const MAX_SHARDS = 64;

/** Finds samples over all shards of a dataset. */
export class RandomAccess {
  readonly #plan: () => Promise<DatasetPlan>;
  readonly #options: ReadOptions;
  readonly #requests: RequestPool | undefined;
  /** Shards and never promises of them: one that belongs to another request may never settle. */
  readonly #shards = new Map<number, Shard>();

  /** @param requests What counts the requests of the dataset. */
  constructor(
    plan: () => Promise<DatasetPlan>,
    options: ReadOptions,
    requests: RequestPool | undefined,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#requests = requests;
  }

  /**
   * Gives sample `i` of the dataset, in the order of its shards.
   *
   * @throws {RangeError} If there is none.
   * @throws {WdsError} `dataset/length` if its shard has another number of samples than the plan says.
   * @throws {IndexError} `index/needed` if a shard without an index is too long to look through.
   */
  async at(i: number, epoch: number, signal?: AbortSignal): Promise<Item<Sample>> {
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
        return left < length ? await getPlanned(opened, left, known, signal) : length;
      });
      if (typeof found === "object") {
        return {
          value: found,
          mark: { place: { shard, index: found.index, epoch }, taken: i + 1 },
        };
      }
      left -= found;
    }
    throw new RangeError(`The dataset has ${i - left} samples, there is no number ${i}`);
  }

  /**
   * Gives a sample of which the shard and the number in it are known.
   *
   * @throws {RangeError} If it was left out for a fault.
   */
  async find(place: Place, taken: number, signal?: AbortSignal): Promise<Item<Sample>> {
    const { shard, index } = place;
    const value = await this.#use(shard, signal, async (opened) => {
      try {
        await opened.find(index, { signal });
      } catch (error) {
        // Where samples before it were left out, it has a lower place among those that are there.
        if (!(error instanceof RangeError) || opened.length === undefined) throw error;
      }
      const at = opened.known.findIndex((sample, i) => (sample.index ?? i) === index);
      if (at >= 0) return await opened.get(at, { signal });
      throw new RangeError(`Sample ${index} of "${opened.name}" is not there, or was left out`);
    });
    return { value, mark: { place, taken } };
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
      await openSource(inTurn(sources[shard], this.#requests), { ...this.#options, signal });
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

/** A sample of a shard that has as many as the plan says, as far as that can be told. */
async function getPlanned(
  shard: Shard,
  i: number,
  planned: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  if (planned === undefined) return await shard.get(i, { signal });
  try {
    const sample = await shard.get(i, { signal });
    const { length } = shard;
    // Samples that are left out for a fault are lacking in the shard's length, but not in the plan's.
    if (length !== undefined && length > planned) throw lengthError(shard.name, planned, length);
    return sample;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw lengthError(shard.name, planned, shard.length ?? shard.known.length);
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
