/**
 * What one lane reads, and the order in which it gives it.
 *
 * @module
 */
import { permuteWindow, type Window, windowAt, type WindowSeed } from "./window.ts";

/** Samples of one shard that are read one after the other. */
export interface Run {
  /** Number of the shard, from 0. */
  readonly shard: number;
  /** The first of them: its number among the shard's (selected) samples. */
  readonly from: number;
  /** The number after the last one. */
  readonly to: number;
}

/**
 * The order of one lane: its runs are read end to end, and each sample is given when its turn comes.
 *
 * A *read* numbers the samples as they are read, a *place* as they are given; both begin at 0.
 */
export interface LaneOrder {
  /** Number of places. */
  readonly length: number;
  /** What is read, in this sequence. */
  readonly runs: readonly Run[];
  /** The read whose sample is given at a place. */
  readAt(place: number): number;
  /** The place at which the sample of a read is given, or -1 where it never is. */
  placeAt(read: number): number;
  /** The least read that is needed for this place or a later one: who begins here begins to read there. */
  startAt(place: number): number;
}

/** A lane whose windows are permuted, or one without windows (a size of 1), which gives what it reads. */
export class WindowLane implements LaneOrder {
  readonly length: number;
  readonly runs: readonly Run[];
  readonly #size: number;
  readonly #seed: Omit<WindowSeed, "window">;
  #window: Window | undefined;
  #reads: Uint32Array | undefined;
  #places: Uint32Array | undefined;

  /**
   * Takes what is read, and what the order of its windows is drawn by.
   *
   * @param size Samples in a full window.
   */
  constructor(runs: readonly Run[], size: number, seed: Omit<WindowSeed, "window">) {
    this.runs = runs;
    this.length = runs.reduce((sum, { from, to }) => sum + to - from, 0);
    this.#size = size;
    this.#seed = seed;
  }

  readAt(place: number): number {
    if (this.#size === 1) return place;
    const { start } = this.#find(place);
    return start + (this.#reads as Uint32Array)[place - start];
  }

  placeAt(read: number): number {
    if (this.#size === 1) return read;
    // A window's reads and places are the same numbers, in another order.
    const { start } = this.#find(read);
    if (this.#places === undefined) {
      const reads = this.#reads as Uint32Array;
      this.#places = new Uint32Array(reads.length);
      for (let place = 0; place < reads.length; place++) this.#places[reads[place]] = place;
    }
    return start + this.#places[read - start];
  }

  startAt(place: number): number {
    return this.#size === 1 ? place : windowAt(place, this.#size).start;
  }

  #find(place: number): Window {
    const last = this.#window;
    if (last !== undefined && place >= last.start && place - last.start < last.size) return last;
    const window = windowAt(place, this.#size);
    const size = Math.min(window.size, this.length - window.start);
    this.#reads = permuteWindow(size, { ...this.#seed, window: window.number });
    this.#places = undefined;
    return this.#window = window;
  }
}

/** A lane whose turns are spelled out, as those are that come from another library's shuffle. */
export class SpelledLane implements LaneOrder {
  readonly length: number;
  readonly runs: readonly Run[];
  readonly #reads: Uint32Array;
  #places: Int32Array | undefined;
  #starts: Uint32Array | undefined;

  /**
   * Takes what is read, and the turns.
   *
   * @param reads The read that is given at each place.
   */
  constructor(runs: readonly Run[], reads: Uint32Array) {
    this.runs = runs;
    this.length = reads.length;
    this.#reads = reads;
  }

  readAt(place: number): number {
    return this.#reads[place];
  }

  placeAt(read: number): number {
    if (this.#places === undefined) {
      const count = this.runs.reduce((sum, { from, to }) => sum + to - from, 0);
      this.#places = new Int32Array(count).fill(-1);
      for (let place = 0; place < this.length; place++) this.#places[this.#reads[place]] = place;
    }
    return this.#places[read];
  }

  startAt(place: number): number {
    if (this.#starts === undefined) {
      this.#starts = this.#reads.slice();
      for (let i = this.length - 2; i >= 0; i--) {
        if (this.#starts[i + 1] < this.#starts[i]) this.#starts[i] = this.#starts[i + 1];
      }
    }
    return this.#starts[place];
  }
}

/** Follows the runs of a lane: which sample of which shard a read is of. Quickest in rising order. */
export class RunCursor {
  readonly #runs: readonly Run[];
  #run = 0;
  #start = 0;

  /** Begins before the first of some runs. */
  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  /**
   * The shard, and the number among its (selected) samples.
   *
   * @throws {RangeError} If the runs end before.
   */
  at(read: number): { shard: number; ordinal: number } {
    while (read < this.#start && this.#run > 0) {
      const { from, to } = this.#runs[--this.#run];
      this.#start -= to - from;
    }
    for (;;) {
      const run = this.#runs[this.#run];
      if (run === undefined) throw new RangeError(`The lane has no sample ${read}`);
      const ordinal = run.from + read - this.#start;
      if (ordinal < run.to) return { shard: run.shard, ordinal };
      this.#start += run.to - run.from;
      this.#run++;
    }
  }
}
