/**
 * The reduced inverse DCTs of libjpeg (`jidctred.c`), written to be read: a block of 8x8 coefficients to
 * 4x4, 2x2 or 1x1 samples, from its lower frequencies alone.
 *
 * For blocks that an encoder can make, the scalar code and the SIMD code of libjpeg-turbo agree. Where
 * coefficients overflow they do not, and this is the SIMD code of x86-64 (`jidctred-sse2.asm`), the one
 * that Pillow runs: products with the quantisation step wrap at 16 bits, sums at 32, and what is stored
 * between the passes saturates at 16. The 1x1 transform has no SIMD code.
 */

const CONST_BITS = 13;
const PASS1_BITS = 2;
const fix = (x: number): number => Math.round(x * 2 ** CONST_BITS);

/** Weights of the inputs 1, 3, 5 and 7 in the four-point transform: of outputs 0 and 3, and 1 and 2. */
const ODD_OUTER = [fix(2.562915447), fix(0.899976223), -fix(0.601344887), -fix(0.509795579)];
const ODD_INNER = [fix(1.061594337), -fix(2.172734803), fix(1.451774981), -fix(0.211164243)];
/** Weights of the inputs 2 and 6. */
const EVEN = [fix(1.847759065), -fix(0.765366865)];
/** Weights of the inputs 1, 3, 5 and 7 in the two-point transform. */
const ODD_TWO = [fix(3.624509785), -fix(1.272758580), fix(0.850430095), -fix(0.720959822)];

const FREQUENCIES = [0, 1, 2, 3, 4, 5, 6, 7];

/** 64 coefficients and 64 steps in natural order to 16 samples. */
export function inverseDct4(coefficients: Int16Array, quantization: Uint16Array): Uint8Array {
  const block = dequantize(coefficients, quantization);
  // The SIMD code's shortcut looks at all columns of the rows that count, and does not saturate.
  const isFlat = FREQUENCIES.every((x) =>
    [1, 2, 3, 5, 6, 7].every((y) => coefficients[8 * y + x] === 0)
  );
  const columns = FREQUENCIES.map((x) => {
    if (isFlat) return [0, 1, 2, 3].map(() => wrap16(block[x] << PASS1_BITS));
    const sums = fourPoints(FREQUENCIES.map((y) => block[8 * y + x]));
    return sums.map((sum) => saturate16(descale(sum, CONST_BITS - PASS1_BITS + 1)));
  });
  return Uint8Array.from(
    [0, 1, 2, 3].flatMap((row) =>
      fourPoints(columns.map((column) => column[row])).map((sum) =>
        toSample(saturate16(descale(sum, CONST_BITS + PASS1_BITS + 3 + 1)))
      )
    ),
  );
}

/** 64 coefficients and 64 steps in natural order to 4 samples. */
export function inverseDct2(coefficients: Int16Array, quantization: Uint16Array): Uint8Array {
  const block = dequantize(coefficients, quantization);
  const columns = FREQUENCIES.map((x) => {
    const sums = twoPoints(FREQUENCIES.map((y) => block[8 * y + x]));
    const rounded = sums.map((sum) => descale(sum, CONST_BITS - PASS1_BITS + 2));
    // The SIMD code keeps the first column in 32 bits.
    return x === 0 ? rounded : rounded.map(saturate16);
  });
  return Uint8Array.from(
    [0, 1].flatMap((row) =>
      twoPoints(columns.map((column) => column[row])).map((sum) =>
        toSample(saturate16(descale(sum, CONST_BITS + PASS1_BITS + 3 + 2)))
      )
    ),
  );
}

/** The DC coefficient and its step to one sample. */
export function inverseDct1(coefficients: Int16Array, quantization: Uint16Array): Uint8Array {
  const mean = (Math.imul(coefficients[0], wrap16(quantization[0])) + 4) >> 3;
  // libjpeg looks the sample up by its lowest 10 bits, of which the highest is the sign.
  return Uint8Array.of(toSample((mean & 1023) << 22 >> 22));
}

/** Four outputs of eight inputs, of which the fifth does not count; scaled by 2^14. */
function fourPoints(inputs: readonly number[]): number[] {
  const [, i1, i2, i3, , i5, i6, i7] = inputs;
  const even = inputs[0] << (CONST_BITS + 1);
  const middle = weigh(EVEN, [i2, i6]);
  const outer = weigh(ODD_OUTER, [i1, i3, i5, i7]);
  const inner = weigh(ODD_INNER, [i1, i3, i5, i7]);
  return [
    (even + middle + outer) | 0,
    (even - middle + inner) | 0,
    (even - middle - inner) | 0,
    (even + middle - outer) | 0,
  ];
}

/** Two outputs of eight inputs, of which the even ones but the first do not count; scaled by 2^15. */
function twoPoints(inputs: readonly number[]): number[] {
  const [, i1, , i3, , i5, , i7] = inputs;
  const even = inputs[0] << (CONST_BITS + 2);
  const odd = weigh(ODD_TWO, [i1, i3, i5, i7]);
  return [(even + odd) | 0, (even - odd) | 0];
}

/** A sum of products that wraps at 32 bits. */
function weigh(weights: readonly number[], values: readonly number[]): number {
  return weights.reduce((sum, weight, i) => (sum + Math.imul(weight, values[i])) | 0, 0);
}

function dequantize(coefficients: Int16Array, quantization: Uint16Array): number[] {
  return Array.from(coefficients, (value, i) => wrap16(Math.imul(value, quantization[i])));
}

function descale(value: number, bits: number): number {
  return ((value + (1 << (bits - 1))) | 0) >> bits;
}

function toSample(value: number): number {
  return Math.min(127, Math.max(-128, value)) + 128;
}

function wrap16(value: number): number {
  return value << 16 >> 16;
}

function saturate16(value: number): number {
  return Math.min(32767, Math.max(-32768, value));
}
