// What becomes of decoded strips: rows of pixels, or planes for the resampler.

import {
  COLOUR_RGB, COLOUR_YCBCR, COLOUR_YCCK, INFO_OUTPUT, MODE_FUSED, MODE_NATIVE, STATUS_OK, STATUS_OUT_OF_MEMORY,
} from "../abi";
import { feedBands } from "../resample/resample";
import { alloc, setInfo } from "../shared/memory";
import { bandToRows } from "../shared/transpose";
import { bandToPlanes, bandToRgb, invertPlane, planesToCmyk, planesToRgb, removeBlack } from "./colour";
import { C_BAND_BYTES, component } from "./components";
import { colour, components, height, isH2V2, mode, strips, vMax, width, x0, x1, y0, y1 } from "./frame";
import { convertH2V2, h2v2ToRgb, sumH2V2 } from "./h2v2";
import { bandAddress, sampleAbove, sampleBelow, upsampleBand } from "./upsample";

let planes: usize = 0, planeBytes: usize = 0; // one RGB or CMYK band, plane by plane; two for the resampler
let isSecondBand = false; // the first of two bands for the resampler is there
let rows: usize = 0; // the output rows of one strip

/** Takes the memory for the output of the frame. */
export function prepareOutput(): i32 {
  isSecondBand = false;
  if (mode == MODE_FUSED || components == 4) {
    planeBytes = ((<usize>width + 63) & ~31) << 3;
    planes = alloc(<usize>components * planeBytes * (mode == MODE_FUSED ? 2 : 1));
    if (!planes) return STATUS_OUT_OF_MEMORY;
  }
  if (mode != MODE_FUSED) {
    rows = alloc(<usize>(8 * vMax + 8) * (<usize>(x1 - x0) + 16) * <usize>pixelBytes());
    if (!rows) return STATUS_OUT_OF_MEMORY;
    setInfo(INFO_OUTPUT, <i32>rows);
  }
  return STATUS_OK;
}

/** Bytes a pixel of the rows that are put out. */
export function pixelBytes(): i32 {
  return mode != MODE_NATIVE ? 3 : components == 3 ? 3 : components;
}

/** Puts out the bands of strip `m` that the region needs; returns the number of rows written. */
export function emitStrip(m: i32): i32 {
  if (isH2V2) return emitH2V2(m);
  let written = 0;
  const stride = <usize>(x1 - x0) * <usize>pixelBytes();
  for (let b = 0; b < vMax; b++) {
    const top = 8 * (vMax * m + b);
    if (top >= height || top >= y1 || top + 8 <= y0) continue;
    const band0 = upsampleBand(component(0), m, b, x0, x1, strips);
    const bottom = min(height, top + 8);
    if (mode == MODE_FUSED) {
      feed(band0, m, b, top, bottom - top);
      continue;
    }
    // Rows of the band that lie above the region are written first and then moved out.
    const out = rows + <usize>written * stride;
    if (components == 1) {
      if (mode == MODE_NATIVE) greyRows(band0, out, stride);
      else planesToRgb(band0, band0, band0, x0, x1 - x0, out, stride);
    } else if (components == 4) {
      makePlanes(band0, m, b, planes);
      if (mode == MODE_NATIVE) planesToCmyk(planes, planeBytes, x0, x1 - x0, out, stride);
      else planesToRgb(planes, planes + planeBytes, planes + 2 * planeBytes, x0, x1 - x0, out, stride);
    } else {
      const band1 = upsampleBand(component(1), m, b, x0, x1, strips), band2 = upsampleBand(component(2), m, b, x0, x1, strips);
      if (colour == COLOUR_YCBCR) bandToRgb(band0, band1, band2, x0, x1 - x0, out, stride);
      else planesToRgb(band0, band1, band2, x0, x1 - x0, out, stride);
    }
    const skip = max(0, y0 - top), count = min(bottom, y1) - top - skip;
    if (skip) memory.copy(out, out + <usize>skip * stride, <usize>count * stride);
    written += count;
  }
  return written;
}

// Columns that are converted at once: their sums and planes stay in the L1 cache.
const CHUNK: i32 = 64;
const CHUNK_PLANE: usize = 8 * 66; // an odd first column needs one more on either side
const CHUNK_PLANES: usize = memory.data(3 * 8 * 66 + 64, 16);

// The same for both bands of a strip of a 4:2:0 image at once.
function emitH2V2(m: i32): i32 {
  const top = 16 * m, y = bandAddress(component(0), m, 0), yLower = y + load<usize>(component(0), C_BAND_BYTES);
  if (top >= y1 || top + 16 <= y0) return 0;
  const c1 = component(1), c2 = component(2);
  const cb = bandAddress(c1, m, 0), cbAbove = sampleAbove(c1, m) - 7, cbBelow = sampleBelow(c1, m, strips);
  const cr = bandAddress(c2, m, 0), crAbove = sampleAbove(c2, m) - 7, crBelow = sampleBelow(c2, m, strips);
  // The rows of the bands that are needed, the upper one's first; those above the region are moved out afterwards.
  const stride = <usize>(x1 - x0) * 3, bottom = min(height, min(y1, top + 16));
  const hasUpper = top + 8 > y0, hasLower = bottom > top + 8;
  const upper = rows, lower = rows + (hasUpper ? 8 * stride : 0);
  for (let x = x0; x < x1; x += CHUNK) {
    const count = min(CHUNK, x1 - x), from = x >> 1, to = (x + count + 1) >> 1;
    sumH2V2(cb, cbAbove, cbBelow, cr, crAbove, crBelow, from, to);
    if (mode == MODE_FUSED) {
      convertH2V2(0, y, from, to, planes, planeBytes);
      convertH2V2(1, yLower, from, to, planes + 3 * planeBytes, planeBytes);
      continue;
    }
    const first = CHUNK_PLANES - (<usize>from << 4), at = <usize>(x - x0) * 3;
    if (!(x & 1)) {
      // Pixels in pairs of one chroma column, straight to rows; where the region's edge parts a pair, by planes.
      if (hasUpper) h2v2ToRgb(0, y, from, count, upper + at, stride);
      if (hasLower) h2v2ToRgb(1, yLower, from, count, lower + at, stride);
      continue;
    }
    if (hasUpper) {
      convertH2V2(0, y, from, to, first, CHUNK_PLANE);
      planesToRgb(first, first + CHUNK_PLANE, first + 2 * CHUNK_PLANE, x, count, upper + at, stride);
    }
    if (hasLower) {
      convertH2V2(1, yLower, from, to, first, CHUNK_PLANE);
      planesToRgb(first, first + CHUNK_PLANE, first + 2 * CHUNK_PLANE, x, count, lower + at, stride);
    }
  }
  if (mode == MODE_FUSED) {
    feedBands(planes, planes + 3 * planeBytes, planeBytes, top, min(16, height - top));
    return 0;
  }
  const from = hasUpper ? top : top + 8, skip = max(0, y0 - from), count = bottom - from - skip;
  if (skip) memory.copy(rows, rows + <usize>skip * stride, <usize>count * stride);
  return count;
}

// Two bands go to the resampler together, unless the last one has no other.
function feed(band0: usize, m: i32, b: i32, top: i32, count: i32): void {
  const bandBytes = planeBytes * <usize>components, to = planes + (isSecondBand ? bandBytes : 0);
  if (components == 1) memory.copy(to + (<usize>x0 << 3), band0 + (<usize>x0 << 3), <usize>(x1 - x0 + 1) << 3);
  else makePlanes(band0, m, b, to);
  const isSecond = isSecondBand;
  isSecondBand = !isSecond && top + 8 < y1 && top + 8 < height;
  if (isSecondBand) return;
  if (isSecond) feedBands(planes, planes + bandBytes, planeBytes, top - 8, 8 + count);
  else feedBands(planes, planes, planeBytes, top, count);
}

// Converts band `b` of strip `m` to planes: RGB, or in MODE_NATIVE the four of CMYK as Pillow stores it,
// which is inverted (Adobe's convention), whatever the file says.
function makePlanes(band0: usize, m: i32, b: i32, planes: usize): void {
  const band1 = upsampleBand(component(1), m, b, x0, x1, strips), band2 = upsampleBand(component(2), m, b, x0, x1, strips);
  const from = <usize>x0 << 3, bytes = <usize>(x1 - x0 + 1) << 3;
  const plane1 = planes + planeBytes, plane2 = plane1 + planeBytes, plane3 = plane2 + planeBytes;
  // YCCK becomes CMY = 255 - RGB in libjpeg and is inverted back by Pillow.
  if (colour == COLOUR_YCBCR || colour == COLOUR_YCCK) bandToPlanes(band0, band1, band2, x0, x1, planes, planeBytes);
  else if (colour == COLOUR_RGB) {
    memory.copy(planes + from, band0 + from, bytes);
    memory.copy(plane1 + from, band1 + from, bytes);
    memory.copy(plane2 + from, band2 + from, bytes);
  } else {
    invertPlane(band0 + from, planes + from, bytes);
    invertPlane(band1 + from, plane1 + from, bytes);
    invertPlane(band2 + from, plane2 + from, bytes);
  }
  if (components != 4) return;
  const band3 = upsampleBand(component(3), m, b, x0, x1, strips);
  if (mode == MODE_NATIVE) invertPlane(band3 + from, plane3 + from, bytes);
  else {
    // Pillow's K is 255 - band3, so its 255 - K is band3 itself.
    removeBlack(planes + from, band3 + from, bytes);
    removeBlack(plane1 + from, band3 + from, bytes);
    removeBlack(plane2 + from, band3 + from, bytes);
  }
}

// Rows of grey samples; the transposition writes groups of 16, what remains goes one by one.
function greyRows(band: usize, out: usize, stride: usize): void {
  const n = x1 - x0, whole = n & ~15;
  if (whole) bandToRows(band, x0, whole, out, stride);
  for (let x = whole; x < n; x++) {
    const from = band + (<usize>(x0 + x) << 3);
    for (let r: usize = 0; r < 8; r++) store<u8>(out + r * stride + <usize>x, load<u8>(from + r));
  }
}
