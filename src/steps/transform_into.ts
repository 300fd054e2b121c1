/**
 * One sample's image to a tensor in its place.
 *
 * @module
 */
import type { Transform } from "../image/mod.ts";
import { drawFlip, drawTrainingBox, type TrainingTransform } from "../image/transform/training.ts";
import type { Image } from "../image/types.ts";
import { seededRandom } from "../numbers/seeded_random.ts";
import type { Sample } from "../sample/sample.ts";
import { decodeByPlugin, requireReader } from "../image/codec.ts";
import { locateFault } from "./faults.ts";
import { type FieldOptions, findImageField, isImage } from "./fields.ts";
import type { Item, Place } from "./item.ts";
import type { TensorSlot } from "../image/transform/layout.ts";
import { cropImage, trainPixels } from "../image/transform/train_pixels.ts";
import { transformJpeg } from "../workers/transform_jpeg.ts";
import { transformPixels } from "../image/transform/transform_pixels.ts";

export type { Transform };

/**
 * Writes a sample's tensor to its slot. What a training transform draws depends on the sample's place alone.
 *
 * @returns A promise only where a decoder returns one.
 */
export function transformInto(
  { value: sample, mark: { place } }: Item<Sample<unknown>>,
  transform: Transform,
  options: FieldOptions,
  slot: TensorSlot,
): void | Promise<void> {
  const extension = findImageField(sample, options);
  const field = sample.fields[extension];
  const finish = (image: Image): void => transformDecoded(image, transform, options, slot, place);
  try {
    if (isImage(field)) return finish(field as Image);
    const bytes = field instanceof Uint8Array ? field : sample.bytes[extension];
    const reader = requireReader(bytes, extension, options.decoders);
    if (reader === "jpeg") return transformJpeg(bytes, transform, options, slot, place);
    return decodeByPlugin(bytes, reader).then(finish).catch((error) => {
      throw locateFault(error, sample, extension);
    });
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}

function transformDecoded(
  image: Image,
  transform: Transform,
  options: FieldOptions,
  slot: TensorSlot,
  place: Place,
): void {
  if (transform.kind === "evaluation") {
    return transformPixels(image, transform, slot, options.reference);
  }
  const { box, isFlipped } = drawAll(image.width, image.height, transform, place);
  const drawn = { interpolation: box.interpolation, isFlipped, reference: options.reference };
  trainPixels(cropImage(image, box), transform, drawn, slot);
}

function drawAll(
  width: number,
  height: number,
  transform: TrainingTransform,
  place: Place,
): { box: ReturnType<typeof drawTrainingBox>; isFlipped: boolean } {
  const random = seededRandom(transform.seed, place);
  const box = drawTrainingBox(width, height, transform, random);
  return { box, isFlipped: drawFlip(transform, random) };
}
