/**
 * Resizing, byte for byte as Pillow does it, and tensors as torchvision makes them.
 *
 * ```ts
 * import { init, resize } from "@wdstream/wdstream/resize";
 *
 * await init();
 * const image = { width: 4, height: 4, channels: 3, data: new Uint8Array(48) } as const;
 * const half = resize(image, { width: 2, height: 2, interpolation: "bicubic" });
 * console.log(half.width, half.height);
 * ```
 *
 * @module
 */
export { init, type KernelSource } from "../../kernel/instance.ts";
export { resize, type ResizeBox, type ResizeOptions } from "./resize.ts";
export { type Normalization, type TensorOptions, toTensor } from "../transform/tensor.ts";
export { toRgb } from "../to_rgb.ts";
export type {
  Image,
  Interpolation,
  Reference,
  Resampler,
  Tensor,
  TensorData,
  TensorType,
} from "../types.ts";
