/**
 * The positions that one rank takes, of several that share an epoch.
 *
 * @module
 */
import { checkInteger } from "../numbers/check_integer.ts";
import { MAX_LANES } from "./window.ts";

/** Which share of an epoch is one's own. */
export interface Split {
  /** Number of the process, 0 to `world - 1`. */
  readonly rank: number;
  /** Number of processes that share the epoch: 1..65536. */
  readonly world: number;
  /**
   * What to do where the samples cannot be dealt out evenly: let ranks differ by one sample, give the
   * ranks that have one less another one again (flagged as padding, so that metrics can leave it out), or
   * drop those that are left over.
   *
   * @default {"exact"}
   */
  readonly even?: "exact" | "pad" | "drop";
}

/** A range of positions of an order: all of them, or what plan-level `skip` and `take` leave. */
export interface Positions {
  /** The first one. */
  readonly from: number;
  /** The one after the last; may be infinite. */
  readonly to: number;
}

/**
 * What has been taken of an epoch by runs before, whose worlds may have been others: all positions before
 * `before`; then, of the others, each deal took from the front: with position p belonging to rank
 * `p mod world`, rank r has taken the first `taken[r]` of its own.
 */
export interface Done {
  /** Every position before this one is done. */
  readonly before: number;
  /** What was taken unevenly after that, one run after the other. */
  readonly dealt?: readonly Deal[];
}

/** How far each rank of one run got. */
export interface Deal {
  /** Its number of ranks. */
  readonly world: number;
  /** For each rank, the number of positions it took; one number where all took as many. */
  readonly taken: number | readonly number[];
}

/** Farthest that ranks may stand apart: so many positions are looked at one by one. */
export const MAX_DRIFT = 2 ** 24;

/** What is left of an epoch: some positions one by one, in rising order, and all from `from` on. */
export interface Rest {
  /** Positions before `from` that are left. */
  readonly loose: readonly number[];
  /** From here on, all are left. */
  readonly from: number;
}

/**
 * Lists what is left after runs that ended unevenly.
 *
 * @throws {RangeError} If ranks stand more than 2^24 positions apart, or beyond 2^53.
 */
export function listRest(positions: Positions, { before, dealt = [] }: Done): Rest {
  const { to } = positions;
  let loose: number[] = [];
  let from = Math.min(Math.max(before, positions.from), to);
  for (const { world, taken } of dealt) {
    const left = typeof taken === "number" ? new Array<number>(world).fill(taken) : taken.slice();
    loose = loose.filter((position) => {
      const rank = position % world;
      const isLeft = left[rank] === 0;
      if (!isLeft) left[rank]--;
      return isLeft;
    });
    // Of those from `from` on, each rank has taken some in steps of `world`.
    let allBefore = Infinity;
    let noneFrom = from;
    const ends = left.map((count, rank) => {
      const end = firstOf(from, rank, world) + count * world;
      allBefore = Math.min(allBefore, end);
      if (count > 0) noneFrom = Math.max(noneFrom, end - world + 1);
      return end;
    });
    from = Math.min(noneFrom, to);
    if (from - allBefore > MAX_DRIFT) throw new RangeError("their ranks stand too far apart");
    if (from > Number.MAX_SAFE_INTEGER && to > from) {
      throw new RangeError("they have taken more than 2^53 samples");
    }
    for (let position = allBefore; position < from; position++) {
      if (position >= ends[position % world]) loose.push(position);
    }
  }
  return { loose, from };
}

/** The first position from `from` on that belongs to a rank. */
function firstOf(from: number, rank: number, world: number): number {
  return from + (((rank - from) % world) + world) % world;
}

/** One position in the sequence of a rank. */
export interface RankPosition {
  /** The position in the order of the epoch. */
  readonly position: number;
  /** Whether its sample is given again, for the number's sake. */
  readonly isPadding: boolean;
}

/**
 * The sequence of positions that one rank takes of an epoch: p = rank mod world, in rising order, without
 * those that are done.
 *
 * @example Usage
 * ```ts
 * import { RankSequence } from "@wdstream/wdstream/order";
 *
 * const sequence = new RankSequence({ from: 0, to: 10 }, { rank: 1, world: 4, even: "pad" });
 * const taken = Array.from({ length: sequence.length }, (_, n) => sequence.at(n).position);
 * if (taken.join() !== "1,5,9") throw new Error(taken.join());
 * ```
 */
export class RankSequence {
  /** Number of positions, padding included; infinite where the order is. */
  readonly length: number;
  /** Number of positions of the rank's own, before any are dropped or added. */
  readonly ownLength: number;
  readonly #positions: Positions;
  readonly #split: Split;
  readonly #loose: readonly number[];
  readonly #from: number;

  /**
   * Takes a rank's share of some positions.
   *
   * @param done What was taken before; nothing where it is absent.
   * @throws {RangeError} If a number is out of its range.
   */
  constructor(positions: Positions, split: Split, done: Done = { before: positions.from }) {
    const { rank, world, even = "exact" } = checkSplit(split);
    const { loose, from } = listRest(positions, done);
    this.#positions = positions;
    this.#split = split;
    this.#loose = loose.filter((position) => position % world === rank);
    this.#from = firstOf(from, rank, world);
    const count = (of: number, looseCount: number): number =>
      looseCount + Math.max(0, Math.ceil((positions.to - firstOf(from, of, world)) / world));
    this.ownLength = count(rank, this.#loose.length);
    if (even === "exact") {
      this.length = this.ownLength;
      return;
    }
    const looseCounts = new Array<number>(world).fill(0);
    for (const position of loose) looseCounts[position % world]++;
    const all = looseCounts.map((looseCount, of) => count(of, looseCount));
    this.length = all.reduce((a, b) => even === "pad" ? Math.max(a, b) : Math.min(a, b));
  }

  /** The position that is taken n-th; whoever asks sees to it that n is less than the length. */
  at(n: number): RankPosition {
    const { rank, world } = this.#split;
    if (n < this.ownLength) {
      const loose = this.#loose.length;
      const position = n < loose ? this.#loose[n] : this.#from + (n - loose) * world;
      return { position, isPadding: false };
    }
    // The rank's first positions again; a rank that has none takes another's.
    const { from, to } = this.#positions;
    const again = (firstOf(from, rank, world) - from + (n - this.ownLength) * world) % (to - from);
    return { position: from + again, isPadding: true };
  }
}

/**
 * Gives a split back where it is one.
 *
 * @throws {RangeError} If a number is out of its range, or `even` is none of its three words.
 */
export function checkSplit(split: Split): Split {
  const { rank, world, even = "exact" } = split;
  checkInteger("The number of ranks", world, 1, MAX_LANES);
  checkInteger("A rank", rank, 0, world - 1);
  if (even !== "exact" && even !== "pad" && even !== "drop") {
    throw new RangeError(`A split is "exact", "pad" or "drop", not ${String(even)}`);
  }
  return split;
}

/** The lanes that a rank reads: those in which one of its positions lies. */
export function listOwnLanes(
  lanes: number,
  { rank, world }: Pick<Split, "rank" | "world">,
): number[] {
  const step = world / countReaders(world, lanes);
  return Array.from({ length: lanes / step }, (_, i) => rank % step + i * step);
}

/**
 * How often the bytes of an epoch are read by all ranks together: once where the world divides the lanes,
 * as each lane is one rank's then.
 */
export function countReaders(world: number, lanes: number): number {
  let [a, b] = [lanes, world];
  while (b > 0) [a, b] = [b, a % b];
  return world / a;
}
