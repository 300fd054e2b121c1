/**
 * What is known of a dataset's samples before they are read: how many each shard has, and of which classes.
 *
 * @module
 */
import { IndexError, type WdsError } from "../errors.ts";
import { openSource, type Shard } from "../index/open_shard.ts";
import type { SamplePlace } from "../order/plan.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Source } from "../storage/source.ts";
import type { DatasetPlan } from "./options.ts";
import { hasWanted, type KnownSamples, plannedSamples, type Wanted } from "./order.ts";
import { countUpTo } from "./random_access.ts";
import { lengthError } from "./read.ts";
import { MAX_REQUESTS } from "../storage/request_pool.ts";

/**
 * Finds out what has to be known: from the plan, from the index of the split, from the indexes beside the shards, or
 * from the headers of those that are files, blobs or bytes. Samples that are left out for a fault count.
 *
 * @returns Absent where that is not enough: of compressed shards, streams, and shards on hosts without an index.
 * @throws {IndexError} `index/bad` if an index is damaged, `index/stale` if that of the split contradicts the catalogue
 *   or lacks a shard.
 * @throws {WdsError} `dataset/length` if a shard contradicts either.
 */
export async function findKnown(
  plan: DatasetPlan,
  options: ReadOptions,
  signal: AbortSignal,
  wanted: Wanted = {},
): Promise<KnownSamples | undefined> {
  const planned = plannedSamples(plan);
  if (planned !== undefined && hasWanted(planned, wanted)) return planned;
  const listed = mergeKnown(planned, await findListed(plan, signal));
  if (listed !== undefined && hasWanted(listed, wanted)) return listed;
  const shards = await lookThroughAll(plan.sources, options, signal, wanted);
  if (shards === undefined) return undefined;
  const sizes = shards.map(({ sizeBytes }) => sizeBytes);
  const found: KnownSamples = {
    lengths: shards.map(({ length }) => length),
    shardBytes: sizes.every((size) => size !== undefined) ? sizes : undefined,
    classes: wanted.classes ? joinClasses(shards) : undefined,
    ...(wanted.keys && { findKey: keyFinder(shards) }),
    unmetFaults: shards.flatMap(({ length, faults }) => length === 0 ? faults : []),
  };
  if (listed === undefined) return found;
  const wrong = listed.lengths.findIndex((length, shard) => length !== found.lengths[shard]);
  if (wrong < 0) return { ...found, ...dropAbsent(listed) };
  throw lengthError(plan.sources[wrong].name, listed.lengths[wrong], found.lengths[wrong]);
}

/** The error where what was not found is needed. */
export function unknownError({ sources }: DatasetPlan, { classes, keys }: Wanted): IndexError {
  const names = sources.length === 1 ? `"${sources[0].name}"` : `the ${sources.length} shards`;
  const what = classes || keys
    ? `${classes ? "the classes" : "the keys"} of the samples of ${names}, which a selection needs`
    : `the samples of ${names}, which this needs`;
  return new IndexError("index/needed", {
    action: `${classes || keys ? "find" : "count"} ${what}`,
    reason:
      "nothing tells them before all is read: the shards are compressed, streams, or on a host without " +
      'an index; make one with "wdstream index --split"',
    ...(sources.length === 1 && { shard: sources[0].name }),
  });
}

/** What the index of the split says, which was named or lies beside its first shard. */
async function findListed(
  { sources, splitIndex }: DatasetPlan,
  signal: AbortSignal,
): Promise<KnownSamples | undefined> {
  if (splitIndex === false) return undefined;
  const names = sources.map(({ name }) => name);
  const { findShards, readCatalogue, readListBeside } = await import("../index/catalogue.ts");
  const catalogue = splitIndex === undefined
    ? await readListBeside(sources[0], signal)
    : await readCatalogue(splitIndex, signal);
  const found = catalogue && findShards(catalogue, names);
  if (found !== undefined) return { ...found, isListed: true };
  if (splitIndex === undefined) return undefined;
  throw splitError(splitIndex.name, "it does not list all of the shards");
}

/** What the catalogue and the index of the split say together. */
function mergeKnown(
  planned: KnownSamples | undefined,
  listed: KnownSamples | undefined,
): KnownSamples | undefined {
  if (planned === undefined || listed === undefined) return planned ?? listed;
  const other = planned.lengths.findIndex((length, shard) => length !== listed.lengths[shard]);
  if (other < 0) return { ...listed, ...dropAbsent(planned) };
  throw splitError(
    "the index of the split",
    `it gives shard ${other} ${listed.lengths[other]} samples, and the catalogue ${
      planned.lengths[other]
    }`,
  );
}

function dropAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as T;
}

function splitError(name: string, reason: string): IndexError {
  return new IndexError("index/stale", {
    action: `go by "${name}"`,
    reason: `${reason}; make it again with "wdstream index --split"`,
    shard: name,
  });
}

/** What is known of one shard. */
interface KnownShard {
  readonly length: number;
  readonly sizeBytes?: number;
  /** For each sample, its class or -1; absent where it was not wanted. */
  readonly classes?: Int32Array;
  /** For each sample, its key. */
  readonly keys?: readonly string[];
  /** What was skipped of it while it was looked through. */
  readonly faults: readonly WdsError[];
}

/** What is known of all shards; absent where it is not of one of them. */
async function lookThroughAll(
  sources: readonly Source[],
  options: ReadOptions,
  signal: AbortSignal,
  wanted: Wanted,
): Promise<KnownShard[] | undefined> {
  let isOver = false;
  const look = async (source: Source): Promise<KnownShard | undefined> => {
    if (isOver) return undefined;
    let shard: KnownShard | undefined;
    try {
      return shard = await lookThrough(source, options, signal, wanted);
    } finally {
      if (shard === undefined) isOver = true;
    }
  };
  // Where the first has no index, a host is not asked for a thousand more.
  const [first, ...others] = sources;
  const found = [await look(first)];
  const turns = new Turns(MAX_REQUESTS);
  const looks = await Promise.allSettled(others.map((source) => turns.run(() => look(source))));
  for (const looked of looks) {
    // Of several that fail the first one is told of, whichever was faster.
    if (looked.status === "rejected") throw looked.reason;
    found.push(looked.value);
  }
  return found.every((shard) => shard !== undefined) ? found : undefined;
}

async function lookThrough(
  source: Source,
  options: ReadOptions,
  signal: AbortSignal,
  wanted: Wanted,
): Promise<KnownShard | undefined> {
  signal.throwIfAborted();
  // They are told when they are read, and those of a shard without samples when the others are.
  const faults: WdsError[] = [];
  const quiet = { ...options, signal, onSkip: (fault: WdsError) => void faults.push(fault) };
  try {
    // What has nothing beside it and is not local may be a stream, which can be opened once.
    if (source.beside === undefined && source.isLocal !== true) return undefined;
    const shard = await openSource(source, quiet);
    const mayRead = wanted.headers !== false && source.isLocal === true && await isWhole(source);
    if (shard.index === undefined && !mayRead) return undefined;
    const count = await countUpTo(shard, Number.MAX_SAFE_INTEGER - 1, signal);
    return { ...describeShard(shard, count, wanted), faults };
  } catch (error) {
    // It is compressed.
    if (error instanceof IndexError && error.code === "index/unsupported") return undefined;
    throw error;
  }
}

/** Whether a local source can be read more than once: a pipe has no size. */
async function isWhole(source: Source): Promise<boolean> {
  return source.stat === undefined || (await source.stat()).sizeBytes !== undefined;
}

function describeShard(
  { known, object }: Shard,
  count: number,
  wanted: Wanted,
): Omit<KnownShard, "faults"> {
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
