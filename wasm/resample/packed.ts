// Resampling of packed pixels, which the host gives, in place of decoded bands.

import { PARAM_CHANNELS, PARAM_SOURCE_HEIGHT, PARAM_SOURCE_WIDTH, STATUS_OK, STATUS_OUT_OF_MEMORY } from "../abi";
import { HI32, HI64, LO32, LO64 } from "../shared/lanes";
import { alloc, param } from "../shared/memory";
import { feedBands, isResampleDone, neededY0, neededY1, prepareResample } from "./resample";

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
