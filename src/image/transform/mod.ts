/**
 * What makes tensors of images, and its parts: the transforms, their presets, the geometry of a crop and the draws of
 * training.
 *
 * ```ts
 * import { findPreset } from "@wdstream/wdstream/transforms";
 *
 * console.log(findPreset("resnet50.a1_in1k"));
 * ```
 *
 * @module
 */
export { evaluation, type EvaluationOptions } from "./evaluation.ts";
export {
  processor,
  type ProcessorConfig,
  type ProcessorOptions,
  type ProcessorResize,
  type ProcessorRule,
  type ProcessorTransform,
} from "./processor.ts";
export { type EvaluationGeometry, evaluationGeometry } from "./geometry.ts";
export {
  drawFlip,
  drawTrainingBox,
  training,
  type TrainingBox,
  type TrainingOptions,
  type TrainingTransform,
} from "./training.ts";
export { type Transform, transformImage, type TransformImageOptions } from "./transform.ts";
export { type Normalization, type TensorOptions, toTensor } from "./tensor.ts";
export { type ChannelValues, findPreset, type Preset, type PresetName } from "./presets/mod.ts";
export { PRESET_NAMES } from "./presets/names.ts";
export { mask, type MaskOptions, type MaskTransformOptions, transformMask } from "./mask.ts";
export { type TimmConfig, timmConfig, timmNames } from "./timm/mod.ts";
export type {
  EvaluationTransform,
  Image,
  Interpolation,
  Mask,
  MaskData,
  MaskTransform,
  MaskType,
  Reference,
  Resampler,
  SharedDataOf,
  SharedTensorData,
  Tensor,
  TensorData,
  TensorType,
} from "../types.ts";
export { init, type KernelSource } from "../../kernel/instance.ts";
