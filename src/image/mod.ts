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
  type ImageNames,
  type JpegHeader,
  type JpegImage,
  type JpegWarnings,
  readJpegHeader,
  type Region,
} from "./jpeg.ts";
export { resize, type ResizeOptions } from "./resize.ts";
export { type Normalization, type TensorOptions, toTensor } from "./tensor.ts";
export { applyOrientation, type Orientation } from "./exif.ts";
export { toRgb } from "./to_rgb.ts";
export { type Transform, transformImage, type TransformImageOptions } from "./transform.ts";
export { evaluation, type EvaluationOptions } from "./evaluation.ts";
export {
  drawFlip,
  drawTrainingBox,
  training,
  type TrainingBox,
  type TrainingOptions,
  type TrainingTransform,
} from "./training.ts";
export { pythonRandom } from "./mersenne_twister.ts";
export { type EvaluationGeometry, evaluationGeometry } from "./geometry.ts";
export {
  type ChannelValues,
  findPreset,
  type Preset,
  PRESET_NAMES,
  type PresetName,
} from "./presets.ts";
export type {
  EvaluationTransform,
  Image,
  Interpolation,
  Reference,
  Resampler,
  Tensor,
  TensorData,
  TensorType,
} from "./types.ts";
