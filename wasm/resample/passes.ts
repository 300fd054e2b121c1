// The two passes of resampling: Pillow's (Resample.c, ImagingResampleHorizontal_8bpc and ..Vertical_8bpc), and torch's for
// uint8 tensors (UpSampleKernel.cpp, upsample_avx_bilinear_bicubic_uint8).
//
// Exact: a coefficient k of 22 fractional bits is split into k = high * 65536 + low with a signed
// 16-bit low, and two taps are one dot product for each half. high is at most 2^7 in magnitude
// (|k| < 2^23), so both dot products of 8-bit pixels fit 32 bits, and (high sum << 16) + low sum
// equals Pillow's 32-bit accumulator modulo 2^32 whatever overflows in between.
//
// Torch's coefficients have 16 bits as they are, so that two taps are one dot product. A sum stays below
// 255 * 2^22 * 1.5, coefficients adding up to 2^22 at most and negative ones to less than a quarter of that.
//
// Tables: a record an output, (start, number of pairs of taps), then for each pair the two high halves and the two low
// halves, or torch's two coefficients. start is a byte offset for columns, a row number for rows.

import { HI, HI8, LO, LO8 } from "../shared/lanes";

// The accumulator's start, half of the last place: 1 << 21 in 32-bit lanes.
const HALF: usize = memory.data<i32>([2097152, 2097152, 2097152, 2097152], 16);

/**
 * The horizontal pass for one channel: `count` output columns of 16 rows from source columns of 8 rows in either band.
 * Two bands at a time share the coefficients and what a turn of the loop costs (measured: 3% of a whole transform). A
 * load takes two neighbouring columns; the second of the last pair may lie beyond the taps, its coefficient is 0.
 */
export function resampleColumns(upper: usize, lower: usize, table: usize, record: usize, count: i32, out: usize): void {
  const half = v128.load(HALF), zero = i8x16.splat(0);
  const distance = lower - upper;
  let t = table, o = out;
  for (let x = count; x > 0; x--) {
    let s = upper + <usize>load<u32>(t), pairs = load<i32>(t, 4), k = t + 8;
    let h0 = zero, h1 = zero, h2 = zero, h3 = zero, l0 = half, l1 = half, l2 = half, l3 = half;
    do {
      const high = v128.load_splat<u32>(k), low = v128.load_splat<u32>(k, 4);
      let even = v128.load8x8_u(s), odd = v128.load8x8_u(s, 8);
      const a = LO(even, odd), b = HI(even, odd);
      h0 = i32x4.add(h0, i32x4.dot_i16x8_s(a, high));
      h1 = i32x4.add(h1, i32x4.dot_i16x8_s(b, high));
      l0 = i32x4.add(l0, i32x4.dot_i16x8_s(a, low));
      l1 = i32x4.add(l1, i32x4.dot_i16x8_s(b, low));
      even = v128.load8x8_u(s + distance); odd = v128.load8x8_u(s + distance, 8);
      const c = LO(even, odd), d = HI(even, odd);
      h2 = i32x4.add(h2, i32x4.dot_i16x8_s(c, high));
      h3 = i32x4.add(h3, i32x4.dot_i16x8_s(d, high));
      l2 = i32x4.add(l2, i32x4.dot_i16x8_s(c, low));
      l3 = i32x4.add(l3, i32x4.dot_i16x8_s(d, low));
      s += 16;
      k += 8;
    } while (--pairs > 0);
    v128.store(o, i8x16.narrow_i16x8_u(finish(h0, l0, h1, l1), finish(h2, l2, h3, l3)));
    o += 16;
    t += record;
  }
}

// Eight results from the sums with the high and the low halves of the coefficients.
@inline
function finish(h0: v128, l0: v128, h1: v128, l1: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.shl(h0, 16), l0), 22),
    i32x4.shr_s(i32x4.add(i32x4.shl(h1, 16), l1), 22),
  );
}

/** The vertical pass for one output row from the rows at `source` on, `stride` bytes each, 16 bytes at a time. */
export function resampleRow(source: usize, stride: usize, record: usize, out: usize): void {
  const half = v128.load(HALF), zero = i8x16.splat(0), pairs = load<i32>(record, 4);
  for (let x: usize = 0; x < stride; x += 16) {
    let s = source + x, k = record + 8, left = pairs;
    let h0 = zero, h1 = zero, h2 = zero, h3 = zero, l0 = half, l1 = half, l2 = half, l3 = half;
    do {
      const high = v128.load_splat<u32>(k), low = v128.load_splat<u32>(k, 4);
      const p = v128.load(s), q = v128.load(s + stride), i0 = LO8(p, q), i1 = HI8(p, q);
      const a = i16x8.extend_low_i8x16_u(i0), b = i16x8.extend_high_i8x16_u(i0);
      const c = i16x8.extend_low_i8x16_u(i1), d = i16x8.extend_high_i8x16_u(i1);
      h0 = i32x4.add(h0, i32x4.dot_i16x8_s(a, high));
      l0 = i32x4.add(l0, i32x4.dot_i16x8_s(a, low));
      h1 = i32x4.add(h1, i32x4.dot_i16x8_s(b, high));
      l1 = i32x4.add(l1, i32x4.dot_i16x8_s(b, low));
      h2 = i32x4.add(h2, i32x4.dot_i16x8_s(c, high));
      l2 = i32x4.add(l2, i32x4.dot_i16x8_s(c, low));
      h3 = i32x4.add(h3, i32x4.dot_i16x8_s(d, high));
      l3 = i32x4.add(l3, i32x4.dot_i16x8_s(d, low));
      s += 2 * stride;
      k += 8;
    } while (--left > 0);
    v128.store(out + x, i8x16.narrow_i16x8_u(finish(h0, l0, h1, l1), finish(h2, l2, h3, l3)));
  }
}

/** The same as `resampleColumns` by torch's arithmetic, with `precision` fractional bits. */
export function resampleColumnsShort(
  upper: usize, lower: usize, table: usize, record: usize, count: i32, out: usize, precision: i32,
): void {
  const half = i32x4.splat(1 << (precision - 1)), distance = lower - upper;
  let t = table, o = out;
  for (let x = count; x > 0; x--) {
    let s = upper + <usize>load<u32>(t), pairs = load<i32>(t, 4), k = t + 8;
    let s0 = half, s1 = half, s2 = half, s3 = half;
    do {
      const pair = v128.load_splat<u32>(k);
      let even = v128.load8x8_u(s), odd = v128.load8x8_u(s, 8);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(LO(even, odd), pair));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(HI(even, odd), pair));
      even = v128.load8x8_u(s + distance); odd = v128.load8x8_u(s + distance, 8);
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(LO(even, odd), pair));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(HI(even, odd), pair));
      s += 16;
      k += 4;
    } while (--pairs > 0);
    v128.store(o, i8x16.narrow_i16x8_u(finishShort(s0, s1, precision), finishShort(s2, s3, precision)));
    o += 16;
    t += record;
  }
}

@inline
function finishShort(s0: v128, s1: v128, precision: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(s0, precision), i32x4.shr_s(s1, precision));
}

/** The same as `resampleRow` by torch's arithmetic, with `precision` fractional bits. */
export function resampleRowShort(source: usize, stride: usize, record: usize, out: usize, precision: i32): void {
  const half = i32x4.splat(1 << (precision - 1)), pairs = load<i32>(record, 4);
  for (let x: usize = 0; x < stride; x += 16) {
    let s = source + x, k = record + 8, left = pairs;
    let s0 = half, s1 = half, s2 = half, s3 = half;
    do {
      const pair = v128.load_splat<u32>(k);
      const p = v128.load(s), q = v128.load(s + stride), i0 = LO8(p, q), i1 = HI8(p, q);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(i0), pair));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(i0), pair));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(i1), pair));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(i1), pair));
      s += 2 * stride;
      k += 4;
    } while (--left > 0);
    v128.store(out + x, i8x16.narrow_i16x8_u(finishShort(s0, s1, precision), finishShort(s2, s3, precision)));
  }
}
