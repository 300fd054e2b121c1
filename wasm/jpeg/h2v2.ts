// Upsampling of 4:2:0 chroma and the conversion to RGB in one go, two bands (16 rows) of a strip at a time. Equal to
// upsample.ts (h2v2_fancy_upsample) and colour.ts one after the other: what is saved is the way through bytes in between,
// and the vertical sums are made once for both rows of a pair.
//
// A column of 8 chroma samples c, with p and n the samples above and below each, makes 16 sums, two a sample:
//
//   lane        0      1      2     ...  7              output rows  0    1    2    3    ... 15
//   3c + p  =   e0     e1     e2    ...  e7        ->                e0   o0   e1   o1   ... o7
//   3c + n  =   o0     o1     o2    ...  o7
//
// Interleaved, the lower halves are the upper band's 8 rows, the upper halves the lower band's. Then, between columns,
// even ones are (3 * this + before + 8) >> 4, odd ones (3 * this + after + 7) >> 4; less 128, which fits into the
// rounding: 128 << 4 = 2048.

import { HI, LO } from "../shared/lanes";
import { copyTail, green, K as COLOUR_K, redOrBlue, storeGroup, TAIL, twice } from "./colour";

// Constant vectors: threes, 8 - 2048, 7 - 2048.
const K: usize = memory.data<i16>([
  3, 3, 3, 3, 3, 3, 3, 3, -2040, -2040, -2040, -2040, -2040, -2040, -2040, -2040,
  -2041, -2041, -2041, -2041, -2041, -2041, -2041, -2041,
], 16);

/** Columns of chroma that are converted at once, at most. */
export const H2V2_COLUMNS: i32 = 33;
// The sums of so many columns and one on either side: 64 bytes each, cb and cr of the upper band, then of the lower. And
// room for three more, which a last group of four may read.
const SUMS: usize = memory.data(64 * 38, 16);

// Lanes 0 to 7 of the samples above: the last lane of `previous`, then lanes 0 to 6 of the column.
@inline
function above(previous: v128, column: v128): v128 {
  return i8x16.shuffle(previous, column, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}
// And below: lanes 1 to 7 of the column, then the first lane of `next`.
@inline
function below(column: v128, next: v128): v128 {
  return i8x16.shuffle(column, next, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
}

/**
 * Adds up, vertically, chroma columns [from, to) and one on either side, at most H2V2_COLUMNS. `cbAbove` is 7 bytes before
 * the sample above column 0, `cbBelow` the sample below it; likewise for cr.
 */
export function sumH2V2(
  cb: usize, cbAbove: usize, cbBelow: usize, cr: usize, crAbove: usize, crBelow: usize, from: i32, to: i32,
): void {
  const three = v128.load(K);
  let s = SUMS, x = <usize>(from - 1) << 3;
  for (let left = to - from + 2; left > 0; left--) {
    let c = v128.load8x8_u(cb + x), c3 = i16x8.mul(c, three);
    let e = i16x8.add(c3, above(v128.load8x8_u(cbAbove + x), c)), o = i16x8.add(c3, below(c, v128.load8x8_u(cbBelow + x)));
    v128.store(s, LO(e, o));
    v128.store(s, HI(e, o), 32);
    c = v128.load8x8_u(cr + x); c3 = i16x8.mul(c, three);
    e = i16x8.add(c3, above(v128.load8x8_u(crAbove + x), c)); o = i16x8.add(c3, below(c, v128.load8x8_u(crBelow + x)));
    v128.store(s, LO(e, o), 16);
    v128.store(s, HI(e, o), 48);
    s += 64;
    x += 8;
  }
}

/**
 * Converts those columns, which are twice as many pixels, of the upper (`band` 0) or the lower band (1), whose luma has
 * its column 0 at `y`, to planes `plane` bytes apart, column 0 of the first at `out`.
 */
export function convertH2V2(band: i32, y: usize, from: i32, to: i32, out: usize, plane: usize): void {
  const three = v128.load(K), even = v128.load(K, 16), odd = v128.load(K, 32);
  const kr = v128.load(COLOUR_K), kb = v128.load(COLOUR_K, 16), half = v128.load(COLOUR_K, 32), kg = v128.load(COLOUR_K, 48);
  const end = <usize>to << 4, greens = out + plane, blues = greens + plane;
  let s = SUMS + (<usize>band << 5);
  let bBefore = v128.load(s), rBefore = v128.load(s, 16), b = v128.load(s, 64), r = v128.load(s, 80);
  for (let o = <usize>from << 4; o < end; o += 16) {
    s += 64;
    const b3 = i16x8.mul(b, three), r3 = i16x8.mul(r, three);
    const b0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, bBefore), even), 4));
    const r0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, rBefore), even), 4));
    bBefore = b; rBefore = r;
    b = v128.load(s, 64); r = v128.load(s, 80);
    const b1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, b), odd), 4)), r1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, r), odd), 4));
    const yy = v128.load(y + o), y0 = i16x8.extend_low_i8x16_u(yy), y1 = i16x8.extend_high_i8x16_u(yy);
    v128.store(out + o, i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr)));
    v128.store(greens + o, i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg)));
    v128.store(blues + o, i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb)));
  }
}

/**
 * The same columns as `width` pixels of packed RGB, 8 rows `stride` bytes apart at `out`. Reads up to three columns of sums
 * and seven of luma more than it needs.
 */
export function h2v2ToRgb(band: i32, y: usize, from: i32, width: i32, out: usize, stride: usize): void {
  const three = v128.load(K), even = v128.load(K, 16), odd = v128.load(K, 32);
  const kr = v128.load(COLOUR_K), kb = v128.load(COLOUR_K, 16), half = v128.load(COLOUR_K, 32), kg = v128.load(COLOUR_K, 48);
  let s = SUMS + (<usize>band << 5), x = <usize>from << 4, o = out;
  let bBefore = v128.load(s), rBefore = v128.load(s, 16), b = v128.load(s, 64), r = v128.load(s, 80);
  s += 64;
  for (let left = width; left > 0; left -= 8) {
    let b3 = i16x8.mul(b, three), r3 = i16x8.mul(r, three);
    let b0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, bBefore), even), 4));
    let r0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, rBefore), even), 4));
    bBefore = b; rBefore = r;
    b = v128.load(s, 64); r = v128.load(s, 80);
    let b1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, b), odd), 4)), r1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, r), odd), 4));
    let yy = v128.load(y + x, 0), y0 = i16x8.extend_low_i8x16_u(yy), y1 = i16x8.extend_high_i8x16_u(yy);
    const r01 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g01 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b01 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    b3 = i16x8.mul(b, three); r3 = i16x8.mul(r, three);
    b0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, bBefore), even), 4));
    r0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, rBefore), even), 4));
    bBefore = b; rBefore = r;
    b = v128.load(s, 128); r = v128.load(s, 144);
    b1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, b), odd), 4)); r1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, r), odd), 4));
    yy = v128.load(y + x, 16); y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    const r23 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g23 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b23 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    b3 = i16x8.mul(b, three); r3 = i16x8.mul(r, three);
    b0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, bBefore), even), 4));
    r0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, rBefore), even), 4));
    bBefore = b; rBefore = r;
    b = v128.load(s, 192); r = v128.load(s, 208);
    b1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, b), odd), 4)); r1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, r), odd), 4));
    yy = v128.load(y + x, 32); y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    const r45 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g45 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b45 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    b3 = i16x8.mul(b, three); r3 = i16x8.mul(r, three);
    b0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, bBefore), even), 4));
    r0 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, rBefore), even), 4));
    bBefore = b; rBefore = r;
    b = v128.load(s, 256); r = v128.load(s, 272);
    b1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(b3, b), odd), 4)); r1 = twice(i16x8.shr_s(i16x8.add(i16x8.add(r3, r), odd), 4));
    yy = v128.load(y + x, 48); y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    const r67 = i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr));
    const g67 = i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg));
    const b67 = i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb));
    const isWhole = left >= 8;
    storeGroup(isWhole ? o : TAIL, isWhole ? stride : 32, r01, g01, b01, r23, g23, b23, r45, g45, b45, r67, g67, b67);
    if (!isWhole) copyTail(o, stride, left);
    s += 256;
    x += 64;
    o += 24;
  }
}
