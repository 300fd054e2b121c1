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
import type { TensorSlot } from "../image/transform/layout.ts";
import { cropImage, trainPixels } from "../image/transform/train_pixels.ts";
import { transformJpeg } from "../workers/transform_jpeg.ts";
import { transformPixels } from "../image/transform/transform_pixels.ts";

export type { Transform };

/**
 * Writes a sample's tensor to its slot.
 *
 * @param position The sample's place in the epoch, on which a training transform's draws depend.
 * @returns A promise only where a decoder returns one.
 */
export function transformInto(
  sample: Sample<unknown>,
  transform: Transform,
  options: FieldOptions,
  slot: TensorSlot,
  position: number,
): void | Promise<void> {
  const extension = findImageField(sample, options);
  const field = sample.fields[extension];
  const finish = (image: Image): void =>
    transformDecoded(image, transform, options, slot, position);
  try {
    if (isImage(field)) return finish(field as Image);
    const bytes = field instanceof Uint8Array ? field : sample.bytes[extension];
    const reader = requireReader(bytes, extension, options.decoders);
    if (reader === "jpeg") return transformJpeg(bytes, transform, options, slot, position);
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
  position: number,
): void {
  if (transform.kind === "evaluation") return transformPixels(image, transform, slot);
  const { box, isFlipped } = drawAll(image.width, image.height, transform, options, position);
  trainPixels(cropImage(image, box), transform, box.interpolation, isFlipped, slot);
}

function drawAll(
  width: number,
  height: number,
  transform: TrainingTransform,
  { epoch = 0 }: FieldOptions,
  position: number,
): { box: ReturnType<typeof drawTrainingBox>; isFlipped: boolean } {
  const random = seededRandom(transform.seed, { epoch, shard: 0, index: position });
  const box = drawTrainingBox(width, height, transform, random);
  return { box, isFlipped: drawFlip(transform, random) };
}
