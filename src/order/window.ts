/**
 * Windows: how samples that are neighbours in a lane are taken out of their sequence.
 *
 * A lane is cut into windows, and the samples of each are given in a random order, so that a sample is read
 * at most one window ahead of its turn. The first windows hold 1, 2, 4, … samples: the first batch need not
 * wait for full ones.
 *
 * @module
 */
import { permute, randomFor } from "../numbers/seeded_random.ts";

/** Largest window: a permutation of one takes four bytes a sample. */
export const MAX_WINDOW = 2 ** 24;

/** Most lanes, and most parts of a mix: the number of a part and of a lane share one word of a counter. */
export const MAX_LANES = 2 ** 16;

/** One window of a lane. */
export interface Window {
  /** Its number in the lane, from 0. */
  readonly number: number;
  /** The first place in the lane that belongs to it. */
  readonly start: number;
  /** The places that belong to it; the end of the lane may cut them off. */
  readonly size: number;
}

/** Finds the window that a place of a lane belongs to, for full windows of `size` samples. */
export function windowAt(place: number, size: number): Window {
  // 2^ramp is the least power of two from `size` on; the windows before hold 2^ramp - 1 places.
  const ramp = 32 - Math.clz32(size - 1);
  const rampPlaces = 2 ** ramp - 1;
  if (place < rampPlaces) {
    const number = 31 - Math.clz32(place + 1);
    return { number, start: 2 ** number - 1, size: 2 ** number };
  }
  const full = Math.floor((place - rampPlaces) / size);
  return { number: ramp + full, start: rampPlaces + full * size, size };
}

/** What tells one window's permutation from another's. */
export interface WindowSeed {
  /** Seed of the order. */
  readonly seed: number;
  /** Number of the epoch. */
  readonly epoch: number;
  /** Number of the part in a mix. */
  readonly part: number;
  /** Number of the lane. */
  readonly lane: number;
  /** Number of the window in the lane. */
  readonly window: number;
}

/** The turns of a window: which of its samples, counted as they are read, is given 0th, 1st, 2nd, … */
export function permuteWindow(size: number, of: WindowSeed): Uint32Array<ArrayBuffer> {
  if (size === 1) return new Uint32Array(1);
  const b = of.part * MAX_LANES + of.lane;
  return permute(size, randomFor(of.seed, { purpose: "window", a: of.epoch, b, c: of.window }));
}
