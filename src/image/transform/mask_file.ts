/**
 * From a file to a mask beside its image.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { decodeMaskBy } from "../decode_mask.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import type { MaskTransform } from "../types.ts";
import { type MadeMask, makeMask, type MaskPlaceOptions } from "./mask.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Decodes a file and does to it what a recipe does to its image.
 *
 * @throws {ImageError} As `decodeMask()`, and if a number is beyond the format.
 */
export async function transformMaskFile(
  bytes: Uint8Array,
  codec: Codec,
  recipe: Recipe,
  transform: MaskTransform,
  options: MaskPlaceOptions & DecodingLimits,
): Promise<MadeMask> {
  return makeMask(await decodeMaskBy(codec, bytes, options), recipe, transform, options);
}
