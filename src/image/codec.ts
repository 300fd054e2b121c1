/**
 * Who decodes an image: the kernel, or a decoder that was plugged in.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import { describeFormat, findFormat, isJpeg } from "./format.ts";
import type { Image } from "./types.ts";

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

/** Decoders for image types other than JPEG, by the extension of their files (`png`, `webp`). */
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
  "pbm",
  "pgm",
  "ppm",
  "pnm",
  "avif",
  "heic",
  "heif",
  "jxl",
  "jp2",
  "j2k",
  "qoi",
]);

/** Whether an extension promises an image, of whatever format, one that can be decoded or not. */
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

/** A plugged-in decoder, and the name that it was plugged in by. */
export interface Plugin {
  readonly format: string;
  readonly decode: ImageDecoder;
}

/**
 * Who decodes an image: the kernel, or a plugged-in decoder. The content decides, as with Pillow; the extension only
 * where the content is of no format that is known here, or of one without a decoder of its own.
 *
 * @returns `undefined` where nobody can.
 */
export function findReader(
  bytes: Uint8Array,
  extension: string,
  decoders: ImageDecoders | undefined,
): "jpeg" | Plugin | undefined {
  if (isJpeg(bytes)) return "jpeg";
  if (decoders !== undefined) {
    const names = [...findFormat(bytes)?.extensions ?? [], getFormat(extension)];
    const format = names.find((name) => findDecoder(name, decoders) !== undefined);
    if (format !== undefined && !isJpegExtension(format)) {
      return { format, decode: findDecoder(format, decoders)! };
    }
  }
  // The kernel says what it is that is no JPEG file.
  const isUnknown = (findFormat(bytes)?.extensions.length ?? 0) === 0;
  return isUnknown && isJpegExtension(extension) ? "jpeg" : undefined;
}

/**
 * Who decodes an image.
 *
 * @throws {ImageError} `image/unsupported-format`, with what the image is, where nobody can.
 */
export function requireReader(
  bytes: Uint8Array,
  extension: string,
  decoders: ImageDecoders | undefined,
): "jpeg" | Plugin {
  const reader = findReader(bytes, extension, decoders);
  if (reader !== undefined) return reader;
  const [format = getFormat(extension)] = findFormat(bytes)?.extensions ?? [];
  throw new ImageError("image/unsupported-format", {
    action: "decode",
    reason: `it is ${describeFormat(bytes)}, and there is no decoder for ${format} files; pass ` +
      `\`decoders: { ${format}: bytes => pixels }\``,
  });
}

/**
 * Who decodes a field where all fields are decoded: images by their content. An image for which there is no decoder
 * stays bytes, unless it goes by the name of one for which there always is.
 *
 * @throws {ImageError} `image/unsupported-format` for an image of another format that is called a JPEG file.
 */
export function findFieldReader(
  bytes: Uint8Array,
  extension: string,
  decoders: ImageDecoders | undefined,
): "jpeg" | Plugin | undefined {
  if (isJpegExtension(extension)) return requireReader(bytes, extension, decoders);
  const isImage = isImageExtension(extension) || findDecoder(extension, decoders) !== undefined;
  return isImage ? findReader(bytes, extension, decoders) : undefined;
}

/**
 * Decodes an image by a plugged-in decoder.
 *
 * Alpha is dropped, as Pillow's conversion of RGBA to RGB does.
 *
 * @throws {ImageError} `image/corrupt` if it fails, or gives no image.
 */
export async function decodeByPlugin(bytes: Uint8Array, plugin: Plugin): Promise<Image> {
  const { format, decode } = plugin;
  let pixels: DecodedPixels;
  try {
    pixels = await decode(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const found = findFormat(bytes)?.extensions.includes(format)
      ? ""
      : `; what it was given is ${describeFormat(bytes)}`;
    throw new ImageError("image/corrupt", {
      action: "decode",
      reason: `the ${format} decoder failed: ${reason}${found}`,
      cause,
    });
  }
  return packPixels(pixels, format);
}

function packPixels(pixels: DecodedPixels | null | undefined, format: string): Image {
  const { width = 0, height = 0, data } = pixels ?? {};
  const channels = data === undefined ? 0 : data.length / (width * height);
  const isImage = Number.isSafeInteger(width) && width > 0 && Number.isSafeInteger(height) &&
    height > 0 && (channels === 1 || channels === 3 || channels === 4);
  if (!isImage || data === undefined) {
    throw new ImageError("image/corrupt", {
      action: "decode",
      reason: `the ${format} decoder gave ` +
        (data === undefined ? "no pixels" : `${data.length} bytes for ${width}x${height} pixels`),
    });
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
