import type { EvaluationTransform, Image, TensorData } from "../../src/image/types.ts";
import { float16Bits, normalizeSlowly } from "./normalize.ts";
import { resizeAsTorch, resizeSlowly } from "./resample.ts";

/** An RGB image to the evaluation transform's tensor, step by step: resize, pad, crop, normalise. */
export function evaluateSlowly(image: Image, transform: EvaluationTransform): TensorData {
  const { width, height } = image;
  const { resize: edge, interpolation, crop: [cropHeight, cropWidth] } = transform;
  const [resizedWidth, resizedHeight] = width <= height
    ? [edge, Math.floor(edge * height / width)]
    : [Math.floor(edge * width / height), edge];
  const resized = transform.resampler === "torch"
    ? resizeAsTorch(image, resizedWidth, resizedHeight, interpolation as "bilinear" | "bicubic")
    : resizeSlowly(image, resizedWidth, resizedHeight, interpolation);
  const pixels = new Uint8Array(cropHeight * cropWidth * 3);
  for (let y = 0; y < cropHeight; y++) {
    for (let x = 0; x < cropWidth; x++) {
      const fromX = x + offsetOf(resizedWidth, cropWidth);
      const fromY = y + offsetOf(resizedHeight, cropHeight);
      if (fromX < 0 || fromY < 0 || fromX >= resizedWidth || fromY >= resizedHeight) continue;
      for (let c = 0; c < 3; c++) {
        pixels[(y * cropWidth + x) * 3 + c] = resized.data[(fromY * resizedWidth + fromX) * 3 + c];
      }
    }
  }
  if (transform.type === "uint8") return pixels;
  const tensor = normalizeSlowly(pixels, transform);
  return transform.type === "float32" ? tensor : Uint16Array.from(tensor, float16Bits);
}

/** Where a centre crop begins, negative where the image is padded. */
function offsetOf(size: number, crop: number): number {
  if (crop > size) return -Math.floor((crop - size) / 2);
  const half = (size - crop) / 2;
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}
