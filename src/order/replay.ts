/**
 * Orders of Python's as the order of an epoch.
 *
 * @module
 */
import type { EpochOrder, LaneOrders } from "./epoch_order.ts";
import type { LaneOrder } from "./lane.ts";
import { turnWorkers } from "./python_shuffle.ts";
import { checkSplit, type Split } from "./ranks.ts";
import type { PythonOrder } from "./webdataset_order.ts";

/** What {@linkcode replayEpoch} takes. */
export interface ReplayOptions {
  /** Number of (selected) samples in each shard. */
  readonly lengths: readonly number[];
  /**
   * For each shard, the rising numbers of the samples that are selected; absent where all are.
   *
   * @default {all samples}
   */
  readonly indexes?: readonly (Uint32Array | undefined)[];
  /** Number of the epoch. */
  readonly epoch: number;
  /** The process. Each has positions of its own, as many as it gives samples; `even` must be `"exact"`. */
  readonly split: Split;
}

/**
 * The order of one epoch of one process, as a Python loader has it: its lanes are the loader's workers.
 *
 * Exact: torch's `DataLoader` over an `IterableDataset`, which takes a batch of each worker in turn.
 *
 * @throws {RangeError} If the split is to be made even, which these loaders do not, or as the order does.
 * @example Usage
 * ```ts
 * import { locateSample, replayEpoch, webdatasetOrder } from "@wdstream/wdstream/order";
 *
 * const order = webdatasetOrder({ shardShuffle: 100, detshuffle: true, seed: 3, workers: 2, batch: 4 });
 * const split = { rank: 0, world: 2 };
 * const epoch = replayEpoch(order, { lengths: [6, 6, 6, 6], epoch: 1, split });
 * const find = locateSample(epoch);
 * if (epoch.sampleCount !== 12 || find(3).shard === find(4).shard) throw new Error("not in turns");
 * ```
 */
export function replayEpoch(order: PythonOrder, options: ReplayOptions): EpochOrder<LaneOrders> {
  const { lengths, indexes, epoch, split } = options;
  const { rank, world, even = "exact" } = checkSplit(split);
  if (even !== "exact") {
    throw new RangeError(`A loader of Python's makes no share even by "${even}"`);
  }
  const { workers, batch, isPersistent } = order.loader;
  const lanes: LaneOrder[] = Array.from({ length: workers }, (_, worker) => {
    const place = { rank, world, worker, workers };
    return order({ lengths, epoch: isPersistent ? epoch : 0, place });
  });
  const laneOrders: LaneOrders = { indexes, lane: (lane) => lanes[lane] };
  const turns = workers === 1 ? undefined : spellTurns(lanes.map(({ length }) => length), batch);
  return {
    epoch,
    lanes: workers,
    sampleCount: lanes.reduce((sum, { length }) => sum + length, 0),
    parts: 1,
    firstShards: [0],
    laneAt: (position) => turns?.lanes[position] ?? 0,
    turnAt: (position) => ({
      part: 0,
      epoch,
      lane: turns?.lanes[position] ?? 0,
      place: turns?.places[position] ?? position,
    }),
    positionOf: ({ lane, place }) => turns?.positions[lane][place] ?? place,
    lanesOf: () => laneOrders,
  };
}

/** The turns of several workers, spelled out. */
interface Turns {
  readonly lanes: Uint16Array;
  readonly places: Uint32Array;
  readonly positions: readonly Uint32Array[];
}

function spellTurns(counts: readonly number[], batch: number): Turns {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const lanes = new Uint16Array(total);
  const places = new Uint32Array(total);
  const positions = counts.map((count) => new Uint32Array(count));
  const next = counts.map(() => 0);
  let position = 0;
  for (const { worker, size } of turnWorkers(counts, batch)) {
    for (let i = 0; i < size; i++, position++) {
      lanes[position] = worker;
      places[position] = next[worker];
      positions[worker][next[worker]++] = position;
    }
  }
  return { lanes, places, positions };
}
