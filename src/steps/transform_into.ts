/**
 * One sample's image to a tensor.
 *
 * @module
 */
import { type Codec, requireCodec } from "../image/codec.ts";
import { listCodecs } from "../image/codecs/plugged.ts";
import type { Transform } from "../image/mod.ts";
import {
  type ElementData,
  targetOf,
  type TensorSlot,
  type TensorTarget,
} from "../image/transform/layout.ts";
import type { Recipe } from "../image/transform/recipe.ts";
import {
  checkMaskRecipe,
  isMaskTransform,
  isOneTransform,
  readRecipe,
} from "../image/transform/recipes/mod.ts";
import { transformPixels } from "../image/transform/transform.ts";
import { transformFile, watchSize } from "../image/transform/transform_file.ts";
import type { Image, MaskTransform, Tensor, TensorData } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { locateFault } from "./faults.ts";
import { checkFieldOptions, type FieldOptions, findImageField, isImage } from "./fields.ts";
import type { Item } from "./item.ts";

export type { Transform };

/** How a step makes tensors: what it was given, read once. */
export interface TensorMaker {
  readonly transform: Transform;
  readonly recipe: Recipe;
  /** Says that it makes masks, and follows the transform of their images. */
  readonly mask?: MaskTransform;
  /** What comes out. */
  readonly target: TensorTarget;
  readonly codecs: readonly Codec[];
  readonly options: FieldOptions;
}

/** What was made of a field. */
export interface MadeTensor<Data extends ElementData = TensorData> {
  readonly data: Data;
  readonly shape: readonly number[];
  /** Size of the image in pixels, where it was asked for. */
  readonly size?: readonly [width: number, height: number];
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
  const codecs = listCodecs(options.decoders, builtIn);
  return { transform, recipe, target: targetOf(recipe, undefined), codecs, options };
}

/** The transform of each field, by its name or its alternatives: `"jpg;png;webp"`. */
export interface FieldTransforms {
  /** What becomes of the field of this name. */
  readonly [field: string]: Transform | MaskTransform;
}

/** A maker of one of several fields. */
export interface FieldMaker extends TensorMaker {
  /** The field as it stands among the transforms. */
  readonly name: string;
  /** Number of the image that it is the mask of. */
  readonly of?: number;
}

/** Whether several fields are to be transformed. */
export function isFieldTransforms(
  transform: Transform | FieldTransforms,
): transform is FieldTransforms {
  return !isOneTransform(transform);
}

/**
 * Reads what becomes of several fields, in their order.
 *
 * @throws {TypeError} If there is none, one is no transform, or a mask has no image or one that it cannot follow.
 */
export function readMakers(
  transforms: FieldTransforms,
  options: FieldOptions,
  builtIn?: readonly Codec[],
): readonly FieldMaker[] {
  if (options.image !== undefined) {
    throw new TypeError(
      "`image` names the only field: of several, each has its name before its transform",
    );
  }
  const names = Object.keys(transforms);
  const images = names.filter((name) => !isMaskTransform(transforms[name]));
  if (images.length === 0) throw new TypeError("There is no image among the fields to transform");
  const makers = new Map<string, TensorMaker>();
  for (const name of images) {
    const own = { ...options, image: name };
    checkFieldOptions(own);
    makers.set(name, readMaker(transforms[name] as Transform, own, builtIn));
  }
  return names.map((name): FieldMaker => {
    const mask = transforms[name];
    if (!isMaskTransform(mask)) return { ...makers.get(name)!, name };
    if (mask.of === undefined && images.length > 1) {
      const list = images.map((each) => JSON.stringify(each)).join(" or ");
      throw new TypeError(`mask() of "${name}" must say of which image it is: of ${list}`);
    }
    const { of = images[0] } = mask;
    const image = makers.get(of);
    if (image === undefined) {
      throw new TypeError(
        `mask() of "${name}" is of "${of}", which is no image among the transforms`,
      );
    }
    checkMaskRecipe(image.recipe);
    const own = { ...options, image: name };
    checkFieldOptions(own);
    return {
      ...image,
      name,
      mask,
      of: names.indexOf(of),
      target: targetOf(image.recipe, mask),
      options: own,
    };
  });
}

/**
 * Makes a sample's tensor, in its slot where there is one. What a training transform draws depends on the sample's
 * place alone.
 *
 * @param onSize Is told the size of the image.
 * @returns A promise only where a codec has to decode to pixels first.
 */
export function makeTensor(
  { value: sample, mark: { place } }: Item<Sample<unknown>>,
  { recipe: given, codecs, options }: TensorMaker,
  slot: TensorSlot | undefined,
  onSize?: (width: number, height: number) => void,
): Tensor | Promise<Tensor> {
  const extension = findImageField(sample, options, codecs);
  const field = sample.fields[extension];
  const { maxPixels, truncated, strict, reference } = options;
  const recipe = onSize === undefined ? given : watchSize(given, onSize);
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
