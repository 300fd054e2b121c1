/**
 * The fused path: encoded image to tensor in one pass of the kernel.
 *
 * @module
 */
import * as abi from "../../kernel/abi.ts";
import { getKernel, type Kernel, releaseKernel } from "../../kernel/instance.ts";
import { toError } from "../../kernel/status.ts";
import type { RandomSource } from "../../numbers/random_source.ts";
import { evaluationGeometry, resizeShorterEdge } from "./geometry.ts";
import {
  canFill,
  decodeJpeg,
  decodingError,
  type DecodingLimits,
  openJpeg,
  readWarnings,
  startJpeg,
} from "../jpeg/decode.ts";
import type { JpegFrame } from "../jpeg/segments.ts";
import { isVerticalFirst, resize } from "../resize/resize.ts";
import { writeTable } from "../resize/tables.ts";
import { isFormer } from "../reference.ts";
import { allocateData, makeNormalization, makeValueTables, type ValueTables } from "./tensor.ts";
import { drawFlip, drawTrainingBox, type TrainingTransform } from "./training.ts";
import type {
  EvaluationTransform,
  Image,
  Interpolation,
  Tensor,
  TensorData,
  TensorType,
} from "../types.ts";

/** From encoded image to tensor: what `evaluation()` and `training()` describe. */
export type Transform = EvaluationTransform | TrainingTransform;

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

/** How the image lands in the tensor, in pixels. */
interface Placement {
  /** The part of the image that is resized. */
  readonly source: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  /** The part of the result that is kept. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Where it goes in the tensor. */
  readonly padLeft: number;
  readonly padTop: number;
  readonly interpolation: Interpolation;
  readonly isTorch: boolean;
  readonly isMirrored: boolean;
}

const OUTPUT_TYPES: Readonly<Record<TensorType, number>> = {
  float32: abi.OUTPUT_F32_NCHW,
  float16: abi.OUTPUT_F16_NCHW,
  uint8: abi.OUTPUT_U8_NHWC,
};

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
  const [height, width] = transform.crop;
  const length = 3 * height * width;
  const { type } = transform;
  const offset = options.offset ?? 0;
  const into = options.into ?? allocateData(type, length);
  checkTarget(into, type, offset, length);
  const kernel = getKernel();
  try {
    const { frame, status: opened, isWholeOnly } = openJpeg(kernel, bytes, options);
    const scale = isWholeOnly ? 8 : chooseScale(frame.width, frame.height, transform);
    const placement = scale === 8
      ? placeImage(frame.width, frame.height, transform, options.random)
      : undefined;
    const former = isFormer(options.reference);
    if (
      placement === undefined || isWholeOnly ||
      isVerticalFirst(placement.source, placement.resizedHeight, former || placement.isTorch)
    ) {
      const { into: _, ...limits } = options;
      const image = decodeJpeg(bytes, { ...limits, scale });
      const placed = placement ?? placeImage(image.width, image.height, transform, undefined);
      transformPixels(image, transform, placed, { into, offset, former });
      return { data: into, shape: shapeOf(transform), type };
    }
    const output = prepareTransform(kernel, transform, placement, frame);
    kernel.setParam(abi.PARAM_MODE, abi.MODE_FUSED);
    kernel.setParam(abi.PARAM_SCALE, 8);
    let status = opened < 0 ? opened : startJpeg(kernel, options);
    const isStarted = status >= 0;
    if (isStarted) status = kernel.exports.next();
    if (status < 0 && !canFill(status, options)) throw decodingError(kernel, status);
    readWarnings(kernel, options);
    copyOut(kernel, output, into, offset, length);
    if (!isStarted) fillBlank(transform, frame, placement, into, offset);
  } finally {
    releaseKernel();
  }
  return { data: into, shape: shapeOf(transform), type };
}

function shapeOf({ crop: [height, width], type }: Transform): number[] {
  return type === "uint8" ? [height, width, 3] : [3, height, width];
}

// Pillow's `draft`: the greatest reduction that does not go below the wanted size, in eighths.
function chooseScale(width: number, height: number, transform: Transform): 1 | 2 | 4 | 8 {
  if (transform.kind !== "evaluation" || !transform.draft) return 8;
  const [wantedWidth, wantedHeight] = resizeShorterEdge(width, height, transform.resize);
  const factor = Math.min(Math.floor(width / wantedWidth), Math.floor(height / wantedHeight));
  return factor >= 8 ? 1 : factor >= 4 ? 2 : factor >= 2 ? 4 : 8;
}

/** Resizes, crops and normalises an image that was decoded before. */
function transformPixels(
  image: Image,
  transform: Transform,
  placement: Placement,
  { into, offset, former }: { into: TensorData; offset: number; former: boolean },
): void {
  const { source, resizedHeight } = placement;
  if (isVerticalFirst(source, resizedHeight, former || placement.isTorch)) {
    const { left, top, width, height } = source;
    const lower = resize(cropImage(image, left, top, width, height), {
      width,
      height: resizedHeight,
      interpolation: placement.interpolation,
    });
    const lowered = { left: 0, top: 0, width, height: resizedHeight };
    return transformPixels(lower, transform, { ...placement, source: lowered }, {
      into,
      offset,
      former: true,
    });
  }
  const kernel = getKernel();
  kernel.begin(image.data);
  const { width, height } = image;
  const output = prepareTransform(kernel, transform, placement, { width, height, components: 3 });
  kernel.setParam(abi.PARAM_SOURCE_WIDTH, width);
  kernel.setParam(abi.PARAM_SOURCE_HEIGHT, height);
  const status = kernel.exports.resample();
  if (status < 0) throw toError(status, { action: "resize the image" });
  copyOut(kernel, output, into, offset, 3 * transform.crop[0] * transform.crop[1]);
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

function placeImage(
  width: number,
  height: number,
  transform: Transform,
  random: RandomSource | undefined,
): Placement {
  if (transform.kind === "evaluation") {
    return {
      ...evaluationGeometry(width, height, transform),
      source: { left: 0, top: 0, width, height },
      interpolation: transform.interpolation,
      isTorch: transform.resampler === "torch",
      isMirrored: false,
    };
  }
  if (random === undefined) {
    throw new TypeError("A training transform needs `random`, where its draws come from");
  }
  const box = drawTrainingBox(width, height, transform, random);
  const [cropHeight, cropWidth] = transform.crop;
  return {
    source: box,
    resizedWidth: cropWidth,
    resizedHeight: cropHeight,
    left: 0,
    top: 0,
    width: cropWidth,
    height: cropHeight,
    padLeft: 0,
    padTop: 0,
    interpolation: box.interpolation,
    isTorch: false,
    isMirrored: drawFlip(transform, random),
  };
}

// Pillow's picture of a file that broke off before its first row: zeros in the file's own colours.
function fillBlank(
  transform: Transform,
  frame: JpegFrame,
  { width, height, padLeft, padTop }: Placement,
  into: TensorData,
  offset: number,
): void {
  const [cropHeight, cropWidth] = transform.crop;
  const byte = frame.components === 4 ? 255 : 0;
  const values = transform.type === "uint8" ? undefined : makeValueTables(transform);
  for (let y = padTop; y < padTop + height; y++) {
    for (let c = 0; c < 3; c++) {
      if (values === undefined) {
        const at = offset + (y * cropWidth + padLeft) * 3;
        into.fill(byte, at, at + width * 3);
      } else {
        const at = offset + (c * cropHeight + y) * cropWidth + padLeft;
        into.fill(values[256 * c + byte], at, at + width);
      }
    }
  }
}

function checkTarget(into: TensorData, type: TensorType, offset: number, length: number): void {
  const fits = type === "float32"
    ? into instanceof Float32Array
    : type === "float16"
    ? into instanceof Uint16Array
    : into instanceof Uint8Array;
  if (!fits) throw new TypeError(`A ${type} tensor cannot go into a ${into.constructor.name}`);
  if (!(Number.isInteger(offset) && offset >= 0 && offset + length <= into.length)) {
    throw new RangeError(
      `A tensor of ${length} elements does not fit at ${offset} of an array of ${into.length}`,
    );
  }
}

/** Writes tables and parameters; returns the address of the tensor in the kernel's memory. */
function prepareTransform(
  kernel: Kernel,
  transform: Transform,
  placement: Placement,
  frame: JpegFrame,
): number {
  const [height, width] = transform.crop;
  const { source, left, top, resizedWidth, resizedHeight, padLeft, padTop } = placement;
  const isDrawn = transform.kind === "training";
  if (resizedWidth < 1 || resizedHeight < 1) {
    throw new RangeError(
      `Cannot resize an image of ${frame.width}x${frame.height} pixels to ` +
        `${resizedWidth}x${resizedHeight}`,
    );
  }
  writeTable(kernel, "x", {
    inSize: source.width,
    box0: 0,
    box1: source.width,
    outSize: resizedWidth,
    begin: left,
    end: left + placement.width,
    origin: source.left,
    isMirrored: placement.isMirrored,
    isTorch: placement.isTorch,
    isDrawn,
  }, placement.interpolation);
  writeTable(kernel, "y", {
    inSize: source.height,
    box0: 0,
    box1: source.height,
    outSize: resizedHeight,
    begin: top,
    end: top + placement.height,
    origin: source.top,
    isTorch: placement.isTorch,
    isDrawn,
  }, placement.interpolation);
  const type = OUTPUT_TYPES[transform.type];
  const elementBytes = transform.type === "float32" ? 4 : transform.type === "float16" ? 2 : 1;
  const byteLength = 3 * width * height * elementBytes;
  const output = kernel.reserve(byteLength);
  const isPadded = placement.width < width || placement.height < height;
  if (type === abi.OUTPUT_U8_NHWC) {
    // Grey becomes three channels.
    kernel.setParam(abi.PARAM_OUTPUT_CHANNELS, 3);
    if (isPadded) kernel.bytes.fill(0, output, output + byteLength);
  } else {
    const values = makeValueTables(transform);
    // Float32 numbers are computed, which is faster; float16 ones are looked up.
    if (type === abi.OUTPUT_F32_NCHW) {
      kernel.setParam(abi.PARAM_NORMALISATION, writeNumbers(kernel, makeNormalization(transform)));
    } else kernel.setParam(abi.PARAM_VALUES, writeNumbers(kernel, values));
    if (isPadded) {
      // Padding is zero before the normalisation, so it has the value of a zero byte.
      const tensor = viewOf(kernel, output, transform.type, 3 * width * height);
      for (let c = 0; c < 3; c++) {
        tensor.fill(values[256 * c], c * width * height, (c + 1) * width * height);
      }
    }
  }
  kernel.setParam(abi.PARAM_OUTPUT_TYPE, type);
  kernel.setParam(abi.PARAM_OUTPUT, output);
  kernel.setParam(abi.PARAM_OUTPUT_WIDTH, width);
  kernel.setParam(abi.PARAM_OUTPUT_HEIGHT, height);
  kernel.setParam(abi.PARAM_OUTPUT_LEFT, padLeft);
  kernel.setParam(abi.PARAM_OUTPUT_TOP, padTop);
  kernel.setParam(abi.PARAM_CHANNELS, frame.components === 1 ? 1 : 3);
  return output;
}

/** Writes numbers into the kernel's memory; returns their address. */
function writeNumbers(kernel: Kernel, numbers: ValueTables): number {
  const address = kernel.reserve(numbers.byteLength);
  kernel.bytes.set(new Uint8Array(numbers.buffer), address);
  return address;
}

function viewOf(kernel: Kernel, address: number, type: TensorType, length: number): TensorData {
  const buffer = kernel.bytes.buffer;
  if (type === "float32") return new Float32Array(buffer, address, length);
  return type === "float16"
    ? new Uint16Array(buffer, address, length)
    : new Uint8Array(buffer, address, length);
}

function copyOut(
  kernel: Kernel,
  address: number,
  into: TensorData,
  offset: number,
  length: number,
): void {
  const type = into instanceof Float32Array
    ? "float32"
    : into instanceof Uint16Array
    ? "float16"
    : "uint8";
  into.set(viewOf(kernel, address, type, length), offset);
}
