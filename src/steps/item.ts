/**
 * What travels through the steps of a dataset: a value, and where it is from.
 *
 * @module
 */

import type { LaneMark } from "../order/lane_marks.ts";

/** Where a sample stands in the data, whatever was skipped, filtered or split before it. */
export interface Place {
  /** Number of its shard in the dataset, from 0. */
  readonly shard: number;
  /** Number of the sample in its shard, from 0. */
  readonly index: number;
  /** Number of the epoch, from 0. */
  readonly epoch: number;
}

/**
 * All the state that there is of a pass: the place of an item's last sample, and how far the pass is with it. No step
 * keeps any of its own, so that steps which read ahead, filter or batch need not save anything.
 */
export interface Mark {
  /** The place of the sample, the last one of a batch. */
  readonly place: Place;
  /**
   * Number of the epoch of the pass, where it is not that of the place: parts of a mix have epochs of their own.
   */
  readonly epoch?: number;
  /** Samples that were taken of the epoch's sequence up to this one, whatever became of them. */
  readonly taken: number;
  /** What steps on the way have counted up to this item, one number for each that counts. */
  readonly counts?: readonly number[];
  /** Where lanes stand, where that does not follow from `taken`. */
  readonly at?: readonly LaneMark[];
}

/** A value with its mark. */
export interface Item<T> {
  readonly value: T;
  readonly mark: Mark;
}

/** An item with another value. */
export function withValue<T>({ mark }: Item<unknown>, value: T): Item<T> {
  return { value, mark };
}

/** An item whose mark has the count of one more step. */
export function withCount<T>({ value, mark }: Item<T>, count: number): Item<T> {
  return { value, mark: { ...mark, counts: [...mark.counts ?? [], count] } };
}

/** Number of the epoch that an item belongs to. */
export function epochOf({ place, epoch = place.epoch }: Mark): number {
  return epoch;
}

/** Whether an item is of another epoch than the one before it. */
export function isEpochOver(before: Item<unknown>, item: Item<unknown>): boolean {
  return epochOf(before.mark) !== epochOf(item.mark);
}
