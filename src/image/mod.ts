/**
 * Images: JPEG decoding, resizing, tensors and transforms. After one `await init()` everything here
 * is synchronous.
 *
 * @module
 */
export { init, type KernelSource } from "../kernel/instance.ts";
export {
  decodeJpeg,
  type DecodeOptions,
  type DecodingLimits,
  DEFAULT_MAX_PIXELS,
  DEFAULT_MAX_SCANS,
  type JpegHeader,
  type JpegImage,
  type JpegWarnings,
  readJpegHeader,
  type Region,
} from "./jpeg/decode.ts";
export { resize, type ResizeBox, type ResizeOptions } from "./resize/resize.ts";
export { type Normalization, type TensorOptions, toTensor } from "./transform/tensor.ts";
export { applyOrientation, type Orientation } from "./jpeg/exif.ts";
export { toRgb } from "./to_rgb.ts";
export {
  type Transform,
  transformImage,
  type TransformImageOptions,
} from "./transform/transform.ts";
export { evaluation, type EvaluationOptions } from "./transform/evaluation.ts";
export {
  processor,
  type ProcessorConfig,
  type ProcessorOptions,
  type ProcessorResize,
  type ProcessorRule,
  type ProcessorTransform,
} from "./transform/processor.ts";
export {
  drawFlip,
  drawTrainingBox,
  training,
  type TrainingBox,
  type TrainingOptions,
  type TrainingTransform,
} from "./transform/training.ts";
export { pythonRandom } from "../numbers/mersenne_twister.ts";
export { type EvaluationGeometry, evaluationGeometry } from "./transform/geometry.ts";
export {
  type ChannelValues,
  findPreset,
  type Preset,
  type PresetName,
} from "./transform/presets/mod.ts";
export { PRESET_NAMES } from "./transform/presets/names.ts";
export type {
  EvaluationTransform,
  Image,
  Interpolation,
  Reference,
  Resampler,
  SharedDataOf,
  SharedTensorData,
  Tensor,
  TensorData,
  TensorType,
} from "./types.ts";
