/**
 * Pages of a split's samples, and batches of their tensors.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { evaluation, transformImage } from "../image/mod.ts";
import { findImageField } from "../batch/sample_fields.ts";
import type { Split } from "./catalogue.ts";
import { makeNpyHeader, toLittleEndian } from "./npy.ts";
import { Problem } from "./problem.ts";
import type { LabelInfo } from "./render.ts";
import type { Found, ShardCache } from "./shard_cache.ts";

/** Shards that a listing looks through for samples of a class. */
const MAX_SHARDS_A_PAGE = 8;

/** One line of a page. */
export interface ListedSample {
  /** Number of the shard in the split. */
  readonly shard: number;
  /** Number of the sample in the shard. */
  readonly index: number;
  /** Key of the sample. */
  readonly key: string;
  /** Class index. */
  readonly label?: number;
  /** WordNet's synset of the class. */
  readonly synset?: string;
  /** Name of the class. */
  readonly name?: string;
}

/** A page of samples. */
export interface SamplePage {
  readonly split: string;
  readonly samples: readonly ListedSample[];
  /** Where the next page begins: shard and number in it, `null` at the end. */
  readonly next: readonly [shard: number, index: number] | null;
}

/** Lists samples from a place on, of a class or of all. */
export async function listSamples(
  cache: ShardCache,
  split: Split,
  from: readonly [shard: number, index: number],
  count: number,
  label: number | undefined,
  labels: (label: number) => Promise<LabelInfo | undefined>,
): Promise<SamplePage> {
  const samples: ListedSample[] = [];
  let [shardNumber, index] = from;
  for (let opened = 0; shardNumber < split.shards.length; shardNumber++, index = 0) {
    if (samples.length === count || opened++ === MAX_SHARDS_A_PAGE) {
      return { split: split.name, samples, next: [shardNumber, index] };
    }
    const shard = await openOrEnd(cache, split.shards[shardNumber], shardNumber > from[0]);
    if (shard === undefined) break;
    if (label !== undefined && shard.index === undefined) {
      throw new Problem(
        503,
        "index-needed",
        `A class takes an index of "${shard.name}"; make one with "wdstream index".`,
      );
    }
    if (shard.index === undefined) await learn(shard, index + count - samples.length - 1);
    for (; index < shard.known.length && samples.length < count; index++) {
      const { key, cls } = shard.known[index];
      if (label !== undefined && cls !== label) continue;
      const info = cls === undefined ? undefined : await labels(cls);
      samples.push({ shard: shardNumber, index, key, label: cls, ...info });
    }
    const isEnd = shard.length !== undefined && index >= shard.length;
    if (samples.length === count && !isEnd) {
      return { split: split.name, samples, next: [shardNumber, index] };
    }
    // Some were found within the allowed requests; the next page goes on from there.
    if (!isEnd) return { split: split.name, samples, next: [shardNumber, index] };
  }
  return { split: split.name, samples, next: null };
}

/** A split may end before its catalogue does, where only some of its shards were stored. */
async function openOrEnd(
  cache: ShardCache,
  name: string,
  isLater: boolean,
): Promise<Awaited<ReturnType<ShardCache["shard"]>> | undefined> {
  const shard = await cache.shard(name);
  if (shard.index !== undefined || shard.known.length > 0) return shard;
  try {
    await shard.find(0);
    return shard;
  } catch (error) {
    if (isLater && error instanceof WdsError && error.code === "source/not-found") return undefined;
    if (error instanceof RangeError) return shard;
    throw error;
  }
}

/** Reads headers up to a sample, or as far as the budget goes. */
async function learn(
  shard: Awaited<ReturnType<ShardCache["shard"]>>,
  upTo: number,
): Promise<void> {
  try {
    await shard.find(upTo);
  } catch (error) {
    const isPart = error instanceof RangeError ||
      (error instanceof WdsError && error.code === "index/needed" && shard.known.length > 0);
    if (!isPart) throw error;
  }
}

/** What a batch needs of its surroundings. */
export interface BatchContext {
  readonly maxPixels: number;
  /** Reads sample `n` of the split, and decodes it, when it is its turn. */
  readonly get: (n: number) => Promise<Found>;
  readonly pass: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Tensors of consecutive samples, as one `.npy` file of [count, 3, size, size] float32, as they are made. */
export async function streamBatch(
  start: number,
  count: number,
  size: number,
  { maxPixels, get, pass }: BatchContext,
): Promise<{ body: ReadableStream<Uint8Array<ArrayBuffer>>; sizeBytes: number; shape: number[] }> {
  const transform = evaluation({ size });
  const shape = [count, 3, size, size];
  const header = makeNpyHeader(shape);
  const make = (n: number): Promise<Uint8Array<ArrayBuffer>> =>
    pass(async () => {
      const { sample } = await get(n);
      const { key, shard } = sample;
      const bytes = sample.bytes[findImageField(sample, {})];
      const { data } = transformImage(bytes, transform, { maxPixels, key, shard });
      return toLittleEndian(data as Float32Array);
    });
  // Whatever is wrong with the first sample is an answer of its own; later the status is gone.
  const first = await make(start);
  let done = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller): void {
      controller.enqueue(header);
    },
    async pull(controller): Promise<void> {
      controller.enqueue(done === 0 ? first : await make(start + done));
      if (++done === count) controller.close();
    },
  }, { highWaterMark: 0 });
  return { body, sizeBytes: header.length + 12 * count * size * size, shape };
}
