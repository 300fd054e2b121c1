/**
 * Options of the commands that decode and transform images.
 *
 * @module
 */
import { REFERENCES } from "../image/reference.ts";
import { evaluation, type EvaluationOptions } from "../image/transform/evaluation.ts";
import { INTERPOLATIONS } from "../image/transform/options.ts";
import { listPresets, type PresetName } from "../image/transform/presets/mod.ts";
import type { EvaluationTransform, TensorType } from "../image/types.ts";
import { type Option, type OptionValues, UsageError } from "./command.ts";
import { findNearest } from "./nearest.ts";
import { choice, count } from "./options.ts";

const PRESET_OPTION: Option<PresetName | undefined> = {
  placeholder: "NAME",
  summary: "settings of a timm or torchvision model (default: timm, 224 pixels)",
  read(given, name) {
    if (given === undefined) return undefined;
    const presets = listPresets();
    const preset = presets.find((each) => each === given);
    if (preset !== undefined) return preset;
    const nearest = findNearest(given, presets) ?? "timm";
    throw new UsageError(`${name} has no "${given}"; there is "${nearest}", for one`);
  },
};

/** What describes an evaluation transform. */
export const TRANSFORM_OPTIONS = {
  preset: PRESET_OPTION,
  resize: count("resize the shorter edge to N pixels (default: as the preset)"),
  size: count("crop N by N pixels from the centre (default: as the preset)"),
  interpolation: choice("how to resize (default: as the preset)", INTERPOLATIONS),
  resampler: choice("", {
    pillow: "resize as Pillow does",
    torch: "as torch resizes uint8 tensors, bilinear or bicubic",
  }, { default: "pillow" }),
} as const;

/** Whose bytes are decoded where Pillow's versions differ. */
export const REFERENCE_OPTION = choice(
  "the Pillow whose bytes damaged and very tall images give",
  REFERENCES,
  { default: "pillow-12.2" },
);

/**
 * The transform that {@linkcode TRANSFORM_OPTIONS} describe. `--resize` without `--size` crops as the preset does.
 *
 * @throws {UsageError} If they do not describe one.
 */
export function describeTransform(
  values: OptionValues<typeof TRANSFORM_OPTIONS>,
  type: TensorType,
): EvaluationTransform {
  const { preset, resize, size, interpolation, resampler } = values;
  const options: EvaluationOptions = { type, preset, resize, size, interpolation, resampler };
  try {
    return evaluation(options);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
