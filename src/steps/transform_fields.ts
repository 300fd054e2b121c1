/**
 * Samples to tensors and masks of several fields, one by one or straight into batches.
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import { init } from "../image/mod.ts";
import { requireCodec } from "../image/codec.ts";
import {
  allocateTensor,
  elementBytes,
  type ElementData,
  elementsOf,
  type ElementType,
  type TensorSlot,
  viewTensor,
} from "../image/transform/layout.ts";
import { makeMask } from "../image/transform/mask.ts";
import { transformMaskFile } from "../image/transform/mask_file.ts";
import type { Mask, MaskData, TensorData } from "../image/types.ts";
import { dictionary } from "../sample/dictionary.ts";
import type { Sample } from "../sample/sample.ts";
import type { BatchStep } from "./batch.ts";
import { makeRing } from "./batch_ring.ts";
import type { MissingField } from "./column_types.ts";
import { locateFault, loseSample } from "./faults.ts";
import { type FieldOptions, findField, findImageField, readLabel } from "./fields.ts";
import { isEpochOver, type Item } from "./item.ts";
import type { Run } from "./run.ts";
import type { Upstream } from "./step.ts";
import {
  BatchMemory,
  type BatchOfTensors,
  checkInto,
  type FieldTensor,
  releasable,
  type SampleOfTensors,
} from "./tensor_sample.ts";
import {
  findWholeBatch,
  planWork,
  takeResult,
  type TensorWork,
  type TensorWorkers,
} from "./tensor_work.ts";
import { BatchDraft, EpochTally, type SampleOf } from "./transform.ts";
import { type FieldMaker, type MadeTensor, makeTensor } from "./transform_into.ts";
import type { Row } from "./columns.ts";

/** What a step that transforms several fields was given, read once. */
export interface FieldWork {
  readonly makers: readonly FieldMaker[];
  readonly missing: MissingField;
  readonly options: FieldOptions;
  readonly workers: TensorWorkers;
}

type Made = MadeTensor<ElementData>;

/** Where the tensor of a field goes; nothing where it gets an array of its own. */
type FindSlot = (field: number) => TensorSlot<ElementData> | undefined;

/** Samples with a tensor of each field. */
export async function* transformFieldItems<Fields extends object>(
  upstream: Upstream<SampleOf<Fields>>,
  run: Run,
  given: FieldWork,
): AsyncGenerator<Item<SampleOfTensors<object, Fields>>, void, undefined> {
  await init();
  const { makers, options, workers } = given;
  const tally = new EpochTally();
  for await (const work of planWork(upstream, run, makers, workers)) {
    tally.begin(work.item);
    let label: number;
    let made: readonly (Made | undefined)[] | undefined;
    try {
      label = readLabel(work.item.value, options.label, run.onHint);
      made = await makeFields(work, given, (field) => newSlot(makers[field]));
    } catch (error) {
      loseSample(error, work.item, run);
      tally.lose(error);
      continue;
    }
    if (made === undefined) continue;
    tally.keep();
    yield describeItem(work.item as Item<SampleOf<Fields>>, made, label, makers);
  }
  tally.end();
}

/**
 * One sample with a tensor of each field.
 *
 * @throws {SampleError} `sample/no-image` if it lacks a field and samples that do are not given without.
 */
export async function transformFieldItem<Fields extends object>(
  item: Item<SampleOf<Fields>>,
  given: FieldWork,
): Promise<Item<SampleOfTensors<object, Fields>>> {
  await init();
  const { makers, options } = given;
  const label = readLabel(item.value, options.label);
  // A number says of one sample that it is wanted: it cannot be left out.
  const missing = given.missing === "skip" ? "error" : given.missing;
  const made = await makeFields({ item }, { ...given, missing }, () => undefined);
  return describeItem(item, made!, label, makers);
}

function describeItem<Fields extends object>(
  { value, mark }: Item<SampleOf<Fields>>,
  made: readonly (Made | undefined)[],
  label: number,
  makers: readonly FieldMaker[],
): Item<SampleOfTensors<object, Fields>> {
  const { key, shard, index, fields, isPadding, part } = value;
  const tensors = dictionary<FieldTensor | undefined>();
  for (const [field, { name }] of makers.entries()) {
    const own = made[field];
    tensors[name] = own && { data: own.data, shape: own.shape };
  }
  const sample = {
    key,
    shard,
    index,
    ...(isPadding && { isPadding }),
    ...(part !== undefined && { part }),
    label,
    tensors,
    fields,
  };
  return { value: sample, mark };
}

/** Room for one tensor, where its size is known before the image. */
function newSlot({ target: { type, shape } }: FieldMaker): TensorSlot<ElementData> | undefined {
  return shape && { into: allocateTensor(type, elementsOf(shape)), offset: 0 };
}

/**
 * Makes the tensors of all fields.
 *
 * @returns `undefined` where the sample is to be left out for a field that it has not; that in the field's place where
 *   samples are to be given without.
 */
async function makeFields(
  work: TensorWork,
  { makers, missing }: FieldWork,
  findSlot: FindSlot,
): Promise<readonly (Made | undefined)[] | undefined> {
  const sample = work.item.value;
  const isThere = makers.map(({ name }) => findField(sample, name) !== undefined);
  if (missing === "skip" && isThere.includes(false)) return undefined;
  const withSizes = makers.some(({ mask }) => mask !== undefined);
  const made: (Made | undefined)[] = [];
  for (const [field, maker] of makers.entries()) {
    made.push(
      missing === "undefined" && !isThere[field]
        ? undefined
        : await makeField(work, field, maker, findSlot(field), withSizes),
    );
  }
  for (const [field, maker] of makers.entries()) {
    if (maker.of !== undefined) {
      checkMaskSize(sample, maker, made[field], makers[maker.of], made[maker.of]);
    }
  }
  return made;
}

async function makeField(
  work: TensorWork,
  field: number,
  maker: FieldMaker,
  slot: TensorSlot<ElementData> | undefined,
  withSizes: boolean,
): Promise<Made> {
  const done = takeResult(work, field, maker, slot);
  if (done !== undefined) return done;
  const { item } = work;
  if (maker.mask !== undefined) {
    return await makeFieldMask(item, maker, slot as TensorSlot<MaskData> | undefined);
  }
  let size: readonly [number, number] | undefined;
  const onSize = withSizes
    ? (width: number, height: number): void => void (size = [width, height])
    : undefined;
  const { data, shape } = await makeTensor(item, maker, slot as TensorSlot<TensorData>, onSize);
  return { data, shape, size };
}

/** Makes a mask of a file, or of numbers that a callback has put in its place. */
async function makeFieldMask(
  { value: sample, mark: { place } }: Item<Sample<unknown>>,
  { recipe, codecs, options, mask }: FieldMaker,
  slot: TensorSlot<MaskData> | undefined,
): Promise<Made> {
  const extension = findImageField(sample, options, codecs);
  const field = sample.fields[extension];
  const { maxPixels, truncated, strict, reference } = options;
  const settings = {
    maxPixels,
    truncated,
    strict,
    reference,
    slot,
    random: recipe.random?.(place),
  };
  try {
    // Pixels that `decode()` made are colours, whose numbers are in the file alone.
    const bytes = field instanceof Uint8Array ? field : sample.bytes[extension];
    if (isMask(field) || bytes === undefined) {
      return makeMask(field as Mask, recipe, mask!, settings);
    }
    const codec = requireCodec(bytes, extension, codecs);
    return await transformMaskFile(bytes, codec, recipe, mask!, settings);
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}

/** Whether a field is numbers by rows, which have no channels. */
function isMask(field: unknown): boolean {
  return typeof field === "object" && field !== null && "width" in field && "height" in field &&
    "data" in field && !("channels" in field);
}

/**
 * Sees to it that a mask is as large as its image.
 *
 * @throws {SampleError} `sample/bad-field` if it is not.
 */
function checkMaskSize(
  sample: Sample<unknown>,
  maker: FieldMaker,
  mask: Made | undefined,
  image: FieldMaker,
  made: Made | undefined,
): void {
  const [size, wanted] = [mask?.size, made?.size];
  if (size === undefined || wanted === undefined) return;
  if (size[0] === wanted[0] && size[1] === wanted[1]) return;
  const extension = findField(sample, maker.name)!;
  throw locateFault(
    new SampleError("sample/bad-field", {
      action: "transform",
      reason: `the mask has ${size.join("x")} pixels, and its image "${
        findField(sample, image.name)
      }" ${wanted.join("x")}`,
    }),
    sample,
    extension,
  );
}

/** Samples to batches: each tensor is made straight in its slot. */
export async function* fillFieldBatches(
  upstream: Upstream<Sample<unknown>>,
  run: Run,
  given: FieldWork,
  { size, options: { dropLast = false, into }, columns }: BatchStep,
): AsyncGenerator<Item<BatchOfTensors>, void, undefined> {
  await init();
  const { makers, options, workers } = given;
  const strides = makers.map(({ target }) => elementsOf(target.shape!));
  const shared = into === undefined ? undefined : readInto(into, makers, strides, size);
  const fields = columns && { ...await import("./columns.ts"), plan: columns };
  const draft = new BatchDraft<TensorData>(size);
  const memories = makers.map(() => new BatchMemory());
  let arrays: (ElementData | undefined)[] = [];
  let rows: Row[] = [];
  const finish = (): Item<BatchOfTensors> => {
    const facts = draft.describe();
    const tensors = dictionary<FieldTensor>();
    for (const [field, { name, target }] of makers.entries()) {
      const length = facts.size * strides[field];
      const data = arrays[field]!;
      const isWhole = data.length === length;
      const own = isWhole ? data : shared ? data.subarray(0, length) : data.slice(0, length);
      tensors[name] = { data: own as ElementData, shape: [facts.size, ...target.shape!] };
    }
    const value = {
      tensors,
      ...facts,
      ...(fields && { fields: fields.collateColumns(rows, fields.plan) }),
    };
    const release = (): void => {
      for (const [field, { name }] of makers.entries()) memories[field].give(tensors[name].data);
    };
    return {
      value: releasable(value, shared === undefined ? release : undefined),
      mark: draft.last!.mark,
    };
  };
  const clear = (): void => {
    draft.clear();
    arrays = [];
    rows = [];
  };
  const tally = new EpochTally();
  const batchSize = into === undefined ? size : undefined;
  const ring = shared && workers.workers ? makeRing(shared, strides, size) : undefined;
  let room: number | undefined;
  const leaveRoom = (): void => {
    if (room !== undefined) ring!.release(room);
    room = undefined;
  };
  const by = { ...workers, batchSize, ring, memories };
  for await (const work of planWork(upstream, run, makers, by)) {
    tally.begin(work.item);
    if (draft.last !== undefined && isEpochOver(draft.last, work.item)) {
      if (!dropLast) yield finish();
      clear();
      leaveRoom();
    }
    const slot = draft.keys.length;
    const findSlot = (field: number): TensorSlot<ElementData> => {
      const { type } = makers[field].target;
      const stride = strides[field];
      const whole = shared === undefined && slot === 0
        ? findWholeBatch(work, type, size * stride, field)
        : undefined;
      if (ring !== undefined && room === undefined) {
        room = work.room!;
        ring.retain(room);
      }
      const data = whole ?? arrays[field] ?? ring?.view(room!, field) ?? shared?.[field] ??
        takeArray(memories[field], type, Math.min(size, work.left ?? size) * stride);
      arrays[field] = data;
      return { into: data, offset: slot * stride };
    };
    try {
      const label = readLabel(work.item.value, options.label, run.onHint);
      const row = fields && await fields.readRow(work.item.value, fields.plan);
      if (fields !== undefined && row === undefined) continue;
      if (await makeFields(work, given, findSlot) === undefined) continue;
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
    clear();
    leaveRoom();
  }
  tally.end();
  if (draft.last !== undefined && !dropLast) yield finish();
}

/** An array in memory that was given back, or a new one. */
function takeArray(memory: BatchMemory, type: ElementType, length: number): ElementData {
  const free = memory.take(length * elementBytes(type));
  return free === undefined ? allocateTensor(type, length) : viewTensor(type, free);
}

/**
 * The arrays that batches are to go into, one for each field.
 *
 * @throws {TypeError} If one is missing, or has another type than its tensors.
 * @throws {RangeError} If one is too short.
 */
function readInto(
  into: unknown,
  makers: readonly FieldMaker[],
  strides: readonly number[],
  size: number,
): readonly ElementData[] {
  return makers.map(({ name, target: { type } }, field) => {
    const own = ArrayBuffer.isView(into)
      ? undefined
      : (into as Record<string, ElementData>)?.[name];
    if (own === undefined) throw new TypeError(`into has no array for "${name}"`);
    return checkInto(own, type, size * strides[field]);
  });
}

/**
 * Copies tensors of samples into one array for each field, or lists them where samples may be without.
 *
 * @throws {TypeError} If tensors of one field that are to be copied differ in shape or type.
 */
export function collateFieldTensors(
  samples: readonly SampleOfTensors[],
  areListed: boolean,
): BatchOfTensors {
  const tensors = dictionary<unknown>();
  for (const name of Object.keys(samples[0].tensors)) {
    tensors[name] = areListed
      ? samples.map((sample) => sample.tensors[name])
      : stackTensors(samples, name);
  }
  const padding = samples.filter(({ isPadding }) => isPadding).length;
  const parts = samples.flatMap(({ part }) => part ?? []);
  return releasable({
    tensors,
    labels: Int32Array.from(samples, ({ label }) => label),
    keys: samples.map(({ key }) => key),
    shards: samples.map(({ shard }) => shard),
    indexes: samples.map(({ index }) => index),
    ...(parts.length > 0 && { parts }),
    ...(padding > 0 && { padding }),
    size: samples.length,
  });
}

function stackTensors(samples: readonly SampleOfTensors[], name: string): FieldTensor {
  const { data: first, shape } = samples[0].tensors[name]!;
  const make = first.constructor as new (length: number) => ElementData;
  const stacked = new make(first.length * samples.length);
  for (const [slot, { key, tensors }] of samples.entries()) {
    const own = tensors[name];
    if (own?.data.constructor !== make || own.shape.join() !== shape.join()) {
      throw new TypeError(
        `Cannot batch "${name}" of "${key}" of shape [${own?.shape}] with that of "${
          samples[0].key
        }" of shape [${shape}]`,
      );
    }
    stacked.set(own.data, slot * first.length);
  }
  return { data: stacked, shape: [samples.length, ...shape] };
}
