/**
 * Resizing as Pillow or torch does it.
 *
 * @module
 */
import * as abi from "../../kernel/abi.ts";
import { getKernel, releaseKernel } from "../../kernel/instance.ts";
import { toError } from "../../kernel/status.ts";
import { writeTable } from "./tables.ts";
import { oneOf } from "../../check.ts";
import { isFormer } from "../reference.ts";
import { checkTorchFilter, RESAMPLERS } from "./resampler.ts";
import type { Image, Interpolation, Reference, Resampler } from "../types.ts";

/** Options of {@linkcode resize}. */
export interface ResizeOptions {
  /** Width of the result in pixels, 1 to 65535. */
  readonly width: number;
  /** Height of the result in pixels, 1 to 65535. */
  readonly height: number;
  /**
   * Pillow's filter; torch has bilinear and bicubic.
   * @default {"bicubic"}
   */
  readonly interpolation?: Interpolation;
  /**
   * Whose arithmetic resizes: `"torch"` is that of uint8 tensors with antialiasing (torchvision's transforms on
   * tensors, Hugging Face's image processors).
   * @default {"pillow"}
   */
  readonly resampler?: Resampler;
  /** The part that is resized: left, top, right, bottom in pixels, may lie between pixels. */
  readonly box?: ResizeBox;
  /**
   * Whose bytes are given: before Pillow 12.2, images taller than 100 times their width were resized
   * horizontally first, as all others.
   * @default {"pillow-12.2"}
   */
  readonly reference?: Reference;
}

/** Part of an image, whose edges may lie between pixels. */
export type ResizeBox = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Resizes an image byte for byte as Pillow does, or as torch does.
 *
 * Shape: [H, W, C] u8 to [height, width, C] u8, packed; C is 1, 3 or 4. Units: pixels.
 * Exact: Pillow 12.2 and later, or 9.4 to 12.1, `ImagingResample`; `ImagingScaleAffine` for nearest. With
 * `resampler: "torch"` torch 2.6 to 2.13 on the CPU, `_upsample_bilinear2d_aa` and `_upsample_bicubic2d_aa` of uint8:
 * torchvision's `resize(tensor, size, antialias=True)`, where it does not go through float32 (it does for bilinear
 * on machines without AVX2, with AVX-512 before 2026, and on Arm and CUDA).
 *
 * @throws {RangeError} If a dimension is outside 1..65535, the box outside the image, or torch has no such filter.
 * @throws {TypeError} If the image's data does not have the size that it claims, or torch is to resize a box.
 *
 * @example Usage
 * ```ts
 * import { init, resize } from "@wdstream/wdstream/resize";
 *
 * await init();
 * const image = { width: 2, height: 1, channels: 1, data: new Uint8Array([0, 255]) } as const;
 * const { data } = resize(image, { width: 1, height: 1, interpolation: "bilinear" });
 * if (data[0] !== 128) throw new Error(`${data}`);
 * ```
 */
export function resize(image: Image, options: ResizeOptions): Image {
  const { width, height, interpolation = "bicubic" } = options;
  checkImage(image);
  for (const size of [width, height]) {
    if (!(Number.isInteger(size) && size >= 1 && size <= 65535)) {
      throw new RangeError(`Cannot resize to ${width}x${height}: each must be 1 to 65535 pixels`);
    }
  }
  const [left, top, right, bottom] = options.box ?? [0, 0, image.width, image.height];
  if (!(left >= 0 && top >= 0 && right <= image.width && bottom <= image.height)) {
    throw new RangeError(`The box (${[left, top, right, bottom]}) exceeds the image`);
  }
  if (!(right > left && bottom > top)) {
    throw new RangeError(`The box (${[left, top, right, bottom]}) is empty`);
  }
  const isWhole = left === 0 && top === 0 && right === image.width && bottom === image.height;
  const isTorch = oneOf("resampler", RESAMPLERS, options.resampler ?? "pillow") === "torch";
  if (isTorch) {
    checkTorchFilter(interpolation);
    if (!isWhole) {
      throw new TypeError("torch resizes whole images: crop first, or leave out the box");
    }
  }
  if (isWhole && width === image.width && height === image.height) {
    return { width, height, channels: image.channels, data: image.data.slice() };
  }
  const whole = { width, height, interpolation, isTorch, box: [left, top, right, bottom] as const };
  if (isTorch) return resample(image, whole);
  if (!isVerticalFirst(image, height, isFormer(options.reference))) return resample(image, whole);
  const lower = resample(image, {
    width: image.width,
    height,
    interpolation,
    isTorch,
    box: [0, top, image.width, bottom],
  });
  if (width === image.width && left === 0 && right === width) return lower;
  return resample(lower, { ...whole, box: [left, 0, right, height] });
}

/**
 * Whether an image is resized vertically first, to another picture than the other way around.
 *
 * Exact: Pillow 12.2, `Image.resize`.
 */
export function isVerticalFirst(
  image: Pick<Image, "width" | "height">,
  height: number,
  former: boolean,
): boolean {
  return !former && image.height > image.width * 100 && height < image.height;
}

/** Both passes, one after the other, by the kernel. */
function resample(
  image: Image,
  { width, height, interpolation, isTorch, box: [left, top, right, bottom] }: {
    readonly width: number;
    readonly height: number;
    readonly interpolation: Interpolation;
    readonly isTorch: boolean;
    readonly box: ResizeBox;
  },
): Image {
  const kernel = getKernel();
  try {
    kernel.begin(image.data);
    writeTable(kernel, "x", {
      inSize: image.width,
      box0: left,
      box1: right,
      outSize: width,
      begin: 0,
      end: width,
      isTorch,
    }, interpolation);
    writeTable(kernel, "y", {
      inSize: image.height,
      box0: top,
      box1: bottom,
      outSize: height,
      begin: 0,
      end: height,
      isTorch,
    }, interpolation);
    const length = width * height * image.channels;
    const output = kernel.reserve(length);
    const values: readonly (readonly [offset: number, value: number])[] = [
      [abi.PARAM_OUTPUT_TYPE, abi.OUTPUT_U8_NHWC],
      [abi.PARAM_OUTPUT_CHANNELS, image.channels],
      [abi.PARAM_OUTPUT, output],
      [abi.PARAM_OUTPUT_WIDTH, width],
      [abi.PARAM_OUTPUT_HEIGHT, height],
      [abi.PARAM_OUTPUT_LEFT, 0],
      [abi.PARAM_OUTPUT_TOP, 0],
      [abi.PARAM_CHANNELS, image.channels],
      [abi.PARAM_SOURCE_WIDTH, image.width],
      [abi.PARAM_SOURCE_HEIGHT, image.height],
    ];
    for (const [offset, value] of values) kernel.setParam(offset, value);
    const status = kernel.exports.resample();
    if (status < 0) throw toError(status, { action: "resize the image" });
    const data = kernel.bytes.slice(output, output + length);
    return { width, height, channels: image.channels, data };
  } finally {
    releaseKernel();
  }
}

/** Throws unless the image's data has the size that its dimensions say. */
export function checkImage(image: Image): void {
  const { width, height, channels, data } = image;
  if (![1, 3, 4].includes(channels)) {
    throw new TypeError(`An image has 1, 3 or 4 channels, not ${channels}`);
  }
  for (const size of [width, height]) {
    if (!(Number.isInteger(size) && size >= 1)) {
      throw new RangeError(`An image cannot be ${width}x${height} pixels`);
    }
  }
  if (data.length !== width * height * channels) {
    throw new TypeError(
      `An image of ${width}x${height} pixels and ${channels} channels has ` +
        `${width * height * channels} bytes, not ${data.length}`,
    );
  }
}
