/**
 * The accurate integer inverse DCT ("islow") of libjpeg, written to be read.
 *
 * The factors are those of `jidctint.c` with 13 fractional bits. For every block that an encoder can
 * make, the scalar code and the SIMD code of libjpeg-turbo agree. Where coefficients overflow they do
 * not, and this is the SIMD code of x86-64 (`jidctint-sse2.asm`), the one that Pillow runs: 16-bit
 * additions wrap, conversions to 16 and 8 bits saturate.
 */

const CONST_BITS = 13;
const PASS1_BITS = 2;
const fix = (x: number): number => Math.round(x * 2 ** CONST_BITS);
const F_0_298 = fix(0.298631336);
const F_0_390 = fix(0.390180644);
const F_0_541 = fix(0.5411961);
const F_0_765 = fix(0.765366865);
const F_0_899 = fix(0.899976223);
const F_1_175 = fix(1.175875602);
const F_1_501 = fix(1.50132111);
const F_1_847 = fix(1.847759065);
const F_1_961 = fix(1.96157056);
const F_2_053 = fix(2.053119869);
const F_2_562 = fix(2.562915447);
const F_3_072 = fix(3.072711026);

/**
 * One block: 64 coefficients and 64 quantisation steps in natural order to 64 samples.
 */
export function inverseDct(coefficients: Int16Array, quantization: Uint16Array): Uint8Array {
  const work = new Int32Array(64);
  for (let i = 0; i < 64; i++) work[i] = wrap16(Math.imul(coefficients[i], quantization[i]));
  if (coefficients.subarray(8).every((value) => value === 0)) {
    // The SIMD code's shortcut for blocks with nothing below the first row does not saturate.
    for (let i = 63; i >= 0; i--) work[i] = wrap16(work[i & 7] << PASS1_BITS);
  } else {
    for (let x = 0; x < 8; x++) transformLine(work, x, 8, CONST_BITS - PASS1_BITS);
  }
  for (let y = 0; y < 8; y++) transformLine(work, y * 8, 1, CONST_BITS + PASS1_BITS + 3);
  return Uint8Array.from(work, (value) => Math.min(127, Math.max(-128, value)) + 128);
}

/** Eight numbers, `stride` apart, in place; results are shifted right by `shift`, rounding to nearest. */
function transformLine(data: Int32Array, start: number, stride: number, shift: number): void {
  const [i0, i1, i2, i3, i4, i5, i6, i7] = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
    data[start + n * stride]
  );
  // Even part.
  const e3 = sum(Math.imul(i2, F_0_541 + F_0_765), Math.imul(i6, F_0_541));
  const e2 = sum(Math.imul(i2, F_0_541), Math.imul(i6, F_0_541 - F_1_847));
  const e0 = wrap16(i0 + i4) << CONST_BITS;
  const e1 = wrap16(i0 - i4) << CONST_BITS;
  const even = [sum(e0, e3), sum(e1, e2), sum(e1, -e2), sum(e0, -e3)];
  // Odd part.
  const s3 = wrap16(i3 + i7);
  const s4 = wrap16(i1 + i5);
  const z3 = sum(Math.imul(s3, F_1_175 - F_1_961), Math.imul(s4, F_1_175));
  const z4 = sum(Math.imul(s3, F_1_175), Math.imul(s4, F_1_175 - F_0_390));
  const odd = [
    sum(sum(Math.imul(i7, -F_0_899), Math.imul(i1, F_1_501 - F_0_899)), z4),
    sum(sum(Math.imul(i5, -F_2_562), Math.imul(i3, F_3_072 - F_2_562)), z3),
    sum(sum(Math.imul(i5, F_2_053 - F_2_562), Math.imul(i3, -F_2_562)), z4),
    sum(sum(Math.imul(i7, F_0_298 - F_0_899), Math.imul(i1, -F_0_899)), z3),
  ];
  const half = 1 << (shift - 1);
  for (let n = 0; n < 4; n++) {
    data[start + n * stride] = saturate16(sum(sum(even[n], odd[n]), half) >> shift);
    data[start + (7 - n) * stride] = saturate16(sum(sum(even[n], -odd[n]), half) >> shift);
  }
}

/** A 32-bit sum that wraps. */
function sum(a: number, b: number): number {
  return (a + b) | 0;
}

function wrap16(value: number): number {
  return value << 16 >> 16;
}

function saturate16(value: number): number {
  return Math.min(32767, Math.max(-32768, value));
}
