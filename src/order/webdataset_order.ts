/**
 * webdataset's own orders, to the sample.
 *
 * @module
 */
import { pythonRandom } from "../numbers/mersenne_twister.ts";
import { checkInteger } from "../numbers/check_integer.ts";
import { permute } from "../numbers/seeded_random.ts";
import { type LaneOrder, SpelledLane } from "./lane.ts";
import { countSamples } from "./plan.ts";
import {
  countRuns,
  deal,
  type Loader,
  plainSettings,
  runShards,
  shuffleLikePython,
  type WorkerPlace,
} from "./python_shuffle.ts";

/** A seed of Python's: an integer. */
export type PythonSeed = number | bigint;

/** What an order of Python's is asked for. */
export interface PythonOrderOptions {
  /** Number of samples in each shard. */
  readonly lengths: readonly number[];
  /**
   * Number of the pass over the dataset, from 0. Where a `DataLoader` makes its workers anew for each epoch
   * (`persistent_workers=False`), they have forgotten how many there were: it is always 0.
   *
   * @default {0}
   */
  readonly epoch?: number;
  /**
   * Which worker of which rank.
   *
   * @default {the only one}
   */
  readonly place?: WorkerPlace;
}

/**
 * An order of Python's, for {@linkcode WebDataset.shuffle}; called, it tells what one worker of one rank reads, and
 * gives, in one epoch.
 */
export interface PythonOrder {
  (options: PythonOrderOptions): LaneOrder;
  /** How each process reads: its samples are those of its workers in turns. */
  readonly loader: Loader;
  /** What it was made of, as plain data, to tell whether it has changed. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What {@linkcode webdatasetOrder} takes. */
export interface WebdatasetOrderOptions {
  /**
   * Shards in the buffer that shuffles them (`shardshuffle`).
   *
   * @default {false: shards are not shuffled}
   */
  readonly shardShuffle?: number | false;
  /**
   * The seed of that buffer (`seed`).
   *
   * @default {0}
   */
  readonly seed?: PythonSeed;
  /**
   * Whether the order of shards changes with the epoch (`detshuffle`): the seed is `seed + epoch`. If not,
   * it is the same in each, as it is with webdataset's defaults.
   *
   * @default {false}
   */
  readonly detshuffle?: boolean;
  /**
   * Samples in the buffer that shuffles them (`.shuffle(buffer)`).
   *
   * @default {0: samples are not shuffled}
   */
  readonly buffer?: number;
  /**
   * Samples in that buffer before the first is given (`initial`).
   *
   * @default {100}
   */
  readonly initial?: number;
  /**
   * The seed of that buffer: `.shuffle(…, seed=…)`, or a function of the worker's place where it is given
   * `rng=random.Random(…)`.
   *
   * @default {0}
   */
  readonly sampleSeed?: PythonSeed | ((place: WorkerPlace) => PythonSeed);
  /**
   * Whether that generator goes on from one epoch to the next (`rng=`, with workers that persist) or begins
   * anew (`seed=`).
   *
   * @default {false}
   */
  readonly keepsGenerator?: boolean;
  /**
   * Workers of each process (`num_workers`); 1 where it reads by itself. Only for a dataset's order, which is that of
   * a process: its workers' in turns.
   *
   * @default {1}
   */
  readonly workers?: number;
  /**
   * Samples of a batch (`batch_size`), after which it is the next worker's turn.
   *
   * @default {1}
   */
  readonly batch?: number;
  /**
   * Whether workers live as long as the loader (`persistent_workers`), or are made anew for each epoch, which then is
   * their first one.
   *
   * @default {true}
   */
  readonly persistent?: boolean;
}

/** `shuffle`'s and `detshuffle`'s default for `initial`. */
const SHARD_INITIAL = 100;

const ALONE: WorkerPlace = { rank: 0, world: 1, worker: 0, workers: 1 };

/**
 * The order in which webdataset's pipeline gives samples: shards dealt to ranks, to workers, then shuffled in a
 * buffer, read one after the other, and samples shuffled in another buffer.
 *
 * What cannot be replayed: a `.shuffle()` without `seed` or `rng`, which draws by process number and time; a
 * `WebDataset` without `seed`, which draws one; `resampled=True` without `deterministic` (with it, see
 * {@linkcode resampleShards}); handlers that skip samples, which shift what comes after.
 *
 * Exact: webdataset 1.0.2: `split_by_node`, `split_by_worker`, `detshuffle` or `shuffle`, `_shuffle`.
 *
 * @example Usage
 * ```ts
 * import { webdatasetOrder } from "@wdstream/wdstream/order";
 *
 * const order = webdatasetOrder({ shardShuffle: 100, detshuffle: true, seed: 3 });
 * const { runs } = order({ lengths: [6, 6, 6, 6], epoch: 1 });
 * if (runs.length !== 4) throw new Error("not all shards");
 * ```
 */
export function webdatasetOrder(options: WebdatasetOrderOptions = {}): PythonOrder {
  const { shardShuffle = false, seed = 0, detshuffle = false, buffer = 0, initial = 100 } = options;
  const { sampleSeed = 0, keepsGenerator = false } = options;
  const { workers = 1, batch = 1, persistent: isPersistent = true } = options;
  checkInteger("The number of workers", workers, 1);
  checkInteger("The size of a batch", batch, 1);
  if (shardShuffle !== false) checkInteger("The buffer of shards", shardShuffle, 1);
  checkInteger("The buffer of samples", buffer, 0);
  checkInteger("The samples before the first is given", initial, 0);
  const order = ({ lengths, epoch = 0, place = ALONE }: PythonOrderOptions): LaneOrder => {
    countSamples(lengths);
    checkInteger("The number of an epoch", epoch, 0);
    const dealt = dealShards(lengths.length, place);
    const runsOf = (epoch: number) => {
      if (shardShuffle === false) return runShards(dealt, lengths);
      const random = pythonRandom(detshuffle ? BigInt(seed) + BigInt(epoch) : seed);
      const reservoir = { buffer: shardShuffle, initial: SHARD_INITIAL, random };
      const turns = shuffleLikePython(dealt.length, reservoir);
      return runShards(Array.from(turns, (i) => dealt[i]), lengths);
    };
    const runs = runsOf(epoch);
    const count = countRuns(runs);
    if (buffer === 0) {
      return new SpelledLane(
        runs,
        Uint32Array.from({ length: count }, (_, i) => i),
      );
    }
    const random = pythonRandom(typeof sampleSeed === "function" ? sampleSeed(place) : sampleSeed);
    const reservoir = { buffer, initial, random };
    // Each epoch before has drawn one number a sample.
    for (let before = 0; keepsGenerator && before < epoch; before++) {
      for (const _ of shuffleLikePython(count, reservoir));
    }
    return new SpelledLane(runs, Uint32Array.from(shuffleLikePython(count, reservoir)));
  };
  const settings = { of: "webdataset", ...plainSettings(options) };
  return Object.assign(order, { loader: { workers, batch, isPersistent }, settings });
}

/** `split_by_node`, then `split_by_worker`. */
function dealShards(count: number, { rank, world, worker, workers }: WorkerPlace): number[] {
  return deal(deal(Array(count).keys(), rank, world), worker, workers);
}

/**
 * The order of a list of shards that `SimpleShardList(urls, seed)` gives in every epoch.
 *
 * Exact: CPython's `random.Random(seed).shuffle`.
 */
export function shuffleShardList(count: number, seed: PythonSeed): Uint32Array {
  return permute(count, pythonRandom(seed));
}

/** What {@linkcode resampleShards} takes. */
export interface ResampleOptions {
  /** Number of shards to choose from. */
  readonly shardCount: number;
  /** Number of shards to give (`nshards`). */
  readonly count: number;
  /**
   * The seed (`seed`).
   *
   * @default {0}
   */
  readonly seed?: number;
  /**
   * Number of the pass, from 0.
   *
   * @default {0}
   */
  readonly epoch?: number;
  /**
   * Which worker of which rank.
   *
   * @default {the only one}
   */
  readonly place?: WorkerPlace;
}

/**
 * Shards drawn with replacement, as `ResampledShards(…, deterministic=True)` draws them.
 *
 * Exact: webdataset 1.0.2, `ResampledShards`, `make_seed` and `pytorch_worker_seed`.
 */
export function resampleShards(options: ResampleOptions): number[] {
  const { shardCount, count, seed = 0, epoch = 0, place = ALONE } = options;
  checkInteger("The number of shards", shardCount, 1);
  checkInteger("The number of shards to draw", count, 0);
  const workerSeed = place.rank * 1000 + place.worker;
  const random = pythonRandom(makeSeed([workerSeed, epoch, seed]));
  return Array.from({ length: count }, () => random.integer(0, shardCount - 1));
}

/**
 * Folds integers into one of 31 bits.
 *
 * Exact: webdataset 1.0.2, `utils.make_seed`, for integers of 0 to 2^53-1, which are their own hashes.
 */
export function makeSeed(values: readonly number[]): number {
  let seed = 0n;
  for (const value of values) {
    checkInteger("A number to make a seed of", value, 0);
    seed = (seed * 31n + BigInt(value)) & 0x7fffffffn;
  }
  return Number(seed);
}
