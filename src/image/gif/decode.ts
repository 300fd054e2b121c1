/**
 * GIF files to pixels: their first picture.
 *
 * Of ours, because it is short, and what Pillow makes of canvases, transparent colours and damage no library does.
 *
 * @module
 */
import { checkSize, corruptError, truncatedError } from "../codecs/faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import { applyPalette, completePalette } from "../palette.ts";
import type { Image, Mask } from "../types.ts";
import { unpackLzw } from "./lzw.ts";

const SCREEN_BYTES = 13;
const EXTENSION = 0x21;
const PICTURE = 0x2c;
const TRAILER = 0x3b;
const CONTROL = 0xf9;

/** A cursor over a file; whoever reads beyond its end is told. */
class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(count: number): Uint8Array {
    const part = this.bytes.subarray(this.at, this.at + count);
    if (part.length < count) throw truncatedError();
    this.at += count;
    return part;
  }

  /** The next of a row of blocks; `undefined` after the last one. */
  takeBlock(): Uint8Array | undefined {
    const [length] = this.take(1);
    return length === 0 ? undefined : this.take(length);
  }
}

/**
 * Decodes the first picture of a GIF file on its canvas, which is of the transparent colour where there is one, and
 * else of the first colour. A transparent colour is a colour like others.
 *
 * Shape: bytes to [H, W, 1] or [H, W, 3] u8.
 * Exact: Pillow 12.2 and 9.4, `GifImageFile` with `convert("RGB")`, `GifDecode.c`.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`.
 */
export function decodeGif(bytes: Uint8Array, limits: DecodingLimits): Image {
  const { colours, ...picture } = unpackGif(bytes, limits);
  return colours === undefined || isGreyRamp(colours)
    ? { ...picture, channels: 1 }
    : applyPalette(picture, completePalette(colours, limits.reference));
}

/**
 * Decodes the first picture of a GIF file to its numbers: indices of colours.
 *
 * Shape: bytes to [H, W] u8.
 * Exact: `numpy.array(Image.open(file))`, Pillow 12.2 and 9.4.
 *
 * @throws {ImageError} As {@linkcode decodeGif}.
 */
export function decodeGifMask(bytes: Uint8Array, limits: DecodingLimits): Mask {
  const { width, height, data } = unpackGif(bytes, limits);
  return { width, height, data };
}

/**
 * The size that a file tells, without its pixels.
 *
 * @throws {ImageError} `image/truncated` or `image/corrupt` if it tells none.
 */
export function readGifSize(bytes: Uint8Array): { width: number; height: number } {
  const { width, height } = readHead(new Reader(bytes));
  return { width, height };
}

/** What a file tells before its pixels. */
interface Head {
  readonly frame: Uint8Array;
  readonly globalColours: Uint8Array | undefined;
  readonly transparent: number | undefined;
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
  /** Of the canvas. */
  readonly width: number;
  readonly height: number;
}

function readHead(reader: Reader): Head {
  const screen = reader.take(SCREEN_BYTES);
  const globalColours = readColours(reader, screen[10]);
  const transparent = skipExtensions(reader);
  const frame = reader.take(9);
  const [left, top] = [uint16(frame, 0), uint16(frame, 2)];
  const [across, down] = [uint16(frame, 4), uint16(frame, 6)];
  // A picture that is larger than its canvas makes it larger.
  const width = Math.max(uint16(screen, 6), left + across);
  const height = Math.max(uint16(screen, 8), top + down);
  return { frame, globalColours, transparent, left, top, across, down, width, height };
}

/** The numbers of the first picture, and the colours that they are of. */
function unpackGif(
  bytes: Uint8Array,
  { maxPixels }: DecodingLimits,
): Pick<Image, "width" | "height" | "data"> & { readonly colours?: Uint8Array } {
  const reader = new Reader(bytes);
  const head = readHead(reader);
  const { frame, globalColours, transparent, left, top, across, down, width, height } = head;
  checkSize(width, height, maxPixels);
  if (across === 0 || down === 0) {
    throw corruptError(`its first picture has ${across}x${down} pixels`);
  }
  const own = readColours(reader, frame[8]);
  // A palette of greys in their order is none to Pillow.
  const colours = own === undefined || isGreyRamp(own) ? globalColours : own;
  const [bits] = reader.take(1);
  const data = new Uint8Array(width * height);
  if (transparent !== undefined) data.fill(transparent);
  const codes = gatherBlocks(reader);
  const place = { start: top * width + left, stride: width, width: across, height: down };
  unpackLzw(codes, bits, data, place, (frame[8] & 0x40) !== 0);
  return { width, height, data, colours };
}

function readColours(reader: Reader, flags: number): Uint8Array | undefined {
  return (flags & 0x80) === 0 ? undefined : reader.take(3 << ((flags & 7) + 1));
}

/** Whether each colour is the grey of its number. */
function isGreyRamp(colours: Uint8Array): boolean {
  return colours.every((value, i) => value === Math.floor(i / 3));
}

/** Goes to the first picture; gives its transparent colour. */
function skipExtensions(reader: Reader): number | undefined {
  let transparent: number | undefined;
  while (true) {
    const [kind] = reader.take(1);
    if (kind === PICTURE) return transparent;
    if (kind === TRAILER) throw corruptError("it has no picture");
    if (kind !== EXTENSION) continue;
    const [label] = reader.take(1);
    let block = reader.takeBlock();
    if (label === CONTROL && block !== undefined && block.length >= 4 && (block[0] & 1) !== 0) {
      transparent = block[3];
    }
    while (block !== undefined) block = reader.takeBlock();
  }
}

/** The codes of a picture as one array; what is cut off is missed by whoever unpacks them. */
function gatherBlocks(reader: Reader): Uint8Array {
  const { bytes } = reader;
  const whole = new Uint8Array(bytes.length - reader.at);
  let filled = 0;
  for (let at = reader.at; at < bytes.length && bytes[at] > 0;) {
    const end = at + 1 + bytes[at];
    // A block counts as a whole alone.
    if (end > bytes.length) break;
    whole.set(bytes.subarray(at + 1, end), filled);
    filled += end - at - 1;
    at = end;
  }
  return whole.subarray(0, filled);
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8;
}
