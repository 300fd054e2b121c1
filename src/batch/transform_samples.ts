/**
 * From samples to tensors, one by one or straight into batches.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { init } from "../image/mod.ts";
import type { Sample } from "../sample/sample.ts";
import { checkCount } from "./check_count.ts";
import { describeAllSkipped, skipFault, type SkipHandler } from "./faults.ts";
import { type FieldOptions, readLabel } from "./sample_fields.ts";
import {
  allocateTensor,
  type Batch,
  type BatchOptions,
  type DataOf,
  type TensorSample,
} from "./tensor_sample.ts";
import { type Transform, transformInto } from "./transform_into.ts";

/** What the transform stages take. */
export interface TransformOptions extends FieldOptions {
  /** Is told of every sample that was left out. Without it the first fault is thrown. */
  readonly onSkip?: SkipHandler;
}

/** Shape of one image's tensor. */
export function shapeOf(transform: Transform): [number, number, number] {
  const [height, width] = transform.crop;
  return transform.type === "uint8" ? [height, width, 3] : [3, height, width];
}

/** Stage: samples to samples with a tensor each. */
export async function* transformSamples<Given extends Transform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Given,
  options: TransformOptions = {},
): AsyncGenerator<TensorSample<DataOf<Given["type"]>>, void, undefined> {
  await init();
  const shape = shapeOf(transform);
  const length = shape[0] * shape[1] * shape[2];
  let seen = 0;
  let kept = false;
  let lastFault: WdsError | undefined;
  for await (const sample of samples) {
    const position = seen++;
    const image = allocateTensor<Given["type"]>(transform.type, length);
    let label: number;
    try {
      label = readLabel(sample, options.label);
      const slot = { into: image, offset: 0 };
      const waiting = transformInto(sample, transform, options, slot, position);
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
export function transformBatches<Given extends Transform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Given,
  size: number,
  options: TransformOptions & BatchOptions = {},
): AsyncGenerator<Batch<DataOf<Given["type"]>>, void, undefined> {
  checkCount("The size of a batch", size, 1);
  return fillBatches(samples, transform, size, options);
}

async function* fillBatches<Given extends Transform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Given,
  size: number,
  options: TransformOptions & BatchOptions,
): AsyncGenerator<Batch<DataOf<Given["type"]>>, void, undefined> {
  await init();
  const shape = shapeOf(transform);
  const stride = shape[0] * shape[1] * shape[2];
  let images = allocateTensor<Given["type"]>(transform.type, size * stride);
  let labels = new Int32Array(size);
  let keys: string[] = [];
  let seen = 0;
  let kept = false;
  let lastFault: WdsError | undefined;
  for await (const sample of samples) {
    const position = seen++;
    try {
      labels[keys.length] = readLabel(sample, options.label);
      const slot = { into: images, offset: keys.length * stride };
      const waiting = transformInto(sample, transform, options, slot, position);
      if (waiting !== undefined) await waiting;
    } catch (error) {
      lastFault = skipFault(error, options.onSkip);
      continue;
    }
    kept = true;
    keys.push(sample.key);
    if (keys.length < size) continue;
    yield { images, labels, keys, size, shape: [size, ...shape] };
    images = allocateTensor<Given["type"]>(transform.type, size * stride);
    labels = new Int32Array(size);
    keys = [];
  }
  if (!kept && lastFault !== undefined) throw describeAllSkipped(lastFault);
  if (keys.length === 0 || options.dropLast) return;
  yield {
    images: images.slice(0, keys.length * stride) as DataOf<Given["type"]>,
    labels: labels.slice(0, keys.length),
    keys,
    size: keys.length,
    shape: [keys.length, ...shape],
  };
}
