/**
 * Groups items that exist already: tensors into batches, anything else into arrays.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import type { TensorData } from "../image/types.ts";
import type { Batch, BatchOptions, TensorSample } from "./tensor_sample.ts";

/**
 * Stage: items to arrays of `size` items, the last one shorter unless `dropLast`.
 *
 * @throws {RangeError} If `size` is not a positive integer.
 */
export function groupItems<T>(
  items: AsyncIterable<T>,
  size: number,
  options: BatchOptions = {},
): AsyncGenerator<T[], void, undefined> {
  checkCount("The size of a batch", size, 1);
  return collect(items, size, options);
}

async function* collect<T>(
  items: AsyncIterable<T>,
  size: number,
  options: BatchOptions,
): AsyncGenerator<T[], void, undefined> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0 && !options.dropLast) yield group;
}

/** Whether an item is a sample whose image became a tensor. */
export function isTensorSample(item: unknown): item is TensorSample {
  return typeof item === "object" && item !== null && "image" in item && "shape" in item &&
    "label" in item && "key" in item && ArrayBuffer.isView(item.image);
}

/**
 * Copies tensors of one shape and type into one array.
 *
 * @throws {TypeError} If they differ in shape or type.
 */
export function collateTensors(samples: readonly TensorSample[]): Batch {
  const [{ image: first, shape }] = samples;
  const images = new (first.constructor as new (length: number) => TensorData)(
    first.length * samples.length,
  );
  const labels = new Int32Array(samples.length);
  for (const [slot, { key, image, label, shape: own }] of samples.entries()) {
    if (image.constructor !== first.constructor || own.join() !== shape.join()) {
      throw new TypeError(
        `Cannot batch "${key}" of shape [${own}] with "${samples[0].key}" of shape [${shape}]`,
      );
    }
    images.set(image, slot * first.length);
    labels[slot] = label;
  }
  return {
    images,
    labels,
    keys: samples.map(({ key }) => key),
    size: samples.length,
    shape: [samples.length, ...shape],
  };
}

/** Stage: items to batches where they are tensors, to arrays where not. */
export async function* collateItems<T>(
  items: AsyncIterable<T>,
  size: number,
  options: BatchOptions = {},
): AsyncGenerator<Batch | T[], void, undefined> {
  for await (const group of groupItems(items, size, options)) {
    const tensors: unknown[] = group;
    yield tensors.every(isTensorSample) ? collateTensors(tensors) : group;
  }
}
