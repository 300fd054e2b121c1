/**
 * Pictures of a wanted size from files.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { jpeg } from "../codecs/jpeg.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import { resize } from "../resize/resize.ts";
import { toRgb } from "../to_rgb.ts";
import type { Image } from "../types.ts";
import { evaluation } from "./evaluation.ts";
import { readRecipe } from "./recipes/mod.ts";
import { transformFile } from "./transform_file.ts";

/** How a picture is fitted into a square of the wanted size. */
export type Fit = "cover" | "contain" | "evaluation";

/** What {@linkcode makePicture} takes. */
export interface PictureOptions extends DecodingLimits {
  /** Edge in pixels; without it the picture keeps its size. */
  readonly size?: number;
  /**
   * `"contain"`: the longer edge is as long, and nothing is enlarged; `"cover"`: a centred square; `"evaluation"`:
   * the crop that a model sees.
   *
   * @default {"contain"}
   */
  readonly fit?: Fit;
}

/**
 * Decodes a file to a picture of the wanted size.
 *
 * Shape: a file to [H, W, 3] u8.
 * Exact: `"evaluation"` is timm's and torchvision's crop. The others are Pillow's, by these calls: with (w, h) the
 * result's size, `box = image.draft("RGB", (2 * w, 2 * h))[1]` for a JPEG file at a fraction of its size, then
 * `image.resize((w, h), BICUBIC, box)`: for `"contain"` what `Image.thumbnail` gives where it does not reduce
 * further, for `"cover"` with the box's centred square.
 *
 * @throws {ImageError} If the codec cannot decode it.
 */
export async function makePicture(
  bytes: Uint8Array,
  options: PictureOptions,
  codec: Codec = jpeg,
): Promise<Image> {
  const { size, fit = "contain", ...limits } = options;
  await codec.load?.();
  if (size === undefined) return toRgb(await codec.decode(bytes, limits));
  if (fit === "evaluation") {
    const recipe = readRecipe(evaluation({ size, type: "uint8" }));
    const { data } = await transformFile(bytes, codec, recipe, limits);
    return { width: size, height: size, channels: 3, data: data as Uint8Array<ArrayBuffer> };
  }
  const header = codec.readHeader?.(bytes);
  const divisor = header === undefined ? 1 : chooseDivisor(header, fitInto(header, size, fit));
  const scale = (8 / divisor) as 1 | 2 | 4 | 8;
  const image = toRgb(await codec.decode(bytes, { ...limits, scale }));
  const { width, height } = header ?? image;
  const [toWidth, toHeight] = fitInto({ width, height }, size, fit);
  const side = fit === "cover" ? Math.min(width, height) : undefined;
  const [left, top] = side === undefined ? [0, 0] : [(width - side) / 2, (height - side) / 2];
  const box = [left, top, left + (side ?? width), top + (side ?? height)]
    .map((edge) => edge / divisor) as [number, number, number, number];
  return resize(image, { width: toWidth, height: toHeight, interpolation: "bicubic", box });
}

type Size = Pick<Image, "width" | "height">;

function fitInto({ width, height }: Size, size: number, fit: Fit): [number, number] {
  return fit === "cover" ? [size, size] : containIn(size, width, height);
}

// Pillow's `draft`: the least of 1/8 to 1 that leaves twice as many pixels as are wanted, both ways.
function chooseDivisor({ width, height }: Size, [toWidth, toHeight]: [number, number]): number {
  const factor = Math.min(Math.floor(width / (2 * toWidth)), Math.floor(height / (2 * toHeight)));
  return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
}

/** Pillow's `Image.thumbnail`: the size whose ratio is nearest to the image's. */
function containIn(size: number, width: number, height: number): [number, number] {
  if (width <= size && height <= size) return [width, height];
  const aspect = width / height;
  if (aspect <= 1) {
    return [roundAspect(size * aspect, (n) => Math.abs(aspect - n / size)), size];
  }
  return [size, roundAspect(size / aspect, (n) => n === 0 ? 0 : Math.abs(aspect - size / n))];
}

function roundAspect(length: number, miss: (n: number) => number): number {
  const [below, above] = [Math.floor(length), Math.ceil(length)];
  return Math.max(miss(above) < miss(below) ? above : below, 1);
}
