/**
 * How fast this machine is on these shards, and what limits it.
 *
 * @module
 */
import { checkCallback, checkLimit } from "../check.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import { webdataset } from "../dataset/webdataset.ts";
import { evaluation } from "../image/transform/evaluation.ts";
import type { Transform } from "../image/transform/recipes/mod.ts";
import type { ShardInput } from "../storage/to_source.ts";
import type { DatasetStats } from "../steps/options.ts";
import type { WorkerState } from "../workers/state.ts";

/** What {@linkcode measureShards} takes. */
export interface MeasureOptions {
  /**
   * What images are made.
   *
   * @default {evaluation({})}
   */
  readonly transform?: Transform;
  /**
   * Threads of the last stage.
   *
   * @default {the number of processors}
   */
  readonly workers?: number;
  /**
   * Seconds that a stage takes at least, of which shards are read again and again if need be.
   *
   * @default {3}
   */
  readonly seconds?: number;
  /** Field of the image, or several separated by `;`: the first that a sample has. */
  readonly image?: string;
  /** Is told how far a stage is, after each sample or batch. */
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** Is told of each stage when it is done. */
  readonly onStage?: (stage: MeasuredStage) => void | Promise<void>;
  /** How shards are read: their faults, their hosts. */
  readonly read?: WebDatasetOptions;
  /** Stops; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** How far a stage is. */
export interface MeasureProgress {
  /** What is done. */
  readonly name: MeasuredStage["name"];
  /** Number of the stage, from 0. */
  readonly stage: number;
  /** Samples that were counted. */
  readonly samples: number;
  /** Bytes of the shards that were read, as they are stored. */
  readonly bytes: number;
  /** How much of its time is over, 0 to 1; absent where it has none, and the shards are read once. */
  readonly part?: number;
  /** What its workers are doing, where it has any. */
  readonly workers?: readonly WorkerState[];
}

/** One stage: the shards read, or transformed by a number of threads. */
export interface MeasuredStage {
  /** What was done. */
  readonly name: "reading" | "transforming";
  /** Threads beside this one; 0 where this one does all. */
  readonly workers: number;
  /** Samples that were counted. */
  readonly samples: number;
  /** Time that they took, by the wall clock. */
  readonly seconds: number;
  /** The one by the other. */
  readonly samplesPerSecond: number;
  /** Bytes of the shards, as they are stored. */
  readonly bytesPerSecond: number;
}

/** What was measured. */
export interface Measured {
  /** In the order in which they were measured. */
  readonly stages: readonly MeasuredStage[];
  /**
   * What samples wait for: `"reading"` where the last stage is nearly as fast as reading alone, `"transforming"`
   * otherwise.
   */
  readonly limit: "reading" | "transforming";
  /** How many times as fast the last stage is as one thread alone. */
  readonly speedUp: number;
}

/** A stage as fast as this part of reading alone waits for bytes. */
const NEARLY = 0.85;
const BATCH = 32;
/** More epochs than anybody waits for. */
const MANY = 1_000_000;
/** Images before the clock starts: engines compile what is called often. */
const WARM_UP = 64;

/**
 * Measures how many samples a second are read, transformed by this thread, and by several. Each stage reads the
 * shards again and again until its time is over; with 0 seconds once. Nothing is kept.
 *
 * Units: samples, seconds and bytes a second, by the wall clock. Figures of a busy machine are those of a busy machine.
 *
 * @param shards What {@linkcode webdataset} takes, and what can be read more than once.
 * @throws {WdsError} If shards cannot be read, unless `read` skips faults.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { measureShards } from "@wdstream/wdstream/tools";
 *
 * const { stages, limit } = await measureShards(sampleShard(), { seconds: 0, workers: 0 });
 * if (stages.length !== 2 || stages[0].samples < 36) throw new Error(limit);
 * ```
 */
export async function measureShards(
  shards: ShardInput | readonly ShardInput[],
  options: MeasureOptions = {},
): Promise<Measured> {
  const { transform = evaluation({}), seconds = 3, image, read = {}, signal } = options;
  const { onStage, onProgress } = options;
  checkLimit("workers", options.workers);
  checkCallback("onProgress", onProgress);
  checkCallback("onStage", onStage);
  if (!(Number.isFinite(seconds) && seconds >= 0)) {
    throw new RangeError(`seconds must be a number from 0 on, not ${seconds}`);
  }
  const { workers = globalThis.navigator?.hardwareConcurrency ?? 1 } = options;
  const stages: MeasuredStage[] = [];
  // Epoch after epoch, so that threads start once.
  const open = (count: number) =>
    webdataset(shards, { ...read, signal, workers: count }).epochs(seconds > 0 ? MANY : 1);

  /** Counts what comes until the time is over: all of it, or what follows the first, for which threads have to start. */
  async function measure(
    name: MeasuredStage["name"],
    count: number,
    items: AsyncIterable<number>,
    statsSoFar: () => DatasetStats,
  ): Promise<void> {
    const bytesSoFar = (): number => statsSoFar().bytes;
    let start = performance.now();
    let samples = 0;
    let before = 0;
    let isFirst = seconds > 0;
    for await (const taken of items) {
      if (isFirst) {
        isFirst = false;
        start = performance.now();
        before = bytesSoFar();
        continue;
      }
      samples += taken;
      const part = seconds > 0 ? (performance.now() - start) / (1000 * seconds) : undefined;
      if (onProgress !== undefined) {
        const { bytes, workers } = statsSoFar();
        onProgress({
          name,
          stage: stages.length,
          samples,
          bytes: bytes - before,
          ...(part === undefined ? {} : { part: Math.min(part, 1) }),
          ...(workers === undefined ? {} : { workers }),
        });
      }
      if (part !== undefined && part >= 1) break;
    }
    const spent = (performance.now() - start) / 1000;
    const stage: MeasuredStage = {
      name,
      workers: count,
      samples,
      seconds: spent,
      samplesPerSecond: samples / spent,
      bytesPerSecond: (bytesSoFar() - before) / spent,
    };
    stages.push(stage);
    await onStage?.(stage);
  }

  async function transformBy(count: number): Promise<void> {
    const dataset = open(count);
    async function* sizes(): AsyncGenerator<number> {
      for await (const batch of dataset.transform(transform, { image }).batch(BATCH)) {
        const { size } = batch;
        batch.release();
        yield size;
      }
    }
    await measure("transforming", count, sizes(), () => dataset.stats);
  }

  const plain = open(0);
  await measure("reading", 0, plain.map(() => 1), () => plain.stats);
  for await (const _ of open(0).take(WARM_UP).transform(transform, { image }));
  await transformBy(0);
  if (workers > 0) await transformBy(workers);
  const last = stages[stages.length - 1];
  const isReading = last.samplesPerSecond > NEARLY * stages[0].samplesPerSecond;
  return {
    stages,
    limit: isReading ? "reading" : "transforming",
    speedUp: last.samplesPerSecond / stages[1].samplesPerSecond,
  };
}
