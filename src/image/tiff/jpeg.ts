/**
 * JPEG within TIFF.
 *
 * @module
 */
import { concatenate } from "../../concatenate.ts";
import { init } from "../../kernel/instance.ts";
import { corruptError } from "../codecs/faults.ts";
import { decodeJpeg } from "../jpeg/decode.ts";
import { findFormat, JPEG } from "../format.ts";

/** What a strip or a tile is to have. */
interface BlockSize {
  /** Bytes of a row. */
  readonly stride: number;
  readonly rows: number;
  /** Samples of a pixel. */
  readonly together: number;
}

const MARKER_BYTES = 2;

/** A segment by Adobe, which says whether colours are YCbCr: here the file around it says so. */
const ADOBE = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0];

/**
 * Decodes a strip or a tile.
 *
 * Exact: libtiff's `tif_jpeg.c` with `JPEGCOLORMODE_RGB`.
 *
 * @param tables A JPEG file of tables alone, or nothing.
 * @throws {ImageError} If it cannot be decoded, or is of another size.
 */
export async function unpackJpegBlock(
  packed: Uint8Array,
  tables: Uint8Array,
  isYcbcr: boolean,
  { stride, rows, together }: BlockSize,
): Promise<Uint8Array> {
  if (findFormat(packed) !== JPEG) throw corruptError("its blocks are not JPEG");
  await init();
  const adobe = together === 3 ? Uint8Array.of(...ADOBE, isYcbcr ? 1 : 0) : new Uint8Array(0);
  const between = tables.length === 0 ? tables : tables.subarray(MARKER_BYTES, -MARKER_BYTES);
  const start = packed.subarray(0, MARKER_BYTES);
  const file = concatenate([start, adobe, between, packed.subarray(MARKER_BYTES)]);
  const { width, height, channels, data } = decodeJpeg(file, { as: "native" });
  if (channels !== together || width * channels < stride || height < rows) {
    throw corruptError("its blocks are of another size than it says");
  }
  if (width * channels === stride) return data;
  const block = new Uint8Array(stride * rows);
  for (let y = 0; y < rows; y++) {
    block.set(data.subarray(y * width * channels, y * width * channels + stride), y * stride);
  }
  return block;
}
