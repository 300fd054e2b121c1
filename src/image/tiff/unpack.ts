/**
 * The compressions of TIFF, undone.
 *
 * @module
 */
import { corruptError, truncatedError, variantError } from "../codecs/faults.ts";
import { inflateZlib } from "../inflate.ts";

/** Ways to compress, by TIFF's numbers. */
export const COMPRESSION = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32_773,
  oldDeflate: 32_946,
} as const;

/** What the commonest others are called. */
const NAMES: Readonly<Record<number, string>> = {
  2: "CCITT",
  3: "CCITT fax",
  4: "CCITT fax",
  6: "old JPEG",
  34_712: "JPEG 2000",
  34_887: "LERC",
  34_925: "LZMA",
  50_000: "Zstandard",
  50_001: "WebP",
};

/**
 * Unpacks a strip or a tile.
 *
 * @param size Bytes that it has unpacked.
 * @throws {ImageError} `image/truncated`, `image/corrupt`; `image/unsupported-variant` for another compression.
 */
export async function unpackBlock(
  packed: Uint8Array,
  compression: number,
  size: number,
): Promise<Uint8Array> {
  switch (compression) {
    case COMPRESSION.none:
      if (packed.length < size) throw truncatedError();
      return packed.slice(0, size);
    case COMPRESSION.lzw:
      return unpackLzw(packed, size);
    case COMPRESSION.packBits:
      return unpackBits(packed, size);
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate: {
      const { data, filled, isDamaged } = await inflateZlib(packed, size);
      if (isDamaged) throw corruptError("its compressed data is damaged");
      if (filled < size) throw truncatedError();
      return data;
    }
  }
  const name = NAMES[compression] ?? `number ${compression}`;
  throw variantError(`TIFF files that are compressed by ${name} are not read`);
}

/** Exact: TIFF 6.0, section 9. */
function unpackBits(packed: Uint8Array, size: number): Uint8Array {
  const data = new Uint8Array(size);
  let filled = 0;
  for (let at = 0; filled < size;) {
    if (at >= packed.length) throw truncatedError();
    const code = packed[at++];
    if (code === 128) continue;
    const count = Math.min(code < 128 ? code + 1 : 257 - code, size - filled);
    if (at + (code < 128 ? count : 1) > packed.length) throw truncatedError();
    if (code < 128) data.set(packed.subarray(at, at + count), filled);
    else data.fill(packed[at], filled, filled + count);
    at += code < 128 ? code + 1 : 1;
    filled += count;
  }
  return data;
}

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/** Exact: TIFF 6.0, section 13: codes from the upper bit, one code earlier longer than GIF's. */
function unpackLzw(packed: Uint8Array, size: number): Uint8Array {
  if (packed[0] === 0 && (packed[1] & 1) === 1) {
    throw variantError("TIFF files that are compressed by LZW's old kind are not read");
  }
  const data = new Uint8Array(size);
  // Each string is a place in what was unpacked: it stands there, whole.
  const places = new Uint32Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES);
  let [next, bits, last] = [END + 1, 9, -1];
  let [buffer, count, filled] = [0, 0, 0];
  let lastPlace = 0;
  let lastLength = 0;
  for (let at = 0; filled < size;) {
    while (count < bits) {
      if (at === packed.length) throw truncatedError();
      buffer = (buffer << 8 | packed[at++]) & 0xffffff;
      count += 8;
    }
    const code = (buffer >> (count - bits)) & ((1 << bits) - 1);
    count -= bits;
    if (code === END) throw truncatedError();
    if (code === CLEAR) {
      [next, bits, last] = [END + 1, 9, -1];
      continue;
    }
    if (code > next || code === next && last < 0) throw corruptError("its codes are damaged");
    const place = filled;
    if (code < CLEAR) {
      data[filled++] = code;
    } else {
      const [from, length] = code === next
        ? [lastPlace, lastLength + 1]
        : [places[code], lengths[code]];
      // One after the other: the string that is not there yet ends with its own first byte.
      for (let i = 0; i < length && filled < size; i++) data[filled++] = data[from + i];
    }
    if (last >= 0 && next < MAX_CODES) {
      places[next] = lastPlace;
      lengths[next] = lastLength + 1;
      next++;
      if (next >= (1 << bits) - 1 && bits < 12) bits++;
    }
    last = code;
    lastPlace = place;
    lastLength = filled - place;
  }
  return data;
}
