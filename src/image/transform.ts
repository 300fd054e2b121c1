/**
 * The fused path: encoded image to tensor in one pass of the kernel.
 *
 * @module
 */
import * as abi from "../kernel/abi.ts";
import { getKernel, type Kernel, releaseKernel } from "../kernel/instance.ts";
import { type EvaluationGeometry, evaluationGeometry } from "./geometry.ts";
import {
  DEFAULT_MAX_PIXELS,
  DEFAULT_MAX_SCANS,
  failDecoding,
  type ImageNames,
  openJpeg,
  readWarnings,
} from "./jpeg.ts";
import { writeTable } from "./tables.ts";
import { allocateData, makeValueTables } from "./tensor.ts";
import type { EvaluationTransform, Tensor, TensorData, TensorType } from "./types.ts";

/** Options of {@linkcode transformImage}. */
export interface TransformImageOptions extends ImageNames {
  /** Where the tensor goes, for example a slot of a batch. By default a new array. */
  readonly into?: TensorData;
  /** Element of `into` at which the tensor starts. @default 0 */
  readonly offset?: number;
  /** Refuses an image with more pixels. @default 178956970 */
  readonly maxPixels?: number;
  /** Refuses a progressive image with more scans. @default 100 */
  readonly maxScans?: number;
  /** As in `decodeJpeg`. @default "error" */
  readonly truncated?: "error" | "fill";
  /** Makes any damage an error. @default false */
  readonly strict?: boolean;
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
 * Exact: Pillow's decoding and resizing with torchvision's `Resize`, `CenterCrop`, `ToTensor` and
 * `Normalize` on the CPU.
 *
 * @throws {ImageError} As `decodeJpeg`.
 * @throws {RangeError} If `into` has no room, or the image is too narrow to be resized.
 * @throws {TypeError} If `into` is an array of another type than the transform's.
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
  transform: EvaluationTransform,
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
    openJpeg(kernel, bytes, options, options.maxPixels ?? DEFAULT_MAX_PIXELS);
    const geometry = evaluationGeometry(
      kernel.info(abi.INFO_WIDTH),
      kernel.info(abi.INFO_HEIGHT),
      transform,
    );
    const output = prepareTransform(kernel, transform, geometry);
    const status = kernel.exports.transform(
      options.truncated === "fill" ? 1 : 0,
      options.maxScans ?? DEFAULT_MAX_SCANS,
    );
    if (status < 0) throw failDecoding(kernel, status, options);
    readWarnings(kernel, options.strict ?? false, options);
    copyOut(kernel, output, into, offset, length);
  } finally {
    releaseKernel();
  }
  return { data: into, shape: type === "uint8" ? [height, width, 3] : [3, height, width], type };
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
  transform: EvaluationTransform,
  geometry: EvaluationGeometry,
): number {
  const [height, width] = transform.crop;
  const inWidth = kernel.info(abi.INFO_WIDTH);
  const inHeight = kernel.info(abi.INFO_HEIGHT);
  const { left, top, resizedWidth, resizedHeight, padLeft, padTop } = geometry;
  if (resizedWidth < 1 || resizedHeight < 1) {
    throw new RangeError(
      `Cannot resize an image of ${inWidth}x${inHeight} pixels to ${resizedWidth}x${resizedHeight}`,
    );
  }
  writeTable(kernel, "x", {
    inSize: inWidth,
    box0: 0,
    box1: inWidth,
    outSize: resizedWidth,
    begin: left,
    end: left + geometry.width,
  }, transform.interpolation);
  writeTable(kernel, "y", {
    inSize: inHeight,
    box0: 0,
    box1: inHeight,
    outSize: resizedHeight,
    begin: top,
    end: top + geometry.height,
  }, transform.interpolation);
  const type = OUTPUT_TYPES[transform.type];
  let tables = 0;
  const elementBytes = transform.type === "float32" ? 4 : transform.type === "float16" ? 2 : 1;
  const byteLength = 3 * width * height * elementBytes;
  const output = kernel.reserve(byteLength);
  const isPadded = geometry.width < width || geometry.height < height;
  if (type === abi.OUTPUT_U8_NHWC) {
    tables = 1; // any address: only says that grey becomes three channels
    if (isPadded) kernel.bytes.fill(0, output, output + byteLength);
  } else {
    const values = makeValueTables(transform);
    tables = kernel.reserve(values.byteLength);
    kernel.bytes.set(new Uint8Array(values.buffer), tables);
    if (isPadded) {
      // Padding is zero before the normalisation, so it has the value of a zero byte.
      const tensor = viewOf(kernel, output, transform.type, 3 * width * height);
      for (let c = 0; c < 3; c++) {
        tensor.fill(values[256 * c], c * width * height, (c + 1) * width * height);
      }
    }
  }
  kernel.setParam(abi.PARAM_OUTPUT_TYPE, type);
  kernel.setParam(abi.PARAM_LUT, tables);
  kernel.setParam(abi.PARAM_OUTPUT, output);
  kernel.setParam(abi.PARAM_OUTPUT_WIDTH, width);
  kernel.setParam(abi.PARAM_OUTPUT_HEIGHT, height);
  kernel.setParam(abi.PARAM_OUTPUT_LEFT, padLeft);
  kernel.setParam(abi.PARAM_OUTPUT_TOP, padTop);
  kernel.setParam(abi.PARAM_CHANNELS, kernel.info(abi.INFO_COMPONENTS) === 1 ? 1 : 3);
  return output;
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
