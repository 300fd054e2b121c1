/**
 * Random numbers that are a function of what they are for, and of nothing else.
 *
 * @module
 */
import { RandomSource } from "./random_source.ts";
import { checkInteger } from "./check_integer.ts";
import { philox4x32 } from "./philox.ts";

/**
 * What numbers are drawn for. Each has streams of its own, so that none can meet another's by a
 * coincidence of numbers: the draws of a sample's transform, the order of shards and of a window, where a
 * lane of a mix begins, what a selection chooses, the order of samples that all lie at hand.
 */
export type Purpose = "sample" | "shards" | "window" | "phase" | "selection" | "samples";

/** Their numbers in the key. Saved orders depend on these: new ones are added at the end. */
const PURPOSES: readonly Purpose[] = [
  "sample",
  "shards",
  "window",
  "phase",
  "selection",
  "samples",
];

/** One stream of numbers under a seed: what it is for, and up to three numbers that tell it apart. */
export interface Stream {
  /** What the numbers are for. */
  readonly purpose: Purpose;
  /**
   * An integer in 0..2^32-1; so are `b` and `c`.
   *
   * @default {0}
   */
  readonly a?: number;
  /**
   * See `a`.
   *
   * @default {0}
   */
  readonly b?: number;
  /**
   * See `a`.
   *
   * @default {0}
   */
  readonly c?: number;
}

/** Which sample a draw is for. */
export interface SampleDraw {
  /** Number of the epoch, from 0. */
  readonly epoch: number;
  /** Number of the shard in the dataset, from 0. */
  readonly shard: number;
  /** Number of the sample in its shard, from 0. */
  readonly index: number;
}

/** Words that one stream has: 2^32 blocks of four. */
const MAX_BLOCK = 0xffffffff;

/** Bits of a seed in the second word of the key; the 11 above them hold the purpose. */
const HIGH_SEED_BITS = 21;

/**
 * A random source for one purpose: a function of the seed and the stream, of which no two share a number's
 * origin. There is no state to keep, to save or to share between workers.
 *
 * Key: the 53 bits of the seed, and the purpose in the 11 bits that are left. Counter: a, b, c, and the
 * number of the block of four words. Under one key, different counters give different blocks.
 *
 * Exact: the words are those of Random123's Philox4x32-10.
 *
 * @param seed An integer in 0..2^53-1.
 * @throws {RangeError} If the seed or one of the stream's numbers is out of its range.
 * @example Usage
 * ```ts
 * import { randomFor } from "@wdstream/wdstream/order";
 *
 * const draw = (window: number): number =>
 *   randomFor(7, { purpose: "window", a: 0, b: 3, c: window }).random();
 * if (draw(1) !== draw(1) || draw(1) === draw(2)) throw new Error("not a function of the window");
 * ```
 */
export function randomFor(seed: number, stream: Stream): RandomSource {
  checkInteger("A seed", seed, 0);
  const purpose = PURPOSES.indexOf(stream.purpose);
  if (purpose < 0) throw new RangeError(`There is no purpose "${String(stream.purpose)}"`);
  const { a = 0, b = 0, c = 0 } = stream;
  checkInteger("The first number of a stream", a, 0, MAX_BLOCK);
  checkInteger("The second number of a stream", b, 0, MAX_BLOCK);
  checkInteger("The third number of a stream", c, 0, MAX_BLOCK);
  const key0 = seed >>> 0;
  const key1 = Math.floor(seed / 2 ** 32) + purpose * 2 ** HIGH_SEED_BITS;
  const words = new Uint32Array(4);
  let block = 0;
  let used = 4;
  return new RandomSource(() => {
    if (used === 4) {
      // A wrapped counter would begin the stream again without a word.
      if (block > MAX_BLOCK) throw new RangeError("A stream of random numbers is used up");
      words[0] = a;
      words[1] = b;
      words[2] = c;
      words[3] = block++;
      philox4x32(key0, key1, words);
      used = 0;
    }
    return words[used++];
  });
}

/**
 * The random source of one sample: whoever computes a sample in an epoch draws the same numbers for it,
 * whatever was skipped, filtered, faulty or dealt to other ranks before, on any worker, after any resume.
 *
 * @param seed An integer in 0..2^53-1.
 * @param draw Numbers in 0..2^32-1.
 * @throws {RangeError} If a number is out of its range.
 * @example Usage
 * ```ts
 * import { seededRandom } from "@wdstream/wdstream/order";
 *
 * const draw = (index: number): number => seededRandom(7, { epoch: 0, shard: 5, index }).random();
 * if (draw(3) !== draw(3) || draw(3) === draw(4)) throw new Error("not a function of the sample");
 * ```
 */
export function seededRandom(seed: number, draw: SampleDraw): RandomSource {
  return randomFor(seed, { purpose: "sample", a: draw.epoch, b: draw.shard, c: draw.index });
}

/**
 * Puts the numbers 0 to `size - 1` into random order, each order as likely as another.
 *
 * Exact: Durstenfeld's form of the Fisher-Yates shuffle, from the last place down (CPython's
 * `random.shuffle` over the same source).
 */
export function permute(size: number, random: RandomSource): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(size);
  for (let i = 0; i < size; i++) numbers[i] = i;
  for (let i = size - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = numbers[i];
    numbers[i] = numbers[j];
    numbers[j] = kept;
  }
  return numbers;
}
