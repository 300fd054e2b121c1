/**
 * The training transform: crop a random part, resize it, flip it at random, normalise.
 *
 * @module
 */
import type { RandomSource } from "../../numbers/random_source.ts";
import { roundHalfEven } from "../../numbers/round_half_even.ts";
import { exp, log } from "../../numbers/math.ts";
import { INTERPOLATIONS, NORMALIZATIONS, readChannels, readCrop } from "./options.ts";
import { oneOf } from "../../check.ts";
import { TENSOR_TYPES } from "./layout.ts";
import { type ChannelValues, IMAGENET_MEAN, IMAGENET_STD } from "./statistics.ts";
import type { Interpolation, TensorType } from "../types.ts";

/** Options of {@linkcode training}. */
export interface TrainingOptions {
  /**
   * Edge of the square that the crop is resized to in pixels, or its height and width.
   * @default {224}
   */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * Least and greatest area of the crop over the image's.
   * @default {[0.08, 1]}
   */
  readonly scale?: readonly [least: number, greatest: number];
  /**
   * Least and greatest width of the crop over its height.
   * @default {[3 / 4, 4 / 3]}
   */
  readonly ratio?: readonly [least: number, greatest: number];
  /**
   * Pillow's filter, or `"random"`: bilinear or bicubic, drawn for each image.
   * @default {"random"}
   */
  readonly interpolation?: Interpolation | "random";
  /**
   * Probability that an image is mirrored, left to right.
   * @default {0.5}
   */
  readonly flip?: number;
  /**
   * What is subtracted from each channel, in units of a 0..1 image.
   * @default {[0.485, 0.456, 0.406]}
   */
  readonly mean?: ChannelValues;
  /**
   * What each channel is divided by afterwards, in units of a 0..1 image.
   * @default {[0.229, 0.224, 0.225]}
   */
  readonly std?: ChannelValues;
  /**
   * Number format of the tensor: `"float32"` and `"float16"` (its bits) are normalised and channels
   * first, `"uint8"` is the pixels of the crop, channels last.
   * @default {"float32"}
   */
  readonly type?: TensorType;
  /**
   * Whose arithmetic normalises, as for `evaluation()`.
   * @default {"torchvision"}
   */
  readonly normalize?: "torchvision" | "prefetcher";
  /**
   * What all draws are a function of, together with the epoch and the sample's position in it.
   * @default {0}
   */
  readonly seed?: number;
}

/**
 * The transform from encoded image to tensor that {@linkcode training} describes, as plain data
 * that structured cloning accepts.
 */
export interface TrainingTransform {
  /** What tells it from other transforms. */
  readonly kind: "training";
  /** Height and width in pixels that the crop is resized to. */
  readonly crop: readonly [height: number, width: number];
  /** Least and greatest area of the crop over the image's. */
  readonly scale: readonly [least: number, greatest: number];
  /** Least and greatest width of the crop over its height. */
  readonly ratio: readonly [least: number, greatest: number];
  /** Pillow's filter, or a drawn one. */
  readonly interpolation: Interpolation | "random";
  /** Probability of a mirrored image. */
  readonly flip: number;
  /** Number format of the tensor. */
  readonly type: TensorType;
  /** Per channel, in units of a 0..1 image. */
  readonly mean: ChannelValues;
  /** Per channel, in units of a 0..1 image. */
  readonly std: ChannelValues;
  /** Whose arithmetic normalises. */
  readonly normalize: "torchvision" | "prefetcher";
  /** What all draws depend on. */
  readonly seed: number;
}

/** The part of an image that is cropped, and how it is resized. Units: pixels. */
export interface TrainingBox {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** The filter, drawn if the transform says so. */
  readonly interpolation: Interpolation;
}

/**
 * Describes the transform with which models are trained: a random part of the image is cropped,
 * resized, mirrored at random, and normalised.
 *
 * Shape: an encoded image to `[3, H, W]` float32 or float16, or `[H, W, 3]` uint8. Units: pixels.
 * Exact: timm's `RandomResizedCropAndInterpolation` for the box and the filter, given the same random
 * numbers; torchvision's `resized_crop` on Pillow images for the pixels.
 *
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If an option is out of range.
 * @example Usage
 * ```ts
 * import { training } from "@wdstream/wdstream";
 *
 * const transform = training({ size: 192, scale: [0.35, 1], seed: 7 });
 * if (transform.crop[0] !== 192) throw new Error(`${transform.crop}`);
 * ```
 */
export function training<Type extends TensorType = "float32">(
  options: TrainingOptions & { readonly type?: Type } = {},
): TrainingTransform & { readonly type: Type } {
  if (typeof options !== "object" || options === null) throw new TypeError("Options are an object");
  const { flip = 0.5, seed = 0 } = options;
  if (typeof flip !== "number") throw new TypeError("flip must be a number");
  if (!(flip >= 0 && flip <= 1)) throw new RangeError(`flip must be in 0..1, not ${flip}`);
  if (typeof seed !== "number") throw new TypeError("seed must be a number");
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new RangeError(`seed must be an integer in 0..2^53-1, not ${seed}`);
  }
  return {
    kind: "training",
    crop: readCrop(options.size ?? 224),
    scale: readRange("scale", options.scale ?? [0.08, 1]),
    ratio: readRange("ratio", options.ratio ?? [3 / 4, 4 / 3]),
    interpolation: oneOf(
      "interpolation",
      [...INTERPOLATIONS, "random"],
      options.interpolation ?? "random",
    ),
    flip,
    type: oneOf("type", TENSOR_TYPES, options.type ?? "float32") as Type,
    mean: readChannels("mean", options.mean ?? IMAGENET_MEAN),
    std: readChannels("std", options.std ?? IMAGENET_STD),
    normalize: oneOf("normalize", NORMALIZATIONS, options.normalize ?? "torchvision"),
    seed,
  };
}

/**
 * Draws what part of an image is cropped, and the filter.
 *
 * Units: pixels.
 * Exact: timm 0.5 to 1.0, `RandomResizedCropAndInterpolation.get_params` and the `choice` after it,
 * when `random` is `pythonRandom(seed)` and the images come in the same order. One difference: a try
 * whose box would have no pixels, on which timm fails, is drawn again.
 *
 * @param width Width of the image.
 * @param height Height of the image.
 * @param transform What {@linkcode training} returned, or the parts of it that count.
 * @param random Where the numbers come from, in the order area, ratio, top, left, filter.
 * @example Replay timm's boxes
 * ```ts
 * import { training } from "@wdstream/wdstream";
 * import { pythonRandom } from "@wdstream/wdstream/random";
 * import { drawTrainingBox } from "@wdstream/wdstream/transforms";
 *
 * const box = drawTrainingBox(500, 375, training(), pythonRandom(0));
 * if (box.left + box.width > 500 || box.top + box.height > 375) throw new Error("outside");
 * ```
 */
export function drawTrainingBox(
  width: number,
  height: number,
  transform: Pick<TrainingTransform, "scale" | "ratio" | "interpolation">,
  random: RandomSource,
): TrainingBox {
  const box = drawBox(width, height, transform, random) ??
    centreBox(width, height, transform.ratio);
  const interpolation = transform.interpolation === "random"
    ? (["bilinear", "bicubic"] as const)[random.below(2)]
    : transform.interpolation;
  return { ...box, interpolation };
}

/**
 * Draws whether an image is mirrored, left to right.
 *
 * @example Usage
 * ```ts
 * import { training } from "@wdstream/wdstream";
 * import { seededRandom } from "@wdstream/wdstream/random";
 * import { drawFlip } from "@wdstream/wdstream/transforms";
 *
 * if (drawFlip(training({ flip: 0 }), seededRandom(0, { epoch: 0, shard: 0, index: 0 }))) throw new Error("mirrored");
 * ```
 */
export function drawFlip(
  transform: Pick<TrainingTransform, "flip">,
  random: RandomSource,
): boolean {
  return random.random() < transform.flip;
}

type Box = Omit<TrainingBox, "interpolation">;

let lastRange: readonly [number, number] = [1, 1];
let lastLogarithms: readonly [number, number] = [0, 0];

// Kept from image to image: correctly rounded logarithms take most of the time of a draw.
function logarithms([least, greatest]: readonly [number, number]): readonly [number, number] {
  if (least !== lastRange[0] || greatest !== lastRange[1]) {
    lastLogarithms = [log(least), log(greatest)];
    lastRange = [least, greatest];
  }
  return lastLogarithms;
}

/** Tries ten boxes and returns the first that fits. */
function drawBox(
  width: number,
  height: number,
  { scale, ratio }: Pick<TrainingTransform, "scale" | "ratio">,
  random: RandomSource,
): Box | undefined {
  const [lowest, highest] = logarithms(ratio);
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = random.uniform(scale[0], scale[1]) * (width * height);
    const aspect = exp(random.uniform(lowest, highest));
    const boxWidth = roundHalfEven(Math.sqrt(area * aspect));
    const boxHeight = roundHalfEven(Math.sqrt(area / aspect));
    if (boxWidth > width || boxHeight > height || boxWidth < 1 || boxHeight < 1) continue;
    const top = random.integer(0, height - boxHeight);
    const left = random.integer(0, width - boxWidth);
    return { left, top, width: boxWidth, height: boxHeight };
  }
  return undefined;
}

/** The largest centred box whose ratio is allowed: the whole image, if its ratio is. */
function centreBox(width: number, height: number, ratio: readonly [number, number]): Box {
  const box = { width, height };
  if (width / height < ratio[0]) box.height = roundHalfEven(width / ratio[0]);
  else if (width / height > ratio[1]) box.width = roundHalfEven(height * ratio[1]);
  return {
    left: Math.floor((width - box.width) / 2),
    top: Math.floor((height - box.height) / 2),
    ...box,
  };
}

function readRange(
  name: string,
  range: readonly [number, number],
): [least: number, greatest: number] {
  if (!Array.isArray(range) || range.length !== 2 || range.some((end) => typeof end !== "number")) {
    throw new TypeError(`${name} must be two numbers: the least and the greatest`);
  }
  const [least, greatest] = range;
  if (!(least > 0 && least <= greatest && greatest < Infinity)) {
    throw new RangeError(`${name} must be above 0 and in order, not ${range}`);
  }
  return [least, greatest];
}
