/**
 * timm's evaluation transform, from the configuration of a pretrained model.
 *
 * @module
 */
import type { Interpolation, TensorType } from "../../types.ts";
import { INTERPOLATIONS } from "../options.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../statistics.ts";
import { type Config, configError, readChannelValues, readPixels, show } from "./config.ts";
import type { ProcessorResize, ProcessorTransform } from "./descriptor.ts";
import { roundHalfEven } from "../../../numbers/round_half_even.ts";

/**
 * Reads a `pretrained_cfg`.
 *
 * Exact: timm 1.0.29, `resolve_data_config` and `transforms_imagenet_eval`.
 */
export function readTimm(
  config: Config,
  type: TensorType,
  useTestSize: boolean,
): ProcessorTransform {
  const testSize = useTestSize ? config.test_input_size : undefined;
  const [height, width] = readInput(testSize ?? config.input_size ?? [3, 224, 224]);
  const ratio = (useTestSize && config.test_crop_pct) || config.crop_pct || 0.875;
  if (typeof ratio !== "number" || !(ratio > 0 && ratio < Infinity)) {
    throw configError("crop_pct", `must be a number above 0, not ${show(ratio)}`);
  }
  const filter = (config.interpolation || "bicubic") as Interpolation;
  if (!INTERPOLATIONS.includes(filter)) {
    throw configError(
      "interpolation",
      `must be one of ${INTERPOLATIONS.join(", ")}, not ${show(filter)}`,
    );
  }
  const mean = readChannelValues("mean", config.mean ?? IMAGENET_MEAN, false);
  const scaled = [Math.floor(height / ratio), Math.floor(width / ratio)] as const;
  const mode = config.crop_mode || "center";
  return {
    kind: "processor",
    backend: "timm",
    square: null,
    resize: chooseResize(mode, scaled, filter),
    crop: [height, width],
    fill: mode === "border" ? [byteOf(mean[0]), byteOf(mean[1]), byteOf(mean[2])] : [0, 0, 0],
    order: "rgb",
    rescale: 1 / 255,
    offset: 0,
    mean,
    std: readChannelValues("std", config.std ?? IMAGENET_STD, true),
    again: false,
    pad: null,
    type,
  };
}

function chooseResize(
  mode: unknown,
  [height, width]: readonly [number, number],
  filter: Interpolation,
): ProcessorResize {
  if (mode === "squash") return { rule: "exact", values: [height, width], filter };
  if (mode === "border") return { rule: "ratio", values: [height, width, 1], filter };
  if (mode !== "center") {
    throw configError("crop_mode", `must be "center", "squash" or "border", not ${show(mode)}`);
  }
  if (height === width) return { rule: "shorter", values: [height], filter };
  // timm does not pass its filter on here.
  return { rule: "ratio", values: [height, width, 0], filter: "bilinear" };
}

function byteOf(mean: number): number {
  return Math.min(Math.max(roundHalfEven(255 * mean), 0), 255);
}

function readInput(value: unknown): [number, number] {
  if (!Array.isArray(value) || value.length !== 3) {
    throw configError("input_size", `must be [channels, height, width], not ${show(value)}`);
  }
  if (value[0] !== 3) {
    throw configError("input_size", `must have 3 channels, not ${show(value[0])}`);
  }
  return [readPixels("input_size", value[1]), readPixels("input_size", value[2])];
}
