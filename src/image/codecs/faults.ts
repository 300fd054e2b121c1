/**
 * What is wrong with an image of a format other than JPEG, and what is too large of one.
 *
 * @module
 */
import { ImageError } from "../../errors.ts";
import { DEFAULT_MAX_PIXELS } from "../jpeg/decode.ts";

/** A file that breaks the rules of its format. */
export function corruptError(reason: string, cause?: unknown): ImageError {
  return new ImageError("image/corrupt", { action: "decode", reason, cause });
}

/** A file that ends before its pixels do. */
export function truncatedError(reason = "the file ends before its pixels do"): ImageError {
  return new ImageError("image/truncated", { action: "decode", reason });
}

/** A file of a kind of its format that is not read here. */
export function variantError(reason: string): ImageError {
  return new ImageError("image/unsupported-variant", { action: "decode", reason });
}

/**
 * Checks a size that a header tells, before any memory is taken for it.
 *
 * @throws {ImageError} `image/corrupt` if there are no pixels, `image/too-large` if there are more than the limit.
 */
export function checkSize(
  width: number,
  height: number,
  maxPixels: number = DEFAULT_MAX_PIXELS,
): void {
  if (width < 1 || height < 1) throw corruptError(`it has ${width}x${height} pixels`);
  if (width * height <= maxPixels) return;
  throw new ImageError("image/too-large", {
    action: "decode",
    reason: `its ${width}x${height} pixels are more than the limit of ${maxPixels}`,
  });
}
