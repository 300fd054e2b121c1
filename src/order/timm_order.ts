/**
 * timm's order over webdataset shards, to the sample.
 *
 * @module
 */
import { pythonRandom } from "../numbers/mersenne_twister.ts";
import { checkInteger } from "../numbers/check_integer.ts";
import type { RandomSource } from "../numbers/random_source.ts";
import { type LaneOrder, type Run, SpelledLane } from "./lane.ts";
import { countSamples } from "./plan.ts";
import {
  countRuns,
  deal,
  plainSettings,
  runShards,
  shuffleLikePython,
  type WorkerPlace,
} from "./python_shuffle.ts";
import type { PythonOrder, PythonOrderOptions, PythonSeed } from "./webdataset_order.ts";

/** What {@linkcode timmOrder} takes. */
export interface TimmOrderOptions {
  /** Samples in a batch of one process: a worker's epoch is a whole number of them. */
  readonly batch: number;
  /**
   * The seed of a worker's buffer of samples. timm takes torch's: the base seed of the `DataLoader`'s pass, which
   * torch draws, plus the number of the worker. Without workers it is timm's own `seed`.
   */
  readonly workerSeed: PythonSeed | ((place: WorkerPlace) => PythonSeed);
  /**
   * The seed of the order of shards, to which the number of the epoch is added (`seed`).
   *
   * @default {42}
   */
  readonly seed?: number;
  /**
   * Samples in a worker's buffer (`WDS_SHUFFLE_SIZE`).
   *
   * @default {8192}
   */
  readonly buffer?: number;
  /**
   * Samples in it before the first is given (`WDS_INITIAL_SIZE`).
   *
   * @default {2048}
   */
  readonly initial?: number;
  /**
   * Samples of the split, where timm is told another number than its shards have (`num_samples`).
   *
   * @default {the sum of the lengths}
   */
  readonly sampleCount?: number;
  /**
   * Workers of each process; 1 where it reads by itself. Only for a dataset's order, which is that of a process: its
   * workers' in turns, a batch each.
   *
   * @default {1}
   */
  readonly workers?: number;
}

/** timm's `shard_shuffle_size`, and the default of `detshuffle2`'s `initial`. */
const SHARD_BUFFER = 500;
const SHARD_INITIAL = 100;

const ALONE: WorkerPlace = { rank: 0, world: 1, worker: 0, workers: 1 };

/**
 * The order in which timm's training reader gives samples: all shards shuffled in a buffer by seed and epoch,
 * dealt to the workers of all ranks, read one after the other and, once a worker is at the end of its own,
 * again; samples shuffled in a buffer by a generator that lives as long as the worker; cut where the worker has
 * its share of whole batches. What a worker's buffer holds then is not given in the epoch.
 *
 * What cannot be replayed: a run whose base seed was not noted down, since torch draws it (print
 * `torch.utils.data.get_worker_info().seed` in the workers). With the seeds of its workers, it can.
 * Workers must persist, as timm's do; samples that cannot be decoded are skipped there, and shift what comes
 * after.
 *
 * Exact: timm 1.0.29.dev0 (aa4b5850), `ReaderWds` with `is_training`, over webdataset 1.0.2.
 *
 * @throws {RangeError} If a number is out of its range. While it is asked: if a worker gets no samples, where
 *   timm's would wait forever.
 * @example Usage
 * ```ts
 * import { timmOrder } from "@wdstream/wdstream/order";
 *
 * const order = timmOrder({ batch: 4, workerSeed: ({ worker }) => 123456789 + worker });
 * const place = { rank: 0, world: 1, worker: 1, workers: 2 };
 * const lane = order({ lengths: [6, 6, 6, 6], epoch: 3, place });
 * if (lane.length !== 12) throw new Error("not three batches of four");
 * ```
 */
export function timmOrder(options: TimmOrderOptions): PythonOrder {
  const { batch, workerSeed, seed = 42, buffer = 8192, initial = 2048, workers = 1 } = options;
  checkInteger("The number of workers", workers, 1);
  checkInteger("The size of a batch", batch, 1);
  checkInteger("A seed", seed, 0);
  checkInteger("The buffer of samples", buffer, 1);
  checkInteger("The samples before the first is given", initial, 0);
  const order = ({ lengths, epoch = 0, place = ALONE }: PythonOrderOptions): LaneOrder => {
    const all = countSamples(lengths);
    const { sampleCount = all } = options;
    checkInteger("The number of an epoch", epoch, 0);
    const readers = place.world * place.workers;
    const take = Math.ceil(Math.ceil(sampleCount / readers) / batch) * batch;
    const random = pythonRandom(typeof workerSeed === "function" ? workerSeed(place) : workerSeed);
    const listShards = (epoch: number): Run[] => {
      const reservoir = {
        buffer: SHARD_BUFFER,
        initial: SHARD_INITIAL,
        random: pythonRandom(seed + epoch),
      };
      const turns = shuffleLikePython(lengths.length, reservoir);
      return runShards(deal(turns, place.rank * place.workers + place.worker, readers), lengths);
    };
    // The generator has gone through every epoch before.
    for (let before = 0; before < epoch; before++) {
      wrap(listShards(before), take, { buffer, initial, random });
    }
    return wrap(listShards(epoch), take, { buffer, initial, random });
  };
  const settings = { of: "timm", ...plainSettings(options) };
  return Object.assign(order, { loader: { workers, batch, isPersistent: true }, settings });
}

/** Passes over the same shards, one after the other, until enough was given. */
function wrap(
  shards: readonly Run[],
  take: number,
  reservoir: { buffer: number; initial: number; random: RandomSource },
): SpelledLane {
  const count = countRuns(shards);
  if (count === 0 && take > 0) {
    throw new RangeError("A worker has no samples: there are fewer shards than workers");
  }
  const runs: Run[] = [];
  const reads = new Uint32Array(take);
  let given = 0;
  for (let pass = 0; given < take; pass++) {
    runs.push(...shards);
    // Leaving the loop leaves the generator where Python's is left: a number is drawn as one is asked for.
    for (const read of shuffleLikePython(count, reservoir)) {
      reads[given++] = pass * count + read;
      if (given === take) break;
    }
  }
  return new SpelledLane(runs, reads);
}
