/**
 * Where torchvision's `Resize` and `CenterCrop` put an image.
 *
 * @module
 */
import { roundHalfEven } from "../../numbers/round_half_even.ts";
import type { EvaluationTransform } from "../types.ts";

/** What part of the resized image the crop keeps, and where it lands. Units: pixels. */
export interface EvaluationGeometry {
  /** Width of the whole resized image, of which only `width` columns are needed. */
  readonly resizedWidth: number;
  /** Height of the whole resized image, of which only `height` rows are needed. */
  readonly resizedHeight: number;
  /** First column of the resized image that is kept. */
  readonly left: number;
  /** First row of the resized image that is kept. */
  readonly top: number;
  /** Number of columns that are kept: the crop's width, or less where the image is narrower. */
  readonly width: number;
  /** Number of rows that are kept: the crop's height, or less where the image is lower. */
  readonly height: number;
  /** Columns of zeros to the left of what is kept; those to the right fill up the crop's width. */
  readonly padLeft: number;
  /** Rows of zeros above what is kept; those below fill up the crop's height. */
  readonly padTop: number;
}

/**
 * Computes where the evaluation transform resizes, crops and pads an image.
 *
 * Units: pixels.
 * Exact: torchvision 0.14 and later, `_compute_resized_output_size`, `center_crop`.
 *
 * @param width Width of the image, 1 or more.
 * @param height Height of the image, 1 or more.
 * @param transform Its `resize` is the length of the shorter edge, its `crop` height and width.
 * @throws {RangeError} If `width` or `height` is not a positive integer.
 */
export function evaluationGeometry(
  width: number,
  height: number,
  transform: Pick<EvaluationTransform, "resize" | "crop">,
): EvaluationGeometry {
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
    throw new RangeError(`An image needs a positive size in whole pixels, not ${width}x${height}`);
  }
  const [cropHeight, cropWidth] = transform.crop;
  const [resizedWidth, resizedHeight] = resizeShorterEdge(width, height, transform.resize);
  const across = placeCrop(resizedWidth, cropWidth);
  const down = placeCrop(resizedHeight, cropHeight);
  return {
    resizedWidth,
    resizedHeight,
    left: across.offset,
    top: down.offset,
    width: across.kept,
    height: down.kept,
    padLeft: across.padding,
    padTop: down.padding,
  };
}

/** Width and height after the shorter edge was resized to `size`: the longer one is rounded down. */
export function resizeShorterEdge(width: number, height: number, size: number): [number, number] {
  // The product is exact, so the one rounding is that of the division, as in Python.
  return width <= height
    ? [size, Math.trunc(size * height / width)]
    : [Math.trunc(size * width / height), size];
}

/** One axis of a centre crop of `wanted` pixels out of `size`. */
function placeCrop(
  size: number,
  wanted: number,
): { offset: number; kept: number; padding: number } {
  return wanted > size
    ? { offset: 0, kept: size, padding: Math.floor((wanted - size) / 2) }
    : { offset: roundHalfEven((size - wanted) / 2), kept: wanted, padding: 0 };
}
