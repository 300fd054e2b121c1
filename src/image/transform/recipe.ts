/**
 * A transform, read once: what everybody needs to know of it, whatever its kind.
 *
 * @module
 */
import type { RandomSource } from "../../numbers/random_source.ts";
import type { SampleDraw } from "../../numbers/seeded_random.ts";
import type { Image, Interpolation, TensorType } from "../types.ts";
import type { EvaluationGeometry } from "./geometry.ts";
import type { TensorShape } from "./layout.ts";
import type { ValueTables } from "./tensor.ts";

/** How one image lands in its tensor, in pixels. */
export interface Placement extends EvaluationGeometry {
  /** The part of the image that is resized. */
  readonly source: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Height and width of the tensor. */
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly interpolation: Interpolation;
  readonly isTorch: boolean;
  readonly isMirrored: boolean;
  /** Whether the sizes are drawn, so that no other image will have the same. */
  readonly isDrawn: boolean;
}

/** What a transform does: the only thing that is asked of its kind. */
export interface Recipe {
  /** Number format of the tensor. */
  readonly type: TensorType;
  /** Shape of every tensor; absent where it depends on the image. */
  readonly shape?: TensorShape;
  /** Whether the tensor's first channel is blue. */
  readonly isBgr: boolean;
  /** What stands where the image does not reach: red, green and blue, before they become numbers. */
  readonly padding: readonly [number, number, number];
  /** Whether that becomes no number, but is filled with zeros at the end. */
  readonly isPaddedLast?: boolean;
  /** The value of each byte in each channel. Not for the type `"uint8"`, which keeps the bytes. */
  values(): ValueTables;
  /**
   * The same for float32 as arithmetic, of which `makeNormalization` says what it is; nothing where there is no such
   * arithmetic.
   */
  arithmetic(): Float32Array<ArrayBuffer> | undefined;
  /** At how many eighths of its size a JPEG image is decoded; absent where always at all of it. */
  draft?(width: number, height: number): 1 | 2 | 4 | 8;
  /** Changes the pixels before anything else: an image of three channels to another. */
  prepare?(image: Image): Image;
  /**
   * Where an image of a size lands.
   *
   * @throws {TypeError} Where something is drawn, and there is no random source to draw it from.
   */
  place(width: number, height: number, random: RandomSource | undefined): Placement;
  /** The random source for a sample; absent where nothing is drawn. */
  random?(draw: SampleDraw): RandomSource;
}
