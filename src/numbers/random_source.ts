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
 * import { RandomSource } from "@wdstream/wdstream/random";
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
