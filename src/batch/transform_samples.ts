/**
 * From samples to tensors, one by one or straight into batches.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { init, transformImage } from "../image/mod.ts";
import type { EvaluationTransform, Image, TensorData } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { checkCount } from "./check_count.ts";
import { decodeByPlugin, isJpegExtension } from "./decoders.ts";
import { describeAllSkipped, locateFault, skipFault, type SkipHandler } from "./faults.ts";
import { type FieldOptions, findImageField, isImage, readLabel } from "./sample_fields.ts";
import {
  allocateTensor,
  type Batch,
  type BatchOptions,
  type DataOf,
  type TensorSample,
} from "./tensor_sample.ts";
import { transformPixels } from "./transform_pixels.ts";

/** What the transform stages take. */
export interface TransformOptions extends FieldOptions {
  /** Is told of every sample that was left out. Without it the first fault is thrown. */
  readonly onSkip?: SkipHandler;
}

/** Shape of one image's tensor. */
export function shapeOf(transform: EvaluationTransform): [number, number, number] {
  const [height, width] = transform.crop;
  return transform.type === "uint8" ? [height, width, 3] : [3, height, width];
}

/** Writes a sample's tensor to `into` at element `offset`; a promise only where a decoder returns one. */
function transformInto(
  sample: Sample<unknown>,
  transform: EvaluationTransform,
  options: FieldOptions,
  into: TensorData,
  offset: number,
): void | Promise<void> {
  const extension = findImageField(sample, options);
  const field = sample.fields[extension];
  try {
    if (isImage(field)) {
      transformPixels(field as Image, transform, { into, offset });
      return;
    }
    const bytes = field instanceof Uint8Array ? field : sample.bytes[extension];
    if (isJpegExtension(extension)) {
      transformImage(bytes, transform, { into, offset, key: sample.key, shard: sample.shard });
      return;
    }
    return decodeByPlugin(bytes, extension, options.decoders).then(
      (image) => void transformPixels(image, transform, { into, offset }),
    ).catch((error) => {
      throw locateFault(error, sample, extension);
    });
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}

/** Stage: samples to samples with a tensor each. */
export async function* transformSamples<Transform extends EvaluationTransform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Transform,
  options: TransformOptions = {},
): AsyncGenerator<TensorSample<DataOf<Transform["type"]>>, void, undefined> {
  await init();
  const shape = shapeOf(transform);
  const length = shape[0] * shape[1] * shape[2];
  let kept = false;
  let lastFault: WdsError | undefined;
  for await (const sample of samples) {
    const image = allocateTensor<Transform["type"]>(transform.type, length);
    let label: number;
    try {
      label = readLabel(sample, options.label);
      const waiting = transformInto(sample, transform, options, image, 0);
      if (waiting !== undefined) await waiting;
    } catch (error) {
      lastFault = skipFault(error, options.onSkip);
      continue;
    }
    kept = true;
    const { key, shard, fields } = sample;
    yield { key, shard, label, image, shape, fields };
  }
  if (!kept && lastFault !== undefined) throw describeAllSkipped(lastFault);
}

/**
 * Stage: samples to batches. Each image is decoded, resized and normalised straight into its slot.
 *
 * @throws {RangeError} If `size` is not a positive integer.
 */
export function transformBatches<Transform extends EvaluationTransform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Transform,
  size: number,
  options: TransformOptions & BatchOptions = {},
): AsyncGenerator<Batch<DataOf<Transform["type"]>>, void, undefined> {
  checkCount("The size of a batch", size, 1);
  return fillBatches(samples, transform, size, options);
}

async function* fillBatches<Transform extends EvaluationTransform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Transform,
  size: number,
  options: TransformOptions & BatchOptions,
): AsyncGenerator<Batch<DataOf<Transform["type"]>>, void, undefined> {
  await init();
  const shape = shapeOf(transform);
  const stride = shape[0] * shape[1] * shape[2];
  let images = allocateTensor<Transform["type"]>(transform.type, size * stride);
  let labels = new Int32Array(size);
  let keys: string[] = [];
  let kept = false;
  let lastFault: WdsError | undefined;
  for await (const sample of samples) {
    try {
      labels[keys.length] = readLabel(sample, options.label);
      const waiting = transformInto(sample, transform, options, images, keys.length * stride);
      if (waiting !== undefined) await waiting;
    } catch (error) {
      lastFault = skipFault(error, options.onSkip);
      continue;
    }
    kept = true;
    keys.push(sample.key);
    if (keys.length < size) continue;
    yield { images, labels, keys, size, shape: [size, ...shape] };
    images = allocateTensor<Transform["type"]>(transform.type, size * stride);
    labels = new Int32Array(size);
    keys = [];
  }
  if (!kept && lastFault !== undefined) throw describeAllSkipped(lastFault);
  if (keys.length === 0 || options.dropLast) return;
  yield {
    images: images.slice(0, keys.length * stride) as DataOf<Transform["type"]>,
    labels: labels.slice(0, keys.length),
    keys,
    size: keys.length,
    shape: [keys.length, ...shape],
  };
}
