/**
 * Python's random numbers, to replay what timm drew.
 *
 * @module
 */
import { RandomSource } from "./random_source.ts";

// Matsumoto and Nishimura's MT19937: 624 words of state, twisted with the one 397 further on.
const SIZE = 624;
const SHIFT = 397;

/**
 * The numbers of Python's `random.Random(seed)`.
 *
 * Exact: CPython's MT19937, seeded by an integer (`init_by_array` of its magnitude's 32-bit digits).
 *
 * @param seed An integer; its sign does not count.
 * @throws {RangeError} If a seed that is a number is not a safe integer: use a `bigint`.
 * @example Usage
 * ```ts
 * import { pythonRandom } from "@wdstream/wdstream/random";
 *
 * // python3 -c "import random; print(random.Random(0).random())"
 * if (pythonRandom(0).random() !== 0.8444218515250481) throw new Error("not Python's");
 * ```
 */
export function pythonRandom(seed: number | bigint): RandomSource {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new RangeError(`A seed must be an integer; beyond 2^53 give a bigint, not ${seed}`);
  }
  const state = seedState(readDigits(BigInt(seed)));
  let position = SIZE;
  return new RandomSource(() => {
    if (position === SIZE) {
      twist(state);
      position = 0;
    }
    let word = state[position++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  });
}

/** The 32-bit digits of a number's magnitude, the lowest first. */
function readDigits(seed: bigint): number[] {
  const digits: number[] = [];
  for (let rest = seed < 0n ? -seed : seed; rest > 0n; rest >>= 32n) {
    digits.push(Number(rest & 0xffffffffn));
  }
  return digits.length > 0 ? digits : [0];
}

/** The generator's authors' `init_by_array`. */
function seedState(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = 19650218;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(scramble(state[i - 1]), 1812433253) + i;
  let i = 1;
  const advance = (): void => {
    if (++i < SIZE) return;
    state[0] = state[SIZE - 1];
    i = 1;
  };
  for (let n = 0; n < Math.max(SIZE, key.length); n++) {
    const j = n % key.length;
    state[i] = (state[i] ^ Math.imul(scramble(state[i - 1]), 1664525)) + key[j] + j;
    advance();
  }
  for (let n = 1; n < SIZE; n++) {
    state[i] = (state[i] ^ Math.imul(scramble(state[i - 1]), 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}

function scramble(word: number): number {
  return word ^ (word >>> 30);
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const next = state[(i + 1) % SIZE];
    const word = (state[i] & 0x80000000) | (next & 0x7fffffff);
    state[i] = state[(i + SHIFT) % SIZE] ^ (word >>> 1) ^ (next & 1 ? 0x9908b0df : 0);
  }
}
