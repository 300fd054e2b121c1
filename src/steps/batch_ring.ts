/**
 * Shared memory with room for several batches, which workers write into while another one is in use.
 *
 * @module
 */
import type { ElementData } from "../image/transform/layout.ts";

/** What becomes of a batch's room: it is free, or so many have something in it. */
export class BatchRing {
  /** Samples in a batch. */
  readonly size: number;
  /** The array of each field that is transformed. */
  readonly arrays: readonly ElementData[];
  /** Is called when a room has become free. */
  onFree: () => void = () => {};
  readonly #strides: readonly number[];
  /** How many use each room. */
  readonly #users: number[];

  /**
   * @param strides Elements of one sample in each array.
   * @param rooms How many batches all arrays have room for.
   */
  constructor(
    arrays: readonly ElementData[],
    strides: readonly number[],
    size: number,
    rooms: number,
  ) {
    this.arrays = arrays;
    this.size = size;
    this.#strides = strides;
    this.#users = Array<number>(rooms).fill(0);
  }

  /** Whether a room is free. */
  get isOpen(): boolean {
    return this.#users.includes(0);
  }

  /** Takes a free room; there must be one. */
  take(): number {
    const room = this.#users.indexOf(0);
    this.#users[room] = 1;
    return room;
  }

  /** Counts another user of a room. */
  retain(room: number): void {
    this.#users[room]++;
  }

  /** Counts one user less. */
  release(room: number): void {
    if (--this.#users[room] === 0) this.onFree();
  }

  /** Where the sample of a number in a room begins in the array of a field, in elements. */
  offsetOf(room: number, index: number, field: number): number {
    return (room * this.size + index) * this.#strides[field];
  }

  /** The room for a whole batch in the array of a field. */
  view(room: number, field: number): ElementData {
    const from = this.offsetOf(room, 0, field);
    return this.arrays[field].subarray(
      from,
      from + this.size * this.#strides[field],
    ) as ElementData;
  }
}

/**
 * The ring that arrays of the caller's make, where they are on shared memory with room for two batches at least: one
 * is in use while workers write into another.
 */
export function makeRing(
  arrays: readonly ElementData[],
  strides: readonly number[],
  size: number,
): BatchRing | undefined {
  if (typeof SharedArrayBuffer === "undefined") return undefined;
  if (!arrays.every(({ buffer }) => (buffer as unknown) instanceof SharedArrayBuffer)) {
    return undefined;
  }
  const rooms = Math.min(
    ...arrays.map(({ length }, field) => Math.floor(length / (size * strides[field]))),
  );
  return rooms < 2 ? undefined : new BatchRing(arrays, strides, size, rooms);
}
