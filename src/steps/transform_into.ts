/**
 * One sample's image to a tensor.
 *
 * @module
 */
import { type Codec, requireCodec } from "../image/codec.ts";
import { listCodecs } from "../image/codecs/plugged.ts";
import type { Transform } from "../image/mod.ts";
import type { TensorSlot } from "../image/transform/layout.ts";
import type { Recipe } from "../image/transform/recipe.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import { transformPixels } from "../image/transform/transform.ts";
import { transformFile } from "../image/transform/transform_file.ts";
import type { Image, Tensor } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { locateFault } from "./faults.ts";
import { type FieldOptions, findImageField, isImage } from "./fields.ts";
import type { Item } from "./item.ts";

export type { Transform };

/** How a step makes tensors: what it was given, read once. */
export interface TensorMaker {
  readonly transform: Transform;
  readonly recipe: Recipe;
  readonly codecs: readonly Codec[];
  readonly options: FieldOptions;
}

/**
 * Reads what a step was given.
 *
 * @param builtIn Codecs in place of those that are built in, for tests.
 * @throws {TypeError} If the transform is none.
 */
export function readMaker(
  transform: Transform,
  options: FieldOptions,
  builtIn?: readonly Codec[],
): TensorMaker {
  const recipe = readRecipe(transform);
  return { transform, recipe, codecs: listCodecs(options.decoders, builtIn), options };
}

/**
 * Makes a sample's tensor, in its slot where there is one. What a training transform draws depends on the sample's
 * place alone.
 *
 * @returns A promise only where a codec has to decode to pixels first.
 */
export function makeTensor(
  { value: sample, mark: { place } }: Item<Sample<unknown>>,
  { recipe, codecs, options }: TensorMaker,
  slot: TensorSlot | undefined,
): Tensor | Promise<Tensor> {
  const extension = findImageField(sample, options, codecs);
  const field = sample.fields[extension];
  const { maxPixels, truncated, strict, reference } = options;
  const random = recipe.random?.(place);
  const settings = { maxPixels, truncated, strict, reference, ...slot, random };
  try {
    if (isImage(field)) return transformPixels(field as Image, recipe, settings);
    const bytes = field instanceof Uint8Array ? field : sample.bytes[extension];
    const codec = requireCodec(bytes, extension, codecs);
    const made = transformFile(bytes, codec, recipe, settings);
    if (!(made instanceof Promise)) return made;
    return made.catch((error) => {
      throw locateFault(error, sample, extension);
    });
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}
