/**
 * Pictures as baseline JPEG files (ITU-T T.81), by the arithmetic of libjpeg: the very bytes that Pillow writes.
 *
 * @module
 */
import { type EncoderTables, getEncoder, releaseEncoder } from "../../kernel/encoder.ts";
import type { Image } from "../types.ts";
import {
  AC_CHROMA,
  AC_LUMA,
  CHROMA_QUANTA,
  DC_CHROMA,
  DC_LUMA,
  LUMA_QUANTA,
  makeCodes,
  ZIGZAG,
} from "./baseline_tables.ts";

export { initEncoder } from "../../kernel/encoder.ts";

/**
 * Encodes an RGB image as JPEG: 4:2:0, the tables of Annex K scaled by the quality, one scan. `initEncoder` comes first.
 *
 * Shape: `[H, W, 3]` u8 to the bytes of a file.
 * Exact: Pillow's `image.save(file, "JPEG", quality=quality)` with libjpeg-turbo 2 and 3: `rgb_ycc_convert`,
 * `h2v2_downsample`, `jpeg_fdct_islow`, `quantize`, `encode_one_block`.
 *
 * @param quality 1 to 100.
 * @throws {RangeError} If an edge has more than 65,500 pixels, which libjpeg refuses, the image is no RGB, or its bytes
 *   are too few or too many.
 * @throws {KernelError} `kernel/not-initialised`, `kernel/out-of-memory`.
 */
export function encodeBaseline(image: Image, quality: number): Uint8Array<ArrayBuffer> {
  const { width, height, channels, data } = image;
  if (channels !== 3) throw new RangeError(`a JPEG file takes 3 channels here, not ${channels}`);
  if (data.length !== 3 * width * height) {
    throw new RangeError(`${width}x${height} pixels have no ${data.length} bytes`);
  }
  return encodePixels(image, quality, (pixels) => pixels.set(data));
}

/**
 * Encodes pixels that are made where the encoder reads them, as {@linkcode encodeBaseline} does.
 *
 * @param fill Writes them, `[H, W, 3]` u8, before it returns; it must not encode anything itself.
 */
export function encodePixels(
  { width, height }: Pick<Image, "width" | "height">,
  quality: number,
  fill: (pixels: Uint8Array<ArrayBuffer>) => void,
): Uint8Array<ArrayBuffer> {
  if (!(width >= 1 && height >= 1 && width <= 65_500 && height <= 65_500)) {
    throw new RangeError(`a JPEG file is 1 to 65500 pixels wide and high, not ${width}x${height}`);
  }
  const { head, tables } = prepare(quality);
  head.set([height >> 8, height & 255, width >> 8, width & 255], SIZE_OFFSET);
  const encoder = getEncoder();
  try {
    fill(encoder.begin(width, height));
    return encoder.encode(head, tables);
  } finally {
    releaseEncoder();
  }
}

interface Prepared {
  readonly quality: number;
  /** All that stands before the scan's data. */
  readonly head: Uint8Array;
  readonly tables: EncoderTables;
}

/** Of the quality that was used last. */
let prepared: Prepared | undefined;

function prepare(quality: number): Prepared {
  if (prepared?.quality === quality) return prepared;
  const quanta = [scaleQuanta(LUMA_QUANTA, quality), scaleQuanta(CHROMA_QUANTA, quality)];
  const codes = [DC_LUMA, DC_CHROMA, AC_LUMA, AC_CHROMA].map(makeCodes);
  return prepared = {
    quality,
    head: makeHead(quanta),
    tables: { zigzag: ZIGZAG, quanta, codes },
  };
}

/** Exact: `jpeg_quality_scaling`, `jpeg_add_quant_table` with `force_baseline`. */
function scaleQuanta(base: readonly number[], quality: number): number[] {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return base.map((value) => Math.min(Math.max(Math.floor((value * scale + 50) / 100), 1), 255));
}

const TABLES = [[0x00, DC_LUMA], [0x10, AC_LUMA], [0x01, DC_CHROMA], [0x11, AC_CHROMA]] as const;

/** Where height and width stand in a head. */
const SIZE_OFFSET = 163;

/** The head of a file, whose size is still to be written. Exact: `jcmarker.c`, for a file with JFIF's marker. */
function makeHead(quanta: readonly number[][]): Uint8Array {
  const head = [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1];
  head.push(0, 0);
  quanta.forEach((table, i) => {
    head.push(0xff, 0xdb, 0, 67, i, ...Array.from(ZIGZAG, (place) => table[place]));
  });
  head.push(0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3);
  head.push(1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1);
  for (const [kind, { counts, values }] of TABLES) {
    head.push(0xff, 0xc4, 0, 19 + values.length, kind, ...counts, ...values);
  }
  head.push(0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0);
  return Uint8Array.from(head);
}
