/**
 * Whose arithmetic resizes.
 *
 * @module
 */
import type { Interpolation, Resampler } from "../types.ts";

/** Whose arithmetic may resize. */
export const RESAMPLERS: readonly Resampler[] = ["pillow", "torch"];

/** Throws unless torch has the filter for uint8 tensors. */
export function checkTorchFilter(filter: Interpolation): void {
  if (filter === "bilinear" || filter === "bicubic") return;
  throw new RangeError(
    `interpolation must be bilinear or bicubic where torch resizes, not ${JSON.stringify(filter)}`,
  );
}
