/**
 * An epoch of shards whose lengths are not known: whole shards are dealt to lanes, which end when they end.
 *
 * The lanes of a rank are taken in turns, and one that has ended is left out from then on. Where a lane stands
 * is no closed form: a saved state keeps it for each lane.
 *
 * @module
 */
import { checkInteger } from "../numbers/check_integer.ts";
import { permute, randomFor } from "../numbers/seeded_random.ts";
import { defaultLanes, MAX_NUMBER } from "./plan.ts";
import { checkSplit, type Split } from "./ranks.ts";
import { MAX_LANES } from "./window.ts";

/** What {@linkcode dealShards} takes. */
export interface DealOptions {
  /** Number of shards. */
  readonly shardCount: number;
  /**
   * An integer in 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
  /**
   * Number of the epoch.
   *
   * @default {0}
   */
  readonly epoch?: number;
  /**
   * Whether the shards are permuted.
   *
   * @default {true}
   */
  readonly shuffled?: boolean;
  /**
   * Number of lanes: 1..65536.
   *
   * @default {defaultLanes(1, shuffled)}
   */
  readonly lanes?: number;
}

/**
 * Deals the shards of an epoch to lanes in turn: for each lane, its shards in the sequence in which they are
 * read. The permutation is that of {@linkcode planEpoch}.
 *
 * @throws {RangeError} If a number is out of its range.
 * @example Usage
 * ```ts
 * import { dealShards } from "@wdstream/wdstream/order";
 *
 * const lanes = dealShards({ shardCount: 5, lanes: 2, shuffled: false });
 * if (JSON.stringify(lanes) !== "[[0,2,4],[1,3]]") throw new Error(JSON.stringify(lanes));
 * ```
 */
export function dealShards(options: DealOptions): number[][] {
  const { shardCount, seed = 0, epoch = 0, shuffled = true } = options;
  const { lanes = defaultLanes(1, shuffled) } = options;
  checkInteger("The number of shards", shardCount, 0, MAX_NUMBER);
  checkInteger("The number of lanes", lanes, 1, MAX_LANES);
  const random = randomFor(seed, { purpose: "shards", a: epoch });
  const order = shuffled ? permute(shardCount, random) : undefined;
  const dealt: number[][] = Array.from({ length: lanes }, () => []);
  for (let i = 0; i < shardCount; i++) dealt[i % lanes].push(order?.[i] ?? i);
  return dealt;
}

/**
 * The lanes that a rank reads where lengths are not known.
 *
 * @throws {RangeError} If the world does not divide the lanes, or the split is to be made even: both need
 *   lengths.
 */
export function listLanes(lanes: number, split: Split): number[] {
  const { rank, world, even = "exact" } = checkSplit(split);
  if (even !== "exact") {
    throw new RangeError(`A split can be made even by "${even}" only where lengths are known`);
  }
  if (lanes % world !== 0) {
    throw new RangeError(
      `${lanes} lanes cannot be dealt to ${world} ranks evenly: where the lengths of shards are not ` +
        "known, the number of ranks must divide the number of lanes",
    );
  }
  return Array.from({ length: lanes / world }, (_, i) => rank + i * world);
}

/**
 * Whose turn it is among lanes that end when they end: that of the lane which has given least, of several the first.
 * Where all began together, they take turns.
 */
export class LaneTurns {
  readonly #open: { readonly lane: number; place: number }[];
  #next: number;

  /**
   * Goes on where each lane has given so many samples.
   *
   * @param lanes The lanes that have not ended, in rising order.
   */
  constructor(lanes: readonly { readonly lane: number; readonly place: number }[]) {
    this.#open = lanes.map(({ lane, place }) => ({ lane, place }));
    this.#next = findLeast(this.#open);
  }

  /** The lane that gives the next sample; absent when all have ended. */
  get lane(): number | undefined {
    return this.#open[this.#next]?.lane;
  }

  /** The lanes whose turns come next, each once, as if none ended before. */
  listNext(count: number): number[] {
    const { lane } = this;
    if (lane === undefined) return [];
    if (count === 1) return [lane];
    const open = this.#open.map(({ lane, place }) => ({ lane, place }));
    const lanes = new Set<number>();
    for (let i = 0; i < count; i++) {
      const next = open[findLeast(open)];
      lanes.add(next.lane);
      next.place++;
    }
    return [...lanes];
  }

  /** Passes the turn on, as the lane has given its sample. */
  advance(): void {
    this.#open[this.#next].place++;
    this.#next = findLeast(this.#open);
  }

  /** Leaves the lane whose turn it is out from now on: it has ended. */
  close(): void {
    this.#open.splice(this.#next, 1);
    this.#next = findLeast(this.#open);
  }
}

function findLeast(lanes: readonly { readonly place: number }[]): number {
  let least = 0;
  for (let i = 1; i < lanes.length; i++) if (lanes[i].place < lanes[least].place) least = i;
  return least;
}
