/**
 * PNG's pixels to grey and RGB bytes.
 *
 * @module
 */

/** How pixels are stored. */
export interface PixelKind {
  /** Bits of a channel. */
  readonly depth: number;
  /** PNG's colour type: 0 grey, 2 RGB, 3 by palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colour: number;
  /** 256 colours of three bytes. */
  readonly palette: Uint8Array;
}

/**
 * Expands a row, or the part of it that an interlaced pass has: grey to one byte a pixel, all others to three.
 *
 * Exact: Pillow's `Unpack.c`, where deep colours keep their upper byte, and `I16_RGB`, where deep grey is clipped.
 *
 * @param from Offset of the row's first byte in `bytes`.
 * @param columns Number of pixels.
 * @param to Offset of the first pixel in `data`.
 * @param step Bytes in `data` from one pixel to the next.
 */
export function expandRow(
  bytes: Uint8Array,
  from: number,
  columns: number,
  kind: PixelKind,
  data: Uint8Array,
  to: number,
  step: number,
): void {
  const { depth, colour, palette } = kind;
  if (colour === 3) {
    for (let x = 0; x < columns; x++, to += step) {
      const entry = 3 * pick(bytes, from, x, depth);
      data[to] = palette[entry];
      data[to + 1] = palette[entry + 1];
      data[to + 2] = palette[entry + 2];
    }
  } else if (colour === 0) {
    expandGrey(bytes, from, columns, depth, data, to, step);
  } else {
    // With sixteen bits the upper byte comes first.
    const wide = depth >> 3;
    const channels = colour === 4 ? 2 : colour === 6 ? 4 : 3;
    const kept = colour === 4 ? 1 : 3;
    if (channels === 3 && wide === 1 && step === 3) {
      data.set(bytes.subarray(from, from + 3 * columns), to);
      return;
    }
    for (let x = 0; x < columns; x++, to += step, from += channels * wide) {
      data[to] = bytes[from];
      if (kept === 1) continue;
      data[to + 1] = bytes[from + wide];
      data[to + 2] = bytes[from + 2 * wide];
    }
  }
}

/**
 * Reads the numbers of a row of one channel, or of the part of it that an interlaced pass has.
 *
 * Exact: Pillow's modes "1", "L", "P" and "I;16" as numpy has them.
 *
 * @param from Offset of the row's first byte in `bytes`.
 * @param columns Number of pixels.
 * @param to Offset of the first pixel in `data`.
 * @param step Numbers in `data` from one pixel to the next.
 */
export function readNumbers(
  bytes: Uint8Array,
  from: number,
  columns: number,
  { depth, colour }: PixelKind,
  data: Uint8Array | Int32Array,
  to: number,
  step: number,
): void {
  if (depth === 16) {
    for (let x = 0; x < columns; x++, to += step, from += 2) {
      data[to] = (bytes[from] << 8) | bytes[from + 1];
    }
    return;
  }
  if (depth === 8 && step === 1) {
    data.set(bytes.subarray(from, from + columns), to);
    return;
  }
  const scale = colour === 0 && depth > 1 ? 255 / ((1 << depth) - 1) : 1;
  for (let x = 0; x < columns; x++, to += step) data[to] = scale * pick(bytes, from, x, depth);
}

function expandGrey(
  bytes: Uint8Array,
  from: number,
  columns: number,
  depth: number,
  data: Uint8Array,
  to: number,
  step: number,
): void {
  if (depth === 16) {
    for (let x = 0; x < columns; x++, to += step, from += 2) {
      data[to] = bytes[from] === 0 ? bytes[from + 1] : 255;
    }
  } else if (depth === 8) {
    for (let x = 0; x < columns; x++, to += step) data[to] = bytes[from + x];
  } else {
    const scale = 255 / ((1 << depth) - 1);
    for (let x = 0; x < columns; x++, to += step) data[to] = scale * pick(bytes, from, x, depth);
  }
}

/** The number of a pixel of eight bits or fewer. */
function pick(bytes: Uint8Array, from: number, x: number, depth: number): number {
  if (depth === 8) return bytes[from + x];
  const bit = x * depth;
  return (bytes[from + (bit >> 3)] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}
