/**
 * The step that groups items: tensors into batches, anything else into arrays.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import type { TensorData } from "../image/types.ts";
import { isEpochOver, type Item } from "./item.ts";
import type { Step } from "./step.ts";
import type { Batch, BatchOptions, TensorSample } from "./tensor_sample.ts";

/** A step that makes batches: what the step before it must know to make them itself. */
export interface BatchStep extends Step {
  /** Number of items in a full batch. */
  readonly size: number;
  /** How batches are made. */
  readonly options: BatchOptions;
}

/** Whether a step makes batches. */
export function isBatchStep(step: Step): step is BatchStep {
  return step.name === "batch";
}

/**
 * Step: items to batches where they are tensors, to arrays where not. The last one of an epoch is shorter, or left
 * out: no batch has items of two.
 *
 * @throws {RangeError} If `size` is not a positive integer.
 */
export function batchStep(size: number, options: BatchOptions = {}): BatchStep {
  checkCount("The size of a batch", size, 1);
  const { dropLast = false, into } = options;
  return {
    name: "batch",
    settings: { size, dropLast, ...(into === undefined ? {} : { into: "an array" }) },
    size,
    options,
    async *run(upstream, run): AsyncGenerator<Item<unknown>, void, undefined> {
      for await (const { values, mark } of groupItems(upstream(run), size, dropLast)) {
        yield { value: values.every(isTensorSample) ? collateTensors(values) : values, mark };
      }
    },
  };
}

/** Items of one epoch, with the mark of the last one. */
interface Group {
  readonly values: readonly unknown[];
  readonly mark: Item<unknown>["mark"];
}

async function* groupItems(
  items: AsyncIterable<Item<unknown>>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<Group, void, undefined> {
  let values: unknown[] = [];
  let last: Item<unknown> | undefined;
  for await (const item of items) {
    if (last !== undefined && values.length > 0 && isEpochOver(last, item)) {
      if (!dropLast) yield { values, mark: last.mark };
      values = [];
    }
    last = item;
    values.push(item.value);
    if (values.length < size) continue;
    yield { values, mark: item.mark };
    values = [];
  }
  if (last !== undefined && values.length > 0 && !dropLast) yield { values, mark: last.mark };
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
  const padding = samples.filter(({ isPadding }) => isPadding).length;
  const parts = samples.flatMap(({ part }) => part ?? []);
  return {
    images,
    labels,
    keys: samples.map(({ key }) => key),
    shards: samples.map(({ shard }) => shard),
    indexes: samples.map(({ index }) => index),
    ...(parts.length > 0 && { parts }),
    ...(padding > 0 && { padding }),
    size: samples.length,
    shape: [samples.length, ...shape],
  };
}
