/**
 * TIFF files to pixels: their first picture.
 *
 * Of ours, because libraries give what a file holds and not what Pillow makes of it: they leave palettes, alpha, deep
 * channels, orientation and JPEG within to the caller, and some kinds out.
 *
 * @module
 */
import { checkSize, corruptError, truncatedError, variantError } from "../codecs/faults.ts";
import { applyOrientation, type Orientation, turn } from "../jpeg/exif.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import { applyPalette, completePalette } from "../palette.ts";
import { toRgb } from "../to_rgb.ts";
import type { Image, Mask } from "../types.ts";
import { Directory, TAG } from "./directory.ts";
import { unpackJpegBlock } from "./jpeg.ts";
import { COMPRESSION, unpackBlock } from "./unpack.ts";

const WHITE_IS_ZERO = 0;
const BLACK_IS_ZERO = 1;
const RGB = 2;
const PALETTE = 3;
const CMYK = 5;
const YCBCR = 6;

const ASSOCIATED_ALPHA = 1;
const MAX_SAMPLES = 6;

// Nothing that is read here packs closer.
const MAX_RATIO = 2000;

/** What a file says about its pixels. */
interface Layout {
  readonly directory: Directory;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly samples: number;
  /** Samples in a row of a block: all of them, or one where each has blocks of its own. */
  readonly together: number;
  readonly compression: number;
  readonly photometric: number;
  readonly predictor: number;
  readonly isReversed: boolean;
  /** Size of a block, a strip or a tile. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly isTiled: boolean;
}

/**
 * Decodes the first picture of a TIFF file, upright: grey and palettes of 1 to 8 bits, grey, RGB with or without alpha
 * of 8 and 16 bits, CMYK of 8 bits; in strips or tiles, plain or compressed by LZW, deflate, PackBits or JPEG.
 *
 * Shape: bytes to [H, W, 1] or [H, W, 3] u8.
 * Exact: Pillow 12.2 and 9.4, `TiffImageFile` with `convert("RGB")`: 16-bit grey is clipped, other deep channels keep
 * their upper byte, associated alpha is divided out.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`, `image/unsupported-variant`.
 */
export async function decodeTiff(bytes: Uint8Array, limits: DecodingLimits): Promise<Image> {
  const directory = new Directory(bytes);
  const layout = readLayout(directory, limits.maxPixels);
  const image = convert(await readRows(layout), layout, limits);
  const orientation = readOrientation(directory);
  return orientation === undefined ? image : applyOrientation(image, orientation);
}

/**
 * Decodes the first picture of a TIFF file of one channel to its numbers, upright: indices of colours, or greys; of 1 bit
 * 0 and 1, of 2 and 4 bits scaled to 255, of 16 bits as they are.
 *
 * Shape: bytes to [H, W] u8, or i32 of 16 bits.
 * Exact: `numpy.array(Image.open(file))`, Pillow 12.2 and 9.4: modes "1", "L", "P" and "I;16".
 *
 * @throws {ImageError} As {@linkcode decodeTiff}, and `image/unsupported-variant` if it has several channels.
 */
export async function decodeTiffMask(bytes: Uint8Array, limits: DecodingLimits): Promise<Mask> {
  const directory = new Directory(bytes);
  const layout = readLayout(directory, limits.maxPixels);
  const { width, height, bits, samples, photometric } = layout;
  if (samples !== 1) throw variantError(`a mask has one channel, and this TIFF has ${samples}`);
  const rows = await readRows(layout);
  const data = bits === 16 ? pickDeep(rows, layout) : pickAll(rows, layout);
  if (photometric !== PALETTE && data instanceof Uint8Array) {
    spread(data, layout, bits === 1 ? 1 : 255);
  }
  const orientation = readOrientation(directory);
  return orientation === undefined
    ? { width, height, data }
    : turn({ width, height, channels: 1, data }, orientation);
}

/** All samples, pixel by pixel. */
async function readRows(layout: Layout): Promise<Uint8Array> {
  const planes: Uint8Array[] = [];
  for (let plane = 0; plane < layout.samples / layout.together; plane++) {
    planes.push(await readPlane(layout, plane));
  }
  return planes.length === 1 ? planes[0] : interleave(planes, layout.bits >> 3);
}

/** How a picture is to be turned; absent where it is upright. */
function readOrientation(directory: Directory): Orientation | undefined {
  const orientation = directory.get(TAG.orientation, 1);
  return orientation >= 2 && orientation <= 8 ? orientation as Orientation : undefined;
}

function readLayout(directory: Directory, maxPixels: number | undefined): Layout {
  const [width, height] = [directory.get(TAG.width, 0), directory.get(TAG.height, 0)];
  checkSize(width, height, maxPixels);
  const samples = directory.get(TAG.samples, 1);
  const depths = directory.list(TAG.bits).slice(0, samples);
  const bits = depths[0] ?? 1;
  const compression = directory.get(TAG.compression, 1);
  const photometric = directory.get(TAG.photometric, WHITE_IS_ZERO);
  const isTiled = directory.list(TAG.stripOffsets).length === 0;
  const isPlanar = directory.get(TAG.planar, 1) === 2 && samples > 1;
  if (samples < 1 || samples > MAX_SAMPLES) {
    throw variantError(`TIFF files of ${samples} samples are not read`);
  }
  if (directory.list(TAG.sampleFormat).some((format) => format !== 1)) {
    throw variantError("TIFF files of signed numbers or floats are not read");
  }
  const isKnown = depths.every((depth) => depth === bits) &&
    isKnownKind(photometric, bits, samples, compression) && (!isPlanar || bits >= 8);
  if (!isKnown) {
    throw variantError(
      `TIFF files of the photometric kind ${photometric} with ${samples} samples of ${depths.join()} bits are not read`,
    );
  }
  return {
    directory,
    width,
    height,
    bits,
    samples,
    together: isPlanar ? 1 : samples,
    compression,
    photometric,
    predictor: directory.get(TAG.predictor, 1),
    isReversed: directory.get(TAG.fillOrder, 1) === 2,
    blockWidth: isTiled ? checkEdge(directory.get(TAG.tileWidth, 0)) : width,
    blockHeight: isTiled
      ? checkEdge(directory.get(TAG.tileHeight, 0))
      : Math.min(checkEdge(directory.get(TAG.rowsPerStrip, height)), height),
    isTiled,
  };
}

function checkEdge(length: number): number {
  if (length < 1) throw corruptError("its blocks have no size");
  return length;
}

function isKnownKind(
  photometric: number,
  bits: number,
  samples: number,
  compression: number,
): boolean {
  switch (photometric) {
    case WHITE_IS_ZERO:
      return samples === 1 && [1, 2, 4, 8, 16].includes(bits);
    case BLACK_IS_ZERO:
      return samples === 1 && [1, 2, 4, 8, 16].includes(bits) || samples === 2 && bits === 8;
    case RGB:
      return samples >= 3 && (bits === 8 || bits === 16 && samples <= 4);
    case PALETTE:
      return samples === 1 && [1, 2, 4, 8].includes(bits) || samples === 2 && bits === 8;
    case CMYK:
      return samples >= 4 && bits === 8;
    case YCBCR:
      return samples === 3 && bits === 8 && compression === COMPRESSION.jpeg;
  }
  return false;
}

function rowBytes({ together, bits }: Layout, width: number): number {
  return Math.ceil(width * together * bits / 8);
}

/** All rows of the samples that lie together. */
async function readPlane(layout: Layout, plane: number): Promise<Uint8Array> {
  const { directory, width, height, blockWidth, blockHeight, isTiled } = layout;
  const stride = rowBytes(layout, width);
  if (stride * height > directory.bytes.length * MAX_RATIO) throw truncatedError();
  const rows = new Uint8Array(stride * height);
  const across = Math.ceil(width / blockWidth);
  const down = Math.ceil(height / blockHeight);
  const offsets = directory.list(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const lengths = directory.list(isTiled ? TAG.tileBytes : TAG.stripBytes);
  if (offsets.length < across * down * (plane + 1)) throw corruptError("it has too few blocks");
  const blockStride = rowBytes(layout, blockWidth);
  for (let number = 0; number < across * down; number++) {
    const top = Math.floor(number / across) * blockHeight;
    const left = (number % across) * blockWidth;
    const count = Math.min(blockHeight, height - top);
    const index = plane * across * down + number;
    const blockRows = isTiled ? blockHeight : count;
    const start = offsets[index];
    const length = lengths[index] ?? blockStride * blockRows;
    const packed = directory.bytes.subarray(start, start + length);
    const block = await unpack(packed, layout, blockStride, blockRows);
    const to = left * layout.together * layout.bits / 8;
    const used = Math.min(blockStride, stride - to);
    for (let y = 0; y < count; y++) {
      const row = block.subarray(y * blockStride, y * blockStride + used);
      rows.set(row, (top + y) * stride + to);
    }
  }
  return rows;
}

async function unpack(
  given: Uint8Array,
  layout: Layout,
  stride: number,
  rows: number,
): Promise<Uint8Array> {
  const { compression, isReversed, predictor, bits, together, directory, photometric } = layout;
  if (compression === COMPRESSION.jpeg) {
    const tables = Uint8Array.from(directory.list(TAG.jpegTables));
    return await unpackJpegBlock(given, tables, photometric === YCBCR, { stride, rows, together });
  }
  const packed = isReversed ? given.map(reverseBits) : given;
  const block = await unpackBlock(packed, compression, stride * rows);
  const isPacked = compression === COMPRESSION.lzw || compression === COMPRESSION.deflate ||
    compression === COMPRESSION.oldDeflate;
  if (predictor === 1 || !isPacked) return block;
  if (predictor !== 2 || bits < 8) {
    throw variantError(`TIFF files of predictor ${predictor} are not read`);
  }
  addUp(block, stride, bits >> 3, together, directory.isLittleEndian);
  return block;
}

/** Undoes horizontal differencing. Exact: TIFF 6.0, section 14. */
function addUp(
  block: Uint8Array,
  stride: number,
  sampleBytes: number,
  samples: number,
  isLittleEndian: boolean,
): void {
  const back = sampleBytes * samples;
  const low = isLittleEndian ? 0 : 1;
  for (let start = 0; start < block.length; start += stride) {
    for (let i = start + back; i < start + stride; i += sampleBytes) {
      if (sampleBytes === 1) {
        block[i] += block[i - back];
      } else {
        const sum = block[i + low] + block[i + low - back];
        block[i + low] = sum;
        block[i + 1 - low] += block[i + 1 - low - back] + (sum >> 8);
      }
    }
  }
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let i = 0; i < 8; i++) reversed |= ((byte >> i) & 1) << (7 - i);
  return reversed;
}

/** Planes of a sample each to pixels. */
function interleave(planes: readonly Uint8Array[], sampleBytes: number): Uint8Array {
  const rows = new Uint8Array(planes.length * planes[0].length);
  for (const [number, plane] of planes.entries()) {
    for (let i = 0; i < plane.length; i++) {
      const sample = Math.floor(i / sampleBytes);
      rows[(sample * planes.length + number) * sampleBytes + i % sampleBytes] = plane[i];
    }
  }
  return rows;
}

/** Samples to grey or RGB. */
function convert(rows: Uint8Array, layout: Layout, { reference }: DecodingLimits): Image {
  const { directory, width, height, samples, photometric } = layout;
  const size = { width, height };
  if (photometric === RGB || photometric === YCBCR) {
    return { ...size, channels: 3, data: takeColours(rows, layout) };
  }
  if (photometric === CMYK) {
    const data = new Uint8Array(4 * width * height);
    for (let i = 0; i < data.length; i++) data[i] = rows[(i >> 2) * samples + (i & 3)];
    return toRgb({ ...size, channels: 4, data });
  }
  const data = pickAll(rows, layout);
  if (photometric === PALETTE) {
    const colours = directory.list(TAG.colours);
    const count = colours.length / 3;
    const given = Uint8Array.from(
      { length: colours.length },
      (_, i) => colours[(i % 3) * count + Math.floor(i / 3)] >> 8,
    );
    return applyPalette({ ...size, data }, completePalette(given, reference));
  }
  spread(data, layout, 255);
  return { ...size, channels: 1, data };
}

/** Greys of fewer bits to 0 to `most`, and white that is zero to white that is not. */
function spread(data: Uint8Array, { bits, photometric }: Layout, most: number): void {
  const scale = bits < 8 ? most / ((1 << bits) - 1) : 1;
  // Pillow does not turn deep ones round.
  const isTurned = photometric === WHITE_IS_ZERO && bits <= 8;
  if (scale === 1 && !isTurned) return;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] * scale;
    data[i] = isTurned ? most - value : value;
  }
}

/** The first sample of each pixel. */
function pickAll(rows: Uint8Array, layout: Layout): Uint8Array<ArrayBuffer> {
  const { width, height, samples } = layout;
  const data = new Uint8Array(width * height);
  const stride = rowBytes({ ...layout, together: samples }, width);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) data[to] = pick(rows, y * stride, x, layout);
  }
  return data;
}

/** Samples of 16 bits. */
function pickDeep(
  rows: Uint8Array,
  { width, height, directory }: Layout,
): Int32Array<ArrayBuffer> {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const { isLittleEndian } = directory;
  return Int32Array.from(
    { length: width * height },
    (_, i) => view.getUint16(2 * i, isLittleEndian),
  );
}

/** The first sample of a pixel. */
function pick(
  rows: Uint8Array,
  start: number,
  x: number,
  { bits, samples, directory }: Layout,
): number {
  if (bits === 8) return rows[start + x * samples];
  if (bits < 8) {
    const bit = x * bits;
    return (rows[start + (bit >> 3)] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
  }
  const at = start + 2 * x;
  const [low, high] = directory.isLittleEndian ? [at, at + 1] : [at + 1, at];
  return rows[high] === 0 ? rows[low] : 255;
}

function takeColours(rows: Uint8Array, layout: Layout): Uint8Array<ArrayBuffer> {
  const { directory, width, height, bits, samples } = layout;
  const wide = bits >> 3;
  // The upper byte.
  const first = wide === 2 && directory.isLittleEndian ? 1 : 0;
  const isAssociated = samples > 3 && directory.get(TAG.extraSamples, 0) === ASSOCIATED_ALPHA;
  const data = new Uint8Array(3 * width * height);
  for (let to = 0, from = first; to < data.length; to += 3, from += samples * wide) {
    const alpha = isAssociated ? rows[from + 3 * wide] : 255;
    for (let channel = 0; channel < 3; channel++) {
      const value = rows[from + channel * wide];
      data[to + channel] = alpha === 255
        ? value
        : alpha === 0
        ? 0
        : Math.min(255, Math.floor(value * 255 / alpha));
    }
  }
  return data;
}
