// Pillow's resampling (Resample.c, ImagingResampleHorizontal_8bpc and ..Vertical_8bpc), band by band.
//
// The horizontal pass takes two bands (8 rows each, column after column) per channel and makes 16 rows of the
// intermediate image, already rounded to 8 bits as Pillow's is; the vertical pass makes an output row
// as soon as its last source row is there; each output row is normalised at once. Only the columns,
// rows and taps that the output needs are computed.
//
// Exact: a coefficient k of 22 fractional bits is split into k = high * 65536 + low with a signed
// 16-bit low, and two taps are one dot product for each half. high is at most 2^7 in magnitude
// (|k| < 2^23), so both dot products of 8-bit pixels fit 32 bits, and (high sum << 16) + low sum
// equals Pillow's 32-bit accumulator modulo 2^32 whatever overflows in between.

import {
  OUTPUT_F16_NCHW, OUTPUT_F32_NCHW, PARAM_CHANNELS, PARAM_LUT, PARAM_OUTPUT, PARAM_OUTPUT_HEIGHT, PARAM_OUTPUT_LEFT,
  PARAM_OUTPUT_TOP, PARAM_OUTPUT_TYPE, PARAM_OUTPUT_WIDTH, PARAM_SOURCE_HEIGHT, PARAM_SOURCE_WIDTH,
  PARAM_X_BOUNDS, PARAM_X_COEFFICIENTS, PARAM_X_COUNT, PARAM_X_TAPS, PARAM_Y_BOUNDS, PARAM_Y_COEFFICIENTS,
  PARAM_Y_COUNT, PARAM_Y_TAPS, STATUS_OK, STATUS_OUT_OF_MEMORY,
} from "./abi";
import { columnsToRows } from "./colour";
import { HI, HI32, HI64, HI8, LO, LO32, LO64, LO8 } from "./lanes";
import { alloc, param } from "./memory";

// The accumulator's start, half of the last place: 1 << 21 in 32-bit lanes.
const HALF: usize = memory.data<i32>([2097152, 2097152, 2097152, 2097152], 16);

// Packed tables: a record an output, (start, number of pairs of taps), then for each pair the two
// high halves and the two low halves. start is a byte offset for columns, a row number for rows.
let xTable: usize = 0, xRecord: usize = 0, yTable: usize = 0, yRecord: usize = 0;
let xCount: i32 = 0, yCount: i32 = 0, channels: i32 = 0;

/** The source columns [neededX0, neededX1) and rows [neededY0, neededY1) that the output needs. */
export let neededX0: i32 = 0, neededX1: i32 = 0, neededY0: i32 = 0, neededY1: i32 = 0;

// The intermediate image: rows [ringFirst, ringNext), `ringStride` bytes apart, planes side by side.
let ring: usize = 0, ringStride: usize = 0, ringPlane: usize = 0;
let ringRows: i32 = 0, ringFirst: i32 = 0, ringNext: i32 = 0;
let columns: usize = 0; // 16 rows of the intermediate image, column after column
let outputRow: usize = 0; // one row of the output, planes side by side
let nextOutput: i32 = 0;

function pack(bounds: usize, coefficients: usize, taps: i32, count: i32, shift: usize, table: usize, record: usize): void {
  for (let i = 0; i < count; i++) {
    const first = load<i32>(bounds + (<usize>i << 3)), n = load<i32>(bounds + (<usize>i << 3), 4);
    let r = table + <usize>i * record;
    store<i32>(r, first << <i32>shift);
    store<i32>(r, max(1, (n + 1) >> 1), 4);
    r += 8;
    const k = coefficients + (<usize>(i * taps) << 2);
    for (let j = 0; j < n || j == 0; j += 2) {
      const k0 = j < n ? load<i32>(k + (<usize>j << 2)) : 0, k1 = j + 1 < n ? load<i32>(k + (<usize>j << 2), 4) : 0;
      const low0 = <i32><i16>k0, low1 = <i32><i16>k1;
      store<i16>(r, <i16>((k0 - low0) >> 16));
      store<i16>(r, <i16>((k1 - low1) >> 16), 2);
      store<i16>(r, <i16>low0, 4);
      store<i16>(r, <i16>low1, 6);
      r += 8;
    }
  }
}

/** Packs the host's tables and takes the memory for the intermediate image. */
export function prepareResample(): i32 {
  xCount = param(PARAM_X_COUNT);
  yCount = param(PARAM_Y_COUNT);
  channels = param(PARAM_CHANNELS);
  const xTaps = param(PARAM_X_TAPS), yTaps = param(PARAM_Y_TAPS);
  const xBounds = <usize>param(PARAM_X_BOUNDS), yBounds = <usize>param(PARAM_Y_BOUNDS);
  xRecord = 8 + (<usize>((xTaps + 1) >> 1) << 3);
  yRecord = 8 + (<usize>((yTaps + 1) >> 1) << 3);
  ringPlane = <usize>((xCount + 15) & ~15);
  ringStride = ringPlane * <usize>channels;
  ringRows = 2 * yTaps + 48;
  xTable = alloc(xRecord * <usize>xCount);
  yTable = alloc(yRecord * <usize>yCount);
  columns = alloc(ringPlane << 4);
  outputRow = alloc(ringStride);
  ring = alloc(<usize>(ringRows + 2) * ringStride);
  if (!xTable || !yTable || !columns || !outputRow || !ring) return STATUS_OUT_OF_MEMORY;
  pack(xBounds, <usize>param(PARAM_X_COEFFICIENTS), xTaps, xCount, 3, xTable, xRecord);
  pack(yBounds, <usize>param(PARAM_Y_COEFFICIENTS), yTaps, yCount, 0, yTable, yRecord);

  neededX0 = neededY0 = i32.MAX_VALUE;
  neededX1 = neededY1 = 0;
  for (let i: usize = 0; i < <usize>xCount; i++) {
    const first = load<i32>(xBounds + (i << 3));
    neededX0 = min(neededX0, first);
    neededX1 = max(neededX1, first + max(1, load<i32>(xBounds + (i << 3), 4)));
  }
  for (let i: usize = 0; i < <usize>yCount; i++) {
    const first = load<i32>(yBounds + (i << 3));
    neededY0 = min(neededY0, first);
    neededY1 = max(neededY1, first + max(1, load<i32>(yBounds + (i << 3), 4)));
  }
  ringFirst = ringNext = neededY0 & ~7;
  nextOutput = 0;
  return STATUS_OK;
}

export function isResampleDone(): bool { return nextOutput >= yCount; }

/**
 * Takes the bands of source rows [y, y + 16), of which the first `rows` exist: one plane a channel,
 * `plane` bytes apart, `upper` and `lower` being column 0 of the first. Bands come in order, without gaps.
 */
export function feedBands(upper: usize, lower: usize, plane: usize, y: i32, rows: i32): void {
  if (y != ringNext || y >= neededY1) return;
  if (y + 16 - ringFirst > ringRows) {
    // Slide the rows that are still needed to the front.
    const first = nextOutput < yCount ? load<i32>(yTable + <usize>nextOutput * yRecord) : y;
    const keep = min(y, max(ringFirst, first));
    memory.copy(ring, ring + <usize>(keep - ringFirst) * ringStride, <usize>(y - keep) * ringStride);
    ringFirst = keep;
  }
  let to = ring + <usize>(y - ringFirst) * ringStride;
  for (let c = 0; c < channels; c++) {
    resampleColumns(upper, lower);
    columnsToRows(columns, xCount, to, ringStride);
    upper += plane;
    lower += plane;
    to += ringPlane;
  }
  ringNext = y + 16;
  const available = y + rows;
  while (nextOutput < yCount) {
    const r = yTable + <usize>nextOutput * yRecord;
    const bounds = <usize>param(PARAM_Y_BOUNDS) + (<usize>nextOutput << 3);
    if (load<i32>(bounds) + load<i32>(bounds, 4) > available) break;
    resampleRow(r);
    writeRow(nextOutput);
    nextOutput++;
  }
}

// The horizontal pass for one channel: output columns of 16 rows from source columns of 8 rows in either
// band. Two bands at a time share the coefficients and what a turn of the loop costs (measured: 3% of a whole
// transform). A load takes two neighbouring columns; the second of the last pair may lie beyond the taps, its
// coefficient is 0.
function resampleColumns(upper: usize, lower: usize): void {
  const half = v128.load(HALF), zero = i8x16.splat(0), record = xRecord;
  const distance = lower - upper;
  let t = xTable, o = columns;
  for (let x = xCount; x > 0; x--) {
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

// The vertical pass for one output row, 16 bytes of all planes at a time.
function resampleRow(record: usize): void {
  const half = v128.load(HALF), zero = i8x16.splat(0), stride = ringStride;
  const source = ring + <usize>(load<i32>(record) - ringFirst) * stride, pairs = load<i32>(record, 4);
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
    v128.store(outputRow + x, i8x16.narrow_i16x8_u(finish(h0, l0, h1, l1), finish(h2, l2, h3, l3)));
  }
}

// A byte's value is (v * a + v * b - mean) / std, a record of (a, b, mean, std) a channel; the host chooses a and
// b so that v * a + v * b is the float32 v / 255 that torchvision has (or v itself). Each operation rounds to
// float32 on its own, as there. Measured: half the time of a
// table of values with four look-ups a load, 5% of a whole evaluation transform.
function normalise32(from: usize, to: usize, record: usize, n: usize): void {
  const a = v128.load32_splat(record), b = v128.load32_splat(record, 4);
  const mean = v128.load32_splat(record, 8), std = v128.load32_splat(record, 12);
  const end = to + (n << 2), whole = to + ((n & ~7) << 2);
  while (to < whole) {
    const v = v128.load8x8_u(from);
    const x = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)), y = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v));
    v128.store(to, f32x4.div(f32x4.sub(f32x4.add(f32x4.mul(x, a), f32x4.mul(x, b)), mean), std));
    v128.store(to, f32x4.div(f32x4.sub(f32x4.add(f32x4.mul(y, a), f32x4.mul(y, b)), mean), std), 16);
    from += 8;
    to += 32;
  }
  for (; to < end; to += 4) {
    const v = <f32>load<u8>(from++);
    store<f32>(to, (v * load<f32>(record) + v * load<f32>(record, 4) - load<f32>(record, 8)) / load<f32>(record, 12));
  }
}

function lookUp16(from: usize, to: usize, table: usize, n: usize): void {
  const end = to + (n << 1), whole = to + ((n & ~3) << 1);
  while (to < whole) {
    const v = load<u32>(from);
    store<u16>(to, load<u16>(table + <usize>((v & 255) << 1)));
    store<u16>(to, load<u16>(table + <usize>((v >> 7) & 510)), 2);
    store<u16>(to, load<u16>(table + <usize>((v >> 15) & 510)), 4);
    store<u16>(to, load<u16>(table + <usize>((v >> 23) & 510)), 6);
    from += 4;
    to += 8;
  }
  for (; to < end; to += 2) store<u16>(to, load<u16>(table + (<usize>load<u8>(from++) << 1)));
}

// Writes output row y: through the table of the normalised values, or as packed bytes.
function writeRow(y: i32): void {
  const type = param(PARAM_OUTPUT_TYPE), width = <usize>param(PARAM_OUTPUT_WIDTH), height = <usize>param(PARAM_OUTPUT_HEIGHT);
  const left = <usize>param(PARAM_OUTPUT_LEFT), top = <usize>(param(PARAM_OUTPUT_TOP) + y), n = <usize>xCount;
  const output = <usize>param(PARAM_OUTPUT), lut = <usize>param(PARAM_LUT);
  if (type == OUTPUT_F32_NCHW || type == OUTPUT_F16_NCHW) {
    for (let c: usize = 0; c < 3; c++) {
      const from = outputRow + (channels == 1 ? 0 : c * ringPlane), at = (c * height + top) * width + left;
      if (type == OUTPUT_F32_NCHW) normalise32(from, output + (at << 2), lut + (c << 4), n);
      else lookUp16(from, output + (at << 1), lut + (c << 9), n);
    }
    return;
  }
  // OUTPUT_U8_NHWC with as many channels as the source has, or with grey replicated to three.
  const wanted = <usize>(lut ? 3 : channels);
  let to = output + (top * width + left) * wanted;
  if (channels == 3) {
    const g = outputRow + ringPlane, b = g + ringPlane;
    for (let x: usize = 0; x < n; x++) {
      store<u8>(to, load<u8>(outputRow + x));
      store<u8>(to, load<u8>(g + x), 1);
      store<u8>(to, load<u8>(b + x), 2);
      to += 3;
    }
  } else {
    for (let x: usize = 0; x < n; x++) {
      for (let c: usize = 0; c < wanted; c++) {
        store<u8>(to++, load<u8>(outputRow + (channels == 1 ? 0 : c * ringPlane) + x));
      }
    }
  }
}

const SPREAD: usize = memory.data<u8>([
  0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255, // three bytes a pixel to four
  0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, // four pixels to four planes
], 16);

// Turns eight rows of packed pixels into a band of planes. Rows are at row0, row0 + stride, ..., a row
// beyond the image repeats the last one. Reads up to 16 bytes past a row's end.
function rowsToBand(row0: usize, stride: usize, rows: i32, width: i32, n: i32, band: usize, plane: usize): void {
  if (n == 1) {
    for (let r: i32 = 0; r < 8; r++) {
      const from = row0 + <usize>min(r, rows - 1) * stride;
      for (let x: usize = 0; x < <usize>width; x++) store<u8>(band + (x << 3) + r, load<u8>(from + x));
    }
    return;
  }
  const s1 = row0 + <usize>min(1, rows - 1) * stride, s2 = row0 + <usize>min(2, rows - 1) * stride;
  const s3 = row0 + <usize>min(3, rows - 1) * stride, s4 = row0 + <usize>min(4, rows - 1) * stride;
  const s5 = row0 + <usize>min(5, rows - 1) * stride, s6 = row0 + <usize>min(6, rows - 1) * stride;
  const s7 = row0 + <usize>min(7, rows - 1) * stride;
  const spread = n == 3 ? v128.load(SPREAD) : i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const split = v128.load(SPREAD, 16), step = <usize>(4 * n);
  let at: usize = 0, o = band;
  for (let x = 0; x < width; x += 4) {
    let a0 = i8x16.swizzle(v128.load(row0 + at), spread), a1 = i8x16.swizzle(v128.load(s1 + at), spread);
    let a2 = i8x16.swizzle(v128.load(s2 + at), spread), a3 = i8x16.swizzle(v128.load(s3 + at), spread);
    let p = LO32(a0, a1), q = HI32(a0, a1), s = LO32(a2, a3), t = HI32(a2, a3);
    const u0 = i8x16.swizzle(LO64(p, s), split), u1 = i8x16.swizzle(HI64(p, s), split);
    const u2 = i8x16.swizzle(LO64(q, t), split), u3 = i8x16.swizzle(HI64(q, t), split);
    a0 = i8x16.swizzle(v128.load(s4 + at), spread); a1 = i8x16.swizzle(v128.load(s5 + at), spread);
    a2 = i8x16.swizzle(v128.load(s6 + at), spread); a3 = i8x16.swizzle(v128.load(s7 + at), spread);
    p = LO32(a0, a1); q = HI32(a0, a1); s = LO32(a2, a3); t = HI32(a2, a3);
    const w0 = i8x16.swizzle(LO64(p, s), split), w1 = i8x16.swizzle(HI64(p, s), split);
    const w2 = i8x16.swizzle(LO64(q, t), split), w3 = i8x16.swizzle(HI64(q, t), split);
    storeColumn(o, plane, u0, w0, n);
    storeColumn(o + 8, plane, u1, w1, n);
    storeColumn(o + 16, plane, u2, w2, n);
    storeColumn(o + 24, plane, u3, w3, n);
    at += step;
    o += 32;
  }
}

@inline
function storeColumn(o: usize, plane: usize, upper: v128, lower: v128, n: i32): void {
  const rg = LO32(upper, lower), ba = HI32(upper, lower);
  v128.store64_lane(o, rg, 0);
  v128.store64_lane(o + plane, rg, 1);
  v128.store64_lane(o + 2 * plane, ba, 0);
  if (n == 4) v128.store64_lane(o + 3 * plane, ba, 1);
}

/** Resamples the packed pixels at `source` into PARAM_OUTPUT. */
export function resampleImage(source: usize): i32 {
  const status = prepareResample();
  if (status < 0) return status;
  const width = param(PARAM_SOURCE_WIDTH), height = param(PARAM_SOURCE_HEIGHT), n = param(PARAM_CHANNELS);
  const stride = <usize>width * <usize>n, plane = (<usize>width << 3) + 64;
  const upper = alloc(2 * plane * <usize>n), lower = upper + plane * <usize>n;
  if (!upper) return STATUS_OUT_OF_MEMORY;
  for (let y = neededY0 & ~7; y < neededY1 && !isResampleDone(); y += 16) {
    const rows = min(16, height - y), from = source + <usize>y * stride;
    rowsToBand(from, stride, min(8, rows), width, n, upper, plane);
    if (rows > 8) rowsToBand(from + 8 * stride, stride, rows - 8, width, n, lower, plane);
    feedBands(upper, lower, plane, y, rows);
  }
  return STATUS_OK;
}
