/**
 * Pictures as baseline JPEG files (ITU-T T.81), by the arithmetic of libjpeg, one number at a time: what the encoder's
 * module is compared with where Pillow is not at hand.
 */
import type { Image } from "../../src/image/types.ts";
import {
  AC_CHROMA,
  AC_LUMA,
  CHROMA_QUANTA,
  DC_CHROMA,
  DC_LUMA,
  LUMA_QUANTA,
  makeCodes,
  ZIGZAG,
} from "../../src/image/encode/baseline_tables.ts";

/** Bytes that one MCU takes at most: 6 blocks of 64 coefficients, each of 26 bits, all of them stuffed. */
const MAX_MCU_BYTES = 6 * 64 * 8;

/**
 * Encodes an RGB image as JPEG: 4:2:0, the tables of Annex K scaled by the quality, one scan.
 *
 * Shape: `[H, W, 3]` u8 to the bytes of a file.
 * Exact: Pillow's `image.save(file, "JPEG", quality=quality)` with libjpeg-turbo 2 and 3: `rgb_ycc_convert`,
 * `h2v2_downsample`, `jpeg_fdct_islow`, `quantize`, `encode_one_block`.
 *
 * @param quality 1 to 100.
 * @throws {RangeError} If an edge has more than 65,500 pixels, which libjpeg refuses, or the image is no RGB.
 */
export function encodeBaseline(image: Image, quality: number): Uint8Array<ArrayBuffer> {
  const { width, height, channels } = image;
  if (channels !== 3) throw new RangeError(`a JPEG file takes 3 channels here, not ${channels}`);
  if (!(width >= 1 && height >= 1 && width <= 65_500 && height <= 65_500)) {
    throw new RangeError(`a JPEG file is 1 to 65500 pixels wide and high, not ${width}x${height}`);
  }
  const quanta = [scaleQuanta(LUMA_QUANTA, quality), scaleQuanta(CHROMA_QUANTA, quality)];
  const head = writeHead(width, height, quanta);
  return encodeScan(image, quanta, head);
}

/** Exact: `jpeg_quality_scaling`, `jpeg_add_quant_table` with `force_baseline`. */
function scaleQuanta(base: readonly number[], quality: number): number[] {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return base.map((value) => Math.min(Math.max(Math.floor((value * scale + 50) / 100), 1), 255));
}

/** All that stands before the scan's data. Exact: `jcmarker.c`, for a file with JFIF's marker. */
function writeHead(width: number, height: number, quanta: readonly number[][]): number[] {
  const size = (value: number): [number, number] => [value >> 8, value & 255];
  const head = [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1];
  head.push(0, 0);
  quanta.forEach((table, i) => {
    head.push(0xff, 0xdb, 0, 67, i, ...Array.from(ZIGZAG, (place) => table[place]));
  });
  head.push(0xff, 0xc0, 0, 17, 8, ...size(height), ...size(width), 3);
  head.push(1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1);
  for (const [kind, { counts, values }] of TABLES) {
    head.push(0xff, 0xc4, ...size(19 + values.length), kind, ...counts, ...values);
  }
  head.push(0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0);
  return head;
}

const TABLES = [[0x00, DC_LUMA], [0x10, AC_LUMA], [0x01, DC_CHROMA], [0x11, AC_CHROMA]] as const;

interface BlockCodes {
  /** Codes of Huffman's tables with their lengths, `code << 5 | length`, by what they stand for. */
  readonly dc: Int32Array;
  readonly ac: Int32Array;
  /** Reciprocals of the divisors, in zigzag order. */
  readonly reciprocals: Float64Array;
  /** Half of each divisor, and half of one: what makes a division round. */
  readonly halves: Float64Array;
  /** The least values that are not rounded to zero. */
  readonly leasts: Int32Array;
}

function makeBlockCodes(quanta: readonly number[], isLuma: boolean): BlockCodes {
  // What the transform gives is 8 times as large as a coefficient.
  const divisors = Array.from(ZIGZAG, (place) => quanta[place] * 8);
  return {
    dc: makeCodes(isLuma ? DC_LUMA : DC_CHROMA),
    ac: makeCodes(isLuma ? AC_LUMA : AC_CHROMA),
    reciprocals: Float64Array.from(divisors, (divisor) => 1 / divisor),
    // An integer plus a half over a divisor is at least 1/4080 away from any integer, which rounding cannot reach.
    halves: Float64Array.from(divisors, (divisor) => (divisor >> 1) + 0.5),
    leasts: Int32Array.from(divisors, (divisor) => divisor - (divisor >> 1)),
  };
}

/** One row of MCUs: samples less 128, luma of 16 rows and chroma of 8. */
interface Planes {
  readonly luma: Int32Array;
  readonly blue: Int32Array;
  readonly red: Int32Array;
}

/**
 * The data of the scan behind the head, and the end of the file.
 *
 * Exact: `compress_data`: blocks of the last MCUs that lie outside the image have the DC of their predecessor and
 * nothing else.
 */
function encodeScan(
  image: Image,
  quanta: readonly number[][],
  head: readonly number[],
): Uint8Array<ArrayBuffer> {
  const { width, height } = image;
  const across = Math.ceil(width / 16);
  const down = Math.ceil(height / 16);
  const codes = [makeBlockCodes(quanta[0], true), makeBlockCodes(quanta[1], false)];
  const planes: Planes = {
    luma: new Int32Array(16 * 16 * across),
    blue: new Int32Array(8 * 8 * across),
    red: new Int32Array(8 * 8 * across),
  };
  const rows = new Int32Array(4 * 16 * across);
  const block = new Int32Array(64);
  const levels = new Int32Array(64);
  const rest: Rest = { bits: 0, count: 0 };
  let out = new Uint8Array(Math.max(head.length + MAX_MCU_BYTES + (width * height >> 2), 4096));
  out.set(head);
  let at = head.length;
  const before = [0, 0, 0];
  const lumaAcross = Math.ceil(width / 8);
  const lumaDown = Math.ceil(height / 8);
  for (let row = 0; row < down; row++) {
    convertRows(image, row, across, planes, rows);
    for (let column = 0; column < across; column++) {
      if (at + MAX_MCU_BYTES > out.length) {
        const longer = new Uint8Array(out.length * 2 + MAX_MCU_BYTES);
        longer.set(out);
        out = longer;
      }
      for (let b = 0; b < 4; b++) {
        const isInside = 2 * column + (b & 1) < lumaAcross && 2 * row + (b >> 1) < lumaDown;
        let last = 0;
        if (isInside) {
          const start = (b >> 1) * 8 * 16 * across + (2 * column + (b & 1)) * 8;
          transform(planes.luma, start, 16 * across, block);
          last = quantise(block, codes[0], levels);
        } else levels[0] = before[0];
        at = encodeBlock(levels, last, before[0], codes[0], out, at, rest);
        before[0] = levels[0];
      }
      for (let c = 1; c < 3; c++) {
        transform(c === 1 ? planes.blue : planes.red, column * 8, 8 * across, block);
        const last = quantise(block, codes[1], levels);
        at = encodeBlock(levels, last, before[c], codes[1], out, at, rest);
        before[c] = levels[0];
      }
    }
  }
  if (rest.count > 0) {
    // What is left of a byte is filled with ones.
    const byte = rest.bits << 8 - rest.count & 255 | (1 << 8 - rest.count) - 1;
    out[at++] = byte;
    if (byte === 255) out[at++] = 0;
  }
  out[at++] = 0xff;
  out[at++] = 0xd9;
  return out.slice(0, at);
}

/** Bits that wait for a byte to be full: fewer than 8, the lowest ones. */
interface Rest {
  bits: number;
  count: number;
}

/**
 * Divides coefficients and puts them into the order of the scan.
 *
 * Exact: `quantize`: quotients are rounded, halves away from zero.
 *
 * @returns The place of the last one that is not zero; 0 where none but the first can be.
 */
function quantise(
  block: Int32Array,
  { halves, leasts, reciprocals }: BlockCodes,
  levels: Int32Array,
): number {
  let last = 0;
  for (let k = 0; k < 64; k++) {
    const raw = block[ZIGZAG[k]];
    const least = leasts[k];
    // Most are zero, which costs no multiplication.
    if (raw < least && raw > -least) {
      levels[k] = 0;
      continue;
    }
    levels[k] = raw < 0
      ? -((halves[k] - raw) * reciprocals[k] | 0)
      : (halves[k] + raw) * reciprocals[k] | 0;
    last = k;
  }
  return last;
}

/**
 * Writes one block.
 *
 * Exact: `encode_one_block`.
 *
 * @param before DC of the block before, of the same component.
 * @param at Where it is written.
 * @returns Where the next one is.
 */
function encodeBlock(
  levels: Int32Array,
  last: number,
  before: number,
  { dc, ac }: BlockCodes,
  out: Uint8Array,
  at: number,
  rest: Rest,
): number {
  let { bits, count } = rest;
  const difference = levels[0] - before;
  let size = 32 - Math.clz32(difference < 0 ? -difference : difference);
  let entry = dc[size];
  // A code of DC has 11 bits at most, and as many follow.
  bits = (bits << (entry & 31) | entry >> 5) << size |
    ((difference >> 31) + difference & (1 << size) - 1);
  count += (entry & 31) + size;
  while (count >= 8) {
    count -= 8;
    const byte = bits >>> count & 255;
    out[at++] = byte;
    if (byte === 255) out[at++] = 0;
  }
  for (let k = 1; k <= last; k++) {
    let run = 0;
    while (levels[k] === 0) {
      run++;
      k++;
    }
    const level = levels[k];
    for (; run > 15; run -= 16) {
      entry = ac[0xf0];
      bits = bits << (entry & 31) | entry >> 5;
      count += entry & 31;
      while (count >= 8) {
        count -= 8;
        const byte = bits >>> count & 255;
        out[at++] = byte;
        if (byte === 255) out[at++] = 0;
      }
    }
    size = 32 - Math.clz32(level < 0 ? -level : level);
    entry = ac[run << 4 | size];
    // With 7 bits that wait, 16 of a code and 10 that follow there would be one too many.
    bits = bits << (entry & 31) | entry >> 5;
    count += entry & 31;
    if (count + size > 32) {
      count -= 8;
      const byte = bits >>> count & 255;
      out[at++] = byte;
      if (byte === 255) out[at++] = 0;
    }
    bits = bits << size | ((level >> 31) + level & (1 << size) - 1);
    count += size;
    while (count >= 8) {
      count -= 8;
      const byte = bits >>> count & 255;
      out[at++] = byte;
      if (byte === 255) out[at++] = 0;
    }
  }
  if (last < 63) {
    entry = ac[0];
    bits = bits << (entry & 31) | entry >> 5;
    count += entry & 31;
    while (count >= 8) {
      count -= 8;
      const byte = bits >>> count & 255;
      out[at++] = byte;
      if (byte === 255) out[at++] = 0;
    }
  }
  rest.bits = bits;
  rest.count = count;
  return at;
}

/**
 * Makes one row of MCUs of an image's pixels, whose edges are repeated to fill it.
 *
 * Exact: `rgb_ycc_convert`; `pre_process_data`: below the image, rows are repeated after they were downsampled;
 * `h2v2_downsample`: means of four are rounded up in one column and down in the next.
 */
function convertRows(
  { data, width, height }: Image,
  mcuRow: number,
  across: number,
  { luma, blue, red }: Planes,
  rows: Int32Array,
): void {
  const stride = 16 * across;
  const lastGroup = (height - 1) >> 1;
  for (let group = 0; group < 8; group++) {
    const from = Math.min(8 * mcuRow + group, lastGroup);
    for (let line = 0; line < 2; line++) {
      // Luma has rows of its own, which are repeated as they are.
      const y = Math.min(16 * mcuRow + 2 * group + line, height - 1);
      const chromaY = Math.min(2 * from + line, height - 1);
      const toLuma = (2 * group + line) * stride;
      const toBlue = line * stride;
      const toRed = (2 + line) * stride;
      let read = y * width * 3;
      if (y === chromaY) {
        for (let x = 0; x < width; x++, read += 3) {
          const r = data[read];
          const g = data[read + 1];
          const b = data[read + 2];
          luma[toLuma + x] = (19595 * r + 38470 * g + 7471 * b + 32768 >> 16) - 128;
          rows[toBlue + x] = 32768 * b - 11059 * r - 21709 * g + 8421375 >> 16;
          rows[toRed + x] = 32768 * r - 27439 * g - 5329 * b + 8421375 >> 16;
        }
      } else {
        for (let x = 0; x < width; x++, read += 3) {
          luma[toLuma + x] =
            (19595 * data[read] + 38470 * data[read + 1] + 7471 * data[read + 2] + 32768 >> 16) -
            128;
        }
        read = chromaY * width * 3;
        for (let x = 0; x < width; x++, read += 3) {
          const r = data[read];
          const g = data[read + 1];
          const b = data[read + 2];
          rows[toBlue + x] = 32768 * b - 11059 * r - 21709 * g + 8421375 >> 16;
          rows[toRed + x] = 32768 * r - 27439 * g - 5329 * b + 8421375 >> 16;
        }
      }
      luma.fill(luma[toLuma + width - 1], toLuma + width, toLuma + stride);
      rows.fill(rows[toBlue + width - 1], toBlue + width, toBlue + stride);
      rows.fill(rows[toRed + width - 1], toRed + width, toRed + stride);
    }
    const to = group * 8 * across;
    for (let x = 0, i = 0, bias = 1; x < 8 * across; x++, i += 2, bias ^= 3) {
      blue[to + x] = (rows[i] + rows[i + 1] + rows[stride + i] + rows[stride + i + 1] + bias >> 2) -
        128;
      const j = 2 * stride + i;
      red[to + x] = (rows[j] + rows[j + 1] + rows[stride + j] + rows[stride + j + 1] + bias >> 2) -
        128;
    }
  }
}

/**
 * The forward cosine transform of 8 x 8 samples, 8 times as large as it is defined.
 *
 * Exact: `jpeg_fdct_islow`. Samples of -128 to 127 give at most 2^13 after the first pass and 2^15 after the second, in
 * products below 2^31.
 */
function transform(plane: Int32Array, start: number, stride: number, block: Int32Array): void {
  for (let y = 0, i = start, o = 0; y < 8; y++, i += stride, o += 8) {
    const s0 = plane[i] + plane[i + 7];
    const d0 = plane[i] - plane[i + 7];
    const s1 = plane[i + 1] + plane[i + 6];
    const d1 = plane[i + 1] - plane[i + 6];
    const s2 = plane[i + 2] + plane[i + 5];
    const d2 = plane[i + 2] - plane[i + 5];
    const s3 = plane[i + 3] + plane[i + 4];
    const d3 = plane[i + 3] - plane[i + 4];
    const e0 = s0 + s3;
    const e3 = s0 - s3;
    const e1 = s1 + s2;
    const e2 = s1 - s2;
    block[o] = e0 + e1 << 2;
    block[o + 4] = e0 - e1 << 2;
    const z = Math.imul(e2 + e3, 4433) + 1024;
    block[o + 2] = z + Math.imul(e3, 6270) >> 11;
    block[o + 6] = z - Math.imul(e2, 15137) >> 11;
    const z5 = Math.imul(d3 + d1 + d2 + d0, 9633) + 1024;
    const z1 = Math.imul(d3 + d0, -7373);
    const z2 = Math.imul(d2 + d1, -20995);
    const z3 = Math.imul(d3 + d1, -16069) + z5;
    const z4 = Math.imul(d2 + d0, -3196) + z5;
    block[o + 7] = Math.imul(d3, 2446) + z1 + z3 >> 11;
    block[o + 5] = Math.imul(d2, 16819) + z2 + z4 >> 11;
    block[o + 3] = Math.imul(d1, 25172) + z2 + z3 >> 11;
    block[o + 1] = Math.imul(d0, 12299) + z1 + z4 >> 11;
  }
  for (let o = 0; o < 8; o++) {
    const s0 = block[o] + block[o + 56];
    const d0 = block[o] - block[o + 56];
    const s1 = block[o + 8] + block[o + 48];
    const d1 = block[o + 8] - block[o + 48];
    const s2 = block[o + 16] + block[o + 40];
    const d2 = block[o + 16] - block[o + 40];
    const s3 = block[o + 24] + block[o + 32];
    const d3 = block[o + 24] - block[o + 32];
    const e0 = s0 + s3;
    const e3 = s0 - s3;
    const e1 = s1 + s2;
    const e2 = s1 - s2;
    block[o] = e0 + e1 + 2 >> 2;
    block[o + 32] = e0 - e1 + 2 >> 2;
    const z = Math.imul(e2 + e3, 4433) + 16384;
    block[o + 16] = z + Math.imul(e3, 6270) >> 15;
    block[o + 48] = z - Math.imul(e2, 15137) >> 15;
    const z5 = Math.imul(d3 + d1 + d2 + d0, 9633) + 16384;
    const z1 = Math.imul(d3 + d0, -7373);
    const z2 = Math.imul(d2 + d1, -20995);
    const z3 = Math.imul(d3 + d1, -16069) + z5;
    const z4 = Math.imul(d2 + d0, -3196) + z5;
    block[o + 56] = Math.imul(d3, 2446) + z1 + z3 >> 15;
    block[o + 40] = Math.imul(d2, 16819) + z2 + z4 >> 15;
    block[o + 24] = Math.imul(d1, 25172) + z2 + z3 >> 15;
    block[o + 8] = Math.imul(d0, 12299) + z1 + z4 >> 15;
  }
}
