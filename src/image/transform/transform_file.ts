/**
 * From a file of any format to a tensor.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import type { Tensor } from "../types.ts";
import type { Recipe } from "./recipe.ts";
import { type TransformImageOptions, transformPixels } from "./transform.ts";

/**
 * Does to a file what a recipe says, in one pass where its codec can.
 *
 * @returns A promise only where the codec has to decode to pixels first.
 * @throws {ImageError} If the codec cannot decode it.
 */
export function transformFile(
  bytes: Uint8Array,
  codec: Codec,
  recipe: Recipe,
  options: TransformImageOptions,
): Tensor | Promise<Tensor> {
  if (codec.transform !== undefined) return codec.transform(bytes, recipe, options);
  return decodeFirst(bytes, codec, recipe, options);
}

/**
 * A recipe that tells the size of each image that it is asked about: the whole one's, of which a fraction may be decoded.
 */
export function watchSize(
  recipe: Recipe,
  onSize: (width: number, height: number) => void,
): Recipe {
  const { draft } = recipe;
  let isKnown = false;
  const tell = (width: number, height: number): void => {
    if (!isKnown) onSize(width, height);
    isKnown = true;
  };
  return {
    ...recipe,
    ...(draft && {
      draft: (width, height) => {
        tell(width, height);
        return draft(width, height);
      },
    }),
    place(width, height, random) {
      tell(width, height);
      return recipe.place(width, height, random);
    },
  };
}

async function decodeFirst(
  bytes: Uint8Array,
  codec: Codec,
  recipe: Recipe,
  options: TransformImageOptions,
): Promise<Tensor> {
  await codec.load?.();
  return transformPixels(await codec.decode(bytes, options), recipe, options);
}
