/**
 * Normalisation: from bytes to the numbers that a model sees.
 *
 * @module
 */
import { toFloat16Bits } from "../../numbers/float16.ts";
import { checkImage } from "../resize/resize.ts";
import type { EvaluationTransform, Image, Tensor, TensorType } from "../types.ts";
import { allocateTensor, shapeOf } from "./layout.ts";

/** How bytes become numbers. */
export type Normalization = Pick<EvaluationTransform, "type" | "mean" | "std" | "normalize">;

/** Options of {@linkcode toTensor}. */
export interface TensorOptions extends Partial<Normalization> {
  /**
   * Number format.
   *
   * @default {"float32"}
   */
  readonly type?: TensorType;
  /**
   * Subtracted from each channel of a 0..1 image.
   *
   * @default {[0.485, 0.456, 0.406]}
   */
  readonly mean?: Normalization["mean"];
  /**
   * Divides each channel of a 0..1 image.
   *
   * @default {[0.229, 0.224, 0.225]}
   */
  readonly std?: Normalization["std"];
  /**
   * Whose arithmetic.
   *
   * @default {"torchvision"}
   */
  readonly normalize?: Normalization["normalize"];
}

/** The value of each byte in each channel: three tables of 256, float32 or the bits of float16. */
export type ValueTables = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

let lastTables: { readonly name: string; readonly tables: ValueTables } | undefined;

/**
 * Makes the tables of a normalisation. There are only 256 bytes and three channels, so a table is
 * exact by construction, and faster than two divisions a value.
 */
export function makeValueTables({ type, mean, std, normalize }: Normalization): ValueTables {
  const name = [type, mean, std, normalize].join(" ");
  if (lastTables?.name === name) return lastTables.tables;
  const values = new Float32Array(3 * 256);
  const f = Math.fround;
  for (let channel = 0; channel < 3; channel++) {
    for (let byte = 0; byte < 256; byte++) {
      // A float64 operation on float32 numbers, rounded to float32, is the float32 operation.
      values[256 * channel + byte] = normalize === "prefetcher"
        ? f(f(byte - f(mean[channel] * 255)) / f(std[channel] * 255))
        : f(f(f(byte / 255) - f(mean[channel])) / f(std[channel]));
    }
  }
  const tables = type === "float16" ? Uint16Array.from(values, toFloat16Bits) : values;
  lastTables = { name, tables };
  return tables;
}

/**
 * The same as arithmetic, for the kernel: four float32 numbers (a, b, mean, std) a channel, so that a byte v
 * has the value (v * a + v * b - mean) / std, each operation rounded to float32.
 *
 * v / 255 is w + w / 255 with w = v / 256, which is exact. The error of
 * the second term is 255 times smaller than a rounding, and the sum is the float32 quotient for each of the 256 bytes.
 */
export function makeNormalization(
  { mean, std, normalize }: Omit<Normalization, "type">,
): Float32Array<ArrayBuffer> {
  const records = new Float32Array(12);
  for (let channel = 0; channel < 3; channel++) {
    const record = normalize === "prefetcher"
      ? [1, 0, mean[channel] * 255, std[channel] * 255]
      : [1 / 256, Math.fround(1 / 255) / 256, mean[channel], std[channel]];
    records.set(record, 4 * channel);
  }
  return records;
}

/**
 * Turns an image into a tensor as torchvision's `ToTensor` and `Normalize` do on the CPU.
 *
 * Shape: [H, W, 3] u8 to [3, H, W] float32 or float16 bits, normalised; with `type: "uint8"` the
 * pixels as they are, [H, W, 3]. Grey images are replicated to three channels.
 * Exact: torchvision 0.14 and later; with `normalize: "prefetcher"` timm's `PrefetchLoader`.
 *
 * @throws {TypeError} If the image has four channels: convert it with `toRgb` first.
 *
 * @example Usage
 * ```ts
 * import { toTensor } from "@wdstream/wdstream";
 *
 * const image = { width: 1, height: 1, channels: 3, data: new Uint8Array([124, 116, 104]) } as const;
 * const { data, shape } = toTensor(image);
 * if (shape.join() !== "3,1,1" || Math.abs(data[0]) > 0.01) throw new Error(`${data}`);
 * ```
 */
export function toTensor(image: Image, options: TensorOptions = {}): Tensor {
  const {
    type = "float32",
    mean = [0.485, 0.456, 0.406],
    std = [0.229, 0.224, 0.225],
    normalize = "torchvision",
  } = options;
  checkImage(image);
  const { width, height, channels, data } = image;
  if (channels === 4) throw new TypeError("A tensor is made of 1 or 3 channels, not 4: use toRgb");
  const area = width * height;
  const result = allocateTensor<TensorType>(type, 3 * area);
  const shape = shapeOf(type, height, width);
  const step = channels === 3 ? 1 : 0;
  if (type === "uint8") {
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) result[3 * i + c] = data[i * channels + c * step];
    }
    return { data: result, shape, type };
  }
  const tables = makeValueTables({ type, mean, std, normalize });
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < area; i++) {
      result[c * area + i] = tables[256 * c + data[i * channels + c * step]];
    }
  }
  return { data: result, shape, type };
}
