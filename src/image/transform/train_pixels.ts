import { resize, toTensor } from "../mod.ts";
import { toRgb } from "../to_rgb.ts";
import type { TrainingBox, TrainingTransform } from "./training.ts";
import type { Image, Reference } from "../types.ts";
import type { TensorSlot } from "./layout.ts";

/** Copies a box out of an image. The box must lie inside. */
export function cropImage(
  image: Image,
  { left, top, width, height }: Omit<TrainingBox, "interpolation">,
): Image {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * image.width + left) * channels;
    data.set(image.data.subarray(from, from + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}

/**
 * Resizes a crop, mirrors and normalises it: what follows the drawing of a box.
 *
 * Exact: torchvision's `resized_crop`, which crops first: a resize with a box sees the box's
 * neighbours, and differs at the edges.
 *
 * @param crop The part of the image that was drawn.
 * @param drawn The filter, whether the image is mirrored, left to right, and whose bytes are given.
 */
export function trainPixels(
  crop: Image,
  transform: TrainingTransform,
  { interpolation, isFlipped, reference }: {
    readonly interpolation: TrainingBox["interpolation"];
    readonly isFlipped: boolean;
    readonly reference?: Reference;
  },
  { into, offset }: TensorSlot,
): void {
  const [height, width] = transform.crop;
  const resized = resize(toRgb(crop), { width, height, interpolation, reference });
  if (isFlipped) mirrorRows(resized);
  into.set(toTensor(resized, transform).data, offset);
}

/** Mirrors RGB pixels left to right, in place. */
function mirrorRows({ width, height, data }: Image): void {
  for (let row = 0; row < height; row++) {
    let left = row * width * 3;
    let right = left + (width - 1) * 3;
    for (; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const kept = data[left + channel];
        data[left + channel] = data[right + channel];
        data[right + channel] = kept;
      }
    }
  }
}
