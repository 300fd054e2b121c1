// Decoding at 1/2, 1/4 and 1/8 of the size through reduced inverse DCTs, with the results of libjpeg's
// scale_num / scale_denom (what Pillow's draft mode uses).
//
// A component whose samples are coarser gets a larger transform where that saves upsampling, as
// jdmaster.c decides. Samples go to whole planes (at most a quarter of the image), rows are upsampled
// and converted one by one.

import {
  COLOUR_RGB, COLOUR_YCBCR, COLOUR_YCCK, INFO_COLOUR, INFO_COMPONENTS, INFO_HEIGHT, INFO_WIDTH, STATUS_OK,
  STATUS_OUT_OF_MEMORY, STATUS_UNSUPPORTED_SAMPLING,
} from "../abi";
import { C128, HI, HI32, HI64, HI8, LO, LO32, LO8, SWAP64 } from "../shared/lanes";
import { alloc, getInfo } from "../shared/memory";
import {
  C_H, C_HEIGHT_BLOCKS, C_METHOD, C_V, C_WIDTH_BLOCKS, C_X_FACTOR, C_Y_FACTOR, component, COMPONENT_QUANTISATION,
} from "./components";
import { green, K, redOrBlue, twice } from "./colour";
import { idct } from "./idct";
import { idct2, idct4 } from "./reduced";
import { METHOD_H1V2, METHOD_H2V1, METHOD_H2V2, METHOD_NONE, METHOD_REPLICATE } from "./upsample";

// A plane a component: transform size, address, row stride, real width and height, upsampled row.
const PLANES: usize = memory.data(4 * 32, 16);
const P_SIZE: usize = 0;
const P_ADDRESS: usize = 4;
const P_STRIDE: usize = 8;
const P_WIDTH: usize = 12;
const P_HEIGHT: usize = 16;
const P_ROW: usize = 20;

// Blocks that are transformed at full size, before they are transposed.
const BATCH: i32 = 32;
const BAND: usize = memory.data(32 * 64, 16);

let scaledWidth: i32 = 0;

function plane(i: i32): usize { return PLANES + (<usize>i << 5); }

/** Samples of a block's edge of component `i`, once these are prepared. */
export function sizeOfTransform(i: i32): i32 { return load<i32>(plane(i), P_SIZE); }

/** Sizes and memory for transforms of at least `size` (4, 2 or 1); h and v factors are validated. */
export function prepareScaled(size: i32, hMax: i32, vMax: i32, mcusPerRow: i32, strips: i32): i32 {
  const width = getInfo(INFO_WIDTH), height = getInfo(INFO_HEIGHT), denominator = 8 / size;
  scaledWidth = (width + denominator - 1) / denominator;
  for (let i = 0; i < getInfo(INFO_COMPONENTS); i++) {
    const c = component(i), h = load<i32>(c, C_H), v = load<i32>(c, C_V), p = plane(i);
    let n = size;
    while (n < 8 && (hMax * size) % (h * n * 2) == 0 && (vMax * size) % (v * n * 2) == 0) n *= 2;
    const hIn = h * n / size, vIn = v * n / size;
    if (hMax % hIn || vMax % vIn) return STATUS_UNSUPPORTED_SAMPLING;
    const sampleWidth = (width * h * n + 8 * hMax - 1) / (8 * hMax);
    // jinit_upsampler: no fancy upsampling at 1/8, where libjpeg has no context rows.
    let method = METHOD_REPLICATE;
    if (hIn == hMax && vIn == vMax) method = METHOD_NONE;
    else if (2 * hIn == hMax && vIn == vMax && sampleWidth > 2 && size > 1) method = METHOD_H2V1;
    else if (hIn == hMax && 2 * vIn == vMax && size > 1) method = METHOD_H1V2;
    else if (2 * hIn == hMax && 2 * vIn == vMax && sampleWidth > 2 && size > 1) method = METHOD_H2V2;
    store<i32>(c, method, C_METHOD);
    store<i32>(c, hMax / hIn, C_X_FACTOR);
    store<i32>(c, vMax / vIn, C_Y_FACTOR);
    const stride = <usize>(mcusPerRow * h * n), at = alloc(stride * <usize>(strips * v * n));
    const row = alloc(<usize>(mcusPerRow * hMax * 8) + 64);
    if (!at || !row) return STATUS_OUT_OF_MEMORY;
    store<i32>(p, n, P_SIZE);
    store<usize>(p, at, P_ADDRESS);
    store<usize>(p, stride, P_STRIDE);
    store<i32>(p, sampleWidth, P_WIDTH);
    store<i32>(p, (height * v * n + 8 * vMax - 1) / (8 * vMax), P_HEIGHT);
    store<usize>(p, row, P_ROW);
  }
  return STATUS_OK;
}

/** Sets the plane of component `i`, for rows that were decoded otherwise. */
export function setPlane(i: i32, address: usize, stride: usize, width: i32, height: i32, row: usize): void {
  const p = plane(i);
  store<usize>(p, address, P_ADDRESS);
  store<usize>(p, stride, P_STRIDE);
  store<i32>(p, width, P_WIDTH);
  store<i32>(p, height, P_HEIGHT);
  store<usize>(p, row, P_ROW);
  if (i == 0) scaledWidth = getInfo(INFO_WIDTH);
}

// Blocks of a row that are transformed: those that only fill up the last MCU are not. Of `count` from column `x` on, `columns`
// apart, in row `y`.
function countInside(c: usize, x: i32, columns: i32, y: i32, count: i32): i32 {
  if (y >= load<i32>(c, C_HEIGHT_BLOCKS)) return 0;
  return max(0, min(count, (load<i32>(c, C_WIDTH_BLOCKS) - x + columns - 1) / columns));
}

/**
 * Transforms `count` blocks of component `i`, `step` bytes apart, at column `x` of row `y` and every `columns` on, and clears
 * them.
 */
export function transformScaled(i: i32, x: i32, columns: i32, y: i32, block: usize, step: usize, count: i32): void {
  const p = plane(i), n = load<i32>(p, P_SIZE), stride = load<usize>(p, P_STRIDE), q = COMPONENT_QUANTISATION + (<usize>i << 7);
  const outStep = <usize>(n * columns);
  let out = load<usize>(p, P_ADDRESS) + <usize>(y * n) * stride + <usize>(x * n);
  const inside = countInside(component(i), x, columns, y, count);
  if (n == 4) idct4(block, step, q, out, outStep, stride, inside);
  else if (n == 2) idct2(block, step, q, out, outStep, stride, inside);
  else if (n == 8) {
    for (let k = 0; k < inside; k += BATCH) {
      const batch = min(BATCH, inside - k);
      idct(block + <usize>k * step, step, q, BAND, 64, batch);
      for (let from = BAND; from < BAND + (<usize>batch << 6); from += 64, out += outStep) storeBlock(from, out, stride);
    }
  } else {
    for (let k = 0; k < inside; k++, out += outStep) {
      store<u8>(out, idct1(block + <usize>k * step, q));
      clearBlock(block + <usize>k * step);
    }
  }
  for (let k = inside; k < count; k++) clearBlock(block + <usize>k * step);
}

// In line: memory.fill is a call.
function clearBlock(block: usize): void {
  const zero = i8x16.splat(0);
  for (let at = block; at < block + 128; at += 32) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
  }
}

// Stores a block's columns as rows.
function storeBlock(from: usize, out: usize, stride: usize): void {
  const c0 = v128.load(from), c1 = v128.load(from, 16), c2 = v128.load(from, 32), c3 = v128.load(from, 48);
  // Pairs of neighbours of each row, then fours.
  const t0 = LO8(c0, SWAP64(c0)), t1 = LO8(c1, SWAP64(c1)), t2 = LO8(c2, SWAP64(c2)), t3 = LO8(c3, SWAP64(c3));
  const a = LO(t0, t1), b = HI(t0, t1), c = LO(t2, t3), d = HI(t2, t3);
  storeTwo(out, stride, LO32(a, c));
  storeTwo(out + 2 * stride, stride, HI32(a, c));
  storeTwo(out + 4 * stride, stride, LO32(b, d));
  storeTwo(out + 6 * stride, stride, HI32(b, d));
}

function storeTwo(out: usize, stride: usize, rows: v128): void {
  v128.store64_lane(out, rows, 0);
  v128.store64_lane(out + stride, rows, 1);
}

/**
 * Transforms `count` blocks of component `i`, each to one sample, at column `x` and every `columns` on, of row `y`: they are
 * `blockBytes` apart. Clears their DC coefficients, and looks at no others.
 */
export function writeMeans(i: i32, x: i32, columns: i32, y: i32, block: usize, blockBytes: usize, count: i32): void {
  const p = plane(i), q = COMPONENT_QUANTISATION + (<usize>i << 7), inside = countInside(component(i), x, columns, y, count);
  let out = load<usize>(p, P_ADDRESS) + <usize>y * load<usize>(p, P_STRIDE) + <usize>x;
  for (let n = 0; n < count; n++) {
    if (n < inside) store<u8>(out, idct1(block, q));
    store<i16>(block, 0);
    out += columns;
    block += blockBytes;
  }
}

function sample(v: i32): u8 { return <u8>(max(-128, min(127, v)) + 128); }

function idct1(block: usize, q: usize): u8 {
  // libjpeg's range limit table is periodic: 10 bits count, of which the upper half is negative.
  const v = ((((<i32>load<i16>(block) * <i32>load<i16>(q)) + 4) >> 3) & 1023) << 22 >> 22;
  return sample(v);
}

// Upsamples row `y` of component `i` to full resolution; returns its address.
function upsampleRow(i: i32, y: i32): usize {
  const p = plane(i), c = component(i), method = load<i32>(c, C_METHOD);
  const from = load<usize>(p, P_ADDRESS), stride = load<usize>(p, P_STRIDE), n = load<i32>(p, P_WIDTH), row = load<usize>(p, P_ROW);
  if (method == METHOD_NONE) return from + <usize>y * stride;
  if (method == METHOD_REPLICATE) {
    const source = from + <usize>(y / load<i32>(c, C_Y_FACTOR)) * stride, factor = load<i32>(c, C_X_FACTOR);
    for (let x = 0; x < scaledWidth; x++) store<u8>(row + <usize>x, load<u8>(source + <usize>(x / factor)));
    return row;
  }
  let near = from + <usize>y * stride, far = near;
  if (method != METHOD_H2V1) {
    const r = y >> 1, other = max(0, min(load<i32>(p, P_HEIGHT) - 1, y & 1 ? r + 1 : r - 1));
    near = from + <usize>r * stride;
    far = from + <usize>other * stride;
  }
  if (method == METHOD_H1V2) {
    const bias = y & 1 ? 2 : 1;
    for (let x: usize = 0; x < <usize>n; x++) store<u8>(row + x, <u8>((3 * <i32>load<u8>(near + x) + <i32>load<u8>(far + x) + bias) >> 2));
    return row;
  }
  // With one row, near and far are the same: 4 times the sample, and the rounding of h2v1 is the same as
  // that of a sum 4 times as large.
  const isOne = method == METHOD_H2V1, left = isOne ? 4 : 8, right = isOne ? 8 : 7;
  const done = upsampleEights(near, far, row, <usize>n, i16x8.splat(<i16>left), i16x8.splat(<i16>right));
  let before = 3 * <i32>load<u8>(near + max(done, 1) - 1) + <i32>load<u8>(far + max(done, 1) - 1);
  let current = 3 * <i32>load<u8>(near + done) + <i32>load<u8>(far + done);
  for (let x = done; x < <usize>n; x++) {
    const next = min(x + 1, <usize>n - 1), after = 3 * <i32>load<u8>(near + next) + <i32>load<u8>(far + next);
    store<u8>(row + (x << 1), <u8>((3 * current + before + left) >> 4));
    store<u8>(row + (x << 1), <u8>((3 * current + after + right) >> 4), 1);
    before = current;
    current = after;
  }
  return row;
}

// Sixteen pixels of RGB from their colours.
@inline
function storePixels(out: usize, r: v128, g: v128, b: v128): void {
  const low = LO8(r, g), high = HI8(r, g);
  v128.store(out, i8x16.shuffle(low, b, 0, 1, 16, 2, 3, 17, 4, 5, 18, 6, 7, 19, 8, 9, 20, 10));
  const middle = i8x16.shuffle(low, high, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 21, 21, 21, 21, 21);
  v128.store(out, i8x16.shuffle(middle, b, 0, 21, 1, 2, 22, 3, 4, 23, 5, 6, 24, 7, 8, 25, 9, 10), 16);
  v128.store(out, i8x16.shuffle(high, b, 26, 6, 7, 27, 8, 9, 28, 10, 11, 29, 12, 13, 30, 14, 15, 31), 32);
}

// As many pixels of columns [x0, x1) as sixteens make, by the arithmetic of colour.ts; how many.
function writeSixteens(first: usize, second: usize, third: usize, x0: usize, x1: usize, isYcc: bool, out: usize): usize {
  const c128 = v128.load(C128), kr = v128.load(K), kb = v128.load(K, 16), half = v128.load(K, 32), kg = v128.load(K, 48);
  let x = x0;
  for (; x + 16 <= x1; x += 16, out += 48) {
    const y = v128.load(first + x), cb = v128.load(second + x), cr = v128.load(third + x);
    if (!isYcc) {
      storePixels(out, y, cb, cr);
      continue;
    }
    const b = v128.xor(cb, c128), r = v128.xor(cr, c128);
    const y0 = i16x8.extend_low_i8x16_u(y), y1 = i16x8.extend_high_i8x16_u(y);
    const b0 = twice(i16x8.extend_low_i8x16_s(b)), b1 = twice(i16x8.extend_high_i8x16_s(b));
    const r0 = twice(i16x8.extend_low_i8x16_s(r)), r1 = twice(i16x8.extend_high_i8x16_s(r));
    storePixels(
      out,
      i8x16.narrow_i16x8_u(redOrBlue(y0, r0, kr), redOrBlue(y1, r1, kr)),
      i8x16.narrow_i16x8_u(green(y0, b0, r0, half, kg), green(y1, b1, r1, half, kg)),
      i8x16.narrow_i16x8_u(redOrBlue(y0, b0, kb), redOrBlue(y1, b1, kb)),
    );
  }
  return x - x0;
}

// The sum of three quarters and one of eight samples.
@inline
function weigh(near: usize, far: usize, three: v128): v128 {
  return i16x8.add(i16x8.mul(v128.load_ext<u8>(near), three), v128.load_ext<u8>(far));
}

// As many of a row's `n` samples, but the first and the last, as eights make, from the first on; how many. The first one is
// done too.
function upsampleEights(near: usize, far: usize, row: usize, n: usize, left: v128, right: v128): usize {
  if (n < 10) return 0;
  const three = i16x8.splat(3), first = 3 * <i32>load<u8>(near) + <i32>load<u8>(far), second = 3 * <i32>load<u8>(near, 1) + <i32>load<u8>(far, 1);
  store<u8>(row, <u8>((4 * first + i16x8.extract_lane_s(left, 0)) >> 4));
  store<u8>(row, <u8>((3 * first + second + i16x8.extract_lane_s(right, 0)) >> 4), 1);
  let x: usize = 1;
  for (; x + 8 < n; x += 8) {
    const current = i16x8.mul(weigh(near + x, far + x, three), three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(current, weigh(near + x - 1, far + x - 1, three)), left), 4);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(current, weigh(near + x + 1, far + x + 1, three)), right), 4);
    const both = i8x16.narrow_i16x8_u(even, odd);
    v128.store(row + (x << 1), LO8(both, HI64(both, both)));
  }
  return x;
}

function clamp(v: i32): i32 { return max(0, min(255, v)); }

/** Writes output row `y`, columns [x0, x1), to `out`: RGB, or with `native` as stored (CMYK inverted). */
export function writeScaledRow(y: i32, x0: i32, x1: i32, native: bool, out: usize): void {
  const components = getInfo(INFO_COMPONENTS), colour = getInfo(INFO_COLOUR);
  const r0 = upsampleRow(0, y);
  if (components == 1) {
    const done = native ? 0 : writeSixteens(r0, r0, r0, x0, x1, false, out);
    out += 3 * done;
    for (let x = x0 + <i32>done; x < x1; x++) {
      const v = load<u8>(r0 + <usize>x);
      store<u8>(out++, v);
      if (!native) { store<u8>(out++, v); store<u8>(out++, v); }
    }
    return;
  }
  const r1 = upsampleRow(1, y), r2 = upsampleRow(2, y), r3 = components == 4 ? upsampleRow(3, y) : 0;
  let done: usize = 0;
  if (components == 3 && (colour == COLOUR_YCBCR || colour == COLOUR_RGB)) {
    done = writeSixteens(r0, r1, r2, x0, x1, colour == COLOUR_YCBCR, out);
    out += 3 * done;
  }
  for (let x = <usize>x0 + done; x < <usize>x1; x++) {
    let a: i32 = load<u8>(r0 + x), b: i32 = load<u8>(r1 + x), c: i32 = load<u8>(r2 + x);
    if (colour == COLOUR_YCBCR || colour == COLOUR_YCCK) {
      // jdcolor.c: FIX(1.40200), FIX(0.34414), FIX(0.71414), FIX(1.77200) at 16 bits.
      const l = a, cb = b - 128, cr = c - 128;
      a = clamp(l + ((91881 * cr + 32768) >> 16));
      b = clamp(l + ((-22554 * cb - 46802 * cr + 32768) >> 16));
      c = clamp(l + ((116130 * cb + 32768) >> 16));
    } else if (colour != COLOUR_RGB) {
      a = 255 - a;
      b = 255 - b;
      c = 255 - c;
    }
    if (components == 4) {
      const k: i32 = load<u8>(r3 + x);
      if (native) {
        store<u8>(out, a); store<u8>(out, b, 1); store<u8>(out, c, 2); store<u8>(out, 255 - k, 3);
        out += 4;
        continue;
      }
      a = withoutBlack(a, k);
      b = withoutBlack(b, k);
      c = withoutBlack(c, k);
    }
    store<u8>(out, a); store<u8>(out, b, 1); store<u8>(out, c, 2);
    out += 3;
  }
}

// Pillow's cmyk2rgb, `white` being 255 - K.
function withoutBlack(ink: i32, white: i32): i32 {
  const t = ink * white + 128;
  return white - ((t + (t >> 8)) >> 8);
}
