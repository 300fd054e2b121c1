// Inverse DCTs that make 4x4 or 2x2 samples of a block (libjpeg-turbo's jsimd_idct_4x4 and 2x2 on x86-64: jidctred.c with
// 32-bit sums that wrap and 16-bit results of the first pass that saturate).
//
// A sum of two products is one dot product; those of 16-bit numbers with these factors stay within 32 bits.

import { C128, HI, HI64, LO, LO64 } from "../shared/lanes";

const FACTORS: usize = memory.data<i16>([
  15137, -6270, 15137, -6270, 15137, -6270, 15137, -6270, // FIX(1.847759065), FIX(0.765366865)
  20995, 7373, 20995, 7373, 20995, 7373, 20995, 7373, // FIX(2.562915447), FIX(0.899976223)
  -4926, -4176, -4926, -4176, -4926, -4176, -4926, -4176, // FIX(0.601344887), FIX(0.509795579)
  8697, -17799, 8697, -17799, 8697, -17799, 8697, -17799, // FIX(1.061594337), FIX(2.172734803)
  11893, -1730, 11893, -1730, 11893, -1730, 11893, -1730, // FIX(1.451774981), FIX(0.211164243)
  16384, 0, 16384, 0, 16384, 0, 16384, 0, // 14 bits to the left
  29692, -10426, 29692, -10426, 29692, -10426, 29692, -10426, // FIX(3.624509785), FIX(1.272758580)
  6967, -5906, 6967, -5906, 6967, -5906, 6967, -5906, // FIX(0.850430095), FIX(0.720959822)
  29692, -10426, 6967, -5906, 29692, -10426, 6967, -5906,
], 16);
// What is added before a shift, 32 bits: half of 2^12, 2^19, 2^13, 2^20.
const HALVES: usize = memory.data<i32>([
  2048, 2048, 2048, 2048, 262144, 262144, 262144, 262144, 4096, 4096, 4096, 4096, 524288, 524288, 524288, 524288,
], 16);

@inline
function clear(block: usize, zero: v128): void {
  v128.store(block, zero);
  v128.store(block, zero, 16);
  v128.store(block, zero, 32);
  v128.store(block, zero, 48);
  v128.store(block, zero, 64);
  v128.store(block, zero, 80);
  v128.store(block, zero, 96);
  v128.store(block, zero, 112);
}

/**
 * Makes 4x4 samples of each of `count` blocks, `step` bytes apart, at `out` and every `outStep` bytes on, rows `stride`
 * bytes apart. Clears the blocks.
 */
export function idct4(block: usize, step: usize, q: usize, out: usize, outStep: usize, stride: usize, count: i32): void {
  const f26 = v128.load(FACTORS), f13 = v128.load(FACTORS, 16), f57 = v128.load(FACTORS, 32);
  const g13 = v128.load(FACTORS, 48), g57 = v128.load(FACTORS, 64), f0 = v128.load(FACTORS, 80);
  const half12 = v128.load(HALVES), half19 = v128.load(HALVES, 16), zero = i8x16.splat(0);
  for (; count > 0; count--) {
    const c1 = v128.load(block, 16), c2 = v128.load(block, 32), c3 = v128.load(block, 48);
    const c5 = v128.load(block, 80), c6 = v128.load(block, 96), c7 = v128.load(block, 112);
    const r0 = i16x8.mul(v128.load(block), v128.load(q));
    let w0: v128, w1: v128, w2: v128, w3: v128;
    if (v128.any_true(v128.or(v128.or(v128.or(c1, c2), v128.or(c3, c5)), v128.or(c6, c7)))) {
      const r1 = i16x8.mul(c1, v128.load(q, 16)), r2 = i16x8.mul(c2, v128.load(q, 32)), r3 = i16x8.mul(c3, v128.load(q, 48));
      const r5 = i16x8.mul(c5, v128.load(q, 80)), r6 = i16x8.mul(c6, v128.load(q, 96)), r7 = i16x8.mul(c7, v128.load(q, 112));
      // The lower four columns, then the upper ones.
      let p13 = LO(r1, r3), p57 = LO(r5, r7);
      let t0 = i32x4.shl(i32x4.extend_low_i16x8_s(r0), 14), t2 = i32x4.dot_i16x8_s(LO(r2, r6), f26);
      let even = i32x4.add(i32x4.add(t0, t2), half12), odd = i32x4.add(i32x4.dot_i16x8_s(p13, f13), i32x4.dot_i16x8_s(p57, f57));
      const a0 = i32x4.shr_s(i32x4.add(even, odd), 12), a3 = i32x4.shr_s(i32x4.sub(even, odd), 12);
      even = i32x4.add(i32x4.sub(t0, t2), half12);
      odd = i32x4.add(i32x4.dot_i16x8_s(p13, g13), i32x4.dot_i16x8_s(p57, g57));
      const a1 = i32x4.shr_s(i32x4.add(even, odd), 12), a2 = i32x4.shr_s(i32x4.sub(even, odd), 12);
      p13 = HI(r1, r3);
      p57 = HI(r5, r7);
      t0 = i32x4.shl(i32x4.extend_high_i16x8_s(r0), 14);
      t2 = i32x4.dot_i16x8_s(HI(r2, r6), f26);
      even = i32x4.add(i32x4.add(t0, t2), half12);
      odd = i32x4.add(i32x4.dot_i16x8_s(p13, f13), i32x4.dot_i16x8_s(p57, f57));
      w0 = i16x8.narrow_i32x4_s(a0, i32x4.shr_s(i32x4.add(even, odd), 12));
      w3 = i16x8.narrow_i32x4_s(a3, i32x4.shr_s(i32x4.sub(even, odd), 12));
      even = i32x4.add(i32x4.sub(t0, t2), half12);
      odd = i32x4.add(i32x4.dot_i16x8_s(p13, g13), i32x4.dot_i16x8_s(p57, g57));
      w1 = i16x8.narrow_i32x4_s(a1, i32x4.shr_s(i32x4.add(even, odd), 12));
      w2 = i16x8.narrow_i32x4_s(a2, i32x4.shr_s(i32x4.sub(even, odd), 12));
    } else {
      // The shortcut of the SIMD code where rows 1, 2, 3, 5, 6 and 7 are zero wraps where the transform would saturate.
      w0 = w1 = w2 = w3 = i16x8.shl(r0, 2);
    }
    // Of each row, values 1 and 3, 2 and 6, 5 and 7, and 0.
    const s01 = i16x8.shuffle(w0, w1, 1, 3, 9, 11, 2, 6, 10, 14), s23 = i16x8.shuffle(w2, w3, 1, 3, 9, 11, 2, 6, 10, 14);
    const u01 = i16x8.shuffle(w0, w1, 5, 7, 13, 15, 0, 0, 8, 8), u23 = i16x8.shuffle(w2, w3, 5, 7, 13, 15, 0, 0, 8, 8);
    const p13 = LO64(s01, s23), p57 = LO64(u01, u23);
    const t0 = i32x4.add(i32x4.dot_i16x8_s(HI64(u01, u23), f0), half19), t2 = i32x4.dot_i16x8_s(HI64(s01, s23), f26);
    let even = i32x4.add(t0, t2), odd = i32x4.add(i32x4.dot_i16x8_s(p13, f13), i32x4.dot_i16x8_s(p57, f57));
    const x0 = i32x4.shr_s(i32x4.add(even, odd), 19), x3 = i32x4.shr_s(i32x4.sub(even, odd), 19);
    even = i32x4.sub(t0, t2);
    odd = i32x4.add(i32x4.dot_i16x8_s(p13, g13), i32x4.dot_i16x8_s(p57, g57));
    const x1 = i32x4.shr_s(i32x4.add(even, odd), 19), x2 = i32x4.shr_s(i32x4.sub(even, odd), 19);
    // Four columns of four rows, transposed.
    const columns = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(x0, x1), i16x8.narrow_i32x4_s(x2, x3));
    const rows = v128.xor(i8x16.shuffle(columns, columns, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), v128.load(C128));
    v128.store32_lane(out, rows, 0);
    v128.store32_lane(out + stride, rows, 1);
    v128.store32_lane(out + 2 * stride, rows, 2);
    v128.store32_lane(out + 3 * stride, rows, 3);
    clear(block, zero);
    block += step;
    out += outStep;
  }
}

/** The same with 2x2 samples. */
export function idct2(block: usize, step: usize, q: usize, out: usize, outStep: usize, stride: usize, count: i32): void {
  const f13 = v128.load(FACTORS, 96), f57 = v128.load(FACTORS, 112), f1357 = v128.load(FACTORS, 128);
  const half13 = v128.load(HALVES, 32), half20 = v128.load(HALVES, 48), zero = i8x16.splat(0);
  for (; count > 0; count--) {
    const r0 = i16x8.mul(v128.load(block), v128.load(q)), r1 = i16x8.mul(v128.load(block, 16), v128.load(q, 16));
    const r3 = i16x8.mul(v128.load(block, 48), v128.load(q, 48)), r5 = i16x8.mul(v128.load(block, 80), v128.load(q, 80));
    const r7 = i16x8.mul(v128.load(block, 112), v128.load(q, 112));
    const oddLow = i32x4.add(i32x4.dot_i16x8_s(LO(r1, r3), f13), i32x4.dot_i16x8_s(LO(r5, r7), f57));
    const oddHigh = i32x4.add(i32x4.dot_i16x8_s(HI(r1, r3), f13), i32x4.dot_i16x8_s(HI(r5, r7), f57));
    const evenLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(r0), 15), half13);
    const evenHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(r0), 15), half13);
    const a = i32x4.shr_s(i32x4.add(evenLow, oddLow), 13), b = i32x4.shr_s(i32x4.sub(evenLow, oddLow), 13);
    const wa = i16x8.narrow_i32x4_s(a, i32x4.shr_s(i32x4.add(evenHigh, oddHigh), 13));
    const wb = i16x8.narrow_i32x4_s(b, i32x4.shr_s(i32x4.sub(evenHigh, oddHigh), 13));
    const products = i32x4.dot_i16x8_s(i16x8.shuffle(wa, wb, 1, 3, 5, 7, 9, 11, 13, 15), f1357);
    // The sum of both in lanes 0 and 2. The first column stays at 32 bits in the SIMD code.
    const odd = i32x4.add(products, i32x4.shuffle(products, products, 1, 0, 3, 2));
    const even = i32x4.add(i32x4.shl(i32x4.shuffle(a, b, 0, 0, 4, 4), 15), half20);
    const left = i32x4.shr_s(i32x4.add(even, odd), 20), right = i32x4.shr_s(i32x4.sub(even, odd), 20);
    const values = i16x8.narrow_i32x4_s(i32x4.shuffle(left, right, 0, 4, 2, 6), zero);
    const samples = v128.xor(i8x16.narrow_i16x8_s(values, zero), v128.load(C128));
    v128.store16_lane(out, samples, 0);
    v128.store16_lane(out + stride, samples, 1);
    clear(block, zero);
    block += step;
    out += outStep;
  }
}
