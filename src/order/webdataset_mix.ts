/**
 * webdataset's own mixes, to the sample.
 *
 * @module
 */
import type { RandomSource } from "../numbers/random_source.ts";
import { checkInteger } from "../numbers/check_integer.ts";

/** One item of a mix: of which dataset, and which of its items. */
export interface MixedItem {
  /** Number of the dataset, from 0. */
  readonly part: number;
  /** Number of the item in it, from 0. */
  readonly item: number;
}

/** What {@linkcode mixAtRandom} takes. */
export interface RandomMixOptions {
  /** Number of items of each dataset. */
  readonly lengths: readonly number[];
  /**
   * How likely each is to be next (`probs`).
   *
   * @default {equal ones}
   */
  readonly probs?: readonly number[];
  /**
   * Whether to go on without a dataset that has ended (`longest`), or to end with it.
   *
   * @default {false}
   */
  readonly longest?: boolean;
  /** Where it draws: Python's module-wide generator, `pythonRandom(seed)` after `random.seed(seed)`. */
  readonly random: RandomSource;
}

/**
 * Items of datasets chosen at random. A number is drawn also for the dataset that turns out to have ended.
 *
 * Exact: webdataset 1.0.2, `mix.RandomMix` (numpy's `cumsum` and `searchsorted`, and `sum` for up to 128
 * datasets).
 *
 * What cannot be replayed: anything else that draws from the module-wide generator in between, as augmentation
 * by Python's `random` does.
 *
 * @throws {RangeError} If the probabilities are not as many as the datasets.
 */
export function* mixAtRandom(options: RandomMixOptions): Generator<MixedItem, void, undefined> {
  const { lengths, longest = false, random } = options;
  const probs = [...options.probs ?? lengths.map(() => 1)];
  if (probs.length !== lengths.length) {
    throw new RangeError(`A mix of ${lengths.length} datasets takes as many probabilities`);
  }
  const open = lengths.map((length, part) => ({ part, length, item: 0 }));
  while (open.length > 0) {
    const drawn = random.random();
    const sum = sumLikeNumpy(probs);
    let cumulated = 0;
    let i = 0;
    for (; i < open.length - 1; i++) {
      cumulated = i === 0 ? probs[0] / sum : cumulated + probs[i] / sum;
      if (cumulated >= drawn) break;
    }
    const source = open[i];
    if (source.item < source.length) yield { part: source.part, item: source.item++ };
    else if (!longest) return;
    else {
      open.splice(i, 1);
      probs.splice(i, 1);
    }
  }
}

/** What {@linkcode mixInTurn} takes. */
export type RoundRobinOptions = Pick<RandomMixOptions, "lengths" | "longest">;

/**
 * Items of datasets in turn.
 *
 * Exact: webdataset 1.0.2, `mix.RoundRobin`.
 */
export function* mixInTurn(options: RoundRobinOptions): Generator<MixedItem, void, undefined> {
  const { lengths, longest = false } = options;
  for (const length of lengths) checkInteger("The number of items of a dataset", length, 0);
  const open = lengths.map((length, part) => ({ part, length, item: 0 }));
  for (let i = 0; open.length > 0;) {
    i %= open.length;
    const source = open[i];
    if (source.item < source.length) {
      yield { part: source.part, item: source.item++ };
      i++;
    } else if (longest) open.splice(i, 1);
    else return;
  }
}

/** numpy's pairwise summation, of up to 128 numbers: eight sums side by side, and what is left. */
function sumLikeNumpy(values: readonly number[]): number {
  if (values.length < 8) return values.reduce((sum, value) => sum + value, 0);
  const sums = values.slice(0, 8);
  let i = 8;
  for (; i + 8 <= values.length; i += 8) {
    for (let j = 0; j < 8; j++) sums[j] += values[i + j];
  }
  const [a, b, c, d, e, f, g, h] = sums;
  let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
  for (; i < values.length; i++) sum += values[i];
  return sum;
}
