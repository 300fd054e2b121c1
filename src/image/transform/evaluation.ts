/**
 * The evaluation transform: resize the shorter edge, crop the centre, normalise.
 *
 * @module
 */
import type { EvaluationTransform, Interpolation, Resampler, TensorType } from "../types.ts";
import { INTERPOLATIONS, NORMALIZATIONS, readChannels, readCrop, readEdge } from "./options.ts";
import { oneOf } from "../../check.ts";
import { TENSOR_TYPES } from "./layout.ts";
import { checkTorchFilter, RESAMPLERS } from "../resize/resampler.ts";
import { type ChannelValues, findPreset, type PresetName } from "./presets/mod.ts";

/** Options of {@linkcode evaluation}. What is not given comes from the preset. */
export interface EvaluationOptions {
  /**
   * Where the settings that are not given come from.
   * @default {"timm"}
   */
  readonly preset?: PresetName;
  /**
   * Edge of the square crop in pixels, or its height and width.
   * @default {224}
   */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * The crop's edge over the resized image's shorter edge: the latter becomes
   * `floor(size / cropRatio)`. Not together with `resize`, nor with a crop that is not square.
   * @default {0.875}
   */
  readonly cropRatio?: number;
  /** Length in pixels that the shorter edge is resized to, in place of `cropRatio`. */
  readonly resize?: number;
  /**
   * Pillow's filter; torch has bilinear and bicubic.
   * @default {"bicubic"}
   */
  readonly interpolation?: Interpolation;
  /**
   * Whose arithmetic resizes: `"torch"` is that of uint8 tensors with antialiasing, as torchvision's transforms
   * have it on tensors (`decode_jpeg`, then `v2.Resize`).
   * @default {"pillow"}
   */
  readonly resampler?: Resampler;
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
   * Whose arithmetic normalises: `"torchvision"` is `ToTensor` and `Normalize` on the CPU,
   * `(v / 255 - mean) / std`; `"prefetcher"` is timm's loader, `(v - 255 mean) / (255 std)`.
   * Every step is rounded to float32, so the results may differ in the last bit.
   * @default {"torchvision"}
   */
  readonly normalize?: "torchvision" | "prefetcher";
  /**
   * Decodes JPEG images at 1/2, 1/4 or 1/8 of their size where that is not smaller than the resized
   * image, as after Pillow's `image.draft(None, resized size)`: cheaper on large images, with other
   * pixels than without.
   * @default {false}
   */
  readonly draft?: boolean;
}

/**
 * Describes the transform with which models are evaluated: the shorter edge is resized, the centre
 * is cropped, the pixels are normalised.
 *
 * Shape: an encoded image to `[3, H, W]` float32 or float16, or `[H, W, 3]` uint8. Units: pixels.
 * Exact: timm's `transforms_imagenet_eval` with `crop_mode` "center", and torchvision's
 * `ImageClassification` preset: `Resize`, `CenterCrop`, `ToTensor`, `Normalize` on Pillow images; with
 * `resampler: "torch"` the same on uint8 tensors.
 *
 * The result is plain data, which workers can be sent and which can be stored.
 *
 * @typeParam Type The transform's number format, so that tensors have the type of their array.
 * @param options Settings, or the name of a preset.
 * @throws {TypeError} If an option has the wrong type, or two options contradict each other.
 * @throws {RangeError} If an option is out of range, or no preset has the name.
 * @example Settings of one's own
 * ```ts
 * import { evaluation } from "@wdstream/wdstream";
 *
 * const transform = evaluation({ size: 224, cropRatio: 0.9, interpolation: "bicubic" });
 * if (transform.resize !== 248) throw new Error(`${transform.resize}`);
 * ```
 * @example The settings of pretrained weights
 * ```ts
 * import { evaluation } from "@wdstream/wdstream";
 *
 * const transform = evaluation("ResNet50_Weights.IMAGENET1K_V2");
 * if (transform.resize !== 232) throw new Error(`${transform.resize}`);
 * ```
 */
export function evaluation<Type extends TensorType = "float32">(
  options: (EvaluationOptions & { readonly type?: Type }) | PresetName = {},
): EvaluationTransform & { readonly type: Type } {
  const given: EvaluationOptions = typeof options === "string" ? { preset: options } : options;
  if (typeof given !== "object" || given === null) {
    throw new TypeError("evaluation() takes options or the name of a preset");
  }
  const preset = findPreset(given.preset ?? "timm");
  const crop = readCrop(given.size ?? preset.size);
  const resampler = oneOf("resampler", RESAMPLERS, given.resampler ?? "pillow");
  if (resampler === "torch") checkTorchFilter(given.interpolation ?? preset.interpolation);
  return {
    kind: "evaluation",
    crop,
    resize: chooseResize(given, crop, preset.resize, preset.cropRatio),
    interpolation: oneOf(
      "interpolation",
      INTERPOLATIONS,
      given.interpolation ?? preset.interpolation,
    ),
    type: oneOf("type", TENSOR_TYPES, given.type ?? "float32") as Type,
    mean: readChannels("mean", given.mean ?? preset.mean),
    std: readChannels("std", given.std ?? preset.std),
    normalize: oneOf("normalize", NORMALIZATIONS, given.normalize ?? "torchvision"),
    ...(resampler === "torch" ? { resampler } : {}),
    ...(given.draft ? { draft: true } : {}),
  };
}

function chooseResize(
  given: EvaluationOptions,
  [height, width]: readonly [number, number],
  presetResize: number | undefined,
  presetRatio: number | undefined,
): number {
  if (given.resize !== undefined) {
    if (given.cropRatio !== undefined) {
      throw new TypeError("Give resize or cropRatio, not both: each fixes the other");
    }
    return readEdge("resize", given.resize);
  }
  const ratio = given.cropRatio ?? presetRatio;
  if (ratio === undefined) return presetResize as number;
  if (typeof ratio !== "number") throw new TypeError("cropRatio must be a number");
  if (!(ratio > 0 && ratio <= 1)) {
    throw new RangeError(`cropRatio must be above 0 and at most 1, not ${ratio}`);
  }
  if (height !== width) {
    throw new TypeError("A crop that is not square has no crop ratio: give resize");
  }
  return readEdge("size / cropRatio", Math.floor(height / ratio));
}
