/**
 * From images to tensors: encoded ones in one pass of the kernel, decoded ones by its resampling alone.
 *
 * @module
 */
import * as abi from "../../kernel/abi.ts";
import { getKernel, releaseKernel } from "../../kernel/instance.ts";
import { toError } from "../../kernel/status.ts";
import type { RandomSource } from "../../numbers/random_source.ts";
import {
  canFill,
  decodeJpeg,
  decodingError,
  type DecodingLimits,
  openJpeg,
  readWarnings,
  startJpeg,
} from "../jpeg/decode.ts";
import { isFormer } from "../reference.ts";
import { checkImage, isVerticalFirst, resize } from "../resize/resize.ts";
import { toRgb } from "../to_rgb.ts";
import type { Image, Reference, Tensor, TensorData, TensorType } from "../types.ts";
import { allocateTensor, elementsOf, isDataOf, shapeOf, type TensorShape } from "./layout.ts";
import type { Placement, Recipe } from "./recipe.ts";
import { readRecipe, type Transform } from "./recipes/mod.ts";
import { copyOut, fillBlank, prepareRoom } from "./tensor_room.ts";

export type { Transform };

/** Options of {@linkcode transformImage}. */
export interface TransformImageOptions extends DecodingLimits {
  /** Where the tensor goes, for example a slot of a batch. By default a new array. */
  readonly into?: TensorData;
  /**
   * Element of `into` at which the tensor starts.
   *
   * @default {0}
   */
  readonly offset?: number;
  /** Where a training transform's numbers come from: for the box, the filter, then the flip. */
  readonly random?: RandomSource;
}

/** Those that pixels take. */
type PixelOptions = Pick<TransformImageOptions, "into" | "offset" | "random" | "reference">;

/**
 * Decodes a JPEG image, resizes, crops and normalises it, in one pass that computes only what the
 * crop keeps.
 *
 * Shape: bytes to [3, H, W] float32 or float16 bits, or [H, W, 3] u8.
 * Exact: Pillow's decoding and resizing (or torch's) with torchvision's `Resize`, `CenterCrop`, `ToTensor` and
 * `Normalize` on the CPU; for a training transform `resized_crop`, with timm's boxes.
 *
 * @throws {ImageError} As `decodeJpeg`.
 * @throws {RangeError} If `into` has no room, or the image is too narrow to be resized.
 * @throws {TypeError} If `into` is an array of another type than the transform's, or a training transform
 *   comes without `random`.
 *
 * @example Usage
 * ```ts
 * import { evaluation, init, sampleShard, transformImage, webdataset } from "@wdstream/wdstream";
 *
 * await init();
 * const transform = evaluation({ size: 224 });
 * for await (const sample of webdataset(sampleShard()).take(1)) {
 *   const { shape } = transformImage(sample.fields.jpg, transform);
 *   if (shape.join() !== "3,224,224") throw new Error(`${shape}`);
 * }
 * ```
 */
export function transformImage(
  bytes: Uint8Array,
  transform: Transform,
  options: TransformImageOptions = {},
): Tensor {
  return transformJpeg(bytes, readRecipe(transform), options);
}

/** Does to a JPEG file what a recipe says: {@linkcode transformImage} of a transform that was read before. */
export function transformJpeg(
  bytes: Uint8Array,
  recipe: Recipe,
  options: TransformImageOptions,
): Tensor {
  const { type } = recipe;
  // What the caller did wrong is said before what the file has wrong.
  if (recipe.shape !== undefined && options.into !== undefined) {
    checkTarget(options.into, type, options.offset ?? 0, elementsOf(recipe.shape));
  }
  const kernel = getKernel();
  try {
    const { frame, status: opened, isWholeOnly } = openJpeg(kernel, bytes, options);
    const scale = isWholeOnly ? 8 : recipe.draft?.(frame.width, frame.height) ?? 8;
    const isDecodedFirst = isWholeOnly || scale < 8 || recipe.prepare !== undefined;
    const placement = isDecodedFirst
      ? undefined
      : place(recipe, frame.width, frame.height, options.random);
    if (placement === undefined || isUpright(placement, options.reference)) {
      const { into: _, ...limits } = options;
      const image = decodeJpeg(bytes, { ...limits, scale });
      return transformPixels(image, recipe, options, placement);
    }
    const { data, offset, shape } = openTarget(placement, type, options);
    const room = prepareRoom(kernel, recipe, placement, frame.components === 1 ? 1 : 3);
    kernel.setParam(abi.PARAM_MODE, abi.MODE_FUSED);
    kernel.setParam(abi.PARAM_SCALE, 8);
    let status = opened < 0 ? opened : startJpeg(kernel, options);
    const isStarted = status >= 0;
    if (isStarted) status = kernel.exports.next();
    if (status < 0 && !canFill(status, options)) throw decodingError(kernel, status);
    readWarnings(kernel, options);
    copyOut(kernel, room, recipe, placement, data, offset);
    // Zeros in the file's own colours.
    const blank = frame.components === 4 ? 255 : 0;
    if (!isStarted) fillBlank(recipe, placement, blank, data, offset);
    return { data, shape, type };
  } finally {
    releaseKernel();
  }
}

/**
 * Does to pixels what a recipe says: those of files that were decoded first, whoever decoded them.
 *
 * @param placed Where the image lands, if that was found out before.
 */
export function transformPixels(
  image: Image,
  recipe: Recipe,
  options: PixelOptions,
  placed?: Placement,
): Tensor {
  checkImage(image);
  const whole = recipe.prepare !== undefined
    ? recipe.prepare(toRgb(image))
    : image.channels === 4
    ? toRgb(image)
    : image;
  const found = placed ?? place(recipe, whole.width, whole.height, options.random);
  const { pixels, placement } = isUpright(found, options.reference)
    ? lower(whole, found)
    : { pixels: whole, placement: found };
  const { type } = recipe;
  const { data, offset, shape } = openTarget(placement, type, options);
  const kernel = getKernel();
  try {
    kernel.begin(pixels.data);
    const room = prepareRoom(kernel, recipe, placement, pixels.channels);
    kernel.setParam(abi.PARAM_SOURCE_WIDTH, pixels.width);
    kernel.setParam(abi.PARAM_SOURCE_HEIGHT, pixels.height);
    const status = kernel.exports.resample();
    if (status < 0) throw toError(status, { action: "resize the image" });
    copyOut(kernel, room, recipe, placement, data, offset);
  } finally {
    releaseKernel();
  }
  return { data, shape, type };
}

function place(
  recipe: Recipe,
  width: number,
  height: number,
  random: RandomSource | undefined,
): Placement {
  const placement = recipe.place(width, height, random);
  const { resizedWidth, resizedHeight } = placement;
  if (resizedWidth < 1 || resizedHeight < 1) {
    throw new RangeError(
      `Cannot resize an image of ${width}x${height} pixels to ${resizedWidth}x${resizedHeight}`,
    );
  }
  return placement;
}

/** Whether Pillow resizes it vertically first, which the kernel does not. */
function isUpright({ source, resizedHeight, isTorch }: Placement, reference?: Reference): boolean {
  return isVerticalFirst(source, resizedHeight, isFormer(reference) || isTorch);
}

/** Resizes vertically what is resized; what is left to be done is horizontal. */
function lower(image: Image, placement: Placement): { pixels: Image; placement: Placement } {
  const { source: { left, top, width, height }, resizedHeight, interpolation } = placement;
  const pixels = resize(cropImage(image, left, top, width, height), {
    width,
    height: resizedHeight,
    interpolation,
  });
  const source = { left: 0, top: 0, width, height: resizedHeight };
  return { pixels, placement: { ...placement, source } };
}

function cropImage(
  { data, width: stride, channels }: Image,
  left: number,
  top: number,
  width: number,
  height: number,
): Image {
  const cropped = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * stride + left) * channels;
    cropped.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: cropped };
}

/** The array that a tensor goes into, the caller's or a new one. */
function openTarget(
  { outputHeight, outputWidth }: Placement,
  type: TensorType,
  options: PixelOptions,
): { data: TensorData; offset: number; shape: TensorShape } {
  const shape = shapeOf(type, outputHeight, outputWidth);
  const length = elementsOf(shape);
  const { into: data = allocateTensor(type, length), offset = 0 } = options;
  checkTarget(data, type, offset, length);
  return { data, offset, shape };
}

function checkTarget(into: TensorData, type: TensorType, offset: number, length: number): void {
  if (!isDataOf(type, into)) {
    throw new TypeError(`A ${type} tensor cannot go into a ${into.constructor.name}`);
  }
  if (!(Number.isInteger(offset) && offset >= 0 && offset + length <= into.length)) {
    throw new RangeError(
      `A tensor of ${length} elements does not fit at ${offset} of an array of ${into.length}`,
    );
  }
}
