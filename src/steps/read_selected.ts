/**
 * Some samples of a shard, each by its own range, where most of the shard is not wanted.
 *
 * @module
 */
import { IndexError, type WdsError } from "../errors.ts";
import { openSource, type Shard } from "../index/open_shard.ts";
import type { IndexedSample } from "../index/shard_index.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Sample } from "../sample/sample.ts";
import type { Source } from "../storage/source.ts";
import { wrap } from "../storage/wrap.ts";
import { skipFault } from "./faults.ts";
import { inTurn } from "../storage/in_turn.ts";
import { countBytes } from "./read.ts";
import type { Run } from "./run.ts";

/** Share of the bytes from the first to the last sample from which all of them are read, one after the other. */
const DENSE = 0.5;

/** Where some samples of a shard lie. */
export interface SelectedSamples {
  readonly shard: Shard;
  /** Their numbers among those that the shard's index knows. */
  readonly at: readonly number[];
}

/**
 * Finds samples by the index beside their shard, or by the headers of a local one.
 *
 * @param indexes Their numbers, rising.
 * @returns Absent where they are better read with all that lies between them, or must be.
 */
export async function findSelected(
  source: Source,
  indexes: Uint32Array,
  options: ReadOptions,
  run: Run,
): Promise<SelectedSamples | undefined> {
  const { signal, stats, requests } = run;
  const counted = wrap(inTurn(source, requests), {
    async open(given, own) {
      const opened = await own.open({ ...given, network: stats.network });
      return { ...opened, body: countBytes(opened.body, (bytes) => stats.bytes += bytes) };
    },
  });
  try {
    const reading = { ...options, signal, onSkip: undefined, readAheadBytes: 0 };
    const shard = await openSource(counted, reading);
    // Without an index, a host would be asked for each header.
    if (shard.index === undefined && source.isLocal !== true) return undefined;
    await findAll(shard, indexes, signal);
    const { known } = shard;
    const at: number[] = [];
    let next = 0;
    for (const index of indexes) {
      while (next < known.length && (known[next].index ?? next) < index) next++;
      if (next < known.length && (known[next].index ?? next) === index) at.push(next);
    }
    if (at.length === 0) return { shard, at };
    const wanted = at.reduce((sum, i) => sum + endOf(known[i]) - startOf(known[i]), 0);
    const all = endOf(known[at[at.length - 1]]) - startOf(known[at[0]]);
    return wanted > all * DENSE ? undefined : { shard, at };
  } catch (error) {
    // It is compressed.
    if (error instanceof IndexError && error.code === "index/unsupported") return undefined;
    throw error;
  }
}

/** Reads the samples that were found. One that is lost to a fault is left out. */
export async function* readSelected(
  { shard, at }: SelectedSamples,
  run: Run,
  onSkip: ((error: WdsError) => void) | undefined,
): AsyncGenerator<Sample, void, undefined> {
  run.stats.shards++;
  for (const i of at) {
    let sample: Sample;
    try {
      sample = await shard.get(i, { signal: run.signal });
    } catch (error) {
      run.signal.throwIfAborted();
      skipFault(error, onSkip);
      continue;
    }
    yield sample;
  }
}

async function findAll(shard: Shard, indexes: Uint32Array, signal: AbortSignal): Promise<void> {
  try {
    await shard.find(indexes[indexes.length - 1], { signal });
  } catch (error) {
    // There are fewer, as some were left out for a fault.
    if (!(error instanceof RangeError)) throw error;
  }
}

function startOf({ fields: [{ offsetBytes }] }: IndexedSample): number {
  return offsetBytes;
}

function endOf({ fields }: IndexedSample): number {
  const { offsetBytes, sizeBytes } = fields[fields.length - 1];
  return offsetBytes + sizeBytes;
}
