/**
 * The plan of an epoch: where each of its samples lies, as a pure function of lengths and numbers.
 *
 * The shards are permuted by the seed and the epoch, laid end to end, and cut into lanes of equal length.
 * Position p of the epoch is place `floor(p / lanes)` of lane `p mod lanes`, so that as many shards are mixed
 * as there are lanes, each is read in sequence, and a position is all that a resume needs.
 *
 * @module
 */
import { checkInteger } from "../numbers/check_integer.ts";
import { permute, randomFor } from "../numbers/seeded_random.ts";
import { type LaneOrder, type Run, RunCursor, WindowLane } from "./lane.ts";
import { MAX_LANES, MAX_WINDOW } from "./window.ts";

/** The largest number of an epoch, a shard, or a sample in its shard. */
export const MAX_NUMBER = 0xffffffff;

/** Lanes of a shuffled order where the caller names none: this, or the next multiple of the world. */
const LEAST_LANES = 16;

/** What {@linkcode planEpoch} takes. */
export interface PlanOptions {
  /** Number of samples in each shard. Of a selection: of selected ones. */
  readonly lengths: readonly number[];
  /**
   * For each shard, the rising numbers of the samples that are selected; absent where all are.
   *
   * @default {all samples}
   */
  readonly indexes?: readonly (Uint32Array | undefined)[];
  /**
   * An integer in 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
  /**
   * Number of the epoch: each has another order.
   *
   * @default {0}
   */
  readonly epoch?: number;
  /**
   * Whether shards, and samples in their windows, are permuted. If not, one lane gives the dataset in its
   * own order.
   *
   * @default {true}
   */
  readonly shuffled?: boolean;
  /**
   * Shards that are mixed at any time: 1..65536.
   *
   * @default {defaultLanes(1, shuffled)}
   */
  readonly lanes?: number;
  /**
   * Samples of a lane that are permuted among themselves, 1..2^24; a lane holds at most as many.
   *
   * @default {1}
   */
  readonly window?: number;
  /**
   * Which part of a mix the dataset is: parts with one seed have orders of their own.
   *
   * @default {0}
   */
  readonly part?: number;
}

/** The plan of an epoch; plain data. */
export interface EpochPlan {
  /** Number of (selected) samples in each shard. */
  readonly lengths: readonly number[];
  /** For each shard, the numbers of the selected samples, where not all are. */
  readonly indexes?: readonly (Uint32Array | undefined)[];
  /** Seed of the order. */
  readonly seed: number;
  /** Number of the epoch. */
  readonly epoch: number;
  /** Number of the part in a mix. */
  readonly part: number;
  /** Whether the order is a shuffled one. */
  readonly shuffled: boolean;
  /** Number of lanes. */
  readonly lanes: number;
  /** Samples in a full window. */
  readonly window: number;
  /** Number of samples, and of positions. */
  readonly sampleCount: number;
  /** The shards in the sequence in which they are laid end to end. */
  readonly shards: Uint32Array;
}

/** Where a sample lies. */
export interface SamplePlace {
  /** Number of the shard, from 0. */
  readonly shard: number;
  /** Number of the sample in its shard, from 0, selected or not. */
  readonly index: number;
}

/**
 * The number of lanes for a number of ranks: the least multiple of it from 16 on, so that each rank reads
 * whole lanes; for an order that is not shuffled, one for each rank.
 *
 * @throws {RangeError} If `world` is not an integer in 1..65536.
 */
export function defaultLanes(world: number, shuffled = true): number {
  checkInteger("The number of ranks", world, 1, MAX_LANES);
  return shuffled ? Math.ceil(LEAST_LANES / world) * world : world;
}

/**
 * Plans an epoch: a matter of microseconds a shard, without any I/O.
 *
 * @throws {RangeError} If a number is out of its range, or the lengths do not go with the selection.
 * @example Usage
 * ```ts
 * import { locate, planEpoch } from "@wdstream/wdstream/order";
 *
 * const plan = planEpoch({ lengths: [3, 4, 5], seed: 7, epoch: 2, lanes: 2 });
 * const seen = new Set<string>();
 * for (let position = 0; position < plan.sampleCount; position++) {
 *   const { shard, index } = locate(plan, position);
 *   seen.add(`${shard}/${index}`);
 * }
 * if (seen.size !== 12) throw new Error("not every sample exactly once");
 * ```
 */
export function planEpoch(options: PlanOptions): EpochPlan {
  const { lengths, indexes, seed = 0, epoch = 0, part = 0, shuffled = true, window = 1 } = options;
  const { lanes = defaultLanes(1, shuffled) } = options;
  checkInteger("A seed", seed, 0);
  checkInteger("The number of an epoch", epoch, 0, MAX_NUMBER);
  checkInteger("The number of lanes", lanes, 1, MAX_LANES);
  checkInteger("The size of a window", window, 1, MAX_WINDOW);
  checkInteger("The number of a part", part, 0, MAX_LANES - 1);
  const sampleCount = countSamples(lengths);
  if (indexes !== undefined) checkIndexes(lengths, indexes);
  const random = randomFor(seed, { purpose: "shards", a: epoch, b: part });
  const shards = shuffled ? permute(lengths.length, random) : Uint32Array.from(lengths.keys());
  return { lengths, indexes, seed, epoch, part, shuffled, lanes, window, sampleCount, shards };
}

/** The sum of the lengths of shards, each of which is checked. */
export function countSamples(lengths: readonly number[]): number {
  let sum = 0;
  for (const length of lengths) {
    sum += checkInteger("The number of samples in a shard", length, 0, MAX_NUMBER);
  }
  return checkInteger("The number of samples in all shards", sum, 0);
}

function checkIndexes(
  lengths: readonly number[],
  indexes: readonly (Uint32Array | undefined)[],
): void {
  const isFit = indexes.length === lengths.length &&
    indexes.every((list, shard) => list === undefined || list.length === lengths[shard]);
  if (!isFit) throw new RangeError("A selection must name as many samples as its lengths say");
}

/** The number of places of a lane: those of any two lanes differ by at most one. */
export function laneLength(plan: Pick<EpochPlan, "lanes" | "sampleCount">, lane: number): number {
  return Math.floor((plan.sampleCount - lane + plan.lanes - 1) / plan.lanes);
}

/** The first sample of a lane, counted along the shards that lie end to end. */
function laneStart({ lanes, sampleCount }: EpochPlan, lane: number): number {
  return lane * Math.floor(sampleCount / lanes) + Math.min(lane, sampleCount % lanes);
}

/**
 * The runs of all lanes: for each, what it reads, in its sequence.
 *
 * Lanes are cut at samples and not at shards, so that all are equally long; where a cut falls inside a
 * shard, two lanes read a part of it each.
 */
export function listRuns(plan: EpochPlan): Run[][] {
  const { lengths, shards, lanes } = plan;
  const all: Run[][] = [];
  let next = 0;
  let from = 0;
  for (let lane = 0; lane < lanes; lane++) {
    const runs: Run[] = [];
    let left = laneLength(plan, lane);
    while (left > 0) {
      const shard = shards[next];
      const to = Math.min(from + left, lengths[shard]);
      if (to > from) runs.push({ shard, from, to });
      left -= to - from;
      from = to;
      if (from === lengths[shard]) {
        next++;
        from = 0;
      }
    }
    all.push(runs);
  }
  return all;
}

/** The lanes of a plan, each made when it is first asked for. */
export class PlanLanes {
  /** The plan. */
  readonly plan: EpochPlan;
  readonly #runs: Run[][];
  readonly #lanes: LaneOrder[] = [];

  /** Lists the runs of all lanes. */
  constructor(plan: EpochPlan) {
    this.plan = plan;
    this.#runs = listRuns(plan);
  }

  /** For each shard, the numbers of the selected samples, where not all are. */
  get indexes(): readonly (Uint32Array | undefined)[] | undefined {
    return this.plan.indexes;
  }

  /**
   * The order of one lane, the same object each time: it remembers the window that it was asked for last.
   *
   * @throws {RangeError} If there is no such lane.
   */
  lane(lane: number): LaneOrder {
    const { plan } = this;
    checkInteger("The number of a lane", lane, 0, plan.lanes - 1);
    const size = plan.shuffled ? plan.window : 1;
    return this.#lanes[lane] ??= new WindowLane(this.#runs[lane], size, { ...plan, lane });
  }
}

/** The number in its shard of a sample that is numbered among the selected ones. */
export function indexAt(plan: EpochPlan, shard: number, ordinal: number): number {
  return plan.indexes?.[shard]?.[ordinal] ?? ordinal;
}

/**
 * Finds the sample of one position. This costs the permutation of its window, and a walk over the runs of
 * its lane; who goes through many positions takes {@linkcode PlanLanes} or {@linkcode spellOrder}.
 *
 * @throws {RangeError} If there is no such position.
 */
export function locate(plan: EpochPlan, position: number): SamplePlace {
  checkInteger("A position", position, 0, plan.sampleCount - 1);
  const lane = position % plan.lanes;
  const place = Math.floor(position / plan.lanes);
  const size = plan.shuffled ? plan.window : 1;
  // Only the length counts for the turns; the runs of the other lanes need not be listed.
  const run = { shard: 0, from: 0, to: laneLength(plan, lane) };
  const read = new WindowLane([run], size, { ...plan, lane }).readAt(place);
  let left = laneStart(plan, lane) + read;
  for (const shard of plan.shards) {
    if (left < plan.lengths[shard]) return { shard, index: indexAt(plan, shard, left) };
    left -= plan.lengths[shard];
  }
  throw new RangeError(`There is no position ${position}`);
}

/**
 * Spells out an epoch: for each position the number of its sample, counted through the shards of the dataset
 * (of a selection: through the selected samples).
 *
 * @throws {RangeError} If there are more than 2^32 - 1 samples.
 */
export function spellOrder(plan: EpochPlan): Uint32Array<ArrayBuffer> {
  checkInteger("A number of samples to spell out", plan.sampleCount, 0, MAX_NUMBER);
  const starts = new Float64Array(plan.lengths.length);
  let sum = 0;
  plan.lengths.forEach((length, shard) => {
    starts[shard] = sum;
    sum += length;
  });
  const order = new Uint32Array(plan.sampleCount);
  const lanes = new PlanLanes(plan);
  for (let number = 0; number < plan.lanes; number++) {
    const lane = lanes.lane(number);
    const samples = new Uint32Array(lane.length);
    let read = 0;
    for (const { shard, from, to } of lane.runs) {
      for (let i = from; i < to; i++) samples[read++] = starts[shard] + i;
    }
    for (let place = 0, position = number; place < lane.length; place++, position += plan.lanes) {
      order[position] = samples[lane.readAt(place)];
    }
  }
  return order;
}

/** Walks the samples of a lane as they are read. */
export function* walkRuns(plan: EpochPlan, lane: LaneOrder): Generator<SamplePlace> {
  for (const { shard, from, to } of lane.runs) {
    for (let ordinal = from; ordinal < to; ordinal++) {
      yield { shard, index: indexAt(plan, shard, ordinal) };
    }
  }
}

/** Walks the samples of a lane as they are given. */
export function* walkLane(plan: EpochPlan, lane: LaneOrder): Generator<SamplePlace> {
  const cursor = new RunCursor(lane.runs);
  for (let place = 0; place < lane.length; place++) {
    const { shard, ordinal } = cursor.at(lane.readAt(place));
    yield { shard, index: indexAt(plan, shard, ordinal) };
  }
}
