/**
 * The step from samples to tensors, one by one or straight into batches.
 *
 * @module
 */
import { checkChoice } from "../check.ts";
import { SampleError, type WdsError } from "../errors.ts";
import { init } from "../image/mod.ts";
import type { TensorData, TensorType } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { loseSample } from "./faults.ts";
import { checkFieldOptions, type FieldOptions, type FieldsOptions, readLabel } from "./fields.ts";
import {
  allocateTensor,
  type DataOf,
  elementBytes,
  elementsOf,
  type TensorShape,
  type TensorSlot,
  viewTensor,
} from "../image/transform/layout.ts";
import type { Recipe } from "../image/transform/recipe.ts";
import { type BatchStep, isBatchStep } from "./batch.ts";
import { makeRing } from "./batch_ring.ts";
import type { Row } from "./columns.ts";
import { isEpochOver, type Item } from "./item.ts";
import type { Run } from "./run.ts";
import type { Step, Upstream } from "./step.ts";
import {
  type Batch,
  BatchMemory,
  checkInto,
  releasable,
  type SampleOfTensors,
  type TensorSample,
} from "./tensor_sample.ts";
import {
  findWholeBatch,
  finishWork,
  planWork,
  type TensorWork,
  type TensorWorkers,
} from "./tensor_work.ts";
import {
  type FieldTransforms,
  type MadeTensor,
  makeTensor,
  readMaker,
  readMakers,
  type TensorMaker,
  type Transform,
} from "./transform_into.ts";

type Samples = Upstream<Sample<unknown>>;
/** A sample whose fields are known. */
export type SampleOf<Fields extends object> = Sample<unknown> & { readonly fields: Fields };
type DataBy<Given extends Transform> = DataOf<Given["type"]>;

/**
 * Step: samples to samples with a tensor each; with the `batch` that follows it, straight to batches.
 *
 * @param workers Who makes the tensors.
 * @throws {TypeError} If an option is none of its choices, or of another type.
 * @throws {RangeError} If a number is none that it can be.
 */
export function transformStep<
  Given extends Transform,
  Fields extends object = Record<string, unknown>,
>(
  transform: Given,
  options: FieldOptions = {},
  workers: TensorWorkers = {},
): Step<SampleOf<Fields>, TensorSample<DataBy<Given>, Fields>> {
  checkFieldOptions(options);
  const maker = readMaker(transform, options, workers.codecs);
  const { decoders, ...plain } = options;
  const settings = { transform, ...plain, decoders: decoders && Object.keys(decoders) };
  return {
    name: "transform",
    settings,
    run: (upstream, run) => transformItems<DataBy<Given>, Fields>(upstream, run, maker, workers),
    async one(item): Promise<Item<TensorSample<DataBy<Given>, Fields>>> {
      await init();
      const label = readLabel(item.value, options.label);
      return makeTensorItem(item, await makeTensor(item, maker, undefined), label);
    },
    fuse(next): Step | undefined {
      // Tensors of several shapes have no slots in a batch.
      if (!isBatchStep(next) || maker.recipe.shape === undefined) return undefined;
      const batching: BatchStep = next;
      return {
        name: "transform and batch",
        settings: { ...settings, ...batching.settings },
        run: (upstream, run) => fillBatches(upstream as Samples, run, maker, workers, batching),
      };
    },
  };
}

/**
 * Step: samples to samples with a tensor or a mask of each of several fields; with the `batch` that follows it, straight
 * to batches.
 *
 * @param workers Who makes the tensors.
 * @throws {TypeError} If a transform is none or an option none of its choices, or a mask has no image.
 * @throws {RangeError} If a number is none that it can be.
 */
export function transformFieldsStep<Fields extends object = Record<string, unknown>>(
  transforms: FieldTransforms,
  options: FieldsOptions = {},
  workers: TensorWorkers = {},
): Step<SampleOf<Fields>, SampleOfTensors<object, Fields>> {
  checkFieldOptions(options);
  const { missing = "error", ...read } = options;
  checkChoice("missing", missing, ["error", "skip", "undefined"]);
  const makers = readMakers(transforms, read, workers.codecs);
  const { decoders, ...plain } = options;
  const settings = { transform: transforms, ...plain, decoders: decoders && Object.keys(decoders) };
  const work = { makers, missing, options: read, workers };
  return {
    name: "transform",
    settings,
    async *run(upstream, run) {
      const { transformFieldItems } = await import("./transform_fields.ts");
      yield* transformFieldItems<Fields>(upstream, run, work);
    },
    async one(item): Promise<Item<SampleOfTensors<object, Fields>>> {
      const { transformFieldItem } = await import("./transform_fields.ts");
      return await transformFieldItem(item, work);
    },
    fuse(next): Step | undefined {
      const isFixed = missing !== "undefined" && makers.every(({ target }) => target.shape);
      if (!isBatchStep(next) || !isFixed) return undefined;
      const batching: BatchStep = next;
      return {
        name: "transform and batch",
        settings: { ...settings, ...batching.settings },
        async *run(upstream, run) {
          const { fillFieldBatches } = await import("./transform_fields.ts");
          yield* fillFieldBatches(upstream as Samples, run, work, batching);
        },
      };
    },
  };
}

function makeTensorItem<Data extends TensorData, Fields extends object>(
  { value, mark }: Item<SampleOf<Fields>>,
  { data, shape }: MadeTensor,
  label: number,
): Item<TensorSample<Data, Fields>> {
  const { key, shard, index, fields, isPadding, part } = value;
  const image = data as Data;
  const tensor = {
    key,
    shard,
    index,
    ...(isPadding && { isPadding }),
    ...(part !== undefined && { part }),
    label,
    image,
    shape: shape as TensorShape,
    fields,
  };
  return { value: tensor, mark };
}

async function* transformItems<Data extends TensorData, Fields extends object>(
  upstream: Upstream<SampleOf<Fields>>,
  run: Run,
  maker: TensorMaker,
  workers: TensorWorkers,
): AsyncGenerator<Item<TensorSample<Data, Fields>>, void, undefined> {
  await init();
  const { recipe, options } = maker;
  const tally = new EpochTally();
  for await (const work of planWork(upstream, run, [maker], workers)) {
    tally.begin(work.item);
    let label: number;
    let tensor: MadeTensor;
    try {
      label = readLabel(work.item.value, options.label, run.onHint);
      const made = finishWork(work, maker, newSlot(recipe));
      tensor = made instanceof Promise ? await made : made;
    } catch (error) {
      loseSample(error, work.item, run);
      tally.lose(error);
      continue;
    }
    tally.keep();
    yield makeTensorItem(work.item as Item<SampleOf<Fields>>, tensor, label);
  }
  tally.end();
}

/** Room for one tensor, where its size is known before the image. */
function newSlot({ type, shape }: Recipe): TensorSlot | undefined {
  return shape && { into: allocateTensor<TensorType>(type, elementsOf(shape)), offset: 0 };
}

/** Samples to batches: each image is decoded, resized and normalised straight into its slot. */
async function* fillBatches<Type extends TensorType>(
  upstream: Samples,
  run: Run,
  maker: TensorMaker,
  workers: TensorWorkers,
  { size, options: { dropLast = false, into }, columns }: BatchStep,
): AsyncGenerator<Item<Batch<DataOf<Type>>>, void, undefined> {
  await init();
  const { recipe, options } = maker;
  const type = recipe.type as Type;
  const shape = recipe.shape!;
  const stride = elementsOf(shape);
  // The last batch gets what it needs, where that is known: cutting it down would be another copy.
  const memory = new BatchMemory();
  const own = into === undefined ? undefined : checkInto(into, type, size * stride);
  const ring = own && workers.workers ? makeRing([own], [stride], size) : undefined;
  let room: number | undefined;
  const leaveRoom = (): void => {
    if (room !== undefined) ring!.release(room);
    room = undefined;
  };
  const takeImages = ({ left = size, room: next }: TensorWork): DataOf<Type> => {
    if (ring !== undefined) {
      room = next!;
      ring.retain(room);
      return ring.view(room, 0) as DataOf<Type>;
    }
    if (own !== undefined) return own;
    const length = Math.min(size, left) * stride;
    const free = memory.take(length * elementBytes(type));
    return free === undefined ? allocateTensor(type, length) : viewTensor(type, free);
  };
  const fields = columns && { ...await import("./columns.ts"), plan: columns };
  const draft = new BatchDraft<DataOf<Type>>(size, shape);
  let rows: Row[] = [];
  const finish = (): Item<Batch<DataOf<Type>>> => {
    const { value: batch, mark } = draft.finish(into !== undefined);
    const release = into === undefined ? (): void => memory.give(batch.images) : undefined;
    if (fields === undefined) return { value: releasable(batch, release), mark };
    const value = { ...batch, fields: fields.collateColumns(rows, fields.plan) };
    rows = [];
    return { value: releasable(value, release), mark };
  };
  const tally = new EpochTally();
  const batchSize = into === undefined ? size : undefined;
  const by = { ...workers, batchSize, ring, memories: [memory] };
  for await (const work of planWork(upstream, run, [maker], by)) {
    tally.begin(work.item);
    if (draft.last !== undefined && isEpochOver(draft.last, work.item)) {
      if (!dropLast) yield finish();
      rows = [];
      draft.clear();
      leaveRoom();
    }
    const slot = draft.keys.length;
    try {
      const label = readLabel(work.item.value, options.label, run.onHint);
      const row = fields && await fields.readRow(work.item.value, fields.plan);
      if (fields !== undefined && row === undefined) continue;
      const whole = into === undefined && slot === 0
        ? findWholeBatch(work, type, size * stride)
        : undefined;
      draft.images = whole ?? draft.images ?? takeImages(work);
      const place = { into: draft.images, offset: slot * stride };
      const made = finishWork(work, maker, place);
      if (made instanceof Promise) await made;
      draft.add(work.item, label);
      if (row !== undefined) rows.push(row);
    } catch (error) {
      loseSample(error, work.item, run);
      tally.lose(error);
      continue;
    }
    tally.keep();
    if (draft.keys.length < size) continue;
    yield finish();
    draft.clear();
    leaveRoom();
  }
  tally.end();
  if (draft.last !== undefined && !dropLast) yield finish();
}

/** A batch under way. */
export class BatchDraft<Data extends TensorData> {
  /** Room for the images; absent before the first one. */
  images: Data | undefined;
  /** The item whose image is in the last slot that was filled. */
  last: Item<Sample<unknown>> | undefined;
  keys: string[] = [];
  #shards: string[] = [];
  #indexes: number[] = [];
  #parts: number[] = [];
  #labels: Int32Array<ArrayBuffer>;
  #padding = 0;
  readonly #size: number;
  readonly #shape: TensorShape;

  /** @param shape That of one image, where there is just one in a sample. */
  constructor(size: number, shape: TensorShape = [0, 0, 0]) {
    this.#size = size;
    this.#shape = shape;
    this.#labels = new Int32Array(size);
  }

  /** Counts the image that was put into the next slot. */
  add(item: Item<Sample<unknown>>, label: number): void {
    const { key, shard, index, isPadding, part } = item.value;
    if (isPadding) this.#padding++;
    if (part !== undefined) this.#parts.push(part);
    this.#labels[this.keys.length] = label;
    this.keys.push(key);
    this.#shards.push(shard);
    this.#indexes.push(index);
    this.last = item;
  }

  /** Begins the next batch. */
  clear(): void {
    this.images = undefined;
    this.last = undefined;
    this.keys = [];
    this.#shards = [];
    this.#indexes = [];
    this.#parts = [];
    this.#padding = 0;
    this.#labels = new Int32Array(this.#size);
  }

  /** All of the batch but its images. */
  describe(): Omit<Batch<Data>, "images" | "shape" | "release"> {
    const { keys } = this;
    const size = keys.length;
    return {
      labels: size === this.#size ? this.#labels : this.#labels.slice(0, size),
      keys,
      shards: this.#shards,
      indexes: this.#indexes,
      ...(this.#parts.length > 0 && { parts: this.#parts }),
      ...(this.#padding > 0 && { padding: this.#padding }),
      size,
    };
  }

  /** The batch of what was added, at least one image. `isShared`: its array is the caller's, and stays so. */
  finish(isShared: boolean): Item<Omit<Batch<Data>, "release">> {
    const size = this.keys.length;
    const stride = this.#shape.reduce((product, extent) => product * extent, 1);
    const images = this.images!;
    const isWhole = images.length === size * stride;
    return {
      value: {
        images: isWhole
          ? images
          : (isShared ? images.subarray(0, size * stride) : images.slice(0, size * stride)) as Data,
        ...this.describe(),
        shape: [size, ...this.#shape],
      },
      mark: this.last!.mark,
    };
  }
}

/** Sees to it that no epoch goes by in which every sample was skipped: the next ones would not be better. */
export class EpochTally {
  #last: Item<unknown> | undefined;
  #isKept = false;
  #fault: WdsError | undefined;

  /** Takes the next item; the epoch before it may be over. */
  begin(item: Item<unknown>): void {
    if (this.#last !== undefined && isEpochOver(this.#last, item)) {
      this.end();
      this.#isKept = false;
    }
    this.#last = item;
  }

  keep(): void {
    this.#isKept = true;
  }

  lose(fault: WdsError): void {
    this.#fault = fault;
  }

  end(): void {
    if (this.#isKept || this.#fault === undefined) return;
    throw new SampleError("sample/empty", {
      action: "use any sample; the last fault",
      reason: this.#fault.message,
      shard: this.#fault.shard,
      cause: this.#fault,
    });
  }
}
