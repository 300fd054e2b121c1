/**
 * Resizing as Pillow does it.
 *
 * @module
 */
import * as abi from "../../kernel/abi.ts";
import { getKernel, releaseKernel } from "../../kernel/instance.ts";
import { toError } from "../../kernel/status.ts";
import { writeTable } from "./tables.ts";
import type { Image, Interpolation } from "../types.ts";

/** Options of {@linkcode resize}. */
export interface ResizeOptions {
  /** Width of the result in pixels, 1 to 65535. */
  readonly width: number;
  /** Height of the result in pixels, 1 to 65535. */
  readonly height: number;
  /** Pillow's filter. @default "bicubic" */
  readonly interpolation?: Interpolation;
  /** The part that is resized: left, top, right, bottom in pixels, may lie between pixels. */
  readonly box?: readonly [left: number, top: number, right: number, bottom: number];
}

/**
 * Resizes an image byte for byte as Pillow does.
 *
 * Shape: [H, W, C] u8 to [height, width, C] u8, packed; C is 1, 3 or 4. Units: pixels.
 * Exact: Pillow 9.4 to 12.1, `ImagingResample`; `ImagingScaleAffine` for nearest.
 *
 * @throws {RangeError} If a dimension is outside 1..65535, or the box outside the image.
 * @throws {TypeError} If the image's data does not have the size that it claims.
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
  if (isWhole && width === image.width && height === image.height) {
    return { width, height, channels: image.channels, data: image.data.slice() };
  }
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
    }, interpolation);
    writeTable(kernel, "y", {
      inSize: image.height,
      box0: top,
      box1: bottom,
      outSize: height,
      begin: 0,
      end: height,
    }, interpolation);
    const length = width * height * image.channels;
    const output = kernel.reserve(length);
    const values: readonly (readonly [offset: number, value: number])[] = [
      [abi.PARAM_OUTPUT_TYPE, abi.OUTPUT_U8_NHWC],
      [abi.PARAM_LUT, 0],
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
