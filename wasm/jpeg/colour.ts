// Colour conversion of one band, and its output as rows of packed RGB.
//
// Equal to libjpeg's jdcolor.c, ycc_rgb_convert. Each formula was checked over all its inputs:
//   R = Y + ((91881 * cr + 32768) >> 16), 91881 = FIX(1.40200): the rounding high multiply of 2 * cr
//       with 22970 gives the second term less cr's share, see below;
//   B = Y + ((116130 * cb + 32768) >> 16), the same with 29033;
//   G = Y + ((-22554 * cb - 46802 * cr + 32768) >> 16), -46802 = 18734 - 65536, so that the dot
//       product takes 18734 and cr is subtracted afterwards.
// q15mulr(2c, k) = (2c * k + 2^14) >> 15 = (c * 4k + 2^15) >> 16, so 22970 stands for 91880 and 29033
// for 116132; neither difference changes a result for -128 <= c <= 127. Products stay in 32 bits, sums
// in 16, and the final narrowing saturates to 0..255 as libjpeg's range limit table does.

import { C128, HI, HI32, HI64, HI8, LO, LO32, LO64, LO8 } from "../shared/lanes";

const K: usize = memory.data<u8>([
  186, 89, 186, 89, 186, 89, 186, 89, 186, 89, 186, 89, 186, 89, 186, 89, // 22970
  105, 113, 105, 113, 105, 113, 105, 113, 105, 113, 105, 113, 105, 113, 105, 113, // 29033
  0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, // 32768, 32 bits
  230, 167, 46, 73, 230, 167, 46, 73, 230, 167, 46, 73, 230, 167, 46, 73, // -22554, 18734
  0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255, // four pixels of 4 bytes to 3 bytes
], 16);

@inline
function green(y: v128, cb: v128, cr: v128, half: v128, k: v128): v128 {
  const l = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(LO(cb, cr), k), half), 16);
  const h = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(HI(cb, cr), k), half), 16);
  return i16x8.sub(i16x8.add(y, i16x8.narrow_i32x4_s(l, h)), cr);
}
@inline
function redOrBlue(y: v128, c: v128, k: v128): v128 {
  return i16x8.add(y, i16x8.q15mulr_sat_s(i16x8.add(c, c), k));
}

/**
 * Converts columns [x0, x1) of a band from YCbCr to planes `plane` bytes apart at `out` (column 0).
 * Works on two columns at a time: reads and writes one column more where the number is odd.
 */
export function bandToPlanes(y: usize, cb: usize, cr: usize, x0: i32, x1: i32, out: usize, plane: usize): void {
  const c128 = v128.load(C128), kr = v128.load(K), kb = v128.load(K, 16), half = v128.load(K, 32), kg = v128.load(K, 48);
  const to = <usize>x1 << 3;
  const green0 = out + plane, blue0 = green0 + plane;
  for (let x = <usize>x0 << 3; x < to; x += 16) {
    const yy = v128.load(y + x), b = v128.xor(v128.load(cb + x), c128), r = v128.xor(v128.load(cr + x), c128);
    const y0 = i16x8.extend_low_i8x16_u(yy), y1 = i16x8.extend_high_i8x16_u(yy);
    const b0 = i16x8.extend_low_i8x16_s(b), b1 = i16x8.extend_high_i8x16_s(b);
    const r0 = i16x8.extend_low_i8x16_s(r), r1 = i16x8.extend_high_i8x16_s(r);
    v128.store(out + x, i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr)));
    v128.store(green0 + x, i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg)));
    v128.store(blue0 + x, i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb)));
  }
}

const TAIL: usize = memory.data(128, 16);

// Eight rows of four pixels from four vectors for the upper rows (one a column) and four for the
// lower: rows r of columns 0..3 become one vector, squeezed to 12 bytes; 16 are stored.
@inline
function storePixels(o: usize, stride: usize, a0: v128, a1: v128, a2: v128, a3: v128, squeeze: v128): void {
  const p = LO32(a0, a1), q = HI32(a0, a1), s = LO32(a2, a3), t = HI32(a2, a3);
  v128.store(o, i8x16.swizzle(LO64(p, s), squeeze));
  v128.store(o + stride, i8x16.swizzle(HI64(p, s), squeeze));
  v128.store(o + 2 * stride, i8x16.swizzle(LO64(q, t), squeeze));
  v128.store(o + 3 * stride, i8x16.swizzle(HI64(q, t), squeeze));
}

@inline
function storeGroup(o: usize, stride: usize, r01: v128, g01: v128, b01: v128, r23: v128, g23: v128, b23: v128, squeeze: v128): void {
  const rg0 = LO8(r01, g01), rg1 = HI8(r01, g01), rg2 = LO8(r23, g23), rg3 = HI8(r23, g23);
  const b0 = LO8(b01, b01), b1 = HI8(b01, b01), b2 = LO8(b23, b23), b3 = HI8(b23, b23);
  storePixels(o, stride, LO(rg0, b0), LO(rg1, b1), LO(rg2, b2), LO(rg3, b3), squeeze);
  storePixels(o + 4 * stride, stride, HI(rg0, b0), HI(rg1, b1), HI(rg2, b2), HI(rg3, b3), squeeze);
}

// A group of four pixels is stored as 16 bytes a row, of which the last 4 reach into the following
// pixels. With at least this many pixels left they do not reach into the next row, which is written at
// the same time; the last pixels go through TAIL.
const WHOLE_GROUP: i32 = 6;

function copyTail(out: usize, stride: usize, left: i32): void {
  const bytes = <usize>(3 * min(left, 4));
  for (let r: usize = 0; r < 8; r++) memory.copy(out + r * stride, TAIL + (r << 4), bytes);
}

/**
 * Writes `rows` (1..8) rows of `width` RGB pixels, `stride` bytes apart, from column x0 of a YCbCr
 * band. `out` must have room for 8 rows; what is written behind row `rows` is meaningless.
 */
export function bandToRgb(y: usize, cb: usize, cr: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  const c128 = v128.load(C128), kr = v128.load(K), kb = v128.load(K, 16), half = v128.load(K, 32), kg = v128.load(K, 48);
  const squeeze = v128.load(K, 64);
  let x = <usize>x0 << 3, o = out, left = width;
  while (left > 0) {
    let yy = v128.load(y + x), b = v128.xor(v128.load(cb + x), c128), r = v128.xor(v128.load(cr + x), c128);
    let y0 = i16x8.extend_low_i8x16_u(yy), y1 = i16x8.extend_high_i8x16_u(yy);
    let b0 = i16x8.extend_low_i8x16_s(b), b1 = i16x8.extend_high_i8x16_s(b);
    let r0 = i16x8.extend_low_i8x16_s(r), r1 = i16x8.extend_high_i8x16_s(r);
    const r01 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g01 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b01 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    yy = v128.load(y + x, 16); b = v128.xor(v128.load(cb + x, 16), c128); r = v128.xor(v128.load(cr + x, 16), c128);
    y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    b0 = i16x8.extend_low_i8x16_s(b); b1 = i16x8.extend_high_i8x16_s(b);
    r0 = i16x8.extend_low_i8x16_s(r); r1 = i16x8.extend_high_i8x16_s(r);
    const r23 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g23 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b23 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    if (left >= WHOLE_GROUP) storeGroup(o, stride, r01, g01, b01, r23, g23, b23, squeeze);
    else {
      storeGroup(TAIL, 16, r01, g01, b01, r23, g23, b23, squeeze);
      copyTail(o, stride, left);
    }
    x += 32;
    o += 12;
    left -= 4;
  }
}

/** The same for a band that is RGB already, one plane a component; for grey, pass one plane thrice. */
export function planesToRgb(r: usize, g: usize, b: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  const squeeze = v128.load(K, 64);
  let x = <usize>x0 << 3, o = out, left = width;
  for (; left > 0; left -= 4) {
    const isWhole = left >= WHOLE_GROUP;
    storeGroup(
      isWhole ? o : TAIL, isWhole ? stride : 16, v128.load(r + x), v128.load(g + x), v128.load(b + x),
      v128.load(r + x, 16), v128.load(g + x, 16), v128.load(b + x, 16), squeeze,
    );
    if (!isWhole) copyTail(o, stride, left);
    x += 32;
    o += 12;
  }
}

/** 255 - x for each of `bytes` bytes; works in steps of 16 and may write up to 15 more. */
export function invertPlane(from: usize, to: usize, bytes: usize): void {
  const ones = i8x16.splat(-1);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.xor(v128.load(from + i), ones));
}

/**
 * Turns one plane of ink into a plane of RGB in place, as Pillow's cmyk2rgb: with n = 255 - K,
 * t = ink * n + 128 (at most 65153, so unsigned 16-bit lanes hold it), n - ((t + (t >> 8)) >> 8), which
 * is never negative.
 */
export function removeBlack(plane: usize, white: usize, bytes: usize): void {
  const half = i16x8.splat(128);
  for (let i: usize = 0; i < bytes; i += 16) {
    const ink = v128.load(plane + i), n = v128.load(white + i);
    const n0 = i16x8.extend_low_i8x16_u(n), n1 = i16x8.extend_high_i8x16_u(n);
    const t0 = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(ink), n0), half);
    const t1 = i16x8.add(i16x8.mul(i16x8.extend_high_i8x16_u(ink), n1), half);
    const q0 = i16x8.shr_u(i16x8.add(t0, i16x8.shr_u(t0, 8)), 8), q1 = i16x8.shr_u(i16x8.add(t1, i16x8.shr_u(t1, 8)), 8);
    v128.store(plane + i, i8x16.narrow_i16x8_u(i16x8.sub(n0, q0), i16x8.sub(n1, q1)));
  }
}

/** Eight rows of packed CMYK from four planes `plane` bytes apart. */
export function planesToCmyk(planes: usize, plane: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  for (let x: usize = 0; x < <usize>width; x++) {
    const from = planes + ((<usize>x0 + x) << 3), to = out + (x << 2);
    for (let c: usize = 0; c < 4; c++) {
      const v = load<u64>(from + c * plane);
      for (let r: usize = 0; r < 8; r++) store<u8>(to + r * stride + c, <u8>(v >> (r << 3)));
    }
  }
}
