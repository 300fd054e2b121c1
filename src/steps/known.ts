/**
 * What is known of a dataset's samples before they are read: how many each shard has, and of which classes.
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { openSource, type Shard } from "../index/open_shard.ts";
import type { SamplePlace } from "../order/plan.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Source } from "../storage/source.ts";
import type { DatasetPlan } from "./options.ts";
import { hasWanted, type KnownSamples, plannedSamples, type Wanted } from "./order.ts";
import { countUpTo } from "./random_access.ts";
import { MAX_REQUESTS } from "../storage/request_pool.ts";

/**
 * Finds out what has to be known: from the plan, from the indexes beside the shards, or from the headers of those that
 * are files, blobs or bytes. Samples that are left out for a fault count.
 *
 * @throws {IndexError} `index/needed` if a shard on a host has no index and is too long to look through,
 *   `index/unsupported` if one without an index is compressed.
 */
export async function findKnown(
  plan: DatasetPlan,
  options: ReadOptions,
  signal: AbortSignal,
  wanted: Wanted = {},
): Promise<KnownSamples> {
  const { sources, shardBytes, classes } = plan;
  const planned = plannedSamples(plan);
  if (planned !== undefined && hasWanted(planned, wanted)) return planned;
  const turns = new Turns(MAX_REQUESTS);
  // Faults are told when they are read.
  const quiet = { ...options, signal, onSkip: undefined };
  const shards = await Promise.all(
    sources.map((source) => turns.run(() => lookThrough(source, quiet, signal, wanted))),
  );
  const counted = shards.map(({ length }) => length);
  const sizes = shards.map(({ sizeBytes }) => sizeBytes);
  return {
    lengths: planned?.lengths ?? counted,
    shardBytes: shardBytes ?? (sizes.every((size) => size !== undefined) ? sizes : undefined),
    classes: wanted.classes ? joinClasses(shards) : classes,
    ...(wanted.keys && { findKey: keyFinder(shards) }),
  };
}

/** What is known of one shard. */
interface KnownShard {
  readonly length: number;
  readonly sizeBytes?: number;
  /** For each sample, its class or -1; absent where it was not wanted. */
  readonly classes?: Int32Array;
  /** For each sample, its key. */
  readonly keys?: readonly string[];
}

async function lookThrough(
  source: Source,
  options: ReadOptions,
  signal: AbortSignal,
  wanted: Wanted,
): Promise<KnownShard> {
  signal.throwIfAborted();
  try {
    const shard = await openSource(source, options);
    const count = await countUpTo(shard, Number.MAX_SAFE_INTEGER - 1, signal);
    return describeShard(shard, count, wanted);
  } catch (error) {
    const isLacking = error instanceof IndexError &&
      (error.code === "index/needed" || error.code === "index/unsupported");
    if (!isLacking) throw error;
    throw new IndexError(error.code, {
      action: `count the samples of "${source.name}", which shuffle(), split() and resume() need`,
      reason: `${error.message}; make an index beside it with "wdstream index"`,
      shard: source.name,
      cause: error,
    });
  }
}

function describeShard({ known, object }: Shard, count: number, wanted: Wanted): KnownShard {
  const length = (known.at(-1)?.index ?? count - 1) + 1;
  const classes = wanted.classes ? new Int32Array(length).fill(-1) : undefined;
  const keys = wanted.keys ? new Array<string>(length).fill("") : undefined;
  if (classes !== undefined || keys !== undefined) {
    known.forEach(({ key, cls = -1, index }, i) => {
      if (classes !== undefined) classes[index ?? i] = cls;
      if (keys !== undefined) keys[index ?? i] = key;
    });
  }
  return { length, sizeBytes: object.sizeBytes, classes, keys };
}

function joinClasses(shards: readonly KnownShard[]): Int32Array {
  const all = new Int32Array(shards.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { length, classes } of shards) {
    if (classes !== undefined) all.set(classes, at);
    at += length;
  }
  return all;
}

/** Finds a sample by its key; of several with one key, the first. */
function keyFinder(shards: readonly KnownShard[]): (key: string) => SamplePlace | undefined {
  const places = new Map<string, SamplePlace>();
  shards.forEach(({ keys = [] }, shard) =>
    keys.forEach((key, index) => {
      if (key !== "" && !places.has(key)) places.set(key, { shard, index });
    })
  );
  return (key) => places.get(key);
}

/** Lets a few at a time do what all want to do. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Does some work when it is its turn. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
