/**
 * The format and the size of an image, by what its file tells before its pixels.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { corruptError, truncatedError } from "./codecs/faults.ts";
import { findFormat } from "./format.ts";

/** What the head of a file tells. */
export interface FileHead {
  /** Extension that such files go by: `jpg`, `png`, `webp`, `avif`, `heic` and so on. */
  readonly format: string;
  /** Width in pixels, as the image is decoded; absent where the head is damaged, or the format is none of ours. */
  readonly width?: number;
  /** Height in pixels. */
  readonly height?: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Who reads a size. Nothing of a format is loaded before its first image. */
const READERS: Readonly<Record<string, (bytes: Uint8Array) => Size | Promise<Size>>> = {
  png: readPngSize,
  webp: async (bytes) => (await import("./jsquash/webp_chunks.ts")).readWebpSize(bytes),
  avif: async (bytes) => (await import("./jsquash/avif_size.ts")).readAvifSize(bytes),
  heic: async (bytes) => (await import("./jsquash/avif_size.ts")).readAvifSize(bytes),
  heif: async (bytes) => (await import("./jsquash/avif_size.ts")).readAvifSize(bytes),
  jxl: async (bytes) => (await import("./jsquash/jxl_size.ts")).readJxlSize(bytes),
  gif: async (bytes) => (await import("./gif/decode.ts")).readGifSize(bytes),
  bmp: async (bytes) => (await import("./bmp/decode.ts")).readBmpSize(bytes),
  tif: async (bytes) => (await import("./tiff/directory.ts")).readTiffSize(bytes),
};

/**
 * Reads the format and, of any but JPEG, the size of an image without decoding it.
 *
 * @returns `undefined` where the bytes are no image of a format that is known.
 */
export async function readFileHead(bytes: Uint8Array): Promise<FileHead | undefined> {
  const format = findFormat(bytes)?.extensions[0];
  if (format === undefined) return undefined;
  const read = Object.hasOwn(READERS, format) ? READERS[format] : undefined;
  if (read === undefined) return { format };
  try {
    const { width, height } = await read(bytes);
    return width > 0 && height > 0 ? { format, width, height } : { format };
  } catch (error) {
    // A reader of numbers beyond the end throws a RangeError.
    if (error instanceof WdsError || error instanceof RangeError) return { format };
    throw error;
  }
}

/** Exact: PNG, third edition, 11.2.1: the header is the first chunk. */
function readPngSize(bytes: Uint8Array): Size {
  if (bytes.length < 24) throw truncatedError();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(12) !== 0x49484452) throw corruptError("it does not begin with its header");
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
