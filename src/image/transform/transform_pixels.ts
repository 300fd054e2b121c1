import { evaluationGeometry } from "./geometry.ts";
import { resize, toTensor } from "../mod.ts";
import { toRgb } from "../to_rgb.ts";
import type { EvaluationTransform, Image, Reference } from "../types.ts";
import type { TensorSlot } from "./layout.ts";

/**
 * Applies an evaluation transform to pixels, for images that other decoders made.
 *
 * Same results as the fused path for the same pixels; the full-size image is resized whole.
 */
export function transformPixels(
  image: Image,
  transform: EvaluationTransform,
  { into, offset }: TensorSlot,
  reference?: Reference,
): void {
  const geometry = evaluationGeometry(image.width, image.height, transform);
  const rgb = toRgb(image);
  const resized = resize(rgb, {
    width: geometry.resizedWidth,
    height: geometry.resizedHeight,
    interpolation: transform.interpolation,
    resampler: transform.resampler,
    reference,
  });
  const [height, width] = transform.crop;
  const crop = new Uint8Array(height * width * 3);
  for (let row = 0; row < geometry.height; row++) {
    const from = ((geometry.top + row) * resized.width + geometry.left) * 3;
    const to = ((geometry.padTop + row) * width + geometry.padLeft) * 3;
    crop.set(resized.data.subarray(from, from + geometry.width * 3), to);
  }
  const tensor = toTensor({ width, height, channels: 3, data: crop }, transform);
  into.set(tensor.data, offset);
}
