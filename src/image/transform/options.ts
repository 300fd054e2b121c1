/**
 * What the options of transforms have in common.
 *
 * @module
 */
import type { Interpolation } from "../types.ts";
import type { ChannelValues } from "./presets/mod.ts";

/** Pillow's filters, as options name them. */
export const INTERPOLATIONS: readonly Interpolation[] = [
  "nearest",
  "box",
  "bilinear",
  "hamming",
  "bicubic",
  "lanczos",
];

/** Whose arithmetic may normalise. */
export const NORMALIZATIONS: readonly ("torchvision" | "prefetcher")[] = [
  "torchvision",
  "prefetcher",
];

/** Pillow's limit on an edge of a JPEG image, and ours on an edge of a crop. */
const MAX_EDGE = 65500;

/** Reads `size`: an edge or `[height, width]`. */
export function readCrop(size: number | readonly [number, number]): [number, number] {
  if (typeof size === "number") return [readEdge("size", size), readEdge("size", size)];
  if (!Array.isArray(size) || size.length !== 2) {
    throw new TypeError("size must be a number of pixels, or [height, width]");
  }
  return [readEdge("size", size[0]), readEdge("size", size[1])];
}

/** Reads a length in pixels. */
export function readEdge(name: string, pixels: number): number {
  if (typeof pixels !== "number") throw new TypeError(`${name} must be a number of pixels`);
  if (!(Number.isInteger(pixels) && pixels >= 1 && pixels <= MAX_EDGE)) {
    throw new RangeError(
      `${name} must be a whole number of pixels in 1..${MAX_EDGE}, not ${pixels}`,
    );
  }
  return pixels;
}

/** Reads a number for each channel. */
export function readChannels(
  name: "mean" | "std",
  values: ChannelValues,
): [number, number, number] {
  const numbers = Array.isArray(values) && values.length === 3 &&
    values.every((value) => typeof value === "number");
  if (!numbers) throw new TypeError(`${name} must be three numbers: red, green and blue`);
  if (
    !values.every((value) => Number.isFinite(Math.fround(value))) ||
    (name === "std" && values.some((value) => Math.fround(value) === 0))
  ) {
    const wanted = name === "std" ? "finite and not 0" : "finite";
    throw new RangeError(`${name} must be ${wanted}, not ${values}`);
  }
  return [values[0], values[1], values[2]];
}
