/**
 * The step that groups items: tensors into batches, anything else into arrays.
 *
 * @module
 */
import { checkChoice, checkCount } from "../check.ts";
import type { ElementData } from "../image/transform/layout.ts";
import type { SharedDataOf, SharedTensorData, TensorData } from "../image/types.ts";
import { type ReadOptions, sizeLimits } from "../sample/read_options.ts";
import type { ColumnOptions } from "./column_types.ts";
import type { ColumnPlan, WithRow } from "./columns.ts";
import { isEpochOver, type Item } from "./item.ts";
import type { Step } from "./step.ts";
import {
  type Batch,
  type BatchOptions,
  releasable,
  type SampleOfTensors,
  type TensorSample,
} from "./tensor_sample.ts";

/** A step that makes batches: what the step before it must know to make them itself. */
export interface BatchStep extends Step {
  /** Number of items in a full batch. */
  readonly size: number;
  /** How batches are made. */
  readonly options: BatchStepOptions;
  /** Which fields they carry; absent where none. */
  readonly columns?: ColumnPlan;
}

/** Whether a step makes batches. */
export function isBatchStep(step: Step): step is BatchStep {
  return step.name === "batch";
}

/** How batches are made: of one tensor, of several fields' or of none. */
export interface BatchStepOptions extends Omit<BatchOptions, "into">, Partial<ColumnOptions> {
  /** The array that all of them go into, or one for each field. */
  readonly into?:
    | TensorData
    | SharedTensorData
    | Readonly<Record<string, ElementData | SharedDataOf<ElementData>>>;
}

/** What a batch must know of its dataset. */
export interface BatchContext extends Pick<ReadOptions, "maxEntryBytes" | "maxSampleBytes"> {
  /** Whether samples of several tensors may be without some, so that these are listed. */
  readonly areListed?: boolean;
}

/**
 * Step: items to batches where they are tensors, to arrays where not. The last one of an epoch is shorter, or left
 * out: no batch has items of two.
 *
 * @param context Also how much compressed fields may unpack to.
 * @throws {RangeError} If `size` is not a positive integer.
 * @throws {TypeError} If the fields are no list of names.
 */
export function batchStep(
  size: number,
  options: BatchStepOptions = {},
  context: BatchContext = {},
): BatchStep {
  checkCount("The size of a batch", size, 1);
  const { dropLast = false, into } = options;
  const columns = planColumns(options, context);
  return {
    name: "batch",
    settings: {
      size,
      dropLast,
      ...(into === undefined ? {} : { into: "an array" }),
      ...(columns && { fields: columns.names, missing: columns.missing }),
    },
    size,
    options,
    columns,
    async *run(upstream, run): AsyncGenerator<Item<unknown>, void, undefined> {
      if (columns !== undefined) {
        const { collateColumns, collateFields, readRows } = await import("./columns.ts");
        const rows = readRows(upstream(run), columns, run);
        for await (const { values, mark } of groupItems(rows, size, dropLast)) {
          const tensors = values.map(({ value }: WithRow) => value);
          const collated = await collate(tensors, context);
          const value = collated === undefined ? collateFields(values, columns) : releasable({
            ...collated,
            fields: collateColumns(values.map(({ row }) => row), columns),
          });
          yield { value, mark };
        }
        return;
      }
      for await (const { values, mark } of groupItems(upstream(run), size, dropLast)) {
        yield { value: await collate(values, context) ?? values, mark };
      }
    },
  };
}

/** The batch of items whose images became tensors; nothing of others. */
async function collate(
  items: readonly unknown[],
  { areListed = false }: BatchContext,
): Promise<object | undefined> {
  if (items.every(isTensorSample)) return collateTensors(items);
  if (!items.every(isSampleOfTensors)) return undefined;
  const { collateFieldTensors } = await import("./transform_fields.ts");
  return collateFieldTensors(items, areListed);
}

function planColumns(
  { fields, missing = "error" }: Partial<ColumnOptions>,
  limits: Pick<ReadOptions, "maxEntryBytes" | "maxSampleBytes">,
): ColumnPlan | undefined {
  checkChoice("missing", missing, ["error", "skip", "undefined"]);
  if (fields === undefined) return undefined;
  const isList = Array.isArray(fields) &&
    fields.every((name) =>
      typeof name === "string" && name.split(";").every((each) => each.trim() !== "")
    );
  if (!isList) throw new TypeError('fields must be a list of extensions: ["txt", "json"]');
  return { names: [...new Set(fields)], missing, sizes: sizeLimits(limits) };
}

/** Items of one epoch, with the mark of the last one. */
interface Group<T> {
  readonly values: readonly T[];
  readonly mark: Item<unknown>["mark"];
}

async function* groupItems<T>(
  items: AsyncIterable<Item<T>>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<Group<T>, void, undefined> {
  let values: T[] = [];
  let last: Item<T> | undefined;
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

/** Whether an item is a sample of which several fields became tensors. */
function isSampleOfTensors(item: unknown): item is SampleOfTensors {
  return typeof item === "object" && item !== null && "tensors" in item && "label" in item &&
    "key" in item && typeof item.tensors === "object" && item.tensors !== null;
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
  return releasable({
    images,
    labels,
    keys: samples.map(({ key }) => key),
    shards: samples.map(({ shard }) => shard),
    indexes: samples.map(({ index }) => index),
    ...(parts.length > 0 && { parts }),
    ...(padding > 0 && { padding }),
    size: samples.length,
    shape: [samples.length, ...shape],
  });
}
