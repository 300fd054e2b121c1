/**
 * What an order is to those who follow it: whose turn it is at a position, of one dataset or of a mix.
 *
 * @module
 */
import { checkInteger } from "../numbers/check_integer.ts";
import { type LaneOrder, RunCursor } from "./lane.ts";
import { planEpoch, PlanLanes, type PlanOptions } from "./plan.ts";

/** Whose turn it is at a position. */
export interface Turn {
  /** Number of the part of a mix; 0 where there is none. */
  readonly part: number;
  /** The epoch of the part: in a mix, parts that are shorter go through more of them. */
  readonly epoch: number;
  /** The lane of the part's plan for that epoch. */
  readonly lane: number;
  /** The place in that lane. */
  readonly place: number;
}

/** The lanes of a part in one of its epochs. */
export interface LaneOrders {
  /** For each shard, the numbers of the selected samples, where not all are. */
  readonly indexes?: readonly (Uint32Array | undefined)[];
  /** The order of one lane. */
  lane(lane: number): LaneOrder;
}

/**
 * The order of one epoch: position p belongs to lane p mod lanes. Each lane takes its turns from one lane
 * at a time of each part, at rising places, so that whoever reads a lane holds one reader a part.
 *
 * @typeParam Lanes What gives the orders of lanes.
 */
export interface EpochOrder<Lanes extends LaneOrders = PlanLanes> {
  /** Number of the epoch. */
  readonly epoch: number;
  /** Number of lanes. */
  readonly lanes: number;
  /** Number of positions; infinite for a mix that never stops. */
  readonly sampleCount: number;
  /** Number of parts: 1 where the order is no mix. */
  readonly parts: number;
  /** For each part, the number that its shard 0 has among the shards of all parts. */
  readonly firstShards: readonly number[];
  /** The lane that a position belongs to; it is not checked. */
  laneAt(position: number): number;
  /** Whose turn it is at a position, which is not checked. */
  turnAt(position: number): Turn;
  /** The position that a turn is of; it is not checked either. */
  positionOf(turn: Turn): number;
  /** The lanes of a part in one of its epochs; the one that was asked for last is remembered. */
  lanesOf(part: number, epoch: number): Lanes;
}

/** A sample of an order. */
export interface OrderedSample {
  /** Number of the part of a mix; 0 where there is none. */
  readonly part: number;
  /** The epoch of the part: the one to draw by. */
  readonly epoch: number;
  /** Number of the shard in its part: the one to draw by. */
  readonly shard: number;
  /** Number of the shard among those of all parts. */
  readonly shardOfAll: number;
  /** Number of the sample in its shard. */
  readonly index: number;
}

/** Epochs of a part whose lanes are remembered: the lanes of a mix need not change epochs together. */
const KEPT_EPOCHS = 2;

/** Makes and keeps the plans of parts, as an order asks for them. */
export class PartPlans {
  readonly #parts: readonly Omit<PlanOptions, "epoch">[];
  readonly #kept: PlanLanes[][];

  constructor(parts: readonly Omit<PlanOptions, "epoch">[]) {
    this.#parts = parts;
    this.#kept = parts.map(() => []);
  }

  /** The lanes of a part in one of its epochs. */
  lanesOf(part: number, epoch: number): PlanLanes {
    const kept = this.#kept[part];
    const known = kept.find(({ plan }) => plan.epoch === epoch);
    if (known !== undefined) return known;
    const made = new PlanLanes(planEpoch({ ...this.#parts[part], part, epoch }));
    kept.push(made);
    if (kept.length > KEPT_EPOCHS) kept.shift();
    return made;
  }
}

/**
 * The order of one epoch of one dataset.
 *
 * @throws {RangeError} As {@linkcode planEpoch} does.
 * @example Usage
 * ```ts
 * import { locateSample, orderEpoch } from "@wdstream/wdstream/order";
 *
 * const order = orderEpoch({ lengths: [3, 4, 5], seed: 7, lanes: 2 });
 * const find = locateSample(order);
 * const { shard, index } = find(0);
 * if (shard > 2 || index > 4) throw new Error("not a sample of the dataset");
 * ```
 */
export function orderEpoch(options: PlanOptions): EpochOrder {
  const { plan } = new PlanLanes(planEpoch(options));
  const plans = new PartPlans([{ ...options, lanes: plan.lanes }]);
  const { epoch, lanes, sampleCount } = plan;
  return {
    epoch,
    lanes,
    sampleCount,
    parts: 1,
    firstShards: [0],
    laneAt: (position) => position % lanes,
    turnAt: (position) => ({
      part: 0,
      epoch,
      lane: position % lanes,
      place: Math.floor(position / lanes),
    }),
    positionOf: ({ lane, place }) => place * lanes + lane,
    lanesOf: (part, epoch) => plans.lanesOf(part, epoch),
  };
}

/**
 * A function from the positions of an order to its samples: quick in rising order, right in any.
 *
 * It throws a `RangeError` for a position that the order does not have.
 */
export function locateSample(
  order: EpochOrder<LaneOrders>,
): (position: number) => OrderedSample {
  const cursors = new Map<number, { epoch: number; lane: number; cursor: RunCursor }>();
  return (position) => {
    checkInteger("A position", position, 0, order.sampleCount - 1);
    const { part, epoch, lane, place } = order.turnAt(position);
    const lanes = order.lanesOf(part, epoch);
    const laneOrder = lanes.lane(lane);
    const key = order.laneAt(position) * order.parts + part;
    let known = cursors.get(key);
    if (known === undefined || known.epoch !== epoch || known.lane !== lane) {
      known = { epoch, lane, cursor: new RunCursor(laneOrder.runs) };
      cursors.set(key, known);
    }
    const { shard, ordinal } = known.cursor.at(laneOrder.readAt(place));
    const shardOfAll = order.firstShards[part] + shard;
    return { part, epoch, shard, shardOfAll, index: lanes.indexes?.[shard]?.[ordinal] ?? ordinal };
  };
}
