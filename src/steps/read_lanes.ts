/**
 * The first step where samples come in an order: shards in lanes, each sample when it is its turn.
 *
 * @module
 */
import { type EpochOrder, orderEpoch } from "../order/epoch_order.ts";
import { locate } from "../order/plan.ts";
import { RankSequence, type Split } from "../order/ranks.ts";
import { doneIn, resumeOrder } from "../order/resume.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Sample } from "../sample/sample.ts";
import type { Item, Place } from "./item.ts";
import { LaneShards } from "./lane_shards.ts";
import { type LaneSample, LaneStream } from "./lane_stream.ts";
import type { DatasetPlan } from "./options.ts";
import {
  type DatasetOrder,
  type KnownSamples,
  numbersOf,
  type PassOrder,
  printPass,
  splitOf,
} from "./order.ts";
import { checkEpoch, emptyError, type Epochs } from "./read.ts";
import type { Run } from "./run.ts";

/** What {@linkcode readLanes} takes. */
export interface LaneOptions {
  readonly plan: DatasetPlan;
  readonly known: KnownSamples;
  readonly options: ReadOptions;
  readonly order: DatasetOrder;
  readonly epochs: Epochs;
  /** The steps after this one, as plain data. */
  readonly steps: unknown;
  readonly run: Run;
}

/** One epoch of a rank. */
interface EpochPass {
  readonly given: LaneOptions;
  readonly order: EpochOrder;
  readonly sequence: RankSequence;
  readonly split: Split;
  /** Positions that are left out at its beginning. */
  readonly taken: number;
}

/** Says where a pass in some order begins, and what its states have in common. */
export function beginOrder(
  { plan, known: { lengths }, order, epochs, steps }: Omit<LaneOptions, "run" | "options">,
): PassOrder & { readonly epoch: number; readonly taken: number } {
  const { resume, shuffle } = order;
  const print = printPass(plan, lengths, order, steps);
  const { lanes } = numbersOf(order);
  if (resume === undefined) return { print, lanes, done: [], epoch: epochs.from, taken: 0 };
  const to = lengths.reduce((sum, length) => sum + length, 0);
  // A pass in the dataset's own order need not have known the lengths.
  const knew = resume.some((state) => state.print.lengths !== undefined);
  const now = knew ? print : printPass(plan, undefined, order, steps);
  const begun = resumeOrder(resume, {
    print: now,
    positions: { from: 0, to },
    split: splitOf(order),
    lanes: shuffle?.lanes,
  });
  checkEpoch(begun.epoch, epochs);
  return { ...begun, print: now };
}

/**
 * Reads epoch after epoch, each in its order.
 *
 * @param onBegin Is told of what all states have in common, before the first sample.
 * @throws {OrderError} If a state to go on from is of another order, or windows hold too many bytes.
 * @throws {SampleError} `sample/empty` where an epoch holds no sample at all.
 */
export async function* readLanes(
  given: LaneOptions,
  onBegin: (pass: PassOrder) => void,
): AsyncGenerator<Item<Sample>, void, undefined> {
  const { plan: { sources }, known: { lengths, shardBytes }, options, order, epochs, run } = given;
  const begun = beginOrder(given);
  onBegin(begun);
  const split = splitOf(order);
  const numbers = { ...numbersOf(order), lanes: begun.lanes };
  let { taken } = begun;
  const { maxBufferedBytes, lanes } = numbers;
  const shards = new LaneShards({ sources, shardBytes, lanes, maxBufferedBytes, options, run });
  for (let epoch = begun.epoch; epoch < epochs.from + epochs.count; epoch++) {
    const epochOrder = orderEpoch({ ...numbers, lengths, epoch });
    const { sampleCount } = epochOrder;
    const done = doneIn(begun.done, epoch);
    const sequence = new RankSequence({ from: 0, to: sampleCount }, split, done);
    const before = run.stats.samples;
    yield* readEpoch({ given, order: epochOrder, sequence, split, taken }, shards);
    const isAll = taken === 0 && done === undefined;
    const isLacking = sequence.length > 0 || sampleCount === 0 || epochs.count === Infinity;
    if (isAll && isLacking && run.stats.samples === before) {
      throw emptyError(sources, shards.lastFault);
    }
    taken = 0;
  }
}

/** Opens a lane of an order. */
function openLane(
  shards: LaneShards,
  { given: { known: { lengths, isListed }, run: { onSkip } }, order }: EpochPass,
  position: number,
  isWanted?: (position: number) => boolean,
): LaneStream {
  const { epoch, part, lane, place } = order.turnAt(position);
  // A counted shard may end with samples that were left out, which is no news.
  const isExact = isListed === true || onSkip === undefined;
  const own = order.lanesOf(part, epoch).lane(lane);
  const sourceOf = shards.follow(own.runs);
  return new LaneStream({
    lane: own,
    from: place,
    isWanted: isWanted &&
      ((place) => isWanted(order.positionOf({ part, epoch, lane, place }))),
    run: shards.run,
    held: shards.held,
    lengthOf: (shard) => lengths[shard],
    open: (shard, from, onSkip) =>
      shards.open({
        shard,
        source: sourceOf(shard),
        from,
        length: isExact ? lengths[shard] : undefined,
        onSkip,
      }),
  });
}

async function* readEpoch(
  pass: EpochPass,
  shards: LaneShards,
): AsyncGenerator<Item<Sample>, void, undefined> {
  const { order, sequence, split: { rank, world }, taken } = pass;
  const { run } = shards;
  const lanes = new Map<number, LaneStream>();
  // Where the world divides the lanes, each lane is one rank's.
  const isWanted = order.lanes % world === 0
    ? undefined
    : (position: number): boolean => position % world === rank;
  const prepare = (position: number): LaneStream => {
    const { lane, place } = order.turnAt(position);
    const own = lanes.get(lane) ?? openLane(shards, pass, position, isWanted);
    lanes.set(lane, own);
    // Its faults are told when it is its turn.
    own.prepare(place);
    return own;
  };
  let isWhole = false;
  try {
    for (let n = taken; n < sequence.length; n++) {
      const { position, isPadding } = sequence.at(n);
      let found: LaneSample;
      if (isPadding) {
        found = await takeAlone(pass, position, shards);
      } else {
        const lane = prepare(position);
        for (let next = n + 1; next <= n + shards.ahead && next < sequence.length; next++) {
          const ahead = sequence.at(next);
          if (!ahead.isPadding) prepare(ahead.position);
        }
        found = await lane.take(order.turnAt(position).place);
      }
      run.signal.throwIfAborted();
      const { shard, sample } = found;
      // The sample was lost to a fault; its position is taken all the same.
      if (sample === undefined) continue;
      run.stats.samples++;
      const place = { shard, index: sample.index, epoch: order.epoch };
      const value = isPadding ? { ...sample, isPadding } : sample;
      yield { value, mark: { place, taken: n + 1 } };
      run.signal.throwIfAborted();
    }
    for (const lane of lanes.values()) await lane.finish();
    isWhole = true;
  } finally {
    if (!isWhole) shards.abort();
    await Promise.all([...lanes.values()].map((lane) => lane.close()));
  }
}

/** A sample that is given again has gone by in its lane: it is read once more, by itself. */
async function takeAlone(
  pass: EpochPass,
  position: number,
  shards: LaneShards,
): Promise<LaneSample> {
  const lane = openLane(shards, pass, position, (wanted) => wanted === position);
  try {
    return await lane.take(pass.order.turnAt(position).place);
  } finally {
    await lane.close();
  }
}

/**
 * Finds the sample that a pass gives i-th in an epoch.
 *
 * @throws {RangeError} If the rank is given fewer.
 */
export function locateInOrder(
  i: number,
  lengths: readonly number[],
  order: DatasetOrder,
  epoch: number,
): Place {
  const epochOrder = orderEpoch({ ...numbersOf(order), lengths, epoch });
  const { sampleCount } = epochOrder;
  const sequence = new RankSequence({ from: 0, to: sampleCount }, splitOf(order));
  if (!(Number.isSafeInteger(i) && i >= 0 && i < sequence.length)) {
    throw new RangeError(`An epoch has ${sequence.length} samples, there is no number ${i}`);
  }
  const { shard, index } = locate(epochOrder.lanesOf(0, epoch).plan, sequence.at(i).position);
  return { shard, index, epoch };
}
