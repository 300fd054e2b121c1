/**
 * Masks beside images: cropped and mirrored as they are, resized by the nearest pixel, never normalised.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
import type { RandomSource } from "../../numbers/random_source.ts";
import { nearestIndices } from "../resize/coefficients.ts";
import { RESAMPLERS } from "../resize/resampler.ts";
import type { Mask, MaskData, Resampler } from "../types.ts";
import type { Placement } from "./recipe.ts";
import { readRecipe, type Transform } from "./recipes/mod.ts";

/** Options of {@linkcode transformMask}. */
export interface MaskOptions {
  /** Where a training transform's numbers come from: a source that gives those that the image was made with. */
  readonly random?: RandomSource;
  /**
   * Which pixel is the nearest: `"torch"` takes that at `floor(i * scale)`, as torchvision's transforms do with masks;
   * `"pillow"` the one under the middle, as they do with a Pillow image.
   *
   * @default {"torch"}
   */
  readonly resampler?: Resampler;
}

/**
 * Does to a mask what a transform does to its image, which is as large: the same part of it is resized to the same size,
 * mirrored where the image is, and zeros stand where the image is padded. Its numbers stay what they are.
 *
 * Shape: [H, W] to [height, width] of the transform, in an array of the same type. Units: pixels.
 * Exact: torchvision 0.21 `v2` on `tv_tensors.Mask` (`Resize`, `CenterCrop`, `resized_crop`, `horizontal_flip`), whose
 * resizing is torch's `interpolate(mode="nearest")`; with `resampler: "pillow"` on Pillow images of mode "P" with
 * `InterpolationMode.NEAREST`.
 *
 * @throws {TypeError} If the transform changes the image before it is resized, or draws and there is no `random`.
 * @throws {RangeError} If the mask has no pixels, or not as many as its size says.
 *
 * @example Usage
 * ```ts
 * import { evaluation, transformMask } from "@wdstream/wdstream/transforms";
 *
 * const mask = { width: 4, height: 2, data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) };
 * const { data, shape } = transformMask(mask, evaluation({ size: 2, resize: 2 }));
 * if (shape.join() !== "2,2" || data.join() !== "1,2,5,6") throw new Error(`${data}`);
 * ```
 */
export function transformMask<Data extends MaskData>(
  mask: Mask<Data>,
  transform: Transform,
  options: MaskOptions = {},
): { readonly data: Data; readonly shape: readonly [height: number, width: number] } {
  const resampler = oneOf("resampler", RESAMPLERS, options.resampler ?? "torch");
  const { width, height, data } = mask;
  const isWhole = Number.isSafeInteger(width) && width > 0 && Number.isSafeInteger(height) &&
    height > 0 && data.length === width * height;
  if (!isWhole) throw new RangeError(`A mask of ${width}x${height} has ${data?.length} numbers`);
  const recipe = readRecipe(transform);
  if (recipe.prepare !== undefined) {
    throw new TypeError("A transform that pads images before it resizes them takes no masks");
  }
  const placement = recipe.place(width, height, options.random);
  const { resizedWidth, resizedHeight } = placement;
  if (resizedWidth < 1 || resizedHeight < 1) {
    throw new RangeError(
      `Cannot resize a mask of ${width}x${height} pixels to ${resizedWidth}x${resizedHeight}`,
    );
  }
  return placeMask(mask, placement, resampler);
}

/** Lets a mask land where its image does. */
export function placeMask<Data extends MaskData>(
  { width: stride, data }: Mask<Data>,
  placement: Placement,
  resampler: Resampler,
): { readonly data: Data; readonly shape: readonly [height: number, width: number] } {
  const { source, resizedWidth, resizedHeight, outputWidth, outputHeight, isMirrored } = placement;
  const columns = listNearest(source.width, resizedWidth, resampler)
    .subarray(placement.left, placement.left + placement.width);
  const rows = listNearest(source.height, resizedHeight, resampler)
    .subarray(placement.top, placement.top + placement.height);
  const into = new (data.constructor as new (length: number) => Data)(outputWidth * outputHeight);
  for (const [y, row] of rows.entries()) {
    // Pillow's sums may end beyond the last pixel, and leave a zero there.
    if (row < 0) continue;
    const from = (source.top + row) * stride + source.left;
    const to = (placement.padTop + y) * outputWidth;
    for (const [x, column] of columns.entries()) {
      if (column < 0) continue;
      const at = placement.padLeft + x;
      into[to + (isMirrored ? outputWidth - 1 - at : at)] = data[from + column];
    }
  }
  return { data: into, shape: [outputHeight, outputWidth] };
}

/** Which of `from` pixels each of `to` pixels is. */
function listNearest(from: number, to: number, resampler: Resampler): Int32Array<ArrayBuffer> {
  if (resampler === "pillow") return nearestIndices(from, 0, from, to);
  // Exact: torch's `nearest_idx`, in float32.
  const nearest = new Int32Array(to);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    nearest[i] = to === 2 * from ? i >> 1 : Math.min(Math.floor(Math.fround(i * scale)), from - 1);
  }
  return nearest;
}
