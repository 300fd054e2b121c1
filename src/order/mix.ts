/**
 * Several datasets as one: lane by lane, in closed form.
 *
 * Lane l of a mix takes its places from lane l of each part, or, once the part has begun another epoch, from
 * the lane with which that epoch goes on. Which part has a place is known from the place alone, so that a
 * mix is resumed, split and spread over ranks as one dataset is.
 *
 * @module
 */
import { checkInteger } from "../numbers/check_integer.ts";
import { type EpochOrder, PartPlans } from "./epoch_order.ts";
import { countSamples, defaultLanes, MAX_NUMBER, type PlanOptions } from "./plan.ts";
import { type LaneShares, shareLanes } from "./shares.ts";
import { scaleWeights } from "./weights.ts";
import { MAX_LANES } from "./window.ts";

/** When an epoch of a mix ends. */
export type MixStop = "first" | "all" | "never";

/** One dataset of a mix. */
export type MixPart = Omit<PlanOptions, "epoch" | "lanes" | "part">;

/** What {@linkcode mixEpoch} takes. */
export interface MixOptions {
  /** The datasets; none may be empty. */
  readonly parts: readonly MixPart[];
  /**
   * Shares of the parts: any positive numbers.
   *
   * @default {equal ones}
   */
  readonly weights?: readonly number[];
  /**
   * When an epoch ends: before the first position whose part has no sample left that was not given,
   * after every sample of every part was given once, or never. A part that ends before begins its next
   * epoch, in another order. As lanes end by themselves, with "first" the part that is at its end may
   * have a few samples left, fewer than two a lane where the weights are not far apart.
   *
   * @default {"first"}
   */
  readonly stop?: MixStop;
  /**
   * Decides where in its lane each part begins: an integer in 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
  /**
   * Number of the epoch; 0 is the only one of a mix that never stops.
   *
   * @default {0}
   */
  readonly epoch?: number;
  /**
   * Lanes of the mix, and of each part.
   *
   * @default {16}
   */
  readonly lanes?: number;
}

/** The order of a mix. */
export interface MixOrder extends EpochOrder {
  /** For each part, how many of the positions before this one it has. */
  countsAt(position: number): number[];
}

/**
 * The order of one epoch of a mix. At any position, a reader holds at most `window` samples for each lane
 * and part.
 *
 * Every sample of a part is given before one is given again, but for the steps by which lanes differ: the
 * part's positions `q · lanes + l`, epoch after epoch, are the turns of lane l.
 *
 * Exact: in each lane, shares as those of Grain's `MapDataset.mix`, moved by a phase.
 *
 * @throws {RangeError} If a part is empty, or a number is out of its range.
 * @example Usage
 * ```ts
 * import { mixEpoch } from "@wdstream/wdstream/order";
 *
 * const mix = mixEpoch({
 *   parts: [{ lengths: [60, 40] }, { lengths: [30] }],
 *   weights: [0.75, 0.25],
 *   stop: "all",
 *   lanes: 4,
 * });
 * const counts = [0, 0];
 * for (let position = 0; position < mix.sampleCount; position++) counts[mix.turnAt(position).part]++;
 * if (counts[0] < 100 || counts[1] < 30) throw new Error("not all samples");
 * ```
 */
export function mixEpoch(options: MixOptions): MixOrder {
  const { parts, stop = "first", seed = 0, epoch = 0, lanes = defaultLanes(1) } = options;
  const weights = scaleWeights(options.weights ?? parts.map(() => 1));
  checkInteger("The number of parts of a mix", parts.length, 1, MAX_LANES);
  if (weights.length !== parts.length) {
    throw new RangeError(
      `A mix of ${parts.length} parts takes as many weights, not ${weights.length}`,
    );
  }
  checkInteger("A seed", seed, 0);
  checkInteger("The number of lanes", lanes, 1, MAX_LANES);
  checkInteger("The number of an epoch", epoch, 0, stop === "never" ? 0 : MAX_NUMBER);
  const lengths = parts.map((part) => countSamples(part.lengths));
  const empty = lengths.indexOf(0);
  if (empty >= 0) throw new RangeError(`Part ${empty} of the mix has no samples`);
  const shares = shareLanes(weights, lanes, seed);
  const sampleCount = countPositions(stop, shares, lengths);
  const epochs = lengths.map((_, part) =>
    stop === "never" ? 1 : countEpochs(part, sampleCount, shares, lengths)
  );
  const plans = new PartPlans(parts.map((part) => ({ ...part, lanes })));
  let shards = 0;
  const firstShards = parts.map((part) => {
    const first = shards;
    shards += part.lengths.length;
    return first;
  });
  return {
    epoch,
    lanes,
    sampleCount,
    parts: parts.length,
    firstShards,
    laneAt: (position) => position % lanes,
    turnAt(position) {
      const lane = position % lanes;
      const { part, count } = shares[lane].at(Math.floor(position / lanes));
      const given = count * lanes + lane;
      const length = lengths[part];
      const round = Math.floor(given / length);
      const own = given - round * length;
      return {
        part,
        epoch: epoch * epochs[part] + round,
        lane: own % lanes,
        place: Math.floor(own / lanes),
      };
    },
    positionOf({ part, epoch: own, lane, place }) {
      const round = own - epoch * epochs[part];
      const given = round * lengths[part] + place * lanes + lane;
      const mixLane = given % lanes;
      return shares[mixLane].placeOf(part, Math.floor(given / lanes)) * lanes + mixLane;
    },
    lanesOf: (part, epoch) => plans.lanesOf(part, epoch),
    countsAt(position) {
      const counts = parts.map(() => 0);
      for (const [lane, share] of shares.entries()) {
        const own = share.countsAt(countOwn(position, lane, lanes));
        for (const [part, count] of own.entries()) counts[part] += count;
      }
      return counts;
    },
  };
}

/** How many of the positions before `length` belong to a lane. */
function countOwn(length: number, lane: number, lanes: number): number {
  return Math.max(0, Math.ceil((length - lane) / lanes));
}

/** The number of positions of an epoch. */
function countPositions(
  stop: MixStop,
  shares: readonly LaneShares[],
  lengths: readonly number[],
): number {
  if (stop === "never") return Infinity;
  if (stop !== "first" && stop !== "all") {
    throw new RangeError(`A mix stops at "first", "all" or "never", not ${String(stop)}`);
  }
  const lanes = shares.length;
  let first = Infinity;
  let last = 0;
  for (const [part, length] of lengths.entries()) {
    for (const [lane, share] of shares.entries()) {
      const own = countOwn(length, lane, lanes);
      if (stop === "first") first = Math.min(first, share.placeOf(part, own) * lanes + lane);
      else if (own > 0) last = Math.max(last, share.placeOf(part, own - 1) * lanes + lane + 1);
    }
  }
  return checkInteger("The number of samples of a mix", stop === "first" ? first : last, 0);
}

/** The number of its own epochs that a part begins in one epoch of the mix. */
function countEpochs(
  part: number,
  sampleCount: number,
  shares: readonly LaneShares[],
  lengths: readonly number[],
): number {
  const lanes = shares.length;
  let most = 1;
  for (const [lane, share] of shares.entries()) {
    const count = share.countsAt(countOwn(sampleCount, lane, lanes))[part];
    if (count > 0) {
      most = Math.max(most, Math.floor(((count - 1) * lanes + lane) / lengths[part]) + 1);
    }
  }
  return most;
}
