// From rows of RGB to samples of Y, Cb and Cr, less 128, in the order in which they are transformed.

// An MCU: 16 rows of 16 luma samples, 8 rows of 8 of Cb, as many of Cr; 16 bits each.
export const BLUE: usize = 512;
export const RED: usize = 640;
export const MCU_BYTES: usize = 768;

// Pairs of colours as 16-bit lanes, of four pixels: (red, green) and (blue, green). Lanes of 0x80 become zero.
const RED_GREEN: usize = memory.data<u8>([0, 0x80, 1, 0x80, 3, 0x80, 4, 0x80, 6, 0x80, 7, 0x80, 9, 0x80, 10, 0x80], 16);
const BLUE_GREEN: usize = memory.data<u8>([2, 0x80, 1, 0x80, 5, 0x80, 4, 0x80, 8, 0x80, 7, 0x80, 11, 0x80, 10, 0x80], 16);

// Factors of jccolor.c with 16 fractional bits. What does not fit in 16 bits is taken apart: 38470 = 22086 + 16384 (both
// pairs have green), and half of a chroma is subtracted: 32768 = -(-32768).
const Y_RG: usize = memory.data<i16>([19595, 22086, 19595, 22086, 19595, 22086, 19595, 22086], 16);
const Y_BG: usize = memory.data<i16>([7471, 16384, 7471, 16384, 7471, 16384, 7471, 16384], 16);
const MINUS_CB_RG: usize = memory.data<i16>([11059, 21709, 11059, 21709, 11059, 21709, 11059, 21709], 16);
const MINUS_CB_BG: usize = memory.data<i16>([-32768, 0, -32768, 0, -32768, 0, -32768, 0], 16);
const MINUS_CR_RG: usize = memory.data<i16>([-32768, 27439, -32768, 27439, -32768, 27439, -32768, 27439], 16);
const MINUS_CR_BG: usize = memory.data<i16>([5329, 0, 5329, 0, 5329, 0, 5329, 0], 16);
// One half, less 128: -128 * 65536 + 32768. And one half less the least there is, which chroma has: 32767.
const Y_ROUND: usize = memory.data<i32>([-8355840, -8355840, -8355840, -8355840], 16);
const C_ROUND: usize = memory.data<i32>([32767, 32767, 32767, 32767], 16);
// jcsample.c, h2v2_downsample: up in one column, down in the next.
const BIAS: usize = memory.data<i32>([1, 2, 1, 2], 16);

// The last pixels of two rows, repeated to fill an MCU, and what a load reads beyond.
const TAIL_ROW: usize = 64;
const TAIL: usize = memory.data(128, 16);

/** Eight samples of luma, of (red, green) and (blue, green) of twice four pixels. Exact: rgb_ycc_convert. */
@inline
function lumaOf(rg0: v128, bg0: v128, rg1: v128, bg1: v128, byRg: v128, byBg: v128, round: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.add(i32x4.dot_i16x8_s(rg0, byRg), i32x4.dot_i16x8_s(bg0, byBg)), round), 16),
    i32x4.shr_s(i32x4.add(i32x4.add(i32x4.dot_i16x8_s(rg1, byRg), i32x4.dot_i16x8_s(bg1, byBg)), round), 16),
  );
}

/** Eight samples of chroma, by its factors with the other sign. */
@inline
function chromaOf(rg0: v128, bg0: v128, rg1: v128, bg1: v128, byRg: v128, byBg: v128, round: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.sub(round, i32x4.add(i32x4.dot_i16x8_s(rg0, byRg), i32x4.dot_i16x8_s(bg0, byBg))), 16),
    i32x4.shr_s(i32x4.sub(round, i32x4.add(i32x4.dot_i16x8_s(rg1, byRg), i32x4.dot_i16x8_s(bg1, byBg))), 16),
  );
}

/** Four means of 2 x 2, of the sums of two rows. Exact: h2v2_downsample; four times 128 less is 128 less. */
@inline
function meansOf(sums: v128, bias: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.extadd_pairwise_i16x8_s(sums), bias), 2);
}

/**
 * `count` MCUs' row pairs: 16 pixels each of the rows at `a` and `b`. Luma goes to `y` and the row below it, chroma to `c`, in
 * each MCU. Reads 4 bytes beyond the last pixel.
 */
function convertPair(a: usize, b: usize, count: usize, y: usize, c: usize): void {
  const redGreen = v128.load(RED_GREEN), blueGreen = v128.load(BLUE_GREEN);
  const yRg = v128.load(Y_RG), yBg = v128.load(Y_BG), yRound = v128.load(Y_ROUND);
  const bRg = v128.load(MINUS_CB_RG), bBg = v128.load(MINUS_CB_BG);
  const rRg = v128.load(MINUS_CR_RG), rBg = v128.load(MINUS_CR_BG);
  const cRound = v128.load(C_ROUND), bias = v128.load(BIAS);
  const end = y + count * MCU_BYTES;
  while (y < end) {
    // Pixels 0 to 7 of both rows, then 8 to 15.
    let v = v128.load(a), w = v128.load(a, 12);
    let rg0 = i8x16.swizzle(v, redGreen), bg0 = i8x16.swizzle(v, blueGreen);
    let rg1 = i8x16.swizzle(w, redGreen), bg1 = i8x16.swizzle(w, blueGreen);
    v128.store(y, lumaOf(rg0, bg0, rg1, bg1, yRg, yBg, yRound));
    let blue = chromaOf(rg0, bg0, rg1, bg1, bRg, bBg, cRound);
    let red = chromaOf(rg0, bg0, rg1, bg1, rRg, rBg, cRound);
    v = v128.load(b); w = v128.load(b, 12);
    rg0 = i8x16.swizzle(v, redGreen); bg0 = i8x16.swizzle(v, blueGreen);
    rg1 = i8x16.swizzle(w, redGreen); bg1 = i8x16.swizzle(w, blueGreen);
    v128.store(y, lumaOf(rg0, bg0, rg1, bg1, yRg, yBg, yRound), 32);
    const blueMeans = meansOf(i16x8.add(blue, chromaOf(rg0, bg0, rg1, bg1, bRg, bBg, cRound)), bias);
    const redMeans = meansOf(i16x8.add(red, chromaOf(rg0, bg0, rg1, bg1, rRg, rBg, cRound)), bias);
    v = v128.load(a, 24); w = v128.load(a, 36);
    rg0 = i8x16.swizzle(v, redGreen); bg0 = i8x16.swizzle(v, blueGreen);
    rg1 = i8x16.swizzle(w, redGreen); bg1 = i8x16.swizzle(w, blueGreen);
    v128.store(y, lumaOf(rg0, bg0, rg1, bg1, yRg, yBg, yRound), 16);
    blue = chromaOf(rg0, bg0, rg1, bg1, bRg, bBg, cRound);
    red = chromaOf(rg0, bg0, rg1, bg1, rRg, rBg, cRound);
    v = v128.load(b, 24); w = v128.load(b, 36);
    rg0 = i8x16.swizzle(v, redGreen); bg0 = i8x16.swizzle(v, blueGreen);
    rg1 = i8x16.swizzle(w, redGreen); bg1 = i8x16.swizzle(w, blueGreen);
    v128.store(y, lumaOf(rg0, bg0, rg1, bg1, yRg, yBg, yRound), 48);
    v128.store(c, i16x8.narrow_i32x4_s(
      blueMeans, meansOf(i16x8.add(blue, chromaOf(rg0, bg0, rg1, bg1, bRg, bBg, cRound)), bias),
    ), BLUE);
    v128.store(c, i16x8.narrow_i32x4_s(
      redMeans, meansOf(i16x8.add(red, chromaOf(rg0, bg0, rg1, bg1, rRg, rBg, cRound)), bias),
    ), RED);
    a += 48;
    b += 48;
    y += MCU_BYTES;
    c += MCU_BYTES;
  }
}

/** The pixels of a row from `from` on, `count` of them (1 to 15), and the last one again and again: 16 in all, at `to`. */
function repeatLast(from: usize, count: usize, to: usize): void {
  memory.copy(to, from, count * 3);
  const last = to + count * 3 - 3;
  for (let p = last + 3; p < to + 48; p++) store<u8>(p, load<u8>(p - 3));
}

/**
 * One row of MCUs, at `strip`, of a picture with rows of RGB at `pixels`. What lies beyond its right edge repeats its last column;
 * below its last row, luma repeats that, and chroma the last row of means.
 *
 * Exact: pre_process_data: an odd row is its own neighbour, and rows are repeated after they were downsampled.
 */
export function convertStrip(pixels: usize, width: i32, height: i32, row: i32, strip: usize): void {
  const whole = <usize>(width >> 4);
  const rest = <usize>(width & 15);
  const rowBytes = <usize>width * 3;
  const mcus = rest ? whole + 1 : whole;
  for (let pair = 0; pair < 8; pair++) {
    const top = 16 * row + 2 * pair;
    const y = strip + 64 * pair;
    const c = strip + 16 * pair;
    if (top >= height) {
      // Luma of the row above is the last one's, whichever of its pair that was.
      for (let i: usize = 0; i < mcus; i++) {
        const luma = y + i * MCU_BYTES, chroma = c + i * MCU_BYTES;
        const left = v128.load(luma - 32), right = v128.load(luma - 16);
        v128.store(luma, left);
        v128.store(luma, right, 16);
        v128.store(luma, left, 32);
        v128.store(luma, right, 48);
        v128.store(chroma, v128.load(chroma + BLUE - 16), BLUE);
        v128.store(chroma, v128.load(chroma + RED - 16), RED);
      }
      continue;
    }
    const a = pixels + <usize>top * rowBytes;
    const b = top + 1 < height ? a + rowBytes : a;
    convertPair(a, b, whole, y, c);
    if (rest) {
      repeatLast(a + whole * 48, rest, TAIL);
      repeatLast(b + whole * 48, rest, TAIL + TAIL_ROW);
      convertPair(TAIL, TAIL + TAIL_ROW, 1, y + whole * MCU_BYTES, c + whole * MCU_BYTES);
    }
  }
}
