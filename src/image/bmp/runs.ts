/**
 * BMP's runs of pixels.
 *
 * @module
 */
import { truncatedError } from "../codecs/faults.ts";

/**
 * Unpacks runs of bytes, or of nibbles, to numbers of colours, the first row first.
 *
 * Exact: Pillow's `BmpRleDecoder`, where a picture that ends early is refused, and a jump leaves zeros behind.
 *
 * @throws {ImageError} `image/truncated` if there are too few.
 */
export function unpackRuns(
  bytes: Uint8Array,
  start: number,
  width: number,
  height: number,
  { isNibbles, isFormer }: { readonly isNibbles: boolean; readonly isFormer: boolean },
): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(width * height);
  let filled = 0;
  let x = 0;
  for (let at = start; filled < data.length && at + 2 <= bytes.length;) {
    const count = bytes[at];
    const value = bytes[at + 1];
    at += 2;
    if (count > 0) {
      // What goes beyond the row is left out.
      const taken = Math.max(0, Math.min(count, width - x));
      for (let i = 0; i < taken; i++) {
        data[filled++] = !isNibbles ? value : i % 2 === 0 ? value >> 4 : value & 15;
      }
      x += taken;
    } else if (value === 0) {
      filled = Math.ceil(filled / width) * width;
      x = 0;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      // The former Pillow reads the jump's length twice, that is, from what follows it.
      if (isFormer) at += 2;
      if (at + 2 > bytes.length) break;
      filled += bytes[at] + bytes[at + 1] * width;
      at += 2;
      x = filled % width;
    } else {
      // Of an odd number of nibbles Pillow leaves out the last.
      const length = isNibbles ? value >> 1 : value;
      const part = bytes.subarray(at, at + length);
      for (const pair of part) {
        data[filled++] = isNibbles ? pair >> 4 : pair;
        if (isNibbles) data[filled++] = pair & 15;
      }
      at += length;
      if (part.length < length) break;
      x += value;
      // Words begin at even places of the file.
      at += at % 2;
    }
  }
  if (filled < data.length) throw truncatedError();
  return data;
}
