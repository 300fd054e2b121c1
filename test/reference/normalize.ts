/** Normalisation and float16, written to be read. */
import type { EvaluationTransform } from "../../src/image/types.ts";

/** `[H, W, 3]` bytes to `[3, H, W]` float32, as torchvision's CPU path or timm's prefetcher computes it. */
export function normalizeSlowly(
  pixels: Uint8Array,
  { mean, std, normalize }: Pick<EvaluationTransform, "mean" | "std" | "normalize">,
): Float32Array<ArrayBuffer> {
  const area = pixels.length / 3;
  const result = new Float32Array(pixels.length);
  const f = Math.fround;
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < area; i++) {
      const v = pixels[i * 3 + c];
      // Each operation in float64 and then rounded is the float32 operation: 53 >= 2 * 24 + 2.
      result[c * area + i] = normalize === "torchvision"
        ? f(f(f(v / 255) - f(mean[c])) / f(std[c]))
        : f(f(v - f(mean[c] * 255)) / f(std[c] * 255));
    }
  }
  return result;
}

/** The bits of the float16 nearest to a number, a tie to the even one. By exact comparisons, not by bits. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // 65520 lies halfway between the greatest float16 and 2^16, and goes up.
  if (magnitude >= 65520) return sign | 0x7c00;
  let exponent = -14;
  while (magnitude >= 2 ** (exponent + 1)) exponent++;
  // The step between float16 numbers there; dividing by it and the comparison are exact.
  const steps = magnitude / 2 ** (exponent - 10);
  const below = Math.floor(steps);
  const fraction = steps - below;
  const rounded = fraction > 0.5 || (fraction === 0.5 && below % 2 === 1) ? below + 1 : below;
  // A mantissa of 1024 or more carries into the exponent, also from a subnormal number.
  return sign | (((exponent + 14) << 10) + rounded);
}
