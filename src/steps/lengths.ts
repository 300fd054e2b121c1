/**
 * How many samples each shard has, where no catalogue says so.
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { openSource } from "../index/open_shard.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Source } from "../storage/source.ts";
import { countUpTo } from "./random_access.ts";
import { MAX_REQUESTS } from "./segments.ts";

/**
 * Counts the samples of shards by the indexes beside them, or by the headers of those that are files, blobs or
 * bytes. Samples that are left out for a fault count.
 *
 * @throws {IndexError} `index/needed` if a shard on a host has no index and is too long to look through,
 *   `index/unsupported` if one without an index is compressed.
 */
export async function countLengths(
  sources: readonly Source[],
  options: ReadOptions,
  signal: AbortSignal,
): Promise<number[]> {
  const turns = new Turns(MAX_REQUESTS);
  // Faults are told when they are read.
  const quiet = { ...options, signal, onSkip: undefined };
  return await Promise.all(
    sources.map((source) => turns.run(() => countSamples(source, quiet, signal))),
  );
}

async function countSamples(
  source: Source,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  try {
    const shard = await openSource(source, options);
    const count = await countUpTo(shard, Number.MAX_SAFE_INTEGER - 1, signal);
    const last = shard.known.at(-1)?.index;
    return last === undefined ? count : last + 1;
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
