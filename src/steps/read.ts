/**
 * The first step: shards to samples.
 *
 * @module
 */
import { skipFault } from "./faults.ts";
import { OrderError, SampleError, WdsError } from "../errors.ts";
import { groupEntries } from "../sample/group.ts";
import type { Sample } from "../sample/sample.ts";
import { gunzipIfNeeded } from "../storage/gunzip.ts";
import type { Source } from "../storage/source.ts";
import type { Positions } from "../order/ranks.ts";
import { readTar } from "../tar/read.ts";
import { type ReadOptions, sizeLimits } from "../sample/read_options.ts";
import type { Item } from "./item.ts";
import type { DatasetPlan } from "./options.ts";
import type { Run } from "./run.ts";
import type { SampleStarts } from "./sample_starts.ts";

/** Which epochs a pass goes through. */
export interface Epochs {
  /** Number of the first one. */
  readonly from: number;
  /** How many; may be infinite. */
  readonly count: number;
}

/** Which samples a pass gives where shards come in their own order. */
export interface PlainRange {
  /** Those of each epoch. */
  readonly range: Positions;
  /** Those of all epochs, one after the other, among them. */
  readonly passRange: Positions;
}

/**
 * Reads epoch after epoch, each shard after shard. A shard is opened when its first sample is asked for, and not at all
 * where it is known to have none of the range.
 *
 * @throws {SampleError} `sample/empty` where no shard holds any sample.
 * @throws {WdsError} `dataset/length` at the end of a shard that has another number of samples than the plan says.
 */
export async function* readShards(
  plan: DatasetPlan,
  options: ReadOptions,
  { from, count }: Epochs,
  { range, passRange }: PlainRange,
  run: Run,
): AsyncGenerator<Item<Sample>, void, undefined> {
  const { sources, shardLengths } = plan;
  const isOnHost = sources.some(({ address }) => address !== undefined);
  const ahead = isOnHost
    ? (await import("./segments.ts")).readAhead(sources, count, run)
    : undefined;
  const again = run.isRetried && (await import("./read_again.ts")).readAgain;
  // Samples of the epochs before that were in the range.
  let passed = 0;
  let lastFault: WdsError | undefined;
  let shardFault: WdsError | undefined;
  const onSkip = run.onSkip && ((error: WdsError): void => {
    lastFault = shardFault = error;
    run.onSkip?.(error);
  });
  for (let epoch = from; epoch < from + count; epoch++) {
    // Samples of the shards before, of which some may have been left out as faulty.
    let before = 0;
    const given = run.stats.samples;
    if (range.from === range.to || passed >= passRange.to) return;
    const first = range.from + Math.max(0, passRange.from - passed);
    const end = Math.min(range.to, range.from + passRange.to - passed);
    let isGiven = false;
    for (const [shard, own] of sources.entries()) {
      const source = own.address === undefined ? own : ahead!(epoch - from, shard);
      const length = shardLengths?.[shard];
      if (before >= end) break;
      if (length !== undefined && before + length <= first) {
        before += length;
        continue;
      }
      let found = 0;
      let isCut = false;
      let counted: number | undefined;
      shardFault = undefined;
      const lose = (from: number, to: number | undefined): void => {
        const low = Math.max(from, first - before);
        const high = to === undefined ? undefined : Math.min(to, end - before);
        if (high !== undefined && low >= high) return;
        run.onLost?.({ shard: source.name, epoch, from: low, to: high, fault: shardFault });
      };
      const onLength = (count: number): void => {
        run.onLength?.(shard, count);
        counted = count;
      };
      const read = (skip: typeof onSkip): AsyncGenerator<Sample, void, undefined> =>
        readShard(source, { length, options, run, onSkip: skip, onLength });
      try {
        const samples = again === undefined || onSkip === undefined || source.isOnce
          ? read(onSkip)
          : again({ from: 0, open: (_, skip) => read(skip), run, onSkip });
        for await (const sample of samples) {
          run.stats.samples++;
          const { index } = sample;
          if (index > found) lose(found, index);
          found = index + 1;
          const position = before + index;
          if (position < first) continue;
          if (position >= end) break;
          isGiven = true;
          yield {
            value: sample,
            mark: { place: { shard, index, epoch }, taken: position + 1 - first },
          };
          run.signal.throwIfAborted();
          // Nothing is read for what is not given.
          isCut = position + 1 === end;
          if (isCut) break;
        }
      } catch (error) {
        run.signal.throwIfAborted();
        skipFault(error, onSkip);
      }
      const all = length ?? counted;
      if (!isCut && (all === undefined || all > found)) lose(found, all);
      before += all ?? found;
    }
    const isEmpty = run.stats.samples === given && (before === 0 || before > first);
    const isVain = !isGiven && count === Infinity && passed >= passRange.from;
    if (isEmpty || isVain) throw emptyError(sources, lastFault);
    passed += Math.max(0, Math.min(before, range.to) - range.from);
  }
}

/** A sample at which a shard is opened. */
export interface ShardStart {
  /** Number of the sample in the shard. */
  readonly index: number;
  /** Its key, where it is known. */
  readonly key?: string;
  /** Offset in bytes of its first member in the archive. */
  readonly offsetBytes: number;
}

/** What {@linkcode readShard} takes. */
export interface ReadShardOptions {
  /** Number of samples that it must have; absent where that is not known. */
  readonly length?: number;
  readonly options: ReadOptions;
  readonly run: Run;
  readonly onSkip?: (error: WdsError) => void;
  /** The first sample, where that is not the shard's; the shard is not compressed then. */
  readonly start?: ShardStart;
  /** Follows where samples begin. */
  readonly starts?: SampleStarts;
  /** Is told how many samples it has, once its end was seen. */
  readonly onLength?: (length: number) => void;
}

/** The samples of one shard, which is opened when the first one is asked for. */
export async function* readShard(
  source: Source,
  { length, options, run, onSkip, start, starts, onLength }: ReadShardOptions,
): AsyncGenerator<Sample, void, undefined> {
  const { signal } = run;
  const { index = 0, offsetBytes = 0 } = start ?? {};
  const { name } = source;
  signal.throwIfAborted();
  const { body: stored } = await source.open({
    offset: offsetBytes,
    signal,
    network: run.stats.network,
  });
  run.stats.shards++;
  const counted = countBytes(stored, (bytes) => run.stats.bytes += bytes);
  const archive = start === undefined
    ? await gunzipIfNeeded(counted, { name, onPacked: () => starts?.bind() })
    : counted;
  const { endOfArchive, maxPaxBytes, maxPaxHeaders, maxSampleFields } = options;
  const { maxEntryBytes, maxSampleBytes } = sizeLimits(options);
  const entries = readTar(archive, {
    name,
    signal,
    maxEntryBytes,
    maxPaxBytes,
    maxPaxHeaders,
    endOfArchive,
    memberFaults: "mark",
    offsetBytes,
  });
  let found: number | undefined;
  const samples = groupEntries(
    starts === undefined ? entries : starts.follow(entries),
    {
      shard: name,
      signal,
      onError: onSkip === undefined ? "throw" : "skip",
      onSkip,
      maxSampleBytes,
      maxSampleFields,
    },
    (count) => found = index + count,
    run.onOddity,
  );
  if (index === 0) yield* samples;
  else for await (const sample of samples) yield { ...sample, index: index + sample.index };
  if (found !== undefined) onLength?.(found);
  // An archive that was given up early has said so itself.
  if (length !== undefined && found !== undefined && found !== length) {
    throw lengthError(name, length, found);
  }
}

/**
 * Sees to it that a pass goes on with an epoch that the dataset has.
 *
 * @throws {OrderError} `order/changed` if it begins later.
 */
export function checkEpoch(epoch: number, { from }: Epochs): void {
  if (epoch >= from) return;
  throw new OrderError("order/changed", {
    action: "resume",
    reason: `the state is of epoch ${epoch}, and the dataset begins with ${from}`,
  });
}

/** The error of a shard that has another number of samples than the plan says. */
export function lengthError(shard: string, planned: number, found: number): WdsError {
  return new WdsError("dataset/length", {
    action: `read the ${planned} samples of "${shard}" that the dataset's catalogue lists`,
    reason: `it has ${found}`,
    shard,
  });
}

/** The same bytes, of which somebody is told how many go by. */
export function countBytes(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      onBytes(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** The error of a dataset that yields nothing at all. */
export function emptyError(
  sources: readonly Source[],
  lastFault: WdsError | undefined,
): SampleError {
  const names = sources.slice(0, 3).map(({ name }) => `"${name}"`).join(", ");
  const more = sources.length > 3 ? ` and ${sources.length - 3} more` : "";
  const reason = lastFault === undefined
    ? "there are none"
    : `all were skipped; last: ${lastFault.message}`;
  return new SampleError("sample/empty", {
    action: `read any sample of ${names}${more}`,
    reason,
    shard: sources.length === 1 ? sources[0].name : undefined,
    cause: lastFault,
  });
}
