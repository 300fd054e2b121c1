/**
 * What a codec is, and which one reads an image.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import { describeFormat, findFormat, getFormat, isImageExtension } from "./format.ts";
import type { DecodingLimits } from "./jpeg/decode.ts";
import type { Recipe } from "./transform/recipe.ts";
import type { TransformImageOptions } from "./transform/transform.ts";
import type { Image, Mask, Tensor } from "./types.ts";

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

/**
 * One format of images. The codecs that are built in stand in `codecs/mod.ts`; decoders that callers plug in become
 * codecs too.
 */
export interface Codec {
  /** What it is called, for errors and in the options of callers. */
  readonly name: string;
  /** The last parts of extensions that its files go by. */
  readonly extensions: readonly string[];
  /** Whether it is asked for content of another known format that goes by its name: it may know more than that says. */
  readonly takesOthers?: boolean;
  /** Whether a file is of its format, by the first bytes. */
  isMine(head: Uint8Array): boolean;
  /**
   * Loads what all its images take, before the first one.
   *
   * @param shared What `share` gave in another thread; it loads its own where that is of no use.
   */
  load?(shared?: unknown): Promise<void>;
  /** What a worker is sent, so that it need not load it again; structured cloning takes it. */
  share?(): unknown;
  /** Width and height, without decoding: of a format that can be decoded at a fraction of its size. */
  readHeader?(
    bytes: Uint8Array,
    options?: DecodingLimits,
  ): { readonly width: number; readonly height: number };
  /**
   * Decodes a file to pixels, one or three channels.
   *
   * @param options `scale` is eighths of the size, of a codec that reads headers: such a one can decode less than all.
   * @throws {ImageError} If it cannot.
   */
  decode(
    bytes: Uint8Array,
    options: DecodingLimits & { readonly scale?: 1 | 2 | 4 | 8 },
  ): Image | Promise<Image>;
  /**
   * Decodes a file of one channel to its numbers, which masks are: indices of colours, not the colours. Absent where a
   * format's files are no masks.
   *
   * @throws {ImageError} If it cannot, or the file has several channels.
   */
  decodeMask?(bytes: Uint8Array, options: DecodingLimits): Promise<Mask>;
  /**
   * Makes a file a tensor in one pass, without its pixels in between: what a codec has that is as fast as that. It can
   * then work in workers.
   *
   * @throws {ImageError} If it cannot.
   */
  transform?(bytes: Uint8Array, recipe: Recipe, options: TransformImageOptions): Tensor;
}

/**
 * An image of one channel as a mask.
 *
 * @throws {ImageError} `image/unsupported-variant` if it has several channels.
 */
export function toMask({ width, height, channels, data }: Image): Mask {
  if (channels === 1) return { width, height, data };
  throw new ImageError("image/unsupported-variant", {
    action: "decode",
    reason: `a mask has one channel, and this image has ${channels}`,
  });
}

/**
 * Who reads an image. The content decides, as with Pillow; the extension only where the content is of no format that
 * is known here, or of one without a codec.
 *
 * @returns `undefined` where nobody can.
 */
export function findCodec(
  bytes: Uint8Array,
  extension: string,
  codecs: readonly Codec[],
): Codec | undefined {
  const own = codecs.find((codec) => codec.isMine(bytes));
  if (own !== undefined) return own;
  const named = findNamed(extension, codecs);
  const isUnknown = (findFormat(bytes)?.extensions.length ?? 0) === 0;
  return isUnknown || named?.takesOthers ? named : undefined;
}

/** The codec whose files go by an extension. */
export function findNamed(extension: string, codecs: readonly Codec[]): Codec | undefined {
  const format = getFormat(extension);
  return codecs.find(({ extensions }) => extensions.includes(format));
}

/** Formats whose codecs can be registered. */
const OFFERED: ReadonlySet<string> = new Set([
  "png",
  "webp",
  "avif",
  "gif",
  "bmp",
  "tif",
  "jxl",
]);

/**
 * Who reads an image.
 *
 * @throws {ImageError} `image/unsupported-format`, with what the image is, where nobody can.
 */
export function requireCodec(
  bytes: Uint8Array,
  extension: string,
  codecs: readonly Codec[],
): Codec {
  const codec = findCodec(bytes, extension, codecs);
  if (codec !== undefined) return codec;
  const [format = getFormat(extension)] = findFormat(bytes)?.extensions ?? [];
  if (format === "") {
    const reason = `it is ${describeFormat(bytes)}, and no image of a format that is known`;
    throw new ImageError("image/unsupported-format", { action: "decode", reason });
  }
  throw new ImageError("image/unsupported-format", {
    action: "decode",
    reason: `it is ${describeFormat(bytes)}, and there is no decoder for ${format} files; ` +
      (OFFERED.has(format) ? 'import "@wdstream/wdstream/formats", or ' : "") +
      `pass \`decoders: { ${format}: bytes => pixels }\``,
  });
}

/**
 * Who decodes a field where all fields are decoded: images by their content. An image for which there is no codec
 * stays bytes, unless it goes by the name of one for which there always is.
 *
 * @throws {ImageError} `image/unsupported-format` for an image of another format that goes by such a name.
 */
export function findFieldCodec(
  bytes: Uint8Array,
  extension: string,
  codecs: readonly Codec[],
): Codec | undefined {
  const named = findNamed(extension, codecs);
  if (named !== undefined && !named.takesOthers) return requireCodec(bytes, extension, codecs);
  const isImage = named !== undefined || isImageExtension(extension);
  return isImage ? findCodec(bytes, extension, codecs) : undefined;
}
