/**
 * A JPEG file to a tensor in its place: all that a worker does, and all that it loads.
 *
 * @module
 */
import { type Transform, transformImage } from "../image/transform/transform.ts";
import { type SampleDraw, seededRandom } from "../numbers/seeded_random.ts";
import type { DecodingLimits } from "../image/jpeg/decode.ts";
import type { TensorSlot } from "../image/transform/layout.ts";

/** Writes the tensor of a JPEG file to its slot, here or in a worker: what is drawn depends on its place alone. */
export function transformJpeg(
  bytes: Uint8Array,
  transform: Transform,
  options: Pick<DecodingLimits, "maxPixels" | "truncated" | "strict" | "reference">,
  slot: TensorSlot,
  place: SampleDraw,
): void {
  const { maxPixels, truncated, strict, reference } = options;
  const policy = { maxPixels, truncated, strict, reference };
  const random = transform.kind === "training" ? seededRandom(transform.seed, place) : undefined;
  transformImage(bytes, transform, { ...policy, ...slot, random });
}
