/**
 * GIF's codes to pixels.
 *
 * @module
 */
import { corruptError, truncatedError } from "../codecs/faults.ts";

/** Where the pixels of a picture lie in an array. */
export interface PixelPlace {
  /** The first one. */
  readonly start: number;
  /** From one row to the next. */
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

const MAX_CODES = 4096;
const MAX_CODE_BITS = 12;

/** First rows and steps of the four passes of an interlaced picture. */
const PASSES: readonly (readonly [first: number, step: number])[] = [[0, 8], [4, 8], [2, 4], [
  1,
  2,
]];

/**
 * Unpacks codes until the picture is full; what follows is not looked at.
 *
 * Exact: Pillow's `GifDecode.c`.
 *
 * @param bits Bits of a pixel, as the file says.
 * @throws {ImageError} `image/corrupt` for a code that cannot be, `image/truncated` if there are too few.
 */
export function unpackLzw(
  codes: Uint8Array,
  bits: number,
  data: Uint8Array,
  { start, stride, width, height }: PixelPlace,
  isInterlaced: boolean,
): void {
  if (bits > MAX_CODE_BITS) throw corruptError(`its pixels have ${bits} bits`);
  const clear = 1 << bits;
  const end = clear + 1;
  const suffix = new Uint8Array(MAX_CODES);
  const prefix = new Uint16Array(MAX_CODES);
  const string = new Uint8Array(MAX_CODES);
  const rows = listRows(height, isInterlaced);
  let row = 0;
  let x = 0;
  let to = start + rows[0] * stride;
  let next = clear + 2;
  let codeBits = bits + 1;
  let last = -1;
  let first = 0;
  let buffer = 0;
  let count = 0;
  for (let at = 0;;) {
    while (count < codeBits) {
      if (at === codes.length) throw truncatedError();
      buffer |= codes[at++] << count;
      count += 8;
    }
    const code = buffer & ((1 << codeBits) - 1);
    buffer >>>= codeBits;
    count -= codeBits;
    if (code === clear) {
      next = clear + 2;
      codeBits = bits + 1;
      last = -1;
      continue;
    }
    if (code === end) throw truncatedError();
    let from = MAX_CODES;
    if (last < 0) {
      if (code > clear) throw corruptError("its codes are damaged");
      first = code;
      string[--from] = first;
    } else {
      if (code > next) throw corruptError("its codes are damaged");
      let rest = code;
      if (code === next) {
        string[--from] = first;
        rest = last;
      }
      while (rest >= clear) {
        if (from <= 0 || rest >= MAX_CODES) throw corruptError("its codes are damaged");
        string[--from] = suffix[rest];
        rest = prefix[rest];
      }
      first = rest;
      if (from <= 0) throw corruptError("its codes are damaged");
      string[--from] = first;
      if (next < MAX_CODES) {
        suffix[next] = first;
        prefix[next] = last;
        if (next === (1 << codeBits) - 1 && codeBits < MAX_CODE_BITS) codeBits++;
        next++;
      }
    }
    last = code;
    for (; from < MAX_CODES; from++) {
      data[to++] = string[from];
      if (++x < width) continue;
      x = 0;
      if (++row === height) return;
      to = start + rows[row] * stride;
    }
  }
}

/** The rows in the order in which they come. */
function listRows(height: number, isInterlaced: boolean): Uint32Array {
  const rows = new Uint32Array(height);
  let count = 0;
  for (const [first, step] of isInterlaced ? PASSES : [[0, 1]]) {
    for (let row = first; row < height; row += step) rows[count++] = row;
  }
  return rows;
}
