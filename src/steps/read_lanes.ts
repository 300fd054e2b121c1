/**
 * The first step where samples come in an order: shards in lanes, each sample when it is its turn.
 *
 * @module
 */
import { OrderError, type WdsError } from "../errors.ts";
import { type EpochOrder, type LaneOrders, locateSample, type Turn } from "../order/epoch_order.ts";
import { listOwnLanes, type RankSequence } from "../order/ranks.ts";
import { doneIn, resumeOrder } from "../order/resume.ts";
import type { Sample } from "../sample/sample.ts";
import { type ChosenPart, EpochOrders, type OrderedPart } from "./epoch_orders.ts";
import type { LostSamples } from "./faults.ts";
import type { Item, Mark, Place } from "./item.ts";
import { HeldBytes } from "./held_bytes.ts";
import { LaneShards } from "./lane_shards.ts";
import { type LaneSample, LaneStream } from "./lane_stream.ts";
import {
  type DatasetOrder,
  isMixed,
  numbersOf,
  type PassOrder,
  printPass,
  splitOf,
} from "./order.ts";
import { checkEpoch, emptyError, type Epochs } from "./read.ts";
import type { Run } from "./run.ts";

/** What {@linkcode readLanes} takes. */
export interface LaneOptions {
  /** The dataset, or the parts of the mix. */
  readonly parts: readonly OrderedPart[];
  readonly order: DatasetOrder;
  readonly epochs: Epochs;
  /** The steps after this one, as plain data. */
  readonly steps: unknown;
  readonly run: Run;
}

/** What all states of a pass have in common, and where it begins. */
interface Begun extends PassOrder {
  readonly orders: EpochOrders;
  readonly epoch: number;
  readonly taken: number;
}

/** Says where a pass in some order begins, and what its states have in common. */
function beginOrder({ parts, order, epochs, steps }: Omit<LaneOptions, "run">): Begun {
  const { resume, shuffle, replay } = order;
  const orders = new EpochOrders(parts, order, epochs, resume?.[0].lanes);
  const print = (withLengths: boolean) =>
    printPass(
      orders.parts.map(({ plan, known: { lengths }, selection, isLookedUp }) => ({
        plan,
        lengths: withLengths ? lengths : undefined,
        selection: isLookedUp ? selection : undefined,
      })),
      order,
      steps,
    );
  const { lanes } = orders;
  if (resume === undefined) {
    return { orders, print: print(true), lanes, done: [], epoch: epochs.from, taken: 0 };
  }
  // A pass in the dataset's own order need not have known the lengths.
  const now = print(resume.some((state) => state.print.lengths !== undefined));
  const split = splitOf(order);
  const begun = resumeOrder(resume, {
    print: now,
    positions: (epoch) => orders.positionsOf(epoch),
    split,
    lanes: shuffle?.lanes,
  });
  if (replay !== undefined && resume[0].world !== split.world) {
    throw new OrderError("order/ranks", {
      action: "resume from the states",
      reason: `the order is Python's, which is another one for ${split.world} ranks than for the ` +
        `${resume[0].world} of the state`,
    });
  }
  checkEpoch(begun.epoch, epochs);
  return { ...begun, orders, print: now };
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
  const { order, epochs, run } = given;
  const begun = beginOrder(given);
  onBegin(begun);
  const { orders } = begun;
  let { taken } = begun;
  // Once in all ranks, and not again where a run goes on.
  if (order.resume === undefined && splitOf(order).rank === 0) {
    for (const { known } of given.parts) known.unmetFaults?.forEach((fault) => run.onSkip?.(fault));
  }
  const shards = new PartShards(given, orders);
  for (let epoch = begun.epoch; epoch < epochs.from + epochs.count; epoch++) {
    if (orders.isOver(epoch)) return;
    const done = doneIn(begun.done, epoch);
    const sequence = orders.sequenceOf(epoch, done);
    const before = run.stats.samples;
    const reader = new EpochReader(orders.orderOf(epoch), sequence, shards, run, order);
    let isWhole = false;
    try {
      for (let n = taken; n < sequence.length; n++) {
        const item = await reader.read(n);
        if (item === undefined) continue;
        yield item;
        run.signal.throwIfAborted();
      }
      await reader.finish();
      isWhole = true;
    } finally {
      await reader.close(isWhole);
    }
    if (taken === 0 && done === undefined && run.stats.samples === before) {
      // Another process may have samples, but one that goes through no sample for ever is of no use.
      const isAlone = splitOf(order).world === 1 || epochs.count === Infinity;
      const isLacking = orders.isEmpty || epochs.count === Infinity;
      if (isLacking || (isAlone && sequence.length > 0)) {
        throw emptyError(given.parts.flatMap(({ plan }) => plan.sources), shards.lastFault);
      }
    }
    taken = 0;
  }
}

/** The shards of the datasets of an order. */
class PartShards {
  /** Lanes that are read ahead of the one whose turn it is. */
  readonly ahead: number;
  readonly #parts: readonly ChosenPart[];
  readonly #shards: readonly LaneShards[];

  constructor({ run, order }: LaneOptions, { parts, lanes }: EpochOrders) {
    const held = new HeldBytes(numbersOf(order).maxBufferedBytes);
    const own = order.replay === undefined ? listOwnLanes(lanes, splitOf(order)).length : lanes;
    this.#parts = parts;
    this.#shards = parts.map(({ plan: { sources }, known: { shardBytes }, options }) =>
      new LaneShards({
        sources,
        shardBytes,
        lanes: lanes * parts.length,
        ownLanes: own * parts.length,
        held,
        options,
        run,
      })
    );
    this.ahead = Math.max(...this.#shards.map(({ ahead }) => ahead));
  }

  /** The name of a shard. */
  nameOf(part: number, shard: number): string {
    return this.#parts[part].plan.sources[shard].name;
  }

  /** The fault that was skipped last. */
  get lastFault(): WdsError | undefined {
    return this.#shards.find(({ lastFault }) => lastFault !== undefined)?.lastFault;
  }

  /** Opens a lane of an order. */
  openLane(
    order: EpochOrder<LaneOrders>,
    { epoch, part, lane, place }: Turn,
    isWanted: ((position: number) => boolean) | undefined,
  ): LaneStream {
    const { known: { lengths, isListed }, selection: { indexes } } = this.#parts[part];
    const shards = this.#shards[part];
    // A counted shard may end with samples that were left out, which is no news.
    const isExact = isListed === true || shards.run.onSkip === undefined;
    const lanes = order.lanesOf(part, epoch);
    const own = lanes.lane(lane);
    // Where the first selected sample of a shard lies is not known.
    const sourceOf = shards.follow(
      own.runs.map((run) => indexes[run.shard] === undefined ? run : { ...run, from: -1 }),
    );
    return new LaneStream({
      lane: own,
      indexes: lanes.indexes,
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
          selected: indexes[shard],
          onSkip,
        }),
    });
  }

  /** Ends every read that is under way. */
  abort(): void {
    for (const shards of this.#shards) shards.abort();
  }
}

/** A lane that is read, of one epoch of its part. */
interface OpenLane {
  readonly epoch: number;
  readonly lane: number;
  readonly stream: LaneStream;
}

/** One epoch of a process. */
class EpochReader {
  readonly #order: EpochOrder<LaneOrders>;
  readonly #sequence: RankSequence;
  readonly #shards: PartShards;
  readonly #run: Run;
  readonly #isMixed: boolean;
  readonly #isWanted: ((position: number) => boolean) | undefined;
  /** What is read, by the lane of the order and the part. */
  readonly #lanes = new Map<number, OpenLane>();

  constructor(
    order: EpochOrder<LaneOrders>,
    sequence: RankSequence,
    shards: PartShards,
    run: Run,
    given: DatasetOrder,
  ) {
    this.#order = order;
    this.#sequence = sequence;
    this.#shards = shards;
    this.#run = run;
    this.#isMixed = isMixed(given);
    const { rank, world } = splitOf(given);
    // Where the world divides the lanes, each lane is one rank's; Python's processes have orders of their own.
    const isOwn = given.replay !== undefined || order.lanes % world === 0;
    this.#isWanted = isOwn ? undefined : (position): boolean => position % world === rank;
  }

  /**
   * Reads what the process has at its n-th position; absent where that was lost to a fault. Here and in what this calls,
   * each wait that can be spared is: a sample that is only read takes little longer than a few of them.
   */
  async read(n: number): Promise<Item<Sample> | undefined> {
    const run = this.#run;
    const { position, isPadding } = this.#sequence.at(n);
    const turn = this.#order.turnAt(position);
    const found = isPadding
      ? await this.#takeAlone(position, turn)
      : await this.#take(position, turn, n);
    run.signal.throwIfAborted();
    const { sample } = found;
    // The sample was lost to a fault; its position is taken all the same.
    if (sample === undefined) {
      if (!isPadding) run.onLost?.(this.#describeLost(turn, found));
      return undefined;
    }
    run.stats.samples++;
    return this.#makeItem(turn, found, sample, n + 1, isPadding);
  }

  /** Sees to it that the lanes end as they should. */
  async finish(): Promise<void> {
    for (const { stream } of this.#lanes.values()) await stream.finish();
  }

  /** Closes what is open; where the epoch was left before its end, with what is under way. */
  async close(isWhole: boolean): Promise<void> {
    if (!isWhole) this.#shards.abort();
    await Promise.all([...this.#lanes.values()].map(({ stream }) => stream.close()));
  }

  #describeLost({ part }: Turn, { shard, index, fault }: LaneSample): LostSamples {
    return {
      shard: this.#shards.nameOf(part, shard),
      epoch: this.#order.epoch,
      ...(this.#isMixed && { part }),
      from: index,
      to: index + 1,
      fault,
    };
  }

  #makeItem(
    { part, epoch }: Turn,
    { shard }: LaneSample,
    sample: Sample,
    taken: number,
    isPadding: boolean,
  ): Item<Sample> {
    const place = { shard, index: sample.index, epoch };
    const mark: Mark = this.#isMixed
      ? { place, epoch: this.#order.epoch, taken }
      : { place, taken };
    const value = this.#isMixed ? { ...sample, part } : sample;
    return { value: isPadding ? { ...value, isPadding } : value, mark };
  }

  #take(position: number, turn: Turn, n: number): Promise<LaneSample> {
    const open = this.#lanes.get(this.#keyOf(position, turn));
    if (open === undefined || open.epoch !== turn.epoch || open.lane !== turn.lane) {
      return this.#takeFirst(position, turn, n);
    }
    return this.#takeOf(open.stream, turn, n);
  }

  /** Takes what a lane gives first; what its lane of the order has read before of the part has ended then. */
  async #takeFirst(position: number, turn: Turn, n: number): Promise<LaneSample> {
    const key = this.#keyOf(position, turn);
    const open = this.#lanes.get(key);
    if (open !== undefined) {
      this.#lanes.delete(key);
      try {
        await open.stream.finish();
      } finally {
        await open.stream.close();
      }
    }
    return await this.#takeOf(this.#open(position, turn), turn, n);
  }

  #takeOf(stream: LaneStream, { place }: Turn, n: number): Promise<LaneSample> {
    const end = Math.min(n + this.#shards.ahead, this.#sequence.length - 1);
    // Its faults are told when it is its turn.
    if (end > n) stream.prepare(place);
    for (let next = n + 1; next <= end; next++) {
      const ahead = this.#sequence.at(next);
      if (!ahead.isPadding) this.#prepare(ahead.position);
    }
    return stream.take(place);
  }

  /** Begins to read what a later position takes, where its lane is read already or not yet. */
  #prepare(position: number): void {
    const turn = this.#order.turnAt(position);
    const { epoch, lane, place } = turn;
    const open = this.#lanes.get(this.#keyOf(position, turn));
    if (open === undefined) this.#open(position, turn).prepare(place);
    else if (open.epoch === epoch && open.lane === lane) open.stream.prepare(place);
  }

  #open(position: number, turn: Turn): LaneStream {
    const { epoch, lane } = turn;
    const stream = this.#shards.openLane(this.#order, turn, this.#isWanted);
    this.#lanes.set(this.#keyOf(position, turn), { epoch, lane, stream });
    return stream;
  }

  #keyOf(position: number, { part }: Turn): number {
    return this.#order.laneAt(position) * this.#order.parts + part;
  }

  /** A sample that is given again has gone by in its lane: it is read once more, by itself. */
  async #takeAlone(position: number, turn: Turn): Promise<LaneSample> {
    const stream = this.#shards.openLane(this.#order, turn, (wanted) => wanted === position);
    try {
      return await stream.take(turn.place);
    } finally {
      await stream.close();
    }
  }
}

/** A sample of a dataset in an order. */
export interface LocatedSample {
  /** Number of the part of a mix, else 0. */
  readonly part: number;
  readonly place: Place;
  readonly isPadding: boolean;
}

/**
 * Finds the sample that a pass gives i-th in an epoch.
 *
 * @throws {RangeError} If the rank is given fewer.
 */
export function locateInOrder(
  i: number,
  parts: readonly OrderedPart[],
  order: DatasetOrder,
  epochs: Epochs,
  epoch: number,
): LocatedSample {
  const orders = new EpochOrders(parts, order, epochs);
  const sequence = orders.sequenceOf(epoch);
  if (!(Number.isSafeInteger(i) && i >= 0 && i < sequence.length)) {
    throw new RangeError(`An epoch has ${sequence.length} samples, there is no number ${i}`);
  }
  const { position, isPadding } = sequence.at(i);
  const { part, shard, index, epoch: own } = locateSample(orders.orderOf(epoch))(position);
  return { part, place: { shard, index, epoch: own }, isPadding };
}
