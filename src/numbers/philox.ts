/**
 * Philox4x32-10: random words as a function of a key and a counter, without any state in between.
 *
 * @module
 */

// Random123's PHILOX_M4x32_0 and _1, and the Weyl constants by which a round's key follows from the
// last one's: the golden ratio and sqrt(3) - 1, in units of 2^-32.
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

const LOW_0 = MULTIPLIER_0 & 0xffff;
const HIGH_0 = MULTIPLIER_0 >>> 16;
const LOW_1 = MULTIPLIER_1 & 0xffff;
const HIGH_1 = MULTIPLIER_1 >>> 16;

/**
 * Writes the four words that belong to a counter under a key into `into`, each in 0..2^32-1.
 *
 * Under one key this is a bijection of the 2^128 counters, since each round can be undone: two
 * different counters never give the same four words.
 *
 * Exact: Random123's `philox4x32_R(10, …)` (Salmon, Moraes, Dror and Shaw: "Parallel random numbers: as
 * easy as 1, 2, 3", 2011).
 *
 * @param key0 The first word of the key, an integer; it counts modulo 2^32, as all words here do.
 * @param key1 The second word of the key.
 * @param into Holds the counter, and then the words.
 */
export function philox4x32(key0: number, key1: number, into: Uint32Array): void {
  let a = into[0];
  let b = into[1];
  let c = into[2];
  let d = into[3];
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    // The upper half of a product of words: none of these sums of 16-bit products exceeds 2^32 - 1,
    // so that doubles hold them exactly and `>>> 16` sees all of them.
    const aLow = a & 0xffff;
    const aHigh = a >>> 16;
    const aMiddle = aHigh * LOW_0 + ((aLow * LOW_0) >>> 16);
    const aTop = aHigh * HIGH_0 + (aMiddle >>> 16) +
      ((aLow * HIGH_0 + (aMiddle & 0xffff)) >>> 16);
    const cLow = c & 0xffff;
    const cHigh = c >>> 16;
    const cMiddle = cHigh * LOW_1 + ((cLow * LOW_1) >>> 16);
    const cTop = cHigh * HIGH_1 + (cMiddle >>> 16) +
      ((cLow * HIGH_1 + (cMiddle & 0xffff)) >>> 16);
    const aProduct = Math.imul(a, MULTIPLIER_0);
    a = cTop ^ b ^ k0;
    b = Math.imul(c, MULTIPLIER_1);
    c = aTop ^ d ^ k1;
    d = aProduct;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  into[0] = a;
  into[1] = b;
  into[2] = c;
  into[3] = d;
}
