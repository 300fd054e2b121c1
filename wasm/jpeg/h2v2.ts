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
import { green, K as COLOUR_K, redOrBlue } from "./colour";

// Constant vectors: threes, 8 - 2048, 7 - 2048.
const K: usize = memory.data<i16>([
  3, 3, 3, 3, 3, 3, 3, 3, -2040, -2040, -2040, -2040, -2040, -2040, -2040, -2040,
  -2041, -2041, -2041, -2041, -2041, -2041, -2041, -2041,
], 16);

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
 * Converts chroma columns [from, to), which are twice as many pixels. `cbAbove` is 7 bytes before the sample above column
 * 0, `cbBelow` the sample below it; likewise for cr. The planes of the upper band go to `upper` (column 0 of red), those
 * of the lower one to `lower`, `plane` bytes apart. Reads one column of chroma on either side.
 */
export function convertH2V2(
  y: usize, yBand: usize, cb: usize, cbAbove: usize, cbBelow: usize, cr: usize, crAbove: usize, crBelow: usize,
  from: i32, to: i32, upper: usize, lower: usize, plane: usize,
): void {
  const three = v128.load(K), even = v128.load(K, 16), odd = v128.load(K, 32);
  const kr = v128.load(COLOUR_K), kb = v128.load(COLOUR_K, 16), half = v128.load(COLOUR_K, 32), kg = v128.load(COLOUR_K, 48);
  let x = (<usize>from << 3) - 8, o = <usize>from << 4;
  let c: v128, c3: v128, e: v128, d: v128;
  // Sums of the column before, this one and the one after: of cb in the upper (b0) and the lower band (b1), of cr (r0, r1).
  let b0Before: v128, b1Before: v128, r0Before: v128, r1Before: v128, b0: v128, b1: v128, r0: v128, r1: v128;
  c = v128.load8x8_u(cb + x); c3 = i16x8.mul(c, three);
  e = i16x8.add(c3, above(v128.load8x8_u(cbAbove + x), c)); d = i16x8.add(c3, below(c, v128.load8x8_u(cbBelow + x)));
  b0Before = LO(e, d); b1Before = HI(e, d);
  c = v128.load8x8_u(cr + x); c3 = i16x8.mul(c, three);
  e = i16x8.add(c3, above(v128.load8x8_u(crAbove + x), c)); d = i16x8.add(c3, below(c, v128.load8x8_u(crBelow + x)));
  r0Before = LO(e, d); r1Before = HI(e, d);
  x += 8;
  c = v128.load8x8_u(cb + x); c3 = i16x8.mul(c, three);
  e = i16x8.add(c3, above(v128.load8x8_u(cbAbove + x), c)); d = i16x8.add(c3, below(c, v128.load8x8_u(cbBelow + x)));
  b0 = LO(e, d); b1 = HI(e, d);
  c = v128.load8x8_u(cr + x); c3 = i16x8.mul(c, three);
  e = i16x8.add(c3, above(v128.load8x8_u(crAbove + x), c)); d = i16x8.add(c3, below(c, v128.load8x8_u(crBelow + x)));
  r0 = LO(e, d); r1 = HI(e, d);
  const end = <usize>to << 4, lowerY = y + yBand;
  while (o < end) {
    x += 8;
    let bEven: v128, bOdd: v128, rEven: v128, rOdd: v128, yy: v128, y0: v128, y1: v128;
    c = v128.load8x8_u(cb + x); c3 = i16x8.mul(c, three);
    e = i16x8.add(c3, above(v128.load8x8_u(cbAbove + x), c)); d = i16x8.add(c3, below(c, v128.load8x8_u(cbBelow + x)));
    const b0After = LO(e, d), b1After = HI(e, d);
    c = v128.load8x8_u(cr + x); c3 = i16x8.mul(c, three);
    e = i16x8.add(c3, above(v128.load8x8_u(crAbove + x), c)); d = i16x8.add(c3, below(c, v128.load8x8_u(crBelow + x)));
    const r0After = LO(e, d), r1After = HI(e, d);
    c3 = i16x8.mul(b0, three);
    bEven = i16x8.shr_s(i16x8.add(i16x8.add(c3, b0Before), even), 4);
    bOdd = i16x8.shr_s(i16x8.add(i16x8.add(c3, b0After), odd), 4);
    c3 = i16x8.mul(r0, three);
    rEven = i16x8.shr_s(i16x8.add(i16x8.add(c3, r0Before), even), 4);
    rOdd = i16x8.shr_s(i16x8.add(i16x8.add(c3, r0After), odd), 4);
    yy = v128.load(y + o);
    y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    v128.store(upper + o, i8x16.narrow_i16x8_u(redOrBlue(y0, rEven, kr), redOrBlue(y1, rOdd, kr)));
    v128.store(upper + o + plane, i8x16.narrow_i16x8_u(green(y0, bEven, rEven, half, kg), green(y1, bOdd, rOdd, half, kg)));
    v128.store(upper + o + 2 * plane, i8x16.narrow_i16x8_u(redOrBlue(y0, bEven, kb), redOrBlue(y1, bOdd, kb)));
    c3 = i16x8.mul(b1, three);
    bEven = i16x8.shr_s(i16x8.add(i16x8.add(c3, b1Before), even), 4);
    bOdd = i16x8.shr_s(i16x8.add(i16x8.add(c3, b1After), odd), 4);
    c3 = i16x8.mul(r1, three);
    rEven = i16x8.shr_s(i16x8.add(i16x8.add(c3, r1Before), even), 4);
    rOdd = i16x8.shr_s(i16x8.add(i16x8.add(c3, r1After), odd), 4);
    yy = v128.load(lowerY + o);
    y0 = i16x8.extend_low_i8x16_u(yy); y1 = i16x8.extend_high_i8x16_u(yy);
    v128.store(lower + o, i8x16.narrow_i16x8_u(redOrBlue(y0, rEven, kr), redOrBlue(y1, rOdd, kr)));
    v128.store(lower + o + plane, i8x16.narrow_i16x8_u(green(y0, bEven, rEven, half, kg), green(y1, bOdd, rOdd, half, kg)));
    v128.store(lower + o + 2 * plane, i8x16.narrow_i16x8_u(redOrBlue(y0, bEven, kb), redOrBlue(y1, bOdd, kb)));
    b0Before = b0; b1Before = b1; r0Before = r0; r1Before = r1;
    b0 = b0After; b1 = b1After; r0 = r0After; r1 = r1After;
    o += 16;
  }
}
