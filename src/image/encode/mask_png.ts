/**
 * Masks as PNG: greys of 1, 8 or 16 bits, or indices of a palette's colours.
 *
 * @module
 */
import type { Mask } from "../types.ts";
import { joinPng } from "./png.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What the numbers of a mask are in its file. */
export interface MaskColours {
  /** Bits of a number. */
  readonly depth: 1 | 8 | 16;
  /** Red, green and blue of each number's colour, of 8 bits; absent where numbers are greys. */
  readonly palette?: Uint8Array;
  /** Opacity of the palette's first colours. */
  readonly transparency?: Uint8Array;
}

/** Encodes a mask; its rows are not filtered, as differences of labels mean nothing. */
export async function encodeMaskPng(
  { width, height, data }: Mask,
  { depth, palette, transparency }: MaskColours,
  pack: (rows: Bytes) => Bytes | Promise<Bytes>,
): Promise<Bytes> {
  const stride = Math.ceil(width * depth / 8);
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const to = y * (stride + 1) + 1;
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x];
      if (depth === 8) rows[to + x] = value;
      else if (depth === 1) rows[to + (x >> 3)] |= value << (7 - (x & 7));
      else {
        rows[to + 2 * x] = value >> 8;
        rows[to + 2 * x + 1] = value;
      }
    }
  }
  const extra: [string, Uint8Array][] = [];
  if (palette !== undefined) extra.push(["PLTE", palette]);
  if (transparency !== undefined) extra.push(["tRNS", transparency]);
  const colourType = palette === undefined ? 0 : 3;
  return joinPng({ width, height, depth, colourType }, extra, await pack(rows));
}
