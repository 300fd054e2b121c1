// Colour conversion of one band, and its output as rows of packed RGB.
//
// Equal to libjpeg's jdcolor.c, ycc_rgb_convert. Each formula was checked over all its inputs:
//   R = Y + ((91881 * cr + 32768) >> 16), 91881 = FIX(1.40200): the rounding high multiply of 2 * cr
//       with 22970;
//   B = Y + ((116130 * cb + 32768) >> 16), the same of 2 * cb with 29033;
//   G = Y + ((-22554 * cb - 46802 * cr + 32768) >> 16), the dot product of 2 * cb and 2 * cr, because half of each
//       factor fits into 16 bits: -11277 and -23401.
// q15mulr(2c, k) = (2c * k + 2^14) >> 15 = (c * 4k + 2^15) >> 16, so 22970 stands for 91880 and 29033
// for 116132; neither difference changes a result for -128 <= c <= 127. Products stay in 32 bits, sums
// in 16, and the final narrowing saturates to 0..255 as libjpeg's range limit table does.

import { C128, HI, HI32, HI64, HI8, LO, LO32, LO64, LO8, SWAP64 } from "../shared/lanes";

export const K: usize = memory.data<u8>([
  186, 89, 186, 89, 186, 89, 186, 89, 186, 89, 186, 89, 186, 89, 186, 89, // 22970
  105, 113, 105, 113, 105, 113, 105, 113, 105, 113, 105, 113, 105, 113, 105, 113, // 29033
  0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, // 32768, 32 bits
  243, 211, 151, 164, 243, 211, 151, 164, 243, 211, 151, 164, 243, 211, 151, 164, // -11277, -23401
], 16);

/** What the conversions take: a chroma sample less 128, doubled. */
@inline
export function twice(c: v128): v128 { return i16x8.add(c, c); }
@inline
export function green(y: v128, cb2: v128, cr2: v128, half: v128, k: v128): v128 {
  const l = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(LO(cb2, cr2), k), half), 16);
  const h = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(HI(cb2, cr2), k), half), 16);
  return i16x8.add(y, i16x8.narrow_i32x4_s(l, h));
}
@inline
export function redOrBlue(y: v128, c2: v128, k: v128): v128 { return i16x8.add(y, i16x8.q15mulr_sat_s(c2, k)); }

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
    const b0 = twice(i16x8.extend_low_i8x16_s(b)), b1 = twice(i16x8.extend_high_i8x16_s(b));
    const r0 = twice(i16x8.extend_low_i8x16_s(r)), r1 = twice(i16x8.extend_high_i8x16_s(r));
    v128.store(out + x, i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr)));
    v128.store(green0 + x, i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg)));
    v128.store(blue0 + x, i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb)));
  }
}

// The pixels of a group that an image's edge cuts: 8 rows, 32 bytes apart.
export const TAIL: usize = memory.data(256, 16);

/** Columns that are converted together. */
const GROUP: i32 = 8;

// Eight rows of eight pixels, from vectors of two columns of each colour (r01 has columns 0 and 1). Colours that are
// neighbours in a pixel's row are joined to pairs of bytes, column after column; these are transposed as 16-bit numbers,
// and a row is 24 bytes.
@inline
export function storeGroup(
  o: usize, stride: usize, r01: v128, g01: v128, b01: v128, r23: v128, g23: v128, b23: v128,
  r45: v128, g45: v128, b45: v128, r67: v128, g67: v128, b67: v128,
): void {
  const p0 = LO8(r01, g01), p1 = LO8(b01, SWAP64(r01)), p2 = HI8(g01, b01);
  const p3 = LO8(r23, g23), p4 = LO8(b23, SWAP64(r23)), p5 = HI8(g23, b23);
  const p6 = LO8(r45, g45), p7 = LO8(b45, SWAP64(r45)), p8 = HI8(g45, b45);
  const p9 = LO8(r67, g67), p10 = LO8(b67, SWAP64(r67)), p11 = HI8(g67, b67);
  storeHalf(o, stride, LO(p0, p1), LO(p2, p3), LO(p4, p5), LO(p6, p7), LO(p8, p9), LO(p10, p11));
  storeHalf(o + 4 * stride, stride, HI(p0, p1), HI(p2, p3), HI(p4, p5), HI(p6, p7), HI(p8, p9), HI(p10, p11));
}

// Four rows: q0..q5 have four bytes of each.
@inline
function storeHalf(o: usize, stride: usize, q0: v128, q1: v128, q2: v128, q3: v128, q4: v128, q5: v128): void {
  let a = LO32(q0, q1), b = LO32(q2, q3), c = LO32(q4, q5);
  v128.store(o, LO64(a, b));
  v128.store64_lane(o, c, 0, 16);
  v128.store(o + stride, HI64(a, b));
  v128.store64_lane(o + stride, c, 1, 16);
  a = HI32(q0, q1); b = HI32(q2, q3); c = HI32(q4, q5);
  v128.store(o + 2 * stride, LO64(a, b));
  v128.store64_lane(o + 2 * stride, c, 0, 16);
  v128.store(o + 3 * stride, HI64(a, b));
  v128.store64_lane(o + 3 * stride, c, 1, 16);
}

export function copyTail(out: usize, stride: usize, pixels: i32): void {
  for (let r: usize = 0; r < 8; r++) memory.copy(out + r * stride, TAIL + (r << 5), <usize>(3 * pixels));
}

/**
 * Writes 8 rows of `width` RGB pixels, `stride` bytes apart, from column x0 of a YCbCr band. Reads up to seven columns
 * more.
 */
export function bandToRgb(y: usize, cb: usize, cr: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  const c128 = v128.load(C128), kr = v128.load(K), kb = v128.load(K, 16), half = v128.load(K, 32), kg = v128.load(K, 48);
  let x = <usize>x0 << 3, o = out, left = width;
  while (left > 0) {
    let yy = v128.load(y + x, 0), b = v128.xor(v128.load(cb + x, 0), c128), r = v128.xor(v128.load(cr + x, 0), c128);
    let y0 = i16x8.extend_low_i8x16_u(yy), y1 = i16x8.extend_high_i8x16_u(yy);
    let b0 = twice(i16x8.extend_low_i8x16_s(b)), b1 = twice(i16x8.extend_high_i8x16_s(b));
    let r0 = twice(i16x8.extend_low_i8x16_s(r)), r1 = twice(i16x8.extend_high_i8x16_s(r));
    const r01 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g01 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b01 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    yy = v128.load(y + x, 16); b = v128.xor(v128.load(cb + x, 16), c128); r = v128.xor(v128.load(cr + x, 16), c128);
    y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    b0 = twice(i16x8.extend_low_i8x16_s(b)); b1 = twice(i16x8.extend_high_i8x16_s(b));
    r0 = twice(i16x8.extend_low_i8x16_s(r)); r1 = twice(i16x8.extend_high_i8x16_s(r));
    const r23 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g23 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b23 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    yy = v128.load(y + x, 32); b = v128.xor(v128.load(cb + x, 32), c128); r = v128.xor(v128.load(cr + x, 32), c128);
    y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    b0 = twice(i16x8.extend_low_i8x16_s(b)); b1 = twice(i16x8.extend_high_i8x16_s(b));
    r0 = twice(i16x8.extend_low_i8x16_s(r)); r1 = twice(i16x8.extend_high_i8x16_s(r));
    const r45 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g45 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b45 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    yy = v128.load(y + x, 48); b = v128.xor(v128.load(cb + x, 48), c128); r = v128.xor(v128.load(cr + x, 48), c128);
    y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    b0 = twice(i16x8.extend_low_i8x16_s(b)); b1 = twice(i16x8.extend_high_i8x16_s(b));
    r0 = twice(i16x8.extend_low_i8x16_s(r)); r1 = twice(i16x8.extend_high_i8x16_s(r));
    const r67 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g67 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b67 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    const isWhole = left >= GROUP;
    storeGroup(isWhole ? o : TAIL, isWhole ? stride : 32, r01, g01, b01, r23, g23, b23, r45, g45, b45, r67, g67, b67);
    if (!isWhole) copyTail(o, stride, left);
    x += 64;
    o += 24;
    left -= GROUP;
  }
}

/** The same for a band that is RGB already, one plane a component; for grey, pass one plane thrice. */
export function planesToRgb(r: usize, g: usize, b: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  let x = <usize>x0 << 3, o = out, left = width;
  for (; left > 0; left -= GROUP) {
    const isWhole = left >= GROUP;
    storeGroup(
      isWhole ? o : TAIL, isWhole ? stride : 32, v128.load(r + x), v128.load(g + x), v128.load(b + x),
      v128.load(r + x, 16), v128.load(g + x, 16), v128.load(b + x, 16), v128.load(r + x, 32), v128.load(g + x, 32),
      v128.load(b + x, 32), v128.load(r + x, 48), v128.load(g + x, 48), v128.load(b + x, 48),
    );
    if (!isWhole) copyTail(o, stride, left);
    x += 64;
    o += 24;
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

/** Eight rows of packed CMYK from four planes `plane` bytes apart. Reads up to three columns more. */
export function planesToCmyk(planes: usize, plane: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  let from = planes + (<usize>x0 << 3);
  for (let left = width; left > 0; left -= 4) {
    let c = v128.load(from), m = v128.load(from + plane), y = v128.load(from + 2 * plane), k = v128.load(from + 3 * plane);
    // Two columns of pairs (c, m) and (y, k), then of pixels: four rows a vector.
    let cm = LO8(c, m), yk = LO8(y, k);
    const a0 = LO(cm, yk), b0 = HI(cm, yk);
    cm = HI8(c, m); yk = HI8(y, k);
    const a1 = LO(cm, yk), b1 = HI(cm, yk);
    c = v128.load(from, 16); m = v128.load(from + plane, 16); y = v128.load(from + 2 * plane, 16); k = v128.load(from + 3 * plane, 16);
    cm = LO8(c, m); yk = LO8(y, k);
    const a2 = LO(cm, yk), b2 = HI(cm, yk);
    cm = HI8(c, m); yk = HI8(y, k);
    const a3 = LO(cm, yk), b3 = HI(cm, yk);
    const isWhole = left >= 4;
    storeInks(isWhole ? out : TAIL, isWhole ? stride : 32, a0, a1, a2, a3);
    storeInks(isWhole ? out + 4 * stride : TAIL + 128, isWhole ? stride : 32, b0, b1, b2, b3);
    if (!isWhole) for (let r: usize = 0; r < 8; r++) memory.copy(out + r * stride, TAIL + (r << 5), <usize>(4 * left));
    from += 32;
    out += 16;
  }
}

// Four rows of four pixels from four columns.
@inline
function storeInks(out: usize, stride: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  const l0 = LO32(c0, c1), l1 = LO32(c2, c3), h0 = HI32(c0, c1), h1 = HI32(c2, c3);
  v128.store(out, LO64(l0, l1));
  v128.store(out + stride, HI64(l0, l1));
  v128.store(out + 2 * stride, LO64(h0, h1));
  v128.store(out + 3 * stride, HI64(h0, h1));
}
