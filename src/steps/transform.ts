/**
 * From samples to tensors, one by one or straight into batches.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { init } from "../image/mod.ts";
import type { TensorData } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { checkCount } from "../check.ts";
import { describeAllSkipped, skipFault, type SkipHandler } from "./faults.ts";
import { type FieldOptions, readLabel } from "./fields.ts";
import { allocateTensor, type DataOf, elementsOf, shapeOf } from "../image/transform/layout.ts";
import { type Batch, type BatchOptions, checkInto, type TensorSample } from "./tensor_sample.ts";
import { findWholeBatch, finishWork, planWork, type WorkerOptions } from "./tensor_work.ts";
import type { Transform } from "./transform_into.ts";

/** What the transform stages take. */
export interface TransformOptions extends FieldOptions, WorkerOptions {
  /** Is told of every sample that was left out. Without it the first fault is thrown. */
  readonly onSkip?: SkipHandler;
}

/** Stage: samples to samples with a tensor each. */
export async function* transformSamples<Given extends Transform>(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Given,
  options: TransformOptions = {},
): AsyncGenerator<TensorSample<DataOf<Given["type"]>>, void, undefined> {
  await init();
  const shape = shapeOf(transform);
  const length = elementsOf(transform);
  let kept = false;
  let lastFault: WdsError | undefined;
  for await (const work of planWork(samples, transform, options)) {
    const { sample } = work;
    const image = allocateTensor<Given["type"]>(transform.type, length);
    let label: number;
    try {
      label = readLabel(sample, options.label);
      const waiting = finishWork(work, transform, options, { into: image, offset: 0 });
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
  const stride = elementsOf(transform);
  const { into } = options;
  // The last batch gets what it needs, where that is known: cutting it down would be another copy.
  const takeImages = (left: number): DataOf<Given["type"]> =>
    into === undefined
      ? allocateTensor<Given["type"]>(transform.type, Math.min(size, left) * stride)
      : checkInto<Given["type"]>(into, transform.type, size * stride);
  let images: DataOf<Given["type"]> | undefined;
  let labels = new Int32Array(size);
  let keys: string[] = [];
  let kept = false;
  let lastFault: WdsError | undefined;
  const batchSize = into === undefined ? size : undefined;
  for await (const work of planWork(samples, transform, { ...options, batchSize })) {
    const { sample } = work;
    try {
      labels[keys.length] = readLabel(sample, options.label);
      const whole = into === undefined && keys.length === 0
        ? findWholeBatch<Given["type"]>(work, transform, size * stride)
        : undefined;
      images = whole ?? images ?? takeImages(work.left ?? size);
      const slot = { into: images, offset: keys.length * stride };
      const waiting = finishWork(work, transform, options, slot);
      if (waiting !== undefined) await waiting;
    } catch (error) {
      lastFault = skipFault(error, options.onSkip);
      continue;
    }
    kept = true;
    keys.push(sample.key);
    if (keys.length < size) continue;
    const whole = into === undefined ? images : takePart(images, size * stride);
    yield { images: whole, labels, keys, size, shape: [size, ...shape] };
    images = undefined;
    labels = new Int32Array(size);
    keys = [];
  }
  if (!kept && lastFault !== undefined) throw describeAllSkipped(lastFault);
  if (images === undefined || keys.length === 0 || options.dropLast) return;
  yield {
    images: into === undefined && images.length > keys.length * stride
      ? images.slice(0, keys.length * stride) as DataOf<Given["type"]>
      : takePart(images, keys.length * stride),
    labels: labels.slice(0, keys.length),
    keys,
    size: keys.length,
    shape: [keys.length, ...shape],
  };
}

function takePart<Data extends TensorData>(images: Data, length: number): Data {
  return images.length === length ? images : images.subarray(0, length) as Data;
}
