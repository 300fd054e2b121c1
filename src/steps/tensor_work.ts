/**
 * Which tensors are to be made, and by whom: the calling thread or workers that run ahead of it.
 *
 * @module
 */
import type { Sample } from "../sample/sample.ts";
import type { Codec } from "../image/codec.ts";
import { locateFault } from "./faults.ts";
import type { Item } from "./item.ts";
import type { Run } from "./run.ts";
import type { Upstream } from "./step.ts";
import {
  type DataOf,
  type ElementData,
  elementsOf,
  type ElementType,
  type TensorSlot,
  viewTensor,
} from "../image/transform/layout.ts";
import type { BatchRing } from "./batch_ring.ts";
import type { BatchMemory } from "./tensor_sample.ts";
import { type MadeTensor, makeTensor, type TensorMaker } from "./transform_into.ts";
import type { WorkAhead } from "./work_ahead.ts";
import type { SharedTensor } from "../workers/messages.ts";
import type { DecodeResult } from "../workers/pool.ts";
import type { SpawnWorker } from "../workers/thread.ts";

/** A sample whose image is to become a tensor, or several fields of which are. */
export interface TensorWork {
  readonly item: Item<Sample<unknown>>;
  /** What a worker made of each field; absent, and `undefined` in it, where the calling thread has to. */
  readonly results?: readonly DecodeResult[];
  /** Extension of each field that a worker was given. */
  readonly extensions?: readonly (string | undefined)[];
  /** How many samples of the epoch are left, this one among them, once the last one was read. */
  readonly left?: number;
  /** Takes back the memory of the worker's tensor. */
  recycle?(buffer: ArrayBuffer): void;
  /** The room of the ring that the sample's tensors are in, or would be. */
  readonly room?: number;
  /** The shared arrays of the ring. */
  readonly arrays?: readonly ElementData[];
}

/** Who makes tensors. */
export interface TensorWorkers {
  /** Number of workers; 0 for the calling thread. */
  readonly workers?: number;
  /** Starts a worker; tests have others. */
  readonly spawn?: SpawnWorker;
  /**
   * Number of images in a batch, where a worker is to make whole ones: nothing is copied then, and
   * its fresh pages, which cost a quarter of the work, are the worker's to touch.
   */
  readonly batchSize?: number;
  /** Shared memory that workers write batches into. */
  readonly ring?: BatchRing;
  /** Memory that whole batches are made in before any new one, for each field. */
  readonly memories?: readonly BatchMemory[];
  /** Codecs in place of those that are built in; tests have others. */
  readonly codecs?: readonly Codec[];
}

/**
 * Opens samples and gives the work on them, done ahead by workers where there are any.
 *
 * @param makers One for each field that becomes a tensor.
 */
export function planWork(
  upstream: Upstream<Sample<unknown>>,
  run: Run,
  makers: readonly TensorMaker[],
  by: TensorWorkers,
): AsyncGenerator<TensorWork, void, undefined> {
  const { workers = 0 } = by;
  return workers === 0
    ? listWork(upstream(run))
    : runAhead(upstream, run, makers, { ...by, workers });
}

/** What drives workers is loaded where there are any. */
async function* runAhead(
  ...given: ConstructorParameters<typeof WorkAhead>
): AsyncGenerator<TensorWork, void, undefined> {
  const { WorkAhead } = await import("./work_ahead.ts");
  yield* new WorkAhead(...given).run();
}

/** Gives the tensor of a sample, in its slot where there is one. Returns a promise only where a codec does. */
export function finishWork(
  work: TensorWork,
  maker: TensorMaker,
  slot: TensorSlot | undefined,
): MadeTensor | Promise<MadeTensor> {
  return takeResult(work, 0, maker, slot) ?? makeTensor(work.item, maker, slot);
}

/**
 * Gives what a worker made of a field, in its slot where there is one; nothing where no worker did.
 *
 * @param field Its number among those that are transformed.
 * @throws {WdsError} The fault that the worker met.
 */
export function takeResult<Data extends ElementData>(
  { item, results, extensions, arrays, recycle }: TensorWork,
  field: number,
  { target: { type } }: TensorMaker,
  slot: TensorSlot<Data> | undefined,
): MadeTensor<Data> | undefined {
  const result = results?.[field];
  if (result === undefined) return undefined;
  if ("fault" in result) throw locateFault(result.fault, item.value, extensions![field]!);
  if ("offset" in result) {
    moveShared(arrays![field], result, slot!);
    return { data: slot!.into, shape: result.shape, size: result.size };
  }
  const { buffer, index, shape, size } = result;
  const tensors: ElementData = viewTensor(type, buffer);
  if (slot === undefined) return { data: tensors as Data, shape, size };
  const length = elementsOf(shape);
  if (tensors.buffer !== slot.into.buffer || index * length !== slot.offset) {
    slot.into.set(tensors.subarray(index * length, (index + 1) * length), slot.offset);
  }
  // The memory of a batch of one is the batch's.
  if (tensors.length === length && tensors.buffer !== slot.into.buffer) recycle?.(buffer);
  return { data: slot.into, shape, size };
}

/** Moves a tensor within its shared array, where those before it have left room. */
function moveShared(
  array: ElementData,
  { offset, shape }: SharedTensor,
  { into, offset: slotOffset }: TensorSlot<ElementData>,
): void {
  const start = (into.byteOffset - array.byteOffset) / array.BYTES_PER_ELEMENT + slotOffset;
  if (start !== offset) into.set(array.subarray(offset, offset + elementsOf(shape)), slotOffset);
}

/**
 * The buffer that a worker filled for a whole batch, where the work is of one. It can be the batch
 * that begins with this image: those before it in the buffer have gone elsewhere, and each that
 * follows moves to its slot, if at all, once what was in the slot has moved.
 */
export function findWholeBatch<Type extends ElementType>(
  { results }: TensorWork,
  type: Type,
  length: number,
  field = 0,
): DataOf<Type> | undefined {
  const result = results?.[field];
  if (result === undefined || !("buffer" in result)) return undefined;
  const tensors = viewTensor(type, result.buffer);
  return tensors.length === length ? tensors : undefined;
}

async function* listWork(
  items: AsyncIterable<Item<Sample<unknown>>>,
): AsyncGenerator<TensorWork, void, undefined> {
  for await (const item of items) yield { item };
}
