/**
 * What is known of a dataset before it is read, and counted while it is.
 *
 * @module
 */
import type { Oddity } from "../sample/tally.ts";
import type { NetworkStats, Source } from "../storage/source.ts";
import type { WorkerState } from "../workers/state.ts";

/** Counts of one pass over a dataset. */
export interface DatasetStats {
  /** Shards that were opened. */
  readonly shards: number;
  /** Samples that were read from the shards, before any filter or transform. */
  readonly samples: number;
  /** Faults that were skipped: samples left out, and shards given up. */
  readonly skipped: number;
  /** Bytes that were read from the shards as they are stored. */
  readonly bytes: number;
  /**
   * How often something was odd, by its kind: `"out-of-order"` members, files that macOS adds (`"mac-file"`),
   * `"hard-link"` members, samples with `"no-image"` that were left out. `onHint` is told of the first of each.
   */
  readonly hints: Readonly<Partial<Record<Oddity, number>>>;
  /** What it took to get them over http(s). */
  readonly network: NetworkStats;
  /** What each worker is doing, while they run and as they were left; absent where there are none. */
  readonly workers?: readonly WorkerState[];
}

/** What is known of a dataset before anything of it is read. */
export interface DatasetPlan {
  /** The shards in order. */
  readonly sources: readonly Source[];
  /** Number of samples in each shard, where it is known. */
  readonly shardLengths?: readonly number[];
  /** Number of samples in all shards, where it is known. */
  readonly sampleCount?: number;
  /** Where the index of the split lies; `false` if none is looked for, absent where it lies beside the first shard. */
  readonly splitIndex?: Source | false;
  /** Size in bytes of each shard, where it is known. */
  readonly shardBytes?: readonly number[];
  /** Class of each sample, numbered through all shards, where they are known; -1 for a sample without one. */
  readonly classes?: ArrayLike<number>;
}
