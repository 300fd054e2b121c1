/**
 * Where in its shard a sample begins, so that a lane which begins inside a shard need not read what is before.
 *
 * @module
 */
import { IndexError, type WdsError } from "../errors.ts";
import { openSource, type Shard } from "../index/open_shard.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Sample } from "../sample/sample.ts";
import type { Source } from "../storage/source.ts";
import { inTurn } from "../storage/in_turn.ts";
import type { ShardStart } from "./read.ts";
import type { Run } from "./run.ts";

/** Bytes before a member that an index without `headBytes` does not tell of: its header. */
const HEADER_BYTES = 512;

/** Shards on hosts that are kept open: lanes that begin inside one shard begin one after the other. */
const MAX_KEPT = 64;

/** Shards as they are looked into by their indexes: each index of a host is asked for once, however many lanes it serves. */
export class OpenShards {
  readonly #kept = new Map<Source, Promise<Shard>>();
  readonly #options: ReadOptions;
  readonly #run: Pick<Run, "signal" | "requests">;

  constructor(options: ReadOptions, run: Pick<Run, "signal" | "requests">) {
    this.#options = options;
    this.#run = run;
  }

  /** Opens a shard; one that could not be opened is tried anew the next time. */
  open(source: Source): Promise<Shard> {
    const known = this.#kept.get(source);
    if (known !== undefined) return known;
    const { signal, requests } = this.#run;
    // What is skipped is told when it is read.
    const options = { ...this.#options, signal, onSkip: undefined };
    const opening = openSource(inTurn(source, requests), options);
    // Of files each lane walks along the headers for itself.
    if (source.isLocal === true) return opening;
    this.#kept.set(source, opening);
    opening.catch(() => this.#kept.delete(source));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(oldest);
    return opening;
  }
}

/**
 * Finds a sample, or the first one behind it where that was left out for a fault: by the index beside the shard, or
 * by the headers of a local one. Absent where that cannot be told, as of compressed shards: they are read from their
 * beginning.
 */
export async function findStart(
  source: Source,
  index: number,
  shards: OpenShards,
  signal: AbortSignal,
): Promise<ShardStart | undefined> {
  try {
    const shard = await shards.open(source);
    // Without an index, a host would be asked for each header.
    if (shard.index === undefined && source.isLocal !== true) return undefined;
    await shard.find(index, { signal });
    const at = shard.known.findIndex((sample, i) => (sample.index ?? i) >= index);
    const sample = shard.known[at];
    const { key } = sample;
    const [{ offsetBytes, headBytes = HEADER_BYTES }] = sample.fields;
    return { index: sample.index ?? at, key, offsetBytes: offsetBytes - headBytes };
  } catch (error) {
    // There may be fewer samples than planned; the shard's end will say so.
    if (error instanceof RangeError || error instanceof IndexError) return undefined;
    throw error;
  }
}

/**
 * Opens a shard at a sample, if it is that one which is found there: an index may be outdated, may not tell of
 * records before a header, and records of the whole archive are not seen.
 *
 * @returns Absent where it is another, or none.
 */
export async function openInside(
  open: (
    onSkip: ((error: WdsError) => void) | undefined,
  ) => AsyncGenerator<Sample, void, undefined>,
  start: ShardStart,
  onSkip: ((error: WdsError) => void) | undefined,
): Promise<AsyncGenerator<Sample, void, undefined> | undefined> {
  // Faults count only where the sample is the right one.
  const faults: WdsError[] = [];
  let isRight = false;
  const samples = open(
    onSkip && ((fault) => {
      if (isRight) onSkip(fault);
      else faults.push(fault);
    }),
  );
  let first: IteratorResult<Sample, void>;
  try {
    first = await samples.next();
  } catch {
    // What is wrong with the shard will be seen from its beginning, too.
    return undefined;
  }
  const isOther = start.key !== undefined && first.value?.key !== start.key;
  if (first.done || isOther) {
    await samples.return();
    return undefined;
  }
  isRight = true;
  return goOn(first.value, faults, samples, onSkip);
}

async function* goOn(
  first: Sample,
  faults: readonly WdsError[],
  samples: AsyncGenerator<Sample, void, undefined>,
  onSkip: ((error: WdsError) => void) | undefined,
): AsyncGenerator<Sample, void, undefined> {
  try {
    for (const fault of faults) onSkip?.(fault);
    yield first;
    yield* samples;
  } finally {
    await samples.return();
  }
}
