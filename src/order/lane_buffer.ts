/**
 * Between the reading of a lane and the giving: holds samples until their turn, without doing any I/O.
 *
 * @module
 */
import type { LaneOrder } from "./lane.ts";
import { permuteWindow, type Window, windowAt, type WindowSeed } from "./window.ts";

/** What a {@linkcode LaneBuffer} takes. */
export interface LaneBufferOptions {
  /**
   * The first place that will be taken.
   *
   * @default {0}
   */
  readonly from?: number;
  /**
   * Whether a place will be taken at all: ranks that share a lane leave out each other's.
   *
   * @default {every place is}
   */
  readonly isWanted?: (place: number) => boolean;
}

/**
 * Takes a lane's items as they are read and gives them when their turn comes. It holds at most as many as
 * a window has, and of a lane whose turns are spelled out as many as those ask for.
 *
 * @typeParam T An item; what stands for one that could not be read is the caller's choice.
 * @example Usage
 * ```ts
 * import { LaneBuffer, planEpoch, PlanLanes } from "@wdstream/wdstream/order";
 *
 * const lane = new PlanLanes(planEpoch({ lengths: [20], lanes: 1, window: 4 })).lane(0);
 * const buffer = new LaneBuffer<number>(lane);
 * const given: number[] = [];
 * for (let place = 0; place < lane.length; place++) {
 *   while (!buffer.has(place)) buffer.offer(buffer.nextRead);
 *   given.push(buffer.take(place));
 * }
 * if (new Set(given).size !== 20) throw new Error("not every item exactly once");
 * ```
 */
export class LaneBuffer<T> {
  readonly #lane: LaneOrder;
  readonly #isWanted: (place: number) => boolean;
  readonly #held = new Map<number, T>();
  #place: number;
  #read: number;

  /** Begins at a place, of which and of those before nothing is held. */
  constructor(lane: LaneOrder, options: LaneBufferOptions = {}) {
    const { from = 0, isWanted = () => true } = options;
    this.#lane = lane;
    this.#isWanted = isWanted;
    this.#place = from;
    this.#read = from < lane.length ? lane.startAt(from) : Infinity;
  }

  /** The read that is to be offered next, a number along the lane's runs; it may leave some out. */
  get nextRead(): number {
    return this.#read;
  }

  /** Number of items that are held. */
  get held(): number {
    return this.#held.size;
  }

  /**
   * Whether the item of a place can be taken. If not, the item of {@linkcode nextRead} is to be offered.
   *
   * @throws {RangeError} If a later place was asked for before, or the lane has no such place.
   */
  has(place: number): boolean {
    if (place < this.#place || place >= this.#lane.length) {
      throw new RangeError(`The lane is at place ${this.#place}, and cannot give place ${place}`);
    }
    while (this.#place < place) this.#held.delete(this.#place++);
    // Nothing before the place's own window is of use any more, nor need it be read.
    this.#read = Math.max(this.#read, this.#lane.startAt(place));
    return this.#held.has(place);
  }

  /** Takes the item of {@linkcode nextRead}, and drops it where its turn is over or never comes. */
  offer(item: T): void {
    const place = this.#lane.placeAt(this.#read++);
    if (place >= this.#place && this.#isWanted(place)) this.#held.set(place, item);
  }

  /**
   * Gives the item of a place, and holds it no longer.
   *
   * @throws {RangeError} If it was not offered.
   */
  take(place: number): T {
    if (!this.has(place)) throw new RangeError(`The item of place ${place} was not offered`);
    const item = this.#held.get(place) as T;
    this.#held.delete(place);
    this.#place = place + 1;
    return item;
  }
}

/**
 * A buffer of a lane whose length is not known before its end: a window is given once all of it was read, as
 * the order in a window depends on how many samples it has.
 *
 * @typeParam T An item.
 */
export class OpenLaneBuffer<T> {
  readonly #size: number;
  readonly #seed: Omit<WindowSeed, "window">;
  readonly #from: number;
  #window: Window;
  #place: number;
  #end: number | undefined;
  #items: (T | undefined)[] = [];
  #turns: Uint32Array | undefined;

  /**
   * Begins at a place, with nothing of its window.
   *
   * @param size Samples in a full window; 1 where the order is not shuffled.
   * @param from The first place that will be taken; what is offered begins with its window.
   */
  constructor(size: number, seed: Omit<WindowSeed, "window">, from = 0) {
    this.#size = size;
    this.#seed = seed;
    this.#place = from;
    this.#from = from;
    this.#window = windowAt(from, size);
  }

  /** The place that is taken next. */
  get place(): number {
    return this.#place;
  }

  /** The place at which the window of the next place begins: a saved state keeps where that was read. */
  get windowStart(): number {
    return this.#window.start;
  }

  /** Number of items that are held. */
  get held(): number {
    return this.#items.length - (this.#place - Math.max(this.#window.start, this.#from));
  }

  /** Whether the next item can be taken; if not, more is to be offered, or the end. */
  get isReady(): boolean {
    if (this.isOver) return false;
    return this.#items.length === this.#window.size || this.#end !== undefined;
  }

  /** Whether the lane has ended and all of it was taken. */
  get isOver(): boolean {
    return this.#end !== undefined && this.#place >= this.#end;
  }

  /** Takes the next item that was read. */
  offer(item: T): void {
    this.#items.push(item);
  }

  /** Says that nothing more will be offered. */
  end(): void {
    this.#end ??= this.#window.start + this.#items.length;
  }

  /**
   * Gives the next item.
   *
   * @throws {RangeError} If it is not ready.
   */
  take(): T {
    if (!this.isReady) throw new RangeError(`The item of place ${this.#place} was not offered`);
    const { start, size, number } = this.#window;
    this.#turns ??= permuteWindow(this.#items.length, { ...this.#seed, window: number });
    const turn = this.#turns[this.#place - start];
    const item = this.#items[turn] as T;
    this.#items[turn] = undefined;
    this.#place++;
    if (this.#place === start + size) {
      this.#window = windowAt(this.#place, this.#size);
      this.#items = [];
      this.#turns = undefined;
    }
    return item;
  }
}
