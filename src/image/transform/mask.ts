/**
 * Masks beside images: cropped and mirrored as they are, resized by the nearest pixel, never normalised.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
import { ImageError } from "../../errors.ts";
import type { RandomSource } from "../../numbers/random_source.ts";
import { nearestIndices } from "../resize/coefficients.ts";
import { RESAMPLERS } from "../resize/resampler.ts";
import type { Mask, MaskData, MaskTransform, MaskType, Resampler } from "../types.ts";
import { allocateTensor, type TensorSlot } from "./layout.ts";
import type { Placement, Recipe } from "./recipe.ts";
import { checkMaskRecipe, readRecipe, type Transform } from "./recipes/mod.ts";

/**
 * What {@linkcode mask} takes.
 *
 * @typeParam Type Number format of the mask.
 */
export interface MaskTransformOptions<Type extends MaskType = MaskType> {
  /**
   * The field of the image that the mask belongs to, as it stands among the transforms.
   *
   * @default {the only image}
   */
  readonly of?: string;
  /**
   * Number format: classes up to 255, or any.
   *
   * @default {"uint8"}
   */
  readonly type?: Type;
  /**
   * Which pixel is the nearest, see {@linkcode MaskOptions}.
   *
   * @default {"torch"}
   */
  readonly resampler?: Resampler;
}

/**
 * Describes what becomes of a mask among the fields that a dataset transforms: the same part of it as of its image is
 * resized to the same size by the nearest pixel, and mirrored where the image is. Its numbers stay what they are.
 *
 * Shape: a file of one channel, see `decodeMask()` of `/formats`, to [H, W] uint8 or int32.
 * Exact: as {@linkcode transformMask}.
 *
 * @throws {TypeError} If an option is of another type.
 * @throws {RangeError} If an option is none of its choices.
 *
 * @example Usage
 * ```ts
 * import { training, webdataset } from "@wdstream/wdstream";
 * import { mask } from "@wdstream/wdstream/transforms";
 * import "@wdstream/wdstream/formats";
 *
 * const image = training({ size: 64, seed: 7 });
 * const segmented = webdataset("segmented-{000..015}.tar").transform({ jpg: image, "seg.png": mask() });
 * const batches = segmented.batch(8); // tensors.jpg: [8, 3, 64, 64], tensors["seg.png"]: [8, 64, 64] uint8
 * if (typeof batches.state !== "function") throw new Error("no dataset");
 * ```
 */
export function mask<Type extends MaskType = "uint8">(
  options: MaskTransformOptions<Type> = {},
): MaskTransform<Type> {
  if (typeof options !== "object" || options === null) throw new TypeError("Options are an object");
  const { of, type, resampler } = options;
  if (of !== undefined && typeof of !== "string") {
    throw new TypeError(`of must be the name of a field, not ${String(of)}`);
  }
  return {
    kind: "mask",
    ...(of !== undefined && { of }),
    type: oneOf<MaskType>("type", MASK_TYPES, type ?? "uint8") as Type,
    resampler: oneOf("resampler", RESAMPLERS, resampler ?? "torch"),
  };
}

const MASK_TYPES: readonly MaskType[] = ["uint8", "int32"];

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
  const recipe = readRecipe(transform);
  checkMaskRecipe(recipe);
  return placeMask(mask, findPlacement(mask, recipe, options.random), resampler);
}

function findPlacement(
  { width, height, data }: Mask,
  recipe: Recipe,
  random: RandomSource | undefined,
): Placement {
  const isWhole = Number.isSafeInteger(width) && width > 0 && Number.isSafeInteger(height) &&
    height > 0 && data.length === width * height;
  if (!isWhole) throw new RangeError(`A mask of ${width}x${height} has ${data?.length} numbers`);
  const placement = recipe.place(width, height, random);
  const { resizedWidth, resizedHeight } = placement;
  if (resizedWidth < 1 || resizedHeight < 1) {
    throw new RangeError(
      `Cannot resize a mask of ${width}x${height} pixels to ${resizedWidth}x${resizedHeight}`,
    );
  }
  return placement;
}

/** Where masks go, and what draws where they lie. */
export interface MaskPlaceOptions {
  readonly random?: RandomSource;
  /** Room for the numbers; a new array where there is none. */
  readonly slot?: TensorSlot<MaskData>;
}

/** A mask that was made, and the size that it had. */
export interface MadeMask {
  readonly data: MaskData;
  readonly shape: readonly [height: number, width: number];
  readonly size: readonly [width: number, height: number];
}

/**
 * Does to a mask what a recipe does to its image, and puts its numbers into an array of their format.
 *
 * @throws {ImageError} `image/unsupported-variant` if a number is beyond the format.
 */
export function makeMask(
  mask: Mask,
  recipe: Recipe,
  { type, resampler }: MaskTransform,
  { random, slot }: MaskPlaceOptions,
): MadeMask {
  const { width, height } = mask;
  const placement = findPlacement(mask, recipe, random);
  const narrow = type === "uint8" ? narrowMask(mask) : mask;
  const { outputHeight, outputWidth } = placement;
  const { into, offset } = slot ??
    { into: allocateTensor(type, outputHeight * outputWidth), offset: 0 };
  drawMask(narrow, placement, resampler, into, offset);
  return { data: into, shape: [outputHeight, outputWidth], size: [width, height] };
}

function narrowMask(mask: Mask): Mask {
  if (mask.data instanceof Uint8Array) return mask;
  const beyond = mask.data.find((value) => value < 0 || value > 255);
  if (beyond === undefined) return mask;
  throw new ImageError("image/unsupported-variant", {
    action: "transform",
    reason:
      `the mask has the number ${beyond}, which is none of uint8: take mask({ type: "int32" })`,
  });
}

/** Lets a mask land where its image does. */
export function placeMask<Data extends MaskData>(
  mask: Mask<Data>,
  placement: Placement,
  resampler: Resampler,
): { readonly data: Data; readonly shape: readonly [height: number, width: number] } {
  const { outputWidth, outputHeight } = placement;
  const make = mask.data.constructor as new (length: number) => Data;
  const data = new make(outputWidth * outputHeight);
  drawMask(mask, placement, resampler, data, 0);
  return { data, shape: [outputHeight, outputWidth] };
}

/** Puts the numbers of a mask where its image lands, from an element of an array on. */
function drawMask(
  { width: stride, data }: Mask,
  placement: Placement,
  resampler: Resampler,
  into: MaskData,
  offset: number,
): void {
  const { source, resizedWidth, resizedHeight, outputWidth, outputHeight, isMirrored } = placement;
  const columns = listNearest(source.width, resizedWidth, resampler)
    .subarray(placement.left, placement.left + placement.width);
  const rows = listNearest(source.height, resizedHeight, resampler)
    .subarray(placement.top, placement.top + placement.height);
  into.fill(0, offset, offset + outputWidth * outputHeight);
  for (const [y, row] of rows.entries()) {
    // Pillow's sums may end beyond the last pixel, and leave a zero there.
    if (row < 0) continue;
    const from = (source.top + row) * stride + source.left;
    const to = offset + (placement.padTop + y) * outputWidth;
    for (const [x, column] of columns.entries()) {
      if (column < 0) continue;
      const at = placement.padLeft + x;
      into[to + (isMirrored ? outputWidth - 1 - at : at)] = data[from + column];
    }
  }
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
