/**
 * A JPEG file to a tensor in its place: all that a worker does, and all that it loads.
 *
 * @module
 */
import { type Transform, transformImage } from "../image/transform.ts";
import { seededRandom } from "../sample/random_source.ts";
import type { FieldOptions } from "./sample_fields.ts";
import type { TensorSlot } from "./tensor_sample.ts";

/** Writes the tensor of a JPEG file to its slot, here or in a worker. */
export function transformJpeg(
  bytes: Uint8Array,
  transform: Transform,
  options: Pick<FieldOptions, "maxPixels" | "truncated" | "strict" | "reference" | "epoch">,
  slot: TensorSlot,
  position: number,
): void {
  const { maxPixels, truncated, strict, reference } = options;
  const policy = { maxPixels, truncated, strict, reference };
  const random = transform.kind === "training"
    ? seededRandom(transform.seed, options.epoch ?? 0, position)
    : undefined;
  transformImage(bytes, transform, { ...policy, ...slot, random });
}
