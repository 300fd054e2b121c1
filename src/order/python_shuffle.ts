/**
 * What Python's loaders do to an order, over numbers instead of samples.
 *
 * @module
 */
import type { RandomSource } from "../numbers/random_source.ts";
import type { Run } from "./lane.ts";

/** A shuffle buffer of webdataset's. */
export interface ReservoirOptions {
  /** Most items that the buffer holds. */
  readonly buffer: number;
  /** Items that it holds before it gives the first; never more than `buffer`. */
  readonly initial: number;
  /** Where it draws. */
  readonly random: RandomSource;
}

/**
 * The numbers 0 to `count - 1` in the order in which webdataset's shuffle gives items. One number is drawn
 * for each that is given, when it is asked for.
 *
 * Exact: webdataset 1.0.2, `filters._shuffle` and `pick`: as long as the buffer is not full, it takes two
 * items a step.
 */
export function* shuffleLikePython(
  count: number,
  { buffer, initial, random }: ReservoirOptions,
): Generator<number, void, undefined> {
  const least = Math.min(initial, buffer);
  const held: number[] = [];
  const pick = (): number => {
    const i = random.integer(0, held.length - 1);
    const picked = held[i];
    held[i] = held[held.length - 1];
    held.pop();
    return picked;
  };
  for (let next = 0; next < count;) {
    held.push(next++);
    if (held.length < buffer && next < count) held.push(next++);
    if (held.length >= least) yield pick();
  }
  while (held.length > 0) yield pick();
}

/** Which worker of which rank reads. */
export interface WorkerPlace {
  /** Number of the process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly world: number;
  /** Number of the worker in its process, from 0. */
  readonly worker: number;
  /** Workers of each process; 1 where the process reads by itself. */
  readonly workers: number;
}

/** How a process of Python's reads. */
export interface Loader {
  /** Workers that read, each its own shards; 1 where the process reads by itself. */
  readonly workers: number;
  /** Samples that a worker gives before it is another's turn. */
  readonly batch: number;
  /** Whether workers know the number of the epoch, or are made anew for each. */
  readonly isPersistent: boolean;
}

/** Settings as plain data, for a print: numbers of any length as text, functions as that they are there. */
export function plainSettings(settings: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (typeof value === "bigint") return [name, String(value)];
      return [name, typeof value === "function" ? "a callback" : value];
    }),
  );
}

/** Each `step`-th of the items from `first` on: Python's `islice(items, first, None, step)`. */
export function deal<T>(items: Iterable<T>, first: number, step: number): T[] {
  return [...items].filter((_, i) => i >= first && (i - first) % step === 0);
}

/** The runs of whole shards. */
export function runShards(shards: Iterable<number>, lengths: readonly number[]): Run[] {
  return Array.from(shards, (shard) => ({ shard, from: 0, to: lengths[shard] }));
}

/** The number of samples in some runs. */
export function countRuns(runs: readonly Run[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from, 0);
}

/**
 * The batches of a PyTorch `DataLoader` over workers that read a stream each: which worker makes each, and
 * how many samples it has. Workers take turns, and one that has ended is left out from then on.
 *
 * Exact: torch 2.x, `_MultiProcessingDataLoaderIter` over an `IterableDataset`, in order.
 *
 * @param counts For each worker, the number of its samples.
 * @example The order of a process, from those of its workers
 * ```ts
 * import { turnWorkers } from "@wdstream/wdstream/order";
 *
 * const turns = [...turnWorkers([5, 2], 2)].map(({ worker, size }) => `${worker}:${size}`);
 * if (turns.join() !== "0:2,1:2,0:2,0:1") throw new Error(turns.join());
 * ```
 */
export function* turnWorkers(
  counts: readonly number[],
  batch: number,
): Generator<{ worker: number; size: number }, void, undefined> {
  const left = [...counts];
  while (left.some((count) => count > 0)) {
    for (let worker = 0; worker < left.length; worker++) {
      const size = Math.min(batch, left[worker]);
      if (size === 0) continue;
      left[worker] -= size;
      yield { worker, size };
    }
  }
}
