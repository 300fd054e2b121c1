/**
 * What transforms and batches give.
 *
 * @module
 */
import { type DataOf, isDataOf } from "../image/transform/layout.ts";
import type { TensorData, TensorType } from "../image/types.ts";

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
  readonly shape: readonly number[];
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
  readonly shape: readonly number[];
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
  give({ buffer }: TensorData): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) return;
    const moved = typeof buffer.transfer === "function"
      ? buffer.transfer()
      : structuredClone(buffer, { transfer: [buffer] });
    if (this.#free.push(moved) > MAX_FREE) this.#free.shift();
  }
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
   * batch has more than 32 MB; {@linkcode Batch.release} saves it as well, also where workers make the batches. Only for a batch right after `transform()`, and not before `prefetch()`.
   *
   * @default {a new array for each batch}
   */
  readonly into?: TensorData;
}

/**
 * Checks the array that batches are to go into.
 *
 * @throws {TypeError} If it has another type than the tensors.
 * @throws {RangeError} If it is too short.
 */
export function checkInto<Type extends TensorType>(
  into: TensorData,
  type: Type,
  length: number,
): DataOf<Type> {
  if (!isDataOf(type, into)) {
    throw new TypeError(`Batches of ${type} cannot go into a ${into.constructor.name}`);
  }
  if (into.length < length) {
    throw new RangeError(`A batch takes ${length} elements, and \`into\` has ${into.length}`);
  }
  return into as DataOf<Type>;
}
