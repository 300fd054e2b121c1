import { ImageError } from "../errors.ts";
import type { Image } from "../image/types.ts";

/** Pixels as image decoders return them, an `ImageData` for one: RGBA, RGB or grey, 8 bits each. */
export interface DecodedPixels {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** `width * height` pixels of 1, 3 or 4 bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Any function from a file's bytes to its pixels. */
export type ImageDecoder = (bytes: Uint8Array) => DecodedPixels | Promise<DecodedPixels>;

/** Decoders for image types other than JPEG, by extension. */
export type ImageDecoders = Readonly<Record<string, ImageDecoder>>;

/** Last part of an extension: what it says about the format (`png` of `left.png`). */
export function getFormat(extension: string): string {
  return extension.slice(extension.lastIndexOf(".") + 1);
}

/** Whether an extension is one of JPEG's. */
export function isJpegExtension(extension: string): boolean {
  const format = getFormat(extension);
  return format === "jpg" || format === "jpeg";
}

const IMAGE_FORMATS = new Set([
  "png",
  "webp",
  "gif",
  "bmp",
  "tif",
  "tiff",
  "ppm",
  "pgm",
  "avif",
  "jxl",
  "jp2",
]);

/** Whether an extension promises an image, one that can be decoded or not. */
export function isImageExtension(extension: string): boolean {
  return isJpegExtension(extension) || IMAGE_FORMATS.has(getFormat(extension));
}

/** The decoder for an extension. */
export function findDecoder(
  extension: string,
  decoders: ImageDecoders | undefined,
): ImageDecoder | undefined {
  const format = getFormat(extension);
  return decoders !== undefined && Object.hasOwn(decoders, format) ? decoders[format] : undefined;
}

/**
 * Decodes an image by a plugged-in decoder.
 *
 * Alpha is dropped, as Pillow's conversion of RGBA to RGB does.
 *
 * @throws {ImageError} If there is none for the extension, or it fails.
 */
export async function decodeByPlugin(
  bytes: Uint8Array,
  extension: string,
  decoders: ImageDecoders | undefined,
): Promise<Image> {
  const decoder = findDecoder(extension, decoders);
  const format = getFormat(extension);
  if (decoder === undefined) {
    throw new ImageError(
      "image/unsupported-format",
      `Cannot decode: no decoder for ${format} files; pass \`decoders: { ${format}: bytes => pixels }\``,
    );
  }
  let pixels: DecodedPixels;
  try {
    pixels = await decoder(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(
      "image/unsupported-format",
      `Cannot decode: the ${format} decoder failed: ${reason}`,
      {
        cause,
      },
    );
  }
  return packPixels(pixels, format);
}

function packPixels({ width, height, data }: DecodedPixels, format: string): Image {
  const channels = data.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new ImageError(
      "image/unsupported-format",
      `Cannot decode: the ${format} decoder gave ${data.length} bytes for ${width}x${height} pixels`,
    );
  }
  if (channels !== 4) return { width, height, channels, data: new Uint8Array(data) };
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { width, height, channels: 3, data: rgb };
}
