// From samples to coefficients that are divided and rounded: jpeg_fdct_islow, then quantize.

import { HI, HI32, HI64, LO, LO32, LO64 } from "../shared/lanes";

// What the host writes: the natural place of each coefficient in the order of the scan (64 bytes), the divisors of luma and
// chroma in natural order (64 bytes each), the codes of DC of luma and chroma, and of AC (256 words of 32 bits each, by what they
// stand for: code << 5 | length).
export const TABLES: usize = memory.data(4288, 16);
export const ZIGZAG: usize = TABLES;
const QUANTA: usize = TABLES + 64;
export const CODES: usize = TABLES + 192;

// Reciprocals of the divisors, float32, of luma and of chroma.
export const LUMA: usize = memory.data(512, 16);
export const CHROMA: usize = LUMA + 256;

// For each 16 coefficients in the order of the scan and each two rows: the lanes that the rows' levels come from.
const ORDER: usize = memory.data(256, 16);

// Levels in the order of the scan, those beyond -128 to 127 as the nearest of these.
export const ORDERED: usize = memory.data(64, 16);

/**
 * Derives the reciprocals.
 *
 * A coefficient c is 8 times as large as it is defined, so that the divisor d is 8 to 2040 and even. libjpeg rounds c / d with
 * halves away from zero; rounding (1 + 2^-16) c / d to the nearest even does the same: |c| is at most 8192 and a little, so that
 * it moves a half by more than float32 can be wrong by (2^-23), and its neighbour, which is 1 / d away, by less than that. All
 * coefficients were tried with all divisors.
 */
export function prepareBlocks(): void {
  for (let i: usize = 0; i < 256; i++) {
    const natural = load<u8>(ZIGZAG + (i >> 6 << 4) + (i & 15));
    store<u8>(ORDER + i, natural >> 4 == <u8>(i >> 4 & 3) ? natural & 15 : 0x80);
  }
  for (let i: usize = 0; i < 128; i++) {
    store<f32>(LUMA + (i << 2), <f32>((1.0 + 1.0 / 65536.0) / <f64>(<i32>load<u8>(QUANTA + i) * 8)));
  }
}

// Factors of jfdctint.c with 13 fractional bits, joined where a value has two: out of (e2, e3) come 2 and 6, out of (z3, z4) what
// the odd ones share, out of (d3, d0) 7 and 1, out of (d2, d1) 5 and 3.
const F2: usize = memory.data<i16>([4433, 10703, 4433, 10703, 4433, 10703, 4433, 10703], 16); // 0.541196100, + 0.765366865
const F6: usize = memory.data<i16>([-10704, 4433, -10704, 4433, -10704, 4433, -10704, 4433], 16); // 0.541196100 - 1.847759065
const FZ3: usize = memory.data<i16>([-6436, 9633, -6436, 9633, -6436, 9633, -6436, 9633], 16); // 1.175875602 - 1.961570560
const FZ4: usize = memory.data<i16>([9633, 6437, 9633, 6437, 9633, 6437, 9633, 6437], 16); // 1.175875602 - 0.390180644
const F7: usize = memory.data<i16>([-4927, -7373, -4927, -7373, -4927, -7373, -4927, -7373], 16); // 0.298631336 - 0.899976223
const F1: usize = memory.data<i16>([-7373, 4926, -7373, 4926, -7373, 4926, -7373, 4926], 16); // 1.501321110 - 0.899976223
const F5: usize = memory.data<i16>([-4176, -20995, -4176, -20995, -4176, -20995, -4176, -20995], 16); // 2.053119869 - 2.562915447
const F3: usize = memory.data<i16>([-20995, 4177, -20995, 4177, -20995, 4177, -20995, 4177], 16); // 3.072711026 - 2.562915447
const ROUND1: usize = memory.data<i32>([1024, 1024, 1024, 1024], 16);
const ROUND2: usize = memory.data<i32>([16384, 16384, 16384, 16384], 16);
const TWO: usize = memory.data<i16>([2, 2, 2, 2, 2, 2, 2, 2], 16);
// 1.5 * 2^23: added to a float32 below 2^22, it leaves the nearest integer in the low bits.
const MAGIC: usize = memory.data<i32>([0x4b400000, 0x4b400000, 0x4b400000, 0x4b400000], 16);

@inline
function half1(pair: v128, factors: v128, round: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(pair, factors), round), 11);
}
@inline
function half2(pair: v128, factors: v128, round: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(pair, factors), round), 15);
}

/** Four coefficients of 32 bits, divided by what `recips` has at `offset`. */
@inline
function divide(c: v128, recips: v128, magic: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(c), recips), magic), magic);
}
@inline
function divideBoth(lo: v128, hi: v128, recips: usize, magic: v128): v128 {
  return i16x8.narrow_i32x4_s(divide(lo, v128.load(recips), magic), divide(hi, v128.load(recips, 16), magic));
}

/** A bit for each of 16 levels that is not zero. */
@inline
function bitsOf(levels: v128, zero: v128): u32 { return ~i8x16.bitmask(i8x16.eq(levels, zero)) & 0xffff; }

/**
 * Transforms and divides 8 x 8 samples of -128 to 127 in rows of 16 bits, `stride` bytes apart, and writes their levels to `out`,
 * in natural order, and to ORDERED. Returns a bit for each that is not zero, in the order of the scan, that of DC the lowest.
 *
 * No sum leaves 16 bits: the first pass gives at most 4 * 8 * 128 = 4096, of which the second adds eight: -32768 to 32640.
 */
export function transform(p: usize, stride: usize, recips: usize, out: usize): u64 {
  const f2 = v128.load(F2), f6 = v128.load(F6), fz3 = v128.load(FZ3), fz4 = v128.load(FZ4);
  const f7 = v128.load(F7), f1 = v128.load(F1), f5 = v128.load(F5), f3 = v128.load(F3);
  let r0 = v128.load(p), r1 = v128.load(p + stride);
  p += 2 * stride;
  let r2 = v128.load(p), r3 = v128.load(p + stride);
  p += 2 * stride;
  let r4 = v128.load(p), r5 = v128.load(p + stride);
  p += 2 * stride;
  let r6 = v128.load(p), r7 = v128.load(p + stride);

  // To columns.
  let a0 = LO(r0, r1), a1 = HI(r0, r1), a2 = LO(r2, r3), a3 = HI(r2, r3);
  let a4 = LO(r4, r5), a5 = HI(r4, r5), a6 = LO(r6, r7), a7 = HI(r6, r7);
  let b0 = LO32(a0, a2), b1 = HI32(a0, a2), b2 = LO32(a4, a6), b3 = HI32(a4, a6);
  let b4 = LO32(a1, a3), b5 = HI32(a1, a3), b6 = LO32(a5, a7), b7 = HI32(a5, a7);
  r0 = LO64(b0, b2); r1 = HI64(b0, b2); r2 = LO64(b1, b3); r3 = HI64(b1, b3);
  r4 = LO64(b4, b6); r5 = HI64(b4, b6); r6 = LO64(b5, b7); r7 = HI64(b5, b7);

  let d0 = i16x8.sub(r0, r7), d1 = i16x8.sub(r1, r6), d2 = i16x8.sub(r2, r5), d3 = i16x8.sub(r3, r4);
  let s0 = i16x8.add(r0, r7), s1 = i16x8.add(r1, r6), s2 = i16x8.add(r2, r5), s3 = i16x8.add(r3, r4);
  let e0 = i16x8.add(s0, s3), e3 = i16x8.sub(s0, s3), e1 = i16x8.add(s1, s2), e2 = i16x8.sub(s1, s2);
  let round = v128.load(ROUND1);
  r0 = i16x8.shl(i16x8.add(e0, e1), 2);
  r4 = i16x8.shl(i16x8.sub(e0, e1), 2);
  let lo = LO(e2, e3), hi = HI(e2, e3);
  r2 = i16x8.narrow_i32x4_s(half1(lo, f2, round), half1(hi, f2, round));
  r6 = i16x8.narrow_i32x4_s(half1(lo, f6, round), half1(hi, f6, round));
  let z3 = i16x8.add(d3, d1), z4 = i16x8.add(d2, d0);
  lo = LO(z3, z4); hi = HI(z3, z4);
  let lo3 = i32x4.add(i32x4.dot_i16x8_s(lo, fz3), round), hi3 = i32x4.add(i32x4.dot_i16x8_s(hi, fz3), round);
  let lo4 = i32x4.add(i32x4.dot_i16x8_s(lo, fz4), round), hi4 = i32x4.add(i32x4.dot_i16x8_s(hi, fz4), round);
  lo = LO(d3, d0); hi = HI(d3, d0);
  r7 = i16x8.narrow_i32x4_s(half1(lo, f7, lo3), half1(hi, f7, hi3));
  r1 = i16x8.narrow_i32x4_s(half1(lo, f1, lo4), half1(hi, f1, hi4));
  lo = LO(d2, d1); hi = HI(d2, d1);
  r5 = i16x8.narrow_i32x4_s(half1(lo, f5, lo4), half1(hi, f5, hi4));
  r3 = i16x8.narrow_i32x4_s(half1(lo, f3, lo3), half1(hi, f3, hi3));

  // To rows again.
  a0 = LO(r0, r1); a1 = HI(r0, r1); a2 = LO(r2, r3); a3 = HI(r2, r3);
  a4 = LO(r4, r5); a5 = HI(r4, r5); a6 = LO(r6, r7); a7 = HI(r6, r7);
  b0 = LO32(a0, a2); b1 = HI32(a0, a2); b2 = LO32(a4, a6); b3 = HI32(a4, a6);
  b4 = LO32(a1, a3); b5 = HI32(a1, a3); b6 = LO32(a5, a7); b7 = HI32(a5, a7);
  r0 = LO64(b0, b2); r1 = HI64(b0, b2); r2 = LO64(b1, b3); r3 = HI64(b1, b3);
  r4 = LO64(b4, b6); r5 = HI64(b4, b6); r6 = LO64(b5, b7); r7 = HI64(b5, b7);

  d0 = i16x8.sub(r0, r7); d1 = i16x8.sub(r1, r6); d2 = i16x8.sub(r2, r5); d3 = i16x8.sub(r3, r4);
  s0 = i16x8.add(r0, r7); s1 = i16x8.add(r1, r6); s2 = i16x8.add(r2, r5); s3 = i16x8.add(r3, r4);
  e0 = i16x8.add(s0, s3); e3 = i16x8.sub(s0, s3); e1 = i16x8.add(s1, s2); e2 = i16x8.sub(s1, s2);
  const magic = v128.load(MAGIC), two = v128.load(TWO);
  round = v128.load(ROUND2);
  r0 = i16x8.shr_s(i16x8.add(i16x8.add(e0, e1), two), 2);
  r0 = divideBoth(i32x4.extend_low_i16x8_s(r0), i32x4.extend_high_i16x8_s(r0), recips, magic);
  r4 = i16x8.shr_s(i16x8.add(i16x8.sub(e0, e1), two), 2);
  r4 = divideBoth(i32x4.extend_low_i16x8_s(r4), i32x4.extend_high_i16x8_s(r4), recips + 128, magic);
  lo = LO(e2, e3); hi = HI(e2, e3);
  r2 = divideBoth(half2(lo, f2, round), half2(hi, f2, round), recips + 64, magic);
  r6 = divideBoth(half2(lo, f6, round), half2(hi, f6, round), recips + 192, magic);
  z3 = i16x8.add(d3, d1); z4 = i16x8.add(d2, d0);
  lo = LO(z3, z4); hi = HI(z3, z4);
  lo3 = i32x4.add(i32x4.dot_i16x8_s(lo, fz3), round); hi3 = i32x4.add(i32x4.dot_i16x8_s(hi, fz3), round);
  lo4 = i32x4.add(i32x4.dot_i16x8_s(lo, fz4), round); hi4 = i32x4.add(i32x4.dot_i16x8_s(hi, fz4), round);
  lo = LO(d3, d0); hi = HI(d3, d0);
  r7 = divideBoth(half2(lo, f7, lo3), half2(hi, f7, hi3), recips + 224, magic);
  r1 = divideBoth(half2(lo, f1, lo4), half2(hi, f1, hi4), recips + 32, magic);
  lo = LO(d2, d1); hi = HI(d2, d1);
  r5 = divideBoth(half2(lo, f5, lo4), half2(hi, f5, hi4), recips + 160, magic);
  r3 = divideBoth(half2(lo, f3, lo3), half2(hi, f3, hi3), recips + 96, magic);

  v128.store(out, r0);
  v128.store(out, r1, 16);
  v128.store(out, r2, 32);
  v128.store(out, r3, 48);
  v128.store(out, r4, 64);
  v128.store(out, r5, 80);
  v128.store(out, r6, 96);
  v128.store(out, r7, 112);
  // Two rows each, then 16 in the order of the scan each.
  const p0 = i8x16.narrow_i16x8_s(r0, r1), p1 = i8x16.narrow_i16x8_s(r2, r3);
  const p2 = i8x16.narrow_i16x8_s(r4, r5), p3 = i8x16.narrow_i16x8_s(r6, r7);
  const o0 = v128.or(v128.or(i8x16.swizzle(p0, v128.load(ORDER)), i8x16.swizzle(p1, v128.load(ORDER, 16))), i8x16.swizzle(p2, v128.load(ORDER, 32)));
  const o1 = v128.or(
    v128.or(i8x16.swizzle(p0, v128.load(ORDER, 64)), i8x16.swizzle(p1, v128.load(ORDER, 80))),
    v128.or(i8x16.swizzle(p2, v128.load(ORDER, 96)), i8x16.swizzle(p3, v128.load(ORDER, 112))),
  );
  const o2 = v128.or(
    v128.or(i8x16.swizzle(p0, v128.load(ORDER, 128)), i8x16.swizzle(p1, v128.load(ORDER, 144))),
    v128.or(i8x16.swizzle(p2, v128.load(ORDER, 160)), i8x16.swizzle(p3, v128.load(ORDER, 176))),
  );
  const o3 = v128.or(v128.or(i8x16.swizzle(p1, v128.load(ORDER, 208)), i8x16.swizzle(p2, v128.load(ORDER, 224))), i8x16.swizzle(p3, v128.load(ORDER, 240)));
  v128.store(ORDERED, o0);
  v128.store(ORDERED, o1, 16);
  v128.store(ORDERED, o2, 32);
  v128.store(ORDERED, o3, 48);
  const zero = i32x4.splat(0);
  const low = bitsOf(o0, zero) | bitsOf(o1, zero) << 16;
  const high = bitsOf(o2, zero) | bitsOf(o3, zero) << 16;
  return <u64>low | <u64>high << 32;
}
