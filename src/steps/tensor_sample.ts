/**
 * What transforms and batches give.
 *
 * @module
 */
import {
  type DataOf,
  type ElementData,
  type ElementType,
  isDataOf,
} from "../image/transform/layout.ts";
import type {
  MaskData,
  MaskTransform,
  MaskType,
  SharedDataOf,
  SharedTensorData,
  TensorData,
  TensorType,
} from "../image/types.ts";
import type { MissingField } from "./column_types.ts";
import type { FieldTransforms } from "./transform_into.ts";

/**
 * A sample whose image became a tensor.
 *
 * @typeParam Data Array of the elements: `Float32Array`, `Uint16Array` (bits of float16), `Uint8Array`.
 * @typeParam Fields The sample's fields.
 */
export interface TensorSample<
  Data extends TensorData = TensorData,
  Fields extends object = Record<string, unknown>,
> {
  /** The sample's key. */
  readonly key: string;
  /** Name of the shard. */
  readonly shard: string;
  /** Number of the sample in its shard, from 0. */
  readonly index: number;
  /** Whether the sample fills up a rank's share, and was given before. Absent where it does not. */
  readonly isPadding?: boolean;
  /** Number of the dataset of a mix that it is of. Absent where nothing was mixed. */
  readonly part?: number;
  /** Class index from the label field, -1 where there is none. */
  readonly label: number;
  /** Elements of the image in row-major order, owned by the caller. */
  readonly image: Data;
  /** `[3, H, W]` for float32 and float16, `[H, W, 3]` for uint8. */
  readonly shape: readonly [number, number, number];
  /** The sample's fields, the image's among them, as they were before the transform. */
  readonly fields: Fields;
}

/**
 * Images of one shape in one array.
 *
 * @typeParam Data Array of the elements: `Float32Array`, `Uint16Array` (bits of float16), `Uint8Array`.
 */
export interface Batch<Data extends TensorData = TensorData> {
  /** Elements of all images in row-major order, owned by the caller. */
  readonly images: Data;
  /** Class index of each image, -1 where there is none. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** Key of each image. */
  readonly keys: string[];
  /** Name of each image's shard. */
  readonly shards: string[];
  /** Number of each image's sample in its shard, from 0. */
  readonly indexes: number[];
  /** Number of the dataset of a mix that each image is of. Absent where nothing was mixed. */
  readonly parts?: number[];
  /**
   * Number of images, the last ones, whose samples fill up a rank's share, and were given before: metrics leave
   * them out. Absent where there are none.
   */
  readonly padding?: number;
  /** Number of images. */
  readonly size: number;
  /** `[size, 3, H, W]` for float32 and float16, `[size, H, W, 3]` for uint8. */
  readonly shape: readonly [size: number, number, number, number];
  /**
   * Gives the memory of `images` back, and a later batch of the same pass is made in it: new memory costs up to a
   * quarter of the whole work. `images` is empty from then on, and what looks into the same memory, too. Of a batch that
   * did not come right from `transform()`, or that was made in an array of the caller's, nothing is given back.
   */
  release(): void;
}

/** A batch with what gives its memory back, which is no part of its data: copies and comparisons pass it over. */
export function releasable<Given extends object>(
  batch: Given,
  release: () => void = () => {},
): Given & Pick<Batch, "release"> {
  return Object.defineProperty(batch, "release", { value: release }) as
    & Given
    & Pick<Batch, "release">;
}

/** Batches that may lie unused: more than a loop gives back at once were not in use at once. */
const MAX_FREE = 8;

/** Memory of batches that were given back, for those that follow. */
export class BatchMemory {
  readonly #free: ArrayBuffer[] = [];

  /** Takes memory of exactly so many bytes; absent where there is none. */
  take(byteLength: number): ArrayBuffer | undefined {
    const index = this.#free.findIndex((buffer) => buffer.byteLength === byteLength);
    return index < 0 ? undefined : this.#free.splice(index, 1)[0];
  }

  /** Takes memory back, and leaves nothing of it to whoever had it; a second time, or shared memory, is nothing. */
  give({ buffer }: ElementData): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) return;
    const moved = typeof buffer.transfer === "function"
      ? buffer.transfer()
      : structuredClone(buffer, { transfer: [buffer] });
    if (this.#free.push(moved) > MAX_FREE) this.#free.shift();
  }
}

/**
 * What one of several fields became: a tensor, a mask, or all of those of a batch.
 *
 * @typeParam Data Array of the elements.
 * @typeParam Shape Lengths of the dimensions.
 */
export interface FieldTensor<
  Data extends TensorData | MaskData = TensorData | MaskData,
  Shape extends readonly number[] = readonly number[],
> {
  /** Elements in row-major order, owned by the caller. */
  readonly data: Data;
  /**
   * Of an image `[3, H, W]` for float32 and float16, `[H, W, 3]` for uint8; of a mask `[H, W]`. In a batch, with the
   * number of samples before it.
   */
  readonly shape: Shape;
}

/**
 * What transforms of several fields give, by the names of the fields.
 *
 * @typeParam Given The transforms.
 * @typeParam Missing What becomes of samples without one of the fields.
 */
export type TensorsOf<
  Given extends FieldTransforms,
  Missing extends MissingField = "error",
> = {
  readonly [Name in keyof Given]:
    | (Given[Name] extends MaskTransform<infer Type extends MaskType>
      ? FieldTensor<DataOf<Type>, readonly [height: number, width: number]>
      : Given[Name] extends { readonly type: infer Type extends TensorType }
        ? FieldTensor<DataOf<Type>, readonly [number, number, number]>
      : never)
    | (Missing extends "undefined" ? undefined : never);
};

/**
 * The same of all samples of a batch, stacked; lists where a sample may be without.
 *
 * @typeParam Tensors What one sample has, see {@linkcode TensorsOf}.
 */
export type StackedTensors<Tensors extends object> = {
  readonly [Name in keyof Tensors]: undefined extends Tensors[Name] ? Tensors[Name][]
    : Tensors[Name] extends FieldTensor<infer Data, infer Shape>
      ? FieldTensor<Data, readonly [size: number, ...Shape]>
    : never;
};

/**
 * A sample of which several fields became tensors.
 *
 * @typeParam Tensors What each field became, see {@linkcode TensorsOf}.
 * @typeParam Fields The sample's fields.
 */
export interface SampleOfTensors<
  Tensors extends object = Record<string, FieldTensor | undefined>,
  Fields extends object = Record<string, unknown>,
> extends Omit<TensorSample<TensorData, Fields>, "image" | "shape"> {
  /** Tensors and masks, by the names that their transforms were given with. Has no prototype. */
  readonly tensors: Tensors;
}

/**
 * Samples of which several fields became tensors, stacked.
 *
 * @typeParam Tensors What each field became, see {@linkcode StackedTensors}.
 */
export interface BatchOfTensors<Tensors extends object = Record<string, unknown>>
  extends Omit<Batch, "images" | "shape" | "release"> {
  /** Tensors and masks of all samples, by the names that their transforms were given with. Has no prototype. */
  readonly tensors: Tensors;
  /** Gives the memory of all tensors back, see {@linkcode Batch.release}. */
  release(): void;
}

/**
 * How batches of several fields are made.
 *
 * @typeParam Tensors What one sample has, see {@linkcode TensorsOf}.
 */
export interface FieldBatchOptions<Tensors extends object = Record<string, FieldTensor | undefined>>
  extends Omit<BatchOptions, "into"> {
  /**
   * An array for each field that every batch is written into, in place of new ones, as `into` of one image's batches;
   * workers write into them where all are on shared memory.
   *
   * @default {new arrays for each batch}
   */
  readonly into?: {
    readonly [Name in keyof Tensors]: Tensors[Name] extends FieldTensor<infer Data>
      ? Data | SharedDataOf<Data>
      : never;
  };
}

/** How batches are made. */
export interface BatchOptions {
  /**
   * Whether an epoch's last batch is left out where it is not full.
   *
   * @default {false}
   */
  readonly dropLast?: boolean;
  /**
   * An array that every batch is written into, one after the other, in place of a new one: each batch is
   * then valid until the next one is asked for. New memory costs up to a quarter of the whole work, most where a
   * batch has more than 32 MB; {@linkcode Batch.release} saves it as well, also where workers make the batches. Only for
   * a batch right after `transform()`, and not before `prefetch()`.
   *
   * Workers write straight into an array on shared memory that has room for two batches or more, of which each takes
   * the next: `new Float32Array(new SharedArrayBuffer(2 * 64 * 3 * 224 * 224 * 4))`.
   *
   * @default {a new array for each batch}
   */
  readonly into?: TensorData | SharedTensorData;
}

/**
 * Checks the array that batches are to go into.
 *
 * @throws {TypeError} If it is none, or of another type than the tensors.
 * @throws {RangeError} If it is too short.
 */
export function checkInto<Type extends ElementType>(
  into: unknown,
  type: Type,
  length: number,
): DataOf<Type> {
  if (!isDataOf(type, into)) {
    const name = (into as object | null)?.constructor?.name ?? String(into);
    throw new TypeError(`Batches of ${type} cannot go into a ${name}`);
  }
  const array = into as DataOf<Type>;
  if (array.length < length) {
    throw new RangeError(`A batch takes ${length} elements, and \`into\` has ${array.length}`);
  }
  return array;
}
