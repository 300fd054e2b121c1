/**
 * Samples to shards by a tool that can be killed: options, what is told on the way, and the loop that both share.
 *
 * @module
 */
import { checkCallback, checkCount, oneOf } from "../check.ts";
import type { WdsError } from "../errors.ts";
import { readBeside } from "../index/beside.ts";
import { countShard } from "../index/build.ts";
import type { ListedShard } from "../index/wids.ts";
import type { Store } from "../storage/store.ts";
import { type StoreInput, toStore } from "../storage/to_store.ts";
import { type FinishedShard, type SampleInput, ShardWriter } from "../writing/shard_writer.ts";
import type { WorkerState } from "../workers/state.ts";
import { Ledger, type LedgerPrint } from "./ledger.ts";

/** What all tools take that write datasets. */
export interface WrittenOptions {
  /**
   * Name of the split: shards are `NAME-000000.tar`, and `_info.json` lists them by it.
   *
   * @default {"train"}
   */
  readonly split?: string;
  /**
   * Most samples of a shard.
   *
   * @default {10_000, or no limit where `maxBytes` is given}
   */
  readonly maxCount?: number;
  /**
   * Bytes of bodies after which a shard is complete.
   *
   * @default {no limit}
   */
  readonly maxBytes?: number;
  /**
   * Whether shards are packed with gzip, which makes them readable from their beginning alone.
   *
   * @default {false}
   */
  readonly gzip?: boolean;
  /**
   * Indexes beside each shard, and with them the index of the split: this library's or DALI's.
   *
   * @default {"wdstream"; of packed shards "none"}
   */
  readonly index?: "wdstream" | "dali" | "none";
  /**
   * Whether `_info.json`, in which the splits that are there already stay, and a list for `wids` are written.
   *
   * @default {false}
   */
  readonly info?: boolean;
  /**
   * The samples' keys: as they are, or numbers from `000000000` on.
   *
   * @default {"as-is"}
   */
  readonly keys?: "as-is" | "numbered";
  /**
   * Whether samples are mixed, or come as they are.
   *
   * @default {"mixed"}
   */
  readonly order?: "mixed" | "as-is";
  /**
   * Seed of the order.
   *
   * @default {0}
   */
  readonly seed?: number;
  /** Is told how far it is, after each sample. */
  readonly onProgress?: (progress: WrittenProgress) => void;
  /** Is told of each shard when it is in place, and waited for. */
  readonly onShard?: (shard: ListedShard) => Promise<void> | void;
  /** Is told of each fault that was skipped. */
  readonly onSkip?: (error: WdsError) => void;
  /** Stops; its reason is thrown. The same call goes on from the last shard that is whole. */
  readonly signal?: AbortSignal;
}

/** How far a tool is. */
export interface WrittenProgress {
  /** Samples that are written, those of earlier runs too. */
  readonly samples: number;
  /** Samples that were gone through, those of earlier runs and those that were left out too. */
  readonly taken: number;
  /** Bytes that this run has read. */
  readonly bytes: number;
  /** Bytes of shards that this run need not read, because an earlier one has written what is made of them. */
  readonly keptBytes?: number;
  /** Samples that there are, where that is known. */
  readonly total?: number;
  /** What workers are doing, where there are any. */
  readonly workers?: readonly WorkerState[];
}

/** What a tool has written. */
export interface WrittenReport {
  /** The shards, by their names where they were written. */
  readonly shards: readonly ListedShard[];
  /** Samples in them. */
  readonly samples: number;
  /** Samples that were left out by a filter. */
  readonly dropped: number;
  /** Samples and shards that were left out for a fault. */
  readonly skipped: number;
  /** Shards that an earlier run had written already. */
  readonly kept: number;
}

/** Samples as they are to be written; `undefined` stands for one that a filter has left out. */
export interface SampleFeed<State> {
  /** Reads on from a state, or from the beginning. */
  open(state: State | undefined): AsyncIterable<SampleInput | undefined>;
  /** Where the reading stands, behind the sample that was given last. */
  state(): State;
  /** Faults that this run has skipped. */
  skipped(): number;
  /** Bytes that this run has read. */
  bytes(): number;
  /** Samples that there are, where that is known. */
  total?(): number;
}

/** What {@linkcode writeFeed} takes besides the samples. */
export interface FeedOptions extends WrittenOptions {
  readonly tool: string;
  /** What else tells these samples from others. */
  readonly print: LedgerPrint;
}

/** Checks what can be said wrong. */
export function checkWritten(options: WrittenOptions): void {
  const { split = "train", maxCount, maxBytes, seed, order, keys } = options;
  if (typeof split !== "string" || !/^[^/\\%]+$/.test(split)) {
    throw new TypeError("split must be a name, without slashes and percent signs");
  }
  if (maxCount !== undefined) checkCount("maxCount", maxCount, 1);
  if (maxBytes !== undefined) checkCount("maxBytes", maxBytes, 1);
  if (seed !== undefined) checkCount("seed", seed, 0);
  if (order !== undefined) oneOf("order", ["mixed", "as-is"], order);
  if (keys !== undefined) oneOf("keys", ["as-is", "numbered"], keys);
  checkCallback("onProgress", options.onProgress);
  checkCallback("onShard", options.onShard);
  checkCallback("onSkip", options.onSkip);
}

/**
 * Writes all samples of a feed, from where an earlier run was stopped.
 *
 * Each shard appears when it is whole, and the ledger says so after it. A run that was killed between the two writes the
 * shard again, with the same bytes.
 *
 * @throws {WdsError} `source/exists` if something is there already that no run has written; `order/changed` if the
 *   earlier run was another.
 */
export async function writeFeed<State>(
  to: StoreInput,
  feed: SampleFeed<State>,
  options: FeedOptions,
): Promise<WrittenReport> {
  const { tool, split = "train", maxBytes, gzip = false, index, info = false } = options;
  const { maxCount = maxBytes === undefined ? 10_000 : Number.MAX_SAFE_INTEGER } = options;
  const { keys = "as-is", signal } = options;
  const store = toStore(to);
  const { names, isOutput, ledgerName, own } = nameShards(options, maxCount);
  const print = { ...options.print, ...own, gzip, index, info, keys };
  const ledger = await Ledger.open<State>(store, {
    tool,
    name: ledgerName,
    print,
    isOutput,
    lists: [`${split}.wids.json`, `${split}.classes.txt`, "_info.json"],
    first: names(0),
    signal,
  });
  const { entry } = ledger;
  const kept = entry.shards.length;
  if (entry.isDone) return reportOf(entry, kept);
  let { dropped } = entry;
  const count = (): number => entry.skipped + feed.skipped();
  const shards = [...entry.shards];
  const withSplit = index !== "none";
  const writer = new ShardWriter(store, {
    pattern: names,
    maxCount,
    maxBytes: maxBytes ?? Number.MAX_SAFE_INTEGER,
    index,
    splitIndex: withSplit,
    ...(info ? { split, wids: `${split}.wids.json` } : {}),
    // What the ledger does not know was written by a run that was killed.
    ifExists: "replace",
    finished: withSplit ? await readClasses(store, shards, signal) : shards,
    async onShard(shard) {
      shards.push(shard);
      const state = feed.state();
      await ledger.save({ shards, state, skipped: count(), dropped, isDone: false });
      await options.onShard?.(shard);
    },
    signal,
  });
  let samples = writer.count;
  let taken = samples + dropped + entry.skipped;
  try {
    for await (const sample of feed.open(entry.state)) {
      signal?.throwIfAborted();
      taken++;
      if (sample === undefined) dropped++;
      else {
        const key = keys === "as-is" ? sample.key : String(samples).padStart(9, "0");
        await writer.write({ ...sample, key });
        samples++;
      }
      options.onProgress?.({
        samples,
        taken: taken + feed.skipped(),
        bytes: feed.bytes(),
        total: feed.total?.(),
      });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    signal?.throwIfAborted();
    throw error;
  }
  const done = { shards, skipped: count(), dropped, isDone: true };
  await ledger.save(done);
  return reportOf(done, kept);
}

interface ShardNames {
  readonly names: (number: number) => string;
  readonly isOutput: (name: string) => boolean;
  readonly ledgerName: string;
  /** What of the options tells one run from another. */
  readonly own: LedgerPrint;
}

function nameShards(
  { tool, split = "train", gzip, maxBytes }: FeedOptions,
  maxCount: number,
): ShardNames {
  const withoutIndex = (name: string): string => name.replace(/\.(?:idx|split)$/, "");
  const escaped = split.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
  const pattern = new RegExp(`^${escaped}-\\d{6,}\\.tar(?:\\.gz)?$`, "u");
  return {
    names: (number) => `${split}-${String(number).padStart(6, "0")}.tar${gzip ? ".gz" : ""}`,
    isOutput: (name) => pattern.test(withoutIndex(name)),
    ledgerName: `${split}.${tool}.json`,
    own: { split, maxCount, maxBytes },
  };
}

function reportOf(
  { shards, dropped, skipped }: Pick<WrittenReport, "shards" | "dropped" | "skipped">,
  kept: number,
): WrittenReport {
  const samples = shards.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
  return { shards, samples, dropped, skipped, kept };
}

/** Classes of shards that are there already, for the index of the split: by their own indexes where these have them. */
async function readClasses(
  store: Store,
  shards: readonly ListedShard[],
  signal: AbortSignal | undefined,
): Promise<FinishedShard[]> {
  const all: FinishedShard[] = [];
  for (const shard of shards) {
    const source = store.open(shard.url);
    const beside = await readBeside(source, signal);
    // DALI's format keeps no classes.
    const hasClasses = beside?.samples.some(({ cls }) => cls !== undefined);
    const { samples } = hasClasses ? beside! : await countShard(source, { signal });
    all.push({ ...shard, classes: samples.map(({ cls = -1 }) => cls) });
  }
  return all;
}
