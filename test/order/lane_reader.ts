/** A reader of lanes without any bytes: it reads each lane in sequence, as one of shards would. */

import {
  type Done,
  type EpochOrder,
  indexAt,
  LaneBuffer,
  type Positions,
  RankSequence,
  RunCursor,
  type Split,
} from "../../src/order/mod.ts";

/** What a reader has held and read. */
export interface ReaderCounts {
  /** Most samples that it held at any time. */
  mostHeld: number;
  /** Samples that it read. */
  reads: number;
}

/** A place where the reader goes on. */
export interface ReadFrom {
  readonly done?: Done;
  readonly taken: number;
}

interface OpenLane {
  readonly epoch: number;
  readonly lane: number;
  readonly buffer: LaneBuffer<string>;
  readonly cursor: RunCursor;
}

/** The samples that a rank is given, by name. */
export function readRank(
  order: EpochOrder,
  { positions, split, from = { taken: 0 } }: {
    readonly positions: Positions;
    readonly split: Split;
    readonly from?: ReadFrom;
  },
  counts: ReaderCounts = { mostHeld: 0, reads: 0 },
): string[] {
  const sequence = new RankSequence(positions, split, from.done);
  const open = new Map<number, OpenLane>();
  const given: string[] = [];
  for (let n = from.taken; n < sequence.length; n++) {
    const { position, isPadding } = sequence.at(n);
    // What is given again has gone by in its lane: it is read once more, by itself.
    given.push(
      isPadding
        ? readOne(order, position, undefined, new Map(), { mostHeld: 0, reads: 0 })
        : readOne(order, position, split, open, counts),
    );
  }
  return given;
}

function readOne(
  order: EpochOrder,
  position: number,
  split: Split | undefined,
  open: Map<number, OpenLane>,
  counts: ReaderCounts,
): string {
  const { part, epoch, lane, place } = order.turnAt(position);
  const lanes = order.lanesOf(part, epoch);
  const key = (position % order.lanes) * order.parts + part;
  let own = open.get(key);
  if (own === undefined || own.epoch !== epoch || own.lane !== lane) {
    const laneOrder = lanes.lane(lane);
    // Where the world divides the lanes, each lane is one rank's.
    const isWanted = split === undefined || order.lanes % split.world === 0
      ? undefined
      : (place: number): boolean =>
        order.positionOf({ part, epoch, lane, place }) % split.world === split.rank;
    const buffer = new LaneBuffer<string>(laneOrder, { from: place, isWanted });
    own = { epoch, lane, buffer, cursor: new RunCursor(laneOrder.runs) };
    open.set(key, own);
  }
  const { buffer, cursor } = own;
  while (!buffer.has(place)) {
    const { shard, ordinal } = cursor.at(buffer.nextRead);
    buffer.offer(`${part}/${epoch}/${shard}/${indexAt(lanes.plan, shard, ordinal)}`);
    counts.reads++;
    let held = 0;
    for (const each of open.values()) held += each.buffer.held;
    counts.mostHeld = Math.max(counts.mostHeld, held);
  }
  return buffer.take(place);
}
