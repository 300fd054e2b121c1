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
import { alloc, getInfo } from "../shared/memory";
import {
  C_H, C_HEIGHT_BLOCKS, C_METHOD, C_V, C_WIDTH_BLOCKS, C_X_FACTOR, C_Y_FACTOR, component, COMPONENT_QUANTISATION,
} from "./components";
import { idct } from "./idct";
import { METHOD_H1V2, METHOD_H2V1, METHOD_H2V2, METHOD_NONE, METHOD_REPLICATE } from "./upsample";

// A plane a component: transform size, address, row stride, real width and height, upsampled row.
const PLANES: usize = memory.data(4 * 32, 16);
const P_SIZE: usize = 0;
const P_ADDRESS: usize = 4;
const P_STRIDE: usize = 8;
const P_WIDTH: usize = 12;
const P_HEIGHT: usize = 16;
const P_ROW: usize = 20;

const BLOCK: usize = memory.data(64, 16);
const WORK: usize = memory.data(8 * 4 * 4, 16);

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

/** Transforms the block at column `x`, row `y` of component `i`, and clears it. */
export function transformScaled(i: i32, x: i32, y: i32, block: usize): void {
  const c = component(i);
  // Blocks that only fill up the last MCU are not transformed.
  if (x < load<i32>(c, C_WIDTH_BLOCKS) && y < load<i32>(c, C_HEIGHT_BLOCKS)) {
    const p = plane(i), n = load<i32>(p, P_SIZE), stride = load<usize>(p, P_STRIDE);
    const out = load<usize>(p, P_ADDRESS) + <usize>(y * n) * stride + <usize>(x * n);
    const q = COMPONENT_QUANTISATION + (<usize>i << 7);
    if (n == 8) {
      idct(block, 0, q, BLOCK, 0, 1);
      for (let r: usize = 0; r < 8; r++) {
        for (let k: usize = 0; k < 8; k++) store<u8>(out + r * stride + k, load<u8>(BLOCK + (k << 3) + r));
      }
      return;
    }
    if (n == 4) idct4(block, q, out, stride);
    else if (n == 2) idct2(block, q, out, stride);
    else store<u8>(out, idct1(block, q));
  }
  // In line: memory.fill is a call.
  const zero = i8x16.splat(0);
  for (let at = block; at < block + 128; at += 32) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
  }
}

/**
 * Transforms `count` blocks of component `i`, each to one sample, at column `x` and every `columns` on, of row `y`: they are
 * `blockBytes` apart. Clears their DC coefficients, and looks at no others.
 */
export function writeMeans(i: i32, x: i32, columns: i32, y: i32, block: usize, blockBytes: usize, count: i32): void {
  const c = component(i), p = plane(i), q = COMPONENT_QUANTISATION + (<usize>i << 7);
  // Blocks that only fill up the last MCU are not transformed.
  const inside = y < load<i32>(c, C_HEIGHT_BLOCKS) ? (load<i32>(c, C_WIDTH_BLOCKS) - x + columns - 1) / columns : 0;
  let out = load<usize>(p, P_ADDRESS) + <usize>y * load<usize>(p, P_STRIDE) + <usize>x;
  for (let n = 0; n < count; n++) {
    if (n < inside) store<u8>(out, idct1(block, q));
    store<i16>(block, 0);
    out += columns;
    block += blockBytes;
  }
}

// A dequantised coefficient: the product wraps at 16 bits.
function input(block: usize, q: usize, index: usize): i32 {
  return <i32><i16>(<i32>load<i16>(block + (index << 1)) * <i32>load<i16>(q + (index << 1)));
}
function saturate16(v: i32): i32 { return max(-32768, min(32767, v)); }
function sample(v: i32): u8 { return <u8>(max(-128, min(127, v)) + 128); }

// The 4-point transform from inputs 0 1 2 3 5 6 7 (libjpeg-turbo's jsimd_idct_4x4 on x86-64: jidctred.c with
// 32-bit sums that wrap; the callers saturate): output `k`, before descaling.
function reduced4(k: i32, i0: i32, i1: i32, i2: i32, i3: i32, i5: i32, i6: i32, i7: i32): i32 {
  const t0 = i0 << 14, t2 = i2 * 15137 - i6 * 6270; // FIX(1.847759065), FIX(0.765366865)
  if (k == 0 || k == 3) {
    // FIX(2.562915447), FIX(0.899976223), FIX(0.601344887), FIX(0.509795579)
    const odd = i1 * 20995 + i3 * 7373 - i5 * 4926 - i7 * 4176;
    return k == 0 ? t0 + t2 + odd : t0 + t2 - odd;
  }
  // FIX(1.061594337), FIX(2.172734803), FIX(1.451774981), FIX(0.211164243)
  const odd = i1 * 8697 - i3 * 17799 + i5 * 11893 - i7 * 1730;
  return k == 1 ? t0 - t2 + odd : t0 - t2 - odd;
}

function idct4(block: usize, q: usize, out: usize, stride: usize): void {
  // The shortcut of the SIMD code for a block with rows 1, 2, 3, 5, 6, 7 zero wraps where the transform
  // would saturate.
  const ac = v128.or(
    v128.or(v128.or(v128.load(block, 16), v128.load(block, 32)), v128.load(block, 48)),
    v128.or(v128.or(v128.load(block, 80), v128.load(block, 96)), v128.load(block, 112)),
  );
  const isFlat = !v128.any_true(ac);
  for (let x: usize = 0; x < 8; x++) {
    if (x == 4) continue;
    const i0 = input(block, q, x);
    const i1 = input(block, q, 8 + x), i2 = input(block, q, 16 + x), i3 = input(block, q, 24 + x);
    const i5 = input(block, q, 40 + x), i6 = input(block, q, 48 + x), i7 = input(block, q, 56 + x);
    for (let k = 0; k < 4; k++) {
      const v = isFlat ? <i32><i16>(i0 << 2) : saturate16((reduced4(k, i0, i1, i2, i3, i5, i6, i7) + (1 << 11)) >> 12);
      store<i32>(WORK + ((<usize>k << 3) + x << 2), v);
    }
  }
  for (let r: usize = 0; r < 4; r++) {
    const w = WORK + (r << 5);
    for (let k = 0; k < 4; k++) {
      const v = reduced4(
        k, load<i32>(w), load<i32>(w, 4), load<i32>(w, 8), load<i32>(w, 12), load<i32>(w, 20), load<i32>(w, 24), load<i32>(w, 28),
      );
      store<u8>(out + <usize>k, sample(saturate16((v + (1 << 18)) >> 19)));
    }
    out += stride;
  }
}

// FIX(3.624509785), FIX(1.272758580), FIX(0.850430095), FIX(0.720959822)
function reduced2(i1: i32, i3: i32, i5: i32, i7: i32): i32 {
  return i1 * 29692 - i3 * 10426 + i5 * 6967 - i7 * 5906;
}

function idct2(block: usize, q: usize, out: usize, stride: usize): void {
  for (let x: usize = 0; x < 8; x++) {
    if (x == 2 || x == 4 || x == 6) continue;
    const odd = reduced2(input(block, q, 8 + x), input(block, q, 24 + x), input(block, q, 40 + x), input(block, q, 56 + x));
    const even = input(block, q, x) << 15;
    let a = (even + odd + (1 << 12)) >> 13, b = (even - odd + (1 << 12)) >> 13;
    // The first column stays at 32 bits in the SIMD code.
    if (x) { a = saturate16(a); b = saturate16(b); }
    store<i32>(WORK + (x << 2), a);
    store<i32>(WORK + (x << 2), b, 32);
  }
  for (let r: usize = 0; r < 2; r++) {
    const w = WORK + (r << 5);
    const odd = reduced2(load<i32>(w, 4), load<i32>(w, 12), load<i32>(w, 20), load<i32>(w, 28)), even = load<i32>(w) << 15;
    store<u8>(out, sample(saturate16((even + odd + (1 << 19)) >> 20)));
    store<u8>(out, sample(saturate16((even - odd + (1 << 19)) >> 20)), 1);
    out += stride;
  }
}

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
  let before = 3 * <i32>load<u8>(near) + <i32>load<u8>(far), current = before;
  for (let x: usize = 0; x < <usize>n; x++) {
    const next = min(x + 1, <usize>n - 1), after = 3 * <i32>load<u8>(near + next) + <i32>load<u8>(far + next);
    store<u8>(row + (x << 1), <u8>((3 * current + before + left) >> 4));
    store<u8>(row + (x << 1), <u8>((3 * current + after + right) >> 4), 1);
    before = current;
    current = after;
  }
  return row;
}

function clamp(v: i32): i32 { return max(0, min(255, v)); }

/** Writes output row `y`, columns [x0, x1), to `out`: RGB, or with `native` as stored (CMYK inverted). */
export function writeScaledRow(y: i32, x0: i32, x1: i32, native: bool, out: usize): void {
  const components = getInfo(INFO_COMPONENTS), colour = getInfo(INFO_COLOUR);
  const r0 = upsampleRow(0, y);
  if (components == 1) {
    for (let x = x0; x < x1; x++) {
      const v = load<u8>(r0 + <usize>x);
      store<u8>(out++, v);
      if (!native) { store<u8>(out++, v); store<u8>(out++, v); }
    }
    return;
  }
  const r1 = upsampleRow(1, y), r2 = upsampleRow(2, y), r3 = components == 4 ? upsampleRow(3, y) : 0;
  for (let x = <usize>x0; x < <usize>x1; x++) {
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
