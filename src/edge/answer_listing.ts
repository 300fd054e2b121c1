/**
 * Pages of a split's samples: keys and classes.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import type { IndexedShard } from "../index/indexed_shard.ts";
import type { IndexedSample } from "../index/shard_index.ts";
import type { Split } from "./catalogue.ts";
import { findLabel } from "./labels.ts";
import { askStorage, type Exchange } from "./exchange.ts";
import { Problem, toProblem } from "./problem.ts";

/** Shards that a listing looks through. */
export const MAX_SHARDS_A_PAGE = 8;

/** Samples of a shard without an index that a listing looks through for keys: fewer where requests are few. */
export const MAX_WALKED = 1000;

/** One line of a page. */
export interface ListedSample {
  /** Number of the shard in the split. */
  readonly shard: number;
  /** Number of the sample in the shard. */
  readonly index: number;
  /** Key of the sample. */
  readonly key: string;
  /** Class index. */
  readonly label?: number;
  /** WordNet's synset of the class. */
  readonly synset?: string;
  /** Name of the class. */
  readonly name?: string;
}

/** A shard that could not be listed, or not to its end. */
export interface ListedFault {
  /** Number of the shard in the split. */
  readonly shard: number;
  /** What is wrong with it, as in the answer of a problem. */
  readonly code: string;
  /** The same for people. */
  readonly detail: string;
}

/** A page of samples. */
export interface SamplePage {
  readonly split: string;
  readonly samples: readonly ListedSample[];
  /** How many samples were looked at to find these. */
  readonly looked: number;
  /** Damaged shards that were passed over. */
  readonly faults: readonly ListedFault[];
  /** Where the next page begins: shard and number in it, `null` at the end. */
  readonly next: readonly [shard: number, index: number] | null;
}

/** What is asked for. */
export interface ListingRequest {
  readonly from: readonly [shard: number, index: number];
  readonly count: number;
  /** Samples of this class alone, which takes indexes. */
  readonly label?: number;
  /** Samples alone whose keys have this text in them, whatever the case. */
  readonly key?: string;
}

/** Lists samples from a place on: all, or those of a class or with a text in their keys. */
export async function listSamples(
  exchange: Exchange,
  split: Split,
  { from, count, label, key: text }: ListingRequest,
): Promise<SamplePage> {
  const samples: ListedSample[] = [];
  const faults: ListedFault[] = [];
  const wantedText = text?.toLowerCase();
  let looked = 0;
  const stopAt = (next: SamplePage["next"]): SamplePage => ({
    split: split.name,
    samples,
    looked,
    faults,
    next,
  });
  let [number, index] = from;
  for (let opened = 0; number < split.shards.length; number++, index = 0) {
    if (samples.length === count || opened++ === MAX_SHARDS_A_PAGE) return stopAt([number, index]);
    const wanted = index + (text === undefined ? count - samples.length : MAX_WALKED);
    const isLater = number > from[0];
    let learned: Learned;
    try {
      learned = await learn(exchange, split.shards[number], wanted, label !== undefined);
    } catch (error) {
      if (!isLater) throw error;
      // A split may end before its catalogue does, where only some of its shards were stored. What else is wrong
      // is said to whoever asks for the page that begins here.
      return stopAt(isMissing(error) ? null : [number, index]);
    }
    const { known, fault, isEnd } = learned;
    if (fault !== undefined) {
      const { code, message } = toProblem(fault);
      faults.push({ shard: number, code, detail: message });
    }
    for (; index < known.length && samples.length < count; index++) {
      const { key, cls } = known[index];
      looked++;
      if (wantedText !== undefined && !key.toLowerCase().includes(wantedText)) continue;
      if (label !== undefined && cls !== label) continue;
      const info = cls === undefined ? undefined : await findLabel(exchange.setting, cls);
      samples.push({ shard: number, index, key, label: cls, ...info });
    }
    // Some were found within the allowed requests, or there is no more room; the next page goes on from there.
    if (!isEnd || index < known.length) return stopAt([number, index]);
  }
  return stopAt(null);
}

/** What is known of a shard. */
export interface Learned {
  /** The shard, unless it could not be opened. */
  readonly shard?: IndexedShard;
  readonly known: readonly IndexedSample[];
  /** Whether nothing follows those that are known. */
  readonly isEnd: boolean;
  /** Why nothing that follows can be known. */
  readonly fault?: unknown;
}

/**
 * Learns of a shard's first samples, at least of one and of `wanted` as far as the requests go that are allowed. Of
 * a damaged shard, what comes before the damage.
 */
export async function learn(
  exchange: Exchange,
  name: string,
  wanted: number,
  isIndexNeeded: boolean,
): Promise<Learned> {
  return await askStorage(exchange, async (signal) => {
    let shard: IndexedShard | undefined;
    try {
      shard = await exchange.shards.shard(name, signal);
      if (isIndexNeeded && shard.index === undefined) {
        throw new Problem(
          503,
          "index-needed",
          `A class takes an index of "${name}"; make one with "wdstream index".`,
        );
      }
      if (shard.known.length < wanted && shard.length === undefined) {
        await shard.find(wanted - 1, { signal });
      }
    } catch (error) {
      const known = shard?.known ?? [];
      if (isDamage(error)) return { shard, known, isEnd: true, fault: error };
      const isPart = error instanceof RangeError ||
        (error instanceof WdsError && error.code === "index/needed" && known.length > 0);
      if (shard === undefined || !isPart) throw error;
    }
    const { known, length, damage } = shard;
    return { shard, known, isEnd: length === known.length, fault: damage };
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof WdsError && error.code === "source/not-found";
}

/** Whether a shard or its index is at fault, and neither the storage nor the lack of an index. */
function isDamage(error: unknown): boolean {
  return error instanceof WdsError && /^(tar|sample|index)\//.test(error.code) &&
    error.code !== "index/needed";
}
