/**
 * What `processor()` returns.
 *
 * @module
 */
import type { Interpolation, TensorType } from "../../types.ts";
import type { ChannelValues } from "../statistics.ts";

/**
 * What the size of a resized image follows from.
 *
 * - `"exact"`: height and width;
 * - `"shorter"`: length of the shorter edge;
 * - `"aspect"`: length of the shorter edge, and what the longer one may have;
 * - `"box"`: greatest height and width, one of which the image then has;
 * - `"longer"`: length of the longer edge;
 * - `"multiple"`: height and width, of whose multiple both edges become the nearest ones, and whether the ratio is kept;
 * - `"divisor"`: both edges are cut off to multiples of it;
 * - `"ratio"`: height and width, one of which the image then has: 1 where all of the image lies in them, 0 where it
 *   covers them.
 */
export type ProcessorRule =
  | "exact"
  | "shorter"
  | "aspect"
  | "box"
  | "longer"
  | "multiple"
  | "divisor"
  | "ratio";

/** How a processor resizes. */
export interface ProcessorResize {
  /** What the size follows from. */
  readonly rule: ProcessorRule;
  /** The numbers of the rule, heights before widths. */
  readonly values: readonly number[];
  /** The filter. */
  readonly filter: Interpolation;
}

/**
 * The transform of an image processor, as plain data that structured cloning accepts. Made by `processor()`.
 *
 * In the order in which it is done: a square is made of the image, it is resized, cropped, turned into numbers
 * (`x * rescale + offset`, then `(x - mean) / std`, then `x / std` once more), and padded.
 */
export interface ProcessorTransform {
  /** What tells it from other transforms. */
  readonly kind: "processor";
  /**
   * Whose code: transformers on uint8 tensors or on Pillow images, or timm's on Pillow images. They differ in the
   * resampling, in how they round the crop's place, and in the order of the float32 operations.
   */
  readonly backend: "torchvision" | "pil" | "timm";
  /** The colour that the image is made a square with first, 0..255; `null` where it is not. */
  readonly square: ChannelValues | null;
  /** How it is resized; `null` where it is not. */
  readonly resize: ProcessorResize | null;
  /** Height and width of the centre crop; `null` without one. */
  readonly crop: readonly [height: number, width: number] | null;
  /** The colour where the crop is larger than the image, 0..255. */
  readonly fill: ChannelValues;
  /** Which channel is the first. */
  readonly order: "rgb" | "bgr";
  /** What the bytes are multiplied by; `null` where they are not. */
  readonly rescale: number | null;
  /** What is added after that. */
  readonly offset: 0 | -1;
  /** What is subtracted; `null` where nothing is, and nothing divided. */
  readonly mean: ChannelValues | null;
  /** What is divided by. */
  readonly std: ChannelValues;
  /** Whether it is divided by once more. */
  readonly again: boolean;
  /** Height and width that the tensor is filled up to with zeros, below and to the right; `null` where it is not. */
  readonly pad: readonly [height: number, width: number] | null;
  /** Number format of the tensor. */
  readonly type: TensorType;
}
