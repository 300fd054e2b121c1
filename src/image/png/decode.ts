/**
 * PNG files to pixels, as Pillow makes them RGB.
 *
 * Of ours, because no library gives Pillow's pixels and verdicts for all of them: 16-bit grey is clipped there and not
 * scaled, a palette may be shorter than its colours, and checksums count before the pixels but not among them. Its
 * filters are the kernel's: it is faster than Pillow.
 *
 * @module
 */
import { concatenate } from "../../concatenate.ts";
import { init } from "../../kernel/instance.ts";
import { updateCrc32 } from "../../numbers/crc32.ts";
import { checkSize, corruptError, truncatedError, variantError } from "../codecs/faults.ts";
import { inflateZlib } from "../inflate.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import { completePalette } from "../palette.ts";
import type { Image, Mask } from "../types.ts";
import { expandRow, type PixelKind, readNumbers } from "./expand.ts";
import { unfilter } from "./unfilter.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const HEADER_BYTES = 13;

/** Channels of each colour type. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Depths of each colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** One of the seven passes of Adam7: which columns and rows it has. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
}

const WHOLE: Pass = { left: 0, top: 0, stepX: 1, stepY: 1 };

const ADAM7: readonly Pass[] = [
  { left: 0, top: 0, stepX: 8, stepY: 8 },
  { left: 4, top: 0, stepX: 8, stepY: 8 },
  { left: 0, top: 4, stepX: 4, stepY: 8 },
  { left: 2, top: 0, stepX: 4, stepY: 4 },
  { left: 0, top: 2, stepX: 2, stepY: 4 },
  { left: 1, top: 0, stepX: 2, stepY: 2 },
  { left: 0, top: 1, stepX: 1, stepY: 2 },
];

interface Header extends PixelKind {
  readonly width: number;
  readonly height: number;
  readonly isInterlaced: boolean;
}

/**
 * Decodes a PNG file: grey ones to one channel, all others to three. Alpha and transparent colours are dropped, gamma
 * and colour profiles are left alone; of an animation it is the picture that viewers without animation show.
 *
 * Shape: bytes to [H, W, 1] or [H, W, 3] u8.
 * Exact: Pillow 12.2 and 9.4, `PngImageFile` with `convert("RGB")`, `ZipDecode.c`, `Unpack.c`, `I16_RGB`.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`, or `image/unsupported-variant` for a
 *   combination of depth and colours that no PNG has.
 */
export async function decodePng(bytes: Uint8Array, limits: DecodingLimits): Promise<Image> {
  const png = await unpackPng(bytes, limits);
  const { header, passes } = png;
  const { width, height, colour, depth, isInterlaced } = header;
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  if (depth === 8 && channels === CHANNELS[colour] && colour !== 3 && !isInterlaced) {
    return { width, height, channels, data: passes[0].data };
  }
  const data = new Uint8Array(width * height * channels);
  visitRows(png, (rows, from, columns, to, step) => {
    expandRow(rows, from, columns, header, data, to * channels, step * channels);
  });
  return { width, height, channels, data };
}

/**
 * Decodes a PNG file of one channel to its numbers, as masks are stored: indices of a palette's colours, whatever these
 * are, and grey values. Of one bit they are 0 and 1, of two and four they are scaled to 255, of sixteen they are kept.
 *
 * Shape: bytes to [H, W] u8, or i32 of sixteen bits.
 * Exact: `numpy.array(Image.open(file))`, Pillow 12.2 and 9.4.
 *
 * @throws {ImageError} As {@linkcode decodePng}, and `image/unsupported-variant` if it has several channels.
 */
export async function decodePngMask(bytes: Uint8Array, limits: DecodingLimits): Promise<Mask> {
  const png = await unpackPng(bytes, limits, (colour) => {
    if (CHANNELS[colour] === 1) return;
    throw variantError(`a mask has one channel, and this PNG has ${CHANNELS[colour]}`);
  });
  const { header } = png;
  const { width, height, depth } = header;
  const data = depth === 16 ? new Int32Array(width * height) : new Uint8Array(width * height);
  visitRows(png, (rows, from, columns, to, step) => {
    readNumbers(rows, from, columns, header, data, to, step);
  });
  return { width, height, data };
}

/** A file whose rows are unpacked, without their filters. */
interface UnpackedPng {
  readonly header: Header;
  readonly passes: readonly RowsOfPass[];
}

/** The rows of one pass. */
interface RowsOfPass {
  readonly pass: Pass;
  /** Number of pixels in a row. */
  readonly columns: number;
  /** Number of rows. */
  readonly rows: number;
  /** Bytes of a row. */
  readonly rowBytes: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** @param check Is told the colour type before anything is unpacked. */
async function unpackPng(
  bytes: Uint8Array,
  limits: DecodingLimits,
  check?: (colour: number) => void,
): Promise<UnpackedPng> {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
    throw corruptError("its signature is damaged");
  }
  const { header, packed } = readChunks(bytes, limits);
  check?.(header.colour);
  const { width, height, isInterlaced } = header;
  const bits = header.depth * CHANNELS[header.colour];
  const sizes: Omit<RowsOfPass, "data">[] = [];
  let sizeBytes = 0;
  for (const pass of isInterlaced ? ADAM7 : [WHOLE]) {
    const columns = Math.ceil((width - pass.left) / pass.stepX);
    const rows = Math.ceil((height - pass.top) / pass.stepY);
    if (columns < 1 || rows < 1) continue;
    const rowBytes = Math.ceil(columns * bits / 8);
    sizes.push({ pass, columns, rows, rowBytes });
    sizeBytes += rows * (rowBytes + 1);
  }
  const { data, filled, isDamaged } = await inflateZlib(packed, sizeBytes);
  if (isDamaged) throw corruptError("its compressed data is damaged");
  if (filled < sizeBytes) throw truncatedError();
  await init();
  const pixelBytes = Math.max(1, bits >> 3);
  let start = 0;
  const passes = sizes.map((size): RowsOfPass => {
    const { rows, rowBytes } = size;
    const filtered = data.subarray(start, start += rows * (rowBytes + 1));
    return { ...size, data: unfilter(filtered, { rows, rowBytes, pixelBytes }) };
  });
  return { header, passes };
}

/**
 * Goes through the rows of all passes.
 *
 * @param visit Is told where in which bytes a row's begin, its number of pixels, which pixel of the image its first one
 *   is, and how many lie between one and the next.
 */
function visitRows(
  { header: { width }, passes }: UnpackedPng,
  visit: (rows: Uint8Array, from: number, columns: number, to: number, step: number) => void,
): void {
  for (const { pass: { left, top, stepX, stepY }, columns, rows, rowBytes, data } of passes) {
    for (let row = 0; row < rows; row++) {
      visit(data, row * rowBytes, columns, (top + row * stepY) * width + left, stepX);
    }
  }
}

/** The header, the palette and the compressed rows of a file: what stands up to the end of its first pixels. */
function readChunks(
  bytes: Uint8Array,
  { maxPixels, reference }: DecodingLimits,
): { header: Header; packed: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Omit<Header, "palette"> | undefined;
  let palette: Uint8Array | undefined;
  const parts: Uint8Array[] = [];
  for (let at = SIGNATURE.length; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const start = at + 8;
    const body = bytes.subarray(start, start + length);
    if (type === "IDAT") {
      parts.push(body);
    } else {
      if (parts.length > 0) break;
      if (!/^[A-Za-z0-9_]{4}$/.test(type)) throw corruptError(`it has no chunk at byte ${at}`);
      if (type === "IEND") break;
      if (start + length + 4 > bytes.length) throw truncatedError(`it ends in its ${type} chunk`);
      const crc = updateCrc32(bytes.subarray(at + 4, start + length), 0) >>> 0;
      if (crc !== view.getUint32(start + length)) {
        throw corruptError(`the checksum of its ${type} chunk is another`);
      }
      if (type === "IHDR") header = readHeader(body, maxPixels);
      else if (type === "PLTE") palette = body;
    }
    at = start + length + 4;
  }
  if (header === undefined) throw truncatedError("it ends before its header");
  if (parts.length === 0) throw truncatedError("it has no pixels");
  const whole = completePalette(palette, reference);
  return { header: { ...header, palette: whole }, packed: join(parts) };
}

function readHeader(body: Uint8Array, maxPixels: number | undefined): Omit<Header, "palette"> {
  if (body.length < HEADER_BYTES) throw corruptError("its header is too short");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, , filter, interlace] = body.subarray(8);
  if (!DEPTHS[colour]?.includes(depth)) {
    throw variantError(`PNG has no colour type ${colour} with ${depth} bits`);
  }
  if (filter !== 0) throw corruptError("its filters are of an unknown kind");
  checkSize(width, height, maxPixels);
  return { width, height, depth, colour, isInterlaced: interlace !== 0 };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : concatenate(parts);
}
