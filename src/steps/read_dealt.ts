/**
 * The first step where samples come in an order and the lengths of shards are not known: whole shards are dealt to
 * lanes, and where each lane stands is part of the state.
 *
 * @module
 */
import { OrderError, SourceError } from "../errors.ts";
import { dealShards, LaneTurns, listLanes } from "../order/deal.ts";
import type { LaneMark } from "../order/lane_marks.ts";
import { resumeOrder } from "../order/resume.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Sample } from "../sample/sample.ts";
import { DealtLane } from "./dealt_lane.ts";
import { HeldBytes } from "./held_bytes.ts";
import type { Item } from "./item.ts";
import { LaneShards } from "./lane_shards.ts";
import type { DatasetPlan } from "./options.ts";
import { type DatasetOrder, numbersOf, type PassOrder, printPass, splitOf } from "./order.ts";
import { checkEpoch, emptyError, type Epochs } from "./read.ts";
import type { Run } from "./run.ts";

/** What {@linkcode readDealt} takes. */
export interface DealtOptions {
  readonly plan: DatasetPlan;
  readonly options: ReadOptions;
  readonly order: DatasetOrder;
  readonly epochs: Epochs;
  /** The steps after this one, as plain data. */
  readonly steps: unknown;
  readonly run: Run;
}

/** Where a pass begins. */
interface Beginning extends PassOrder {
  readonly epoch: number;
  readonly taken: number;
  /** Where lanes stand; absent where the epoch has not begun. */
  readonly at?: readonly LaneMark[];
}

function begin({ plan, order, epochs, steps }: DealtOptions): Beginning {
  const { resume, shuffle } = order;
  const print = printPass([{ plan, lengths: undefined }], order, steps);
  const { lanes } = numbersOf(order);
  if (resume === undefined) return { print, lanes, done: [], epoch: epochs.from, taken: 0 };
  const once = plan.sources.find(({ isOnce }) => isOnce);
  if (once !== undefined) {
    throw new SourceError("source/unsupported", {
      action: `resume from a place in "${once.name}"`,
      reason: "it is a stream, which is read once and from its beginning",
      shard: once.name,
    });
  }
  const begun = resumeOrder(resume, { print, split: splitOf(order), lanes: shuffle?.lanes });
  checkEpoch(begun.epoch, epochs);
  return { ...begun, print };
}

/**
 * Reads epoch after epoch, each in its order.
 *
 * @param onBegin Is told of what all states have in common, before the first sample.
 * @throws {OrderError} If a state to go on from is of another order, or windows hold too many bytes.
 * @throws {RangeError} If the number of ranks does not divide that of lanes, or shares are to be made even.
 * @throws {SampleError} `sample/empty` where an epoch holds no sample at all.
 */
export async function* readDealt(
  given: DealtOptions,
  onBegin: (pass: PassOrder) => void,
): AsyncGenerator<Item<Sample>, void, undefined> {
  const { plan: { sources }, options, order, epochs, run } = given;
  const begun = begin(given);
  onBegin(begun);
  const { seed, window, shuffled, maxBufferedBytes } = numbersOf(order);
  const { lanes } = begun;
  const split = splitOf(order);
  const own = listLanes(lanes, split);
  const held = new HeldBytes(maxBufferedBytes);
  const shards = new LaneShards({ sources, lanes, ownLanes: own.length, held, options, run });
  let { taken, at } = begun;
  for (let epoch = begun.epoch; epoch < epochs.from + epochs.count; epoch++) {
    const dealt = dealShards({ shardCount: sources.length, seed, epoch, shuffled, lanes });
    const before = run.stats.samples;
    const isAll = at === undefined;
    const marks = at ?? own.map((lane): LaneMark => [lane, 0, 0, 0, 0]);
    const open = marks.map((mark) => {
      const [lane, , first] = mark;
      if (first > dealt[lane].length) throw markError(lane, first, dealt[lane].length);
      const windows = { seed, epoch, part: 0 };
      return new DealtLane({
        mark,
        dealt: dealt[lane],
        window,
        seed: windows,
        shards,
        onRest: ({ shard, ...rest }) =>
          run.onLost?.({ shard: sources[shard].name, epoch, ...rest }),
      });
    });
    yield* readEpoch({ epoch, open, marks, taken }, shards);
    // The shards of one rank of several may be empty ones.
    const isLacking = split.world === 1 || epochs.count === Infinity;
    if (isAll && isLacking && run.stats.samples === before) {
      throw emptyError(sources, shards.lastFault);
    }
    taken = 0;
    at = undefined;
  }
}

/** One epoch of a rank. */
interface DealtEpoch {
  readonly epoch: number;
  readonly open: readonly DealtLane[];
  readonly marks: readonly LaneMark[];
  /** Samples that were taken of it before. */
  readonly taken: number;
}

async function* readEpoch(
  { epoch, open, marks, taken }: DealtEpoch,
  shards: LaneShards,
): AsyncGenerator<Item<Sample>, void, undefined> {
  const { run } = shards;
  const byNumber = new Map(open.map((lane) => [lane.lane, lane]));
  const turns = new LaneTurns(marks.map(([lane, place]) => ({ lane, place })));
  let at = marks;
  let isWhole = false;
  try {
    for (let lane = turns.lane; lane !== undefined; lane = turns.lane) {
      // Faults are told when it is their lane's turn.
      for (const next of turns.listNext(shards.ahead + 1)) byNumber.get(next)!.prepare();
      const own = byNumber.get(lane)!;
      const found = await own.take();
      run.signal.throwIfAborted();
      if (found === undefined) {
        turns.close();
        at = at.filter((mark) => mark[0] !== lane);
        continue;
      }
      turns.advance();
      at = at.map((mark) => mark[0] === lane ? own.mark : mark);
      taken += found.lost + 1;
      run.stats.samples++;
      const { shard, sample, lost, fault } = found;
      if (lost > 0) {
        const { shard: name, index } = sample;
        run.onLost?.({ shard: name, epoch, from: index - lost, to: index, fault });
      }
      const place = { shard, index: sample.index, epoch };
      yield { value: sample, mark: { place, taken, at } };
      run.signal.throwIfAborted();
    }
    isWhole = true;
  } finally {
    if (!isWhole) shards.abort();
    await Promise.all(open.map((lane) => lane.close()));
  }
}

function markError(lane: number, run: number, count: number): OrderError {
  return new OrderError("order/state", {
    action: "resume",
    reason: `lane ${lane} has ${count} shards, and the state is of the one behind number ${
      run - 1
    }`,
  });
}
