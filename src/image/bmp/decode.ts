/**
 * BMP files to pixels.
 *
 * Of ours, because it is short, and which kinds Pillow reads, and how, no library follows.
 *
 * @module
 */
import { checkSize, corruptError, truncatedError, variantError } from "../codecs/faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import { applyPalette, completePalette } from "../palette.ts";
import { isFormer } from "../reference.ts";
import type { Image, Mask } from "../types.ts";
import { unpackRuns } from "./runs.ts";

/** Headers of other lengths are none. */
const HEADERS: ReadonlySet<number> = new Set([12, 40, 52, 56, 64, 108, 124]);

const FILE_HEADER_BYTES = 14;
const CORE_HEADER_BYTES = 12;

const PLAIN = 0;
const RUNS_OF_BYTES = 1;
const RUNS_OF_NIBBLES = 2;
const MASKS = 3;

/** Offsets of red, green and blue in a pixel of three or four bytes. */
type Order = readonly [red: number, green: number, blue: number];

const BGR: Order = [2, 1, 0];

/** What masks of red, green, blue and alpha mean; others are not read. */
const ORDERS: Readonly<Record<string, Order>> = {
  "ff0000,ff00,ff,0": BGR,
  "ff0000,ff00,ff,ff000000": BGR,
  "0,0,0,0": BGR,
  "ff000000,ff0000,ff00,0": [3, 2, 1],
  "ff000000,ff0000,ff00,ff": [3, 2, 1],
  "ff000000,ff00,ff,0": [3, 1, 0],
  "ff000000,ff00,ff,ff0000": [3, 1, 0],
  "ff,ff00,ff0000,ff000000": [0, 1, 2],
};

interface Header {
  readonly width: number;
  readonly height: number;
  /** Whether the first row is the upper one. */
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly colours: number;
  /** Bytes of a colour in the palette. */
  readonly colourBytes: number;
  readonly masks: readonly number[];
  /** Offset of what follows the header. */
  readonly end: number;
}

/**
 * Decodes a BMP file: of 1, 4, 8, 16, 24 and 32 bits a pixel, plain, with masks or in runs.
 *
 * Shape: bytes to [H, W, 1] or [H, W, 3] u8.
 * Exact: Pillow 12.2 and 9.4, `BmpImageFile` with `convert("RGB")`.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`, `image/unsupported-variant`.
 */
export function decodeBmp(bytes: Uint8Array, limits: DecodingLimits): Image {
  const { header, start } = openBmp(bytes, limits);
  const { width, height, bits, colourBytes } = header;
  if (bits > 8) {
    const rows = takeRows(bytes, start || header.end, header);
    return { width, height, channels: 3, data: unpackColours(rows, header) };
  }
  const { data, colours, isGrey } = readNumbers(bytes, header, start, limits);
  if (!isGrey) {
    const palette = completePalette(readPalette(colours, colourBytes), limits.reference);
    return applyPalette({ width, height, data }, palette);
  }
  if (header.colours === 2) data.forEach((value, i) => data[i] = value === 0 ? 0 : 255);
  return { width, height, channels: 1, data };
}

/**
 * Decodes a BMP file of up to 8 bits a pixel to its numbers: indices of colours, or greys where the palette is of all
 * greys in their order; of black and white 0 and 1.
 *
 * Shape: bytes to [H, W] u8.
 * Exact: `numpy.array(Image.open(file))`, Pillow 12.2 and 9.4.
 *
 * @throws {ImageError} As {@linkcode decodeBmp}, and `image/unsupported-variant` if it has colours and no palette.
 */
export function decodeBmpMask(bytes: Uint8Array, limits: DecodingLimits): Mask {
  const { header, start } = openBmp(bytes, limits);
  const { width, height, bits, colours } = header;
  if (bits > 8) throw variantError("a mask has one channel, and this BMP has three");
  const { data, isGrey } = readNumbers(bytes, header, start, limits);
  if (isGrey && colours === 2) data.forEach((value, i) => data[i] = value === 0 ? 0 : 1);
  return { width, height, data };
}

/**
 * The size that a file tells, without its pixels.
 *
 * @throws {ImageError} `image/truncated` or `image/unsupported-variant` if it tells none.
 */
export function readBmpSize(bytes: Uint8Array): { width: number; height: number } {
  const { width, height } = openBmp(bytes, { maxPixels: Infinity }).header;
  return { width, height };
}

/** What a file says about itself, and where its pixels are said to begin. */
function openBmp(
  bytes: Uint8Array,
  { maxPixels }: DecodingLimits,
): { readonly header: Header; readonly start: number } {
  if (bytes.length < FILE_HEADER_BYTES + 4) throw truncatedError();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(bytes, view);
  const { width, height, compression } = header;
  checkSize(width, height, maxPixels);
  if (!isRun(header) && compression !== PLAIN && compression !== MASKS) {
    throw variantError(`BMP files of compression ${compression} are not read`);
  }
  return { header, start: view.getUint32(10, true) };
}

function isRun({ compression }: Header): boolean {
  return compression === RUNS_OF_BYTES || compression === RUNS_OF_NIBBLES;
}

/** The numbers of a file of up to 8 bits, its palette as it stands there, and whether that says nothing new. */
function readNumbers(
  bytes: Uint8Array,
  header: Header,
  start: number,
  { reference }: DecodingLimits,
): {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly colours: Uint8Array;
  readonly isGrey: boolean;
} {
  const { width, height, bits, compression, colours: count, colourBytes, end } = header;
  if (compression === MASKS) throw variantError("BMP files with these masks are not read");
  if (count < 1 || count > 65_536) throw corruptError(`it has ${count} colours`);
  const colours = bytes.subarray(end, end + count * colourBytes);
  const isGrey = isGreyRamp(colours, count, colourBytes);
  let from = start;
  // A file that has its palette where it says that its pixels are.
  if (from === headerEnd(bytes)) from += colourBytes * count;
  from ||= end + count * colourBytes;
  if (isGrey && bits !== (count === 2 ? 1 : 8) && !isRun(header)) {
    throw variantError(`BMP files of ${bits} bits with ${count} greys are not read`);
  }
  const runs = { isNibbles: compression === RUNS_OF_NIBBLES, isFormer: isFormer(reference) };
  const data = isRun(header)
    ? flip(unpackRuns(bytes, from, width, height, runs), header)
    : unpackNumbers(takeRows(bytes, from, header), header);
  return { data, colours, isGrey };
}

/** Offset of what follows the header, by its length alone. */
function headerEnd(bytes: Uint8Array): number {
  return FILE_HEADER_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(14, true);
}

function readHeader(bytes: Uint8Array, view: DataView): Header {
  const length = view.getUint32(14, true);
  if (!HEADERS.has(length)) throw variantError(`BMP has no header of ${length} bytes`);
  const end = FILE_HEADER_BYTES + length;
  if (end > bytes.length) throw truncatedError();
  const at = 18;
  if (length === CORE_HEADER_BYTES) {
    const bits = checkBits(view.getUint16(at + 6, true));
    return {
      width: view.getUint16(at, true),
      height: view.getUint16(at + 2, true),
      isTopDown: false,
      bits,
      compression: PLAIN,
      colours: 2 ** bits,
      colourBytes: 3,
      masks: [],
      end,
    };
  }
  const isTopDown = bytes[at + 7] === 0xff;
  const height = view.getUint32(at + 4, true);
  const bits = checkBits(view.getUint16(at + 10, true));
  const compression = view.getUint32(at + 12, true);
  const { masks, masksEnd } = compression === MASKS
    ? readMasks(view, length, end)
    : { masks: [], masksEnd: end };
  return {
    width: view.getUint32(at, true),
    height: isTopDown ? 2 ** 32 - height : height,
    isTopDown,
    bits,
    compression,
    colours: view.getUint32(at + 28, true) || 2 ** bits,
    colourBytes: 4,
    masks,
    end: masksEnd,
  };
}

function checkBits(bits: number): number {
  if ([1, 4, 8, 16, 24, 32].includes(bits)) return bits;
  throw variantError(`BMP files of ${bits} bits a pixel are not read`);
}

/** In the header where it is long enough, behind it where it is not. */
function readMasks(
  view: DataView,
  length: number,
  end: number,
): { masks: number[]; masksEnd: number } {
  const isWithin = length - 4 >= 48;
  const from = isWithin ? 18 + 36 : end;
  const count = isWithin && length - 4 >= 52 ? 4 : 3;
  if (from + 4 * count > view.byteLength) throw truncatedError();
  const masks = Array.from({ length: count }, (_, i) => view.getUint32(from + 4 * i, true));
  if (count === 3) masks.push(0);
  return { masks, masksEnd: isWithin ? end : end + 12 };
}

/** Black and white, or each colour the grey of its number: Pillow ignores such a palette. */
function isGreyRamp(given: Uint8Array, colours: number, colourBytes: number): boolean {
  for (let i = 0; i < colours; i++) {
    const grey = colours === 2 ? 255 * i : i;
    for (let channel = 0; channel < 3; channel++) {
      if (given[i * colourBytes + channel] !== grey) return false;
    }
  }
  return true;
}

function readPalette(given: Uint8Array, colourBytes: number): Uint8Array {
  const count = Math.floor(given.length / colourBytes);
  const palette = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < 3; channel++) {
      palette[3 * i + channel] = given[i * colourBytes + 2 - channel];
    }
  }
  return palette;
}

/** The bytes of all rows, each a multiple of four. */
function takeRows(bytes: Uint8Array, start: number, header: Header): Uint8Array {
  const rows = bytes.subarray(start, start + rowBytes(header) * header.height);
  // The last row need not be padded.
  const needed = rowBytes(header) * (header.height - 1) + Math.ceil(header.width * header.bits / 8);
  if (rows.length < needed) throw truncatedError();
  return rows;
}

function rowBytes({ width, bits }: Header): number {
  return 4 * Math.ceil(width * bits / 32);
}

/** Rows from top to bottom: where each begins that is told from the top. */
function rowOf({ height, isTopDown }: Header, y: number): number {
  return isTopDown ? y : height - 1 - y;
}

function unpackColours(rows: Uint8Array, header: Header): Uint8Array<ArrayBuffer> {
  const { width, height, bits, compression, masks } = header;
  const data = new Uint8Array(3 * width * height);
  const stride = rowBytes(header);
  const is565 = compression === MASKS && bits === 16 && chooseGreen(masks) === 6;
  const order = compression === MASKS && bits !== 16 ? chooseOrder(bits, masks) : BGR;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = rowOf(header, y) * stride;
    for (let x = 0; x < width; x++, to += 3, from += bits >> 3) {
      if (bits === 16) {
        const pixel = rows[from] | rows[from + 1] << 8;
        data[to] = scale(is565 ? pixel >> 11 : (pixel >> 10) & 31, 31);
        data[to + 1] = is565 ? scale((pixel >> 5) & 63, 63) : scale((pixel >> 5) & 31, 31);
        data[to + 2] = scale(pixel & 31, 31);
      } else {
        data[to] = rows[from + order[0]];
        data[to + 1] = rows[from + order[1]];
        data[to + 2] = rows[from + order[2]];
      }
    }
  }
  return data;
}

/** Exact: Pillow's `ImagingUnpackBGR15` and `BGR16`: the fraction is cut off. */
function scale(value: number, most: number): number {
  return Math.floor(value * 255 / most);
}

function chooseGreen(masks: readonly number[]): 5 | 6 {
  const text = masks.slice(0, 3).map((mask) => mask.toString(16)).join();
  if (text === "f800,7e0,1f") return 6;
  if (text === "7c00,3e0,1f") return 5;
  throw variantError("BMP files with these masks are not read");
}

function chooseOrder(bits: number, masks: readonly number[]): Order {
  const text = masks.map((mask) => mask.toString(16)).join();
  const order = bits === 24 ? (text.startsWith("ff0000,ff00,ff,") ? BGR : undefined) : ORDERS[text];
  if (order === undefined) throw variantError("BMP files with these masks are not read");
  return order;
}

/** Numbers of colours, of 1, 4 or 8 bits each. */
function unpackNumbers(rows: Uint8Array, header: Header): Uint8Array<ArrayBuffer> {
  const { width, height, bits } = header;
  const data = new Uint8Array(width * height);
  const stride = rowBytes(header);
  const most = (1 << bits) - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const from = rowOf(header, y) * stride;
    for (let x = 0; x < width; x++, to++) {
      const bit = x * bits;
      data[to] = (rows[from + (bit >> 3)] >> (8 - bits - (bit & 7))) & most;
    }
  }
  return data;
}

function flip(data: Uint8Array<ArrayBuffer>, header: Header): Uint8Array<ArrayBuffer> {
  if (header.isTopDown) return data;
  const { width, height } = header;
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    turned.set(data.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
  }
  return turned;
}
