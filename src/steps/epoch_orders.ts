/**
 * The orders of a dataset's epochs, by what is known of its samples.
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { type EpochOrder, type LaneOrders, orderEpoch } from "../order/epoch_order.ts";
import { mixEpoch, type MixPart } from "../order/mix.ts";
import { type Done, type Positions, RankSequence } from "../order/ranks.ts";
import { replayEpoch } from "../order/replay.ts";
import {
  selectAll,
  type Selection,
  selectSamples,
  skipSelected,
  takeSelected,
} from "../order/select.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { DatasetPlan } from "./options.ts";
import {
  ALL,
  chosenRange,
  type DatasetOrder,
  type KnownSamples,
  numbersOf,
  partsOf,
  splitOf,
} from "./order.ts";
import type { Epochs } from "./read.ts";

/** One dataset of an order: the only one, or a part of a mix. */
export interface OrderedPart {
  readonly plan: DatasetPlan;
  readonly known: KnownSamples;
  /** How its shards are read. */
  readonly options: ReadOptions;
}

/** A part with the samples that were chosen of it. */
export interface ChosenPart extends OrderedPart {
  readonly selection: Selection;
  /** Whether samples had to be looked up for it: it is not a range of the dataset's own. */
  readonly isLookedUp: boolean;
}

/** The orders of the epochs of a dataset. */
export class EpochOrders {
  readonly parts: readonly ChosenPart[];
  /** Number of lanes. */
  readonly lanes: number;
  readonly #order: DatasetOrder;
  readonly #epochs: Epochs;
  #last: EpochOrder<LaneOrders> | undefined;

  /**
   * @param lanes Those of the pass that is gone on with.
   * @throws {RangeError} If a choice names a sample or a key that is not there, or a part of a mix is empty.
   * @throws {IndexError} `index/needed` if samples are chosen by class, and none has one.
   */
  constructor(
    parts: readonly OrderedPart[],
    order: DatasetOrder,
    epochs: Epochs,
    lanes?: number,
  ) {
    const own = partsOf(order);
    this.parts = parts.map((part, i) => choose(part, own[i]));
    this.lanes = order.replay?.loader.workers ?? lanes ?? numbersOf(order).lanes;
    this.#order = order;
    this.#epochs = epochs;
  }

  /** Whether no epoch has any sample, and not as some were only to be skipped or none to be taken. */
  get isEmpty(): boolean {
    return this.parts.every(({ known: { lengths }, selection, isLookedUp }) =>
      selection.sampleCount === 0 && (isLookedUp || lengths.every((length) => length === 0))
    );
  }

  /** The order of an epoch. */
  orderOf(epoch: number): EpochOrder<LaneOrders> {
    if (this.#last?.epoch !== epoch) this.#last = this.#makeOrder(epoch);
    return this.#last;
  }

  /** Whether what `take` leaves has ended before an epoch. */
  isOver(epoch: number): boolean {
    const { passRange } = this.#order;
    return passRange !== undefined && this.#countBefore(epoch) >= passRange.to;
  }

  /** The positions of an epoch that are given: all, or what `take` and `skip` leave. */
  positionsOf(epoch: number): Positions {
    const { range = ALL, passRange = ALL } = this.#order;
    const { sampleCount } = this.orderOf(epoch);
    const [from, to] = [Math.min(range.from, sampleCount), Math.min(range.to, sampleCount)];
    const before = this.#countBefore(epoch);
    const clamp = (position: number): number => Math.min(to, from + Math.max(0, position - before));
    return { from: clamp(passRange.from), to: clamp(passRange.to) };
  }

  /** What this process takes of an epoch, one position after the other. */
  sequenceOf(epoch: number, done?: Done): RankSequence {
    const { replay } = this.#order;
    // Each process of Python's has positions of its own.
    const split = replay === undefined ? splitOf(this.#order) : { rank: 0, world: 1 };
    return new RankSequence(this.positionsOf(epoch), split, done);
  }

  /** Positions of the epochs before: each has as many. */
  #countBefore(epoch: number): number {
    const { range = ALL } = this.#order;
    const epochs = epoch - this.#epochs.from;
    if (epochs === 0) return 0;
    const { sampleCount } = this.orderOf(epoch);
    return epochs * (Math.min(range.to, sampleCount) - Math.min(range.from, sampleCount));
  }

  #makeOrder(epoch: number): EpochOrder<LaneOrders> {
    const { mix, replay } = this.#order;
    const own = partsOf(this.#order);
    const plans = this.parts.map(({ selection: { lengths, indexes } }, i): MixPart => {
      const { shuffled, seed, window } = numbersOf(own[i]);
      return { lengths, indexes, shuffled, seed, window };
    });
    if (mix !== undefined) {
      const { weights, stop, seed } = mix;
      return mixEpoch({ parts: plans, weights, stop, seed, epoch, lanes: this.lanes });
    }
    const [plan] = plans;
    if (replay !== undefined) {
      return replayEpoch(replay, { ...plan, epoch, split: splitOf(this.#order) });
    }
    return orderEpoch({ ...plan, epoch, lanes: this.lanes });
  }
}

function choose(part: OrderedPart, { choices = [] }: DatasetOrder): ChosenPart {
  const { known } = part;
  let selection = selectAll(known.lengths);
  for (const { take, skip, select } of choices) {
    if (take !== undefined) selection = takeSelected(selection, take);
    if (skip !== undefined) selection = skipSelected(selection, skip);
    if (select === undefined) continue;
    if ((select.classes ?? select.perClass) !== undefined) checkClasses(part);
    selection = selectSamples(known, { ...select, within: selection });
  }
  return { ...part, selection, isLookedUp: chosenRange(choices) === undefined };
}

/** Sees to it that there are classes: an index can lack all of them, and nothing would be selected then. */
function checkClasses({ plan: { sources }, known: { classes = [] } }: OrderedPart): void {
  for (let i = 0; i < classes.length; i++) if (classes[i] >= 0) return;
  if (classes.length === 0) return;
  throw new IndexError("index/needed", {
    action: `select samples of "${sources[0].name}" by class`,
    reason: 'no index says of which class any is; make it again with "wdstream index"',
  });
}
