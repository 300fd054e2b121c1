/**
 * Random numbers as Python's `random` module derives them from 32-bit words, over any generator.
 *
 * @module
 */

/**
 * Draws numbers from a generator of 32-bit words.
 *
 * Exact: CPython's `random`, `uniform`, `getrandbits` and `_randbelow`, when the words are those of its
 * Mersenne Twister: see {@linkcode pythonRandom}.
 *
 * @example Over a generator of one's own
 * ```ts
 * import { RandomSource } from "@wdstream/wdstream";
 *
 * const constant = new RandomSource(() => 0x80000000);
 * if (constant.below(10) !== 8) throw new Error("not the four highest bits");
 * ```
 */
export class RandomSource {
  readonly #next: () => number;

  /** Takes a function that returns the next word, an integer in 0..2^32-1. */
  constructor(next: () => number) {
    this.#next = next;
  }

  /** A multiple of 2^-53 in [0, 1), from two words. */
  random(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A number between `low` and `high`; rounding may give `high` itself. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /**
   * An integer in `0..limit-1`, each as likely as the others: words are drawn until one fits.
   *
   * @throws {RangeError} If `limit` is not an integer in 1..2^32-1.
   */
  below(limit: number): number {
    if (!(Number.isInteger(limit) && limit >= 1 && limit < 2 ** 32)) {
      throw new RangeError(`A limit must be an integer in 1..2^32-1, not ${limit}`);
    }
    const shift = Math.clz32(limit);
    let value = this.#next() >>> shift;
    while (value >= limit) value = this.#next() >>> shift;
    return value;
  }

  /** An integer in `low..high`, both ends included (Python's `randint`). */
  integer(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
}

/**
 * A random source that is a function of a seed, an epoch and a position alone, so that whoever
 * computes a sample draws the same numbers for it, in whatever order samples are computed.
 *
 * The generator is xoshiro128** (Blackman and Vigna), whose state is hashed from the numbers.
 *
 * @throws {RangeError} If a number is not an integer in 0..2^53-1.
 * @example Usage
 * ```ts
 * import { seededRandom } from "@wdstream/wdstream";
 *
 * const draw = (position: number): number => seededRandom(7, 0, position).random();
 * if (draw(3) !== draw(3) || draw(3) === draw(4)) throw new Error("not a function of the position");
 * ```
 */
export function seededRandom(seed: number, epoch: number, position: number): RandomSource {
  let hash = 0x9e3779b9;
  for (const value of [seed, epoch, position]) {
    if (!(Number.isSafeInteger(value) && value >= 0)) {
      throw new RangeError(`Seed, epoch and position must be integers from 0 on, not ${value}`);
    }
    hash = mix(hash ^ (value >>> 0));
    hash = mix((hash + Math.floor(value / 2 ** 32) + 0x85ebca6b) | 0);
  }
  const state = new Int32Array(4);
  for (let i = 0; i < 4; i++) {
    hash = (hash + 0x9e3779b9) | 0;
    state[i] = mix(hash);
  }
  let [a, b, c, d] = state;
  return new RandomSource(() => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  });
}

/** A bijection of 32-bit words in which every bit of the input moves every bit of the output. */
function mix(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0x735a2d97);
  return x ^ (x >>> 15);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
