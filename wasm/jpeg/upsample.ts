// Upsampling of one component's band (8 output rows, column after column) to full resolution, equal
// to libjpeg-turbo's jdsample.c with fancy upsampling on.
//
// Columns of 8 rows make the horizontal filter plain arithmetic between neighbouring vectors. The
// vertical one needs rows above and below: a column of 8 samples is extended to
//
//   lane   0  1  2  3  4  5  6  7   8     9..14  15
//   row    0  1  2  3  4  5  6  7   next  -      previous
//
// and one swizzle yields the nearer row of each output row as 16-bit lanes, another the farther.

import {
  C_BAND_BYTES, C_HEIGHT, C_METHOD, C_STRIP_BYTES, C_STRIP_COUNT, C_STRIPS, C_UPSAMPLED, C_V, C_WIDTH, C_X_FACTOR,
  C_Y_FACTOR,
} from "./components";

export const METHOD_NONE: i32 = 0;
export const METHOD_H2V1: i32 = 1; // h2v1_fancy_upsample
export const METHOD_H1V2: i32 = 2; // h1v2_fancy_upsample
export const METHOD_H2V2: i32 = 3; // h2v2_fancy_upsample
export const METHOD_REPLICATE: i32 = 4; // int_upsample, h2v1_upsample, h2v2_upsample

// Constant vectors: threes; rounding of h2v1 (1, 2); of h2v2 (8, 7); of h1v2 (1 and 2 alternating).
const K: usize = memory.data<i16>([
  3, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 8, 8, 8, 8, 8, 8, 8, 8, 7, 7, 7, 7, 7, 7,
  7, 7, 1, 2, 1, 2, 1, 2, 1, 2,
], 16);
// Lanes of the nearer and the farther row: for the upper 8 of 16 output rows, then for the lower.
const ROWS: usize = memory.data<u8>([
  0, 255, 0, 255, 1, 255, 1, 255, 2, 255, 2, 255, 3, 255, 3, 255,
  15, 255, 1, 255, 0, 255, 2, 255, 1, 255, 3, 255, 2, 255, 4, 255,
  4, 255, 4, 255, 5, 255, 5, 255, 6, 255, 6, 255, 7, 255, 7, 255,
  3, 255, 5, 255, 4, 255, 6, 255, 5, 255, 7, 255, 6, 255, 8, 255,
], 16);

/** Address of band `b` of strip `m` of component `c`. */
export function bandAddress(c: usize, m: i32, b: i32): usize {
  const strip = <usize>(m % load<i32>(c, C_STRIP_COUNT));
  return load<usize>(c, C_STRIPS) + strip * load<usize>(c, C_STRIP_BYTES) + <usize>b * load<usize>(c, C_BAND_BYTES);
}

/**
 * Makes what the filters read beyond a decoded strip equal to its edge: the column before the first
 * and the one after the last, and, in the last strip, the row after the last.
 */
export function extendEdges(c: usize, m: i32): void {
  const v = load<i32>(c, C_V), method = load<i32>(c, C_METHOD);
  const width = <usize>load<i32>(c, C_WIDTH);
  if (method == METHOD_H1V2 || method == METHOD_H2V2) {
    const row = load<i32>(c, C_HEIGHT) - m * 8 * v; // first row that does not exist
    if (row > 0 && row < 8 * v) {
      const to = bandAddress(c, m, row >> 3) + (row & 7);
      const from = bandAddress(c, m, (row - 1) >> 3) + ((row - 1) & 7);
      for (let x: usize = 0; x < width; x++) store<u8>(to + (x << 3), load<u8>(from + (x << 3)));
    }
  }
  if (method == METHOD_H2V1 || method == METHOD_H2V2) {
    for (let b = 0; b < v; b++) {
      const band = bandAddress(c, m, b);
      store<u64>(band - 8, load<u64>(band));
      store<u64>(band + (width << 3), load<u64>(band + (width << 3) - 8));
    }
  }
}

/**
 * Upsamples output band `b` of strip `m`, output columns [x0, x1); `strips` is the image's number of
 * strips. Returns the address of the band's column 0. May write one column on either side.
 */
export function upsampleBand(c: usize, m: i32, b: i32, x0: i32, x1: i32, strips: i32): usize {
  const method = load<i32>(c, C_METHOD);
  if (method == METHOD_NONE) return bandAddress(c, m, b);
  const out = load<usize>(c, C_UPSAMPLED);
  if (method == METHOD_H2V1) {
    upsampleH2V1(bandAddress(c, m, b), out, x0 >> 1, (x1 + 1) >> 1);
    return out;
  }
  if (method == METHOD_REPLICATE) {
    replicate(c, m, b, out, x0, x1);
    return out;
  }
  const v = load<i32>(c, C_V), source = b >> 1;
  const band = bandAddress(c, m, source);
  let previous = band, next = band + 7;
  if (source > 0) previous = bandAddress(c, m, source - 1) + 7;
  else if (m > 0) previous = bandAddress(c, m - 1, v - 1) + 7;
  if (source < v - 1) next = bandAddress(c, m, source + 1);
  else if (m < strips - 1) next = bandAddress(c, m + 1, 0);
  const rows = ROWS + (b & 1 ? 32 : 0);
  if (method == METHOD_H1V2) upsampleH1V2(band, previous, next, rows, out, x0, x1);
  else upsampleH2V2(band, previous, next, rows, out, x0 >> 1, (x1 + 1) >> 1);
  return out;
}

// Even output columns (3 * this + previous + 1) >> 2, odd ones (3 * this + next + 2) >> 2.
function upsampleH2V1(band: usize, out: usize, from: i32, to: i32): void {
  const three = v128.load(K), one = v128.load(K, 16), two = v128.load(K, 32);
  let p = band + (<usize>from << 3), o = out + (<usize>from << 4);
  let previous = v128.load_ext<u8>(p - 8), current = v128.load_ext<u8>(p);
  for (let n = to - from; n > 0; n--) {
    p += 8;
    const next = v128.load_ext<u8>(p);
    const c3 = i16x8.mul(current, three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(c3, previous), one), 2);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(c3, next), two), 2);
    v128.store(o, i8x16.narrow_i16x8_u(even, odd));
    o += 16;
    previous = current;
    current = next;
  }
}

// @inline: the extended column of 16 lanes at column offset `x`.
@inline
function extended(band: usize, previous: usize, next: usize, x: usize): v128 {
  return v128.load8_lane(previous + x, v128.load8_lane(next + x, v128.load_zero<u64>(band + x), 8), 15);
}

// (3 * nearer + farther + bias) >> 2, bias 1 in the upper row of each pair, 2 in the lower.
function upsampleH1V2(band: usize, previous: usize, next: usize, rows: usize, out: usize, from: i32, to: i32): void {
  const three = v128.load(K), bias = v128.load(K, 80), near = v128.load(rows), far = v128.load(rows, 16);
  for (let x = <usize>from << 3; x < (<usize>to << 3); x += 8) {
    const v = extended(band, previous, next, x);
    const sum = i16x8.add(i16x8.mul(i8x16.swizzle(v, near), three), i8x16.swizzle(v, far));
    const r = i16x8.shr_u(i16x8.add(sum, bias), 2);
    v128.store64_lane(out + x, i8x16.narrow_i16x8_u(r, r), 0);
  }
}

// Column sums 3 * nearer + farther (at most 1020), then even columns (3 * this + previous + 8) >> 4,
// odd ones (3 * this + next + 7) >> 4.
function upsampleH2V2(band: usize, previous: usize, next: usize, rows: usize, out: usize, from: i32, to: i32): void {
  const three = v128.load(K), eight = v128.load(K, 48), seven = v128.load(K, 64);
  const near = v128.load(rows), far = v128.load(rows, 16);
  let x = <usize>from << 3, o = out + (<usize>from << 4);
  let v = extended(band, previous, next, x - 8);
  let before = i16x8.add(i16x8.mul(i8x16.swizzle(v, near), three), i8x16.swizzle(v, far));
  v = extended(band, previous, next, x);
  let current = i16x8.add(i16x8.mul(i8x16.swizzle(v, near), three), i8x16.swizzle(v, far));
  for (let n = to - from; n > 0; n--) {
    x += 8;
    v = extended(band, previous, next, x);
    const after = i16x8.add(i16x8.mul(i8x16.swizzle(v, near), three), i8x16.swizzle(v, far));
    const c3 = i16x8.mul(current, three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(c3, before), eight), 4);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(c3, after), seven), 4);
    v128.store(o, i8x16.narrow_i16x8_u(even, odd));
    o += 16;
    before = current;
    current = after;
  }
}

/**
 * Address of the sample of column 0 above the first row of strip `m`, and below the last row of its band; where there
 * is none, of the row at the edge. For components with one band a strip.
 */
export function sampleAbove(c: usize, m: i32): usize {
  return m > 0 ? bandAddress(c, m - 1, 0) + 7 : bandAddress(c, m, 0);
}
export function sampleBelow(c: usize, m: i32, strips: i32): usize {
  return m < strips - 1 ? bandAddress(c, m + 1, 0) : bandAddress(c, m, 0) + 7;
}

// Lanes of the rows that a band's are made of.
const REPEATED: usize = memory.data(16, 16);

// All rows come from one band: where a factor is no power of two, it is 3, and the component has one band.
function replicate(c: usize, m: i32, b: i32, out: usize, x0: i32, x1: i32): void {
  const xFactor = load<i32>(c, C_X_FACTOR), yFactor = load<i32>(c, C_Y_FACTOR);
  for (let r = 0; r < 8; r++) store<u8>(REPEATED + r, ((8 * b + r) / yFactor) & 7);
  const rows = v128.load(REPEATED);
  let from = bandAddress(c, m, 8 * b / yFactor >> 3) + (<usize>(x0 / xFactor) << 3), left = xFactor - x0 % xFactor;
  let column = i8x16.swizzle(v128.load_zero<u64>(from), rows);
  for (let x = x0; x < x1; x++) {
    v128.store64_lane(out + (<usize>x << 3), column, 0);
    if (--left) continue;
    left = xFactor;
    from += 8;
    column = i8x16.swizzle(v128.load_zero<u64>(from), rows);
  }
}
