/**
 * One image file to a smaller one.
 *
 * @module
 */
import { requireCodec } from "../image/codec.ts";
import { FORMATS } from "../image/codecs/lazy.ts";
import { CODECS } from "../image/codecs/mod.ts";
import { decodeJpeg } from "../image/jpeg/decode.ts";
import { readOrientation } from "../image/jpeg/exif.ts";
import { readSegments } from "../image/jpeg/segments.ts";
import { resize } from "../image/resize/resize.ts";
import { toRgb } from "../image/to_rgb.ts";
import { evaluation } from "../image/transform/evaluation.ts";
import type { Recipe } from "../image/transform/recipe.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import type { Image, Interpolation } from "../image/types.ts";

/** What resized images are encoded as. */
export type ResizeFormat = "jpeg" | "webp" | "png";

/** How images are resized and encoded; plain data, for workers. */
export interface ResizeSettings {
  /** Length in pixels of the shorter edge; images that are no larger stay as they are. */
  readonly short: number;
  /** Of JPEG and WebP, 1 to 100. */
  readonly quality: number;
  readonly format: ResizeFormat;
  /** Whether images that are small enough stay whatever their format is. */
  readonly keepsFormat: boolean;
  readonly interpolation: Interpolation;
  /** Whether JPEG files are turned as their Exif data says, which is lost; small ones, too. */
  readonly isUpright?: boolean;
}

/** A file that was made smaller. */
export interface ResizedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  /** Width and height as they were. */
  readonly from: readonly [width: number, height: number];
}

/**
 * Makes a file smaller, or converts it.
 *
 * Exact: the pixels that are encoded are those of Pillow's `Image.open(file).convert("RGB").resize((w, h), …)`, with the
 * longer edge cut to an integer as torchvision's `Resize` does; JPEG files are those of its `save(file, quality=…)`.
 * A comment of the file, which Pillow saves too, is left out. Upright ones are those of `ImageOps.exif_transpose(Image.open(file))`.
 *
 * @param name Extension of its field, for what only its name tells.
 * @returns Nothing where it is to stay as it is.
 * @throws {ImageError} If it cannot be decoded, or no encoder can be had.
 */
export async function resizeFile(
  bytes: Uint8Array,
  name: string,
  { short, quality, format, keepsFormat, interpolation, isUpright = false }: ResizeSettings,
): Promise<ResizedFile | undefined> {
  const codec = requireCodec(bytes, name, [...CODECS, ...FORMATS]);
  const isKept = keepsFormat || codec.extensions.includes(format);
  await codec.load?.();
  const isTurned = isUpright && codec.name === "jpeg" && isOriented(bytes);
  // What is turned is another size than its header says.
  const header = isTurned ? undefined : codec.readHeader?.(bytes);
  if (header !== undefined && isKept && isSmall(header, short)) return undefined;
  let pixels: Image;
  let from: Size;
  if (header !== undefined && codec.transform !== undefined && !isSmall(header, short)) {
    const size = sizeOf(header, short);
    const recipe = shrinkingRecipe(size, { short, interpolation });
    const { transform } = codec;
    if (format === "jpeg") {
      const { encodePixels } = await loadJpegEncoder();
      // In one pass: the pixels are made where the encoder reads them.
      const file = encodePixels(size, quality, (into) => void transform(bytes, recipe, { into }));
      return { bytes: file, ...size, from: [header.width, header.height] };
    }
    const { data } = transform(bytes, recipe, {});
    pixels = { ...size, channels: 3, data: data as Uint8Array<ArrayBuffer> };
    from = header;
  } else {
    const image = isTurned
      ? toRgb(decodeJpeg(bytes, { applyOrientation: true }))
      : toRgb(await codec.decode(bytes, {}));
    if (isKept && !isTurned && isSmall(image, short)) return undefined;
    from = image;
    pixels = isSmall(image, short) ? image : await shrink(image, { short, interpolation });
  }
  const { width, height } = pixels;
  const file = await encode(pixels, format, quality);
  return { bytes: file, width, height, from: [from.width, from.height] };
}

/** Whether a JPEG file is stored otherwise than it is to be looked at. */
function isOriented(bytes: Uint8Array): boolean {
  const segments = readSegments(bytes);
  return !("reason" in segments) && (readOrientation(segments, false) ?? 1) !== 1;
}

type Size = Pick<Image, "width" | "height">;

const isSmall = ({ width, height }: Size, short: number): boolean =>
  Math.min(width, height) <= short;

type Shrinking = Pick<ResizeSettings, "short" | "interpolation">;

function sizeOf({ width, height }: Size, short: number): Size {
  return width <= height
    ? { width: short, height: Math.trunc(short * height / width) }
    : { width: Math.trunc(short * width / height), height: short };
}

/** Decodes and resizes in one pass, without the pixels in between. */
function shrinkingRecipe({ width, height }: Size, { short, interpolation }: Shrinking): Recipe {
  // A crop as large as the resized image leaves nothing out.
  return readRecipe(
    evaluation({ size: [height, width], resize: short, type: "uint8", interpolation }),
  );
}

async function shrink(image: Image, { short, interpolation }: Shrinking): Promise<Image> {
  const { init } = await import("../image/mod.ts");
  await init();
  return resize(image, { ...sizeOf(image, short), interpolation });
}

async function encode(
  image: Image,
  format: ResizeFormat,
  quality: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (format === "png") {
    const { encodePng } = await import("../image/encode/png.ts");
    const { loadPako } = await import("../storage/inflate.ts");
    const { deflate } = await loadPako();
    // Platforms do not compress alike.
    return await encodePng(image, (rows) => deflate(rows) as Uint8Array<ArrayBuffer>);
  }
  if (format === "webp") {
    const { encodeWebp } = await import("../image/encode/webp.ts");
    return new Uint8Array(await encodeWebp(image, quality));
  }
  const { encodeBaseline } = await loadJpegEncoder();
  return encodeBaseline(image, quality);
}

let jpegEncoder: typeof import("../image/encode/baseline.ts") | undefined;

/** The encoder, once it is ready. */
async function loadJpegEncoder(): Promise<typeof import("../image/encode/baseline.ts")> {
  if (jpegEncoder === undefined) {
    const loaded = await import("../image/encode/baseline.ts");
    await loaded.initEncoder();
    jpegEncoder = loaded;
  }
  return jpegEncoder;
}
