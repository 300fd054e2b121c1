/**
 * Members to samples: whatever has one key and stands together.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { checkCallback, checkChoice, checkLimit } from "../check.ts";
import { SampleError, SourceError, TarError, type WdsError } from "../errors.ts";
import { MissingEndError } from "../tar/faults.ts";
import { dictionary } from "./dictionary.ts";
import type { Sample } from "./sample.ts";
import {
  FieldNamer,
  MAX_SAMPLE_BYTES,
  MAX_SAMPLE_FIELDS,
  mayLackFields,
  OddityFinder,
  type OnOddity,
  SampleTally,
} from "./tally.ts";

/**
 * What {@linkcode samples} groups: an entry with its bytes, or, as `@std/tar`'s `UntarStream` gives
 * them, with a stream of them.
 */
export interface SampleEntry {
  /** Path of the member. */
  readonly path: string;
  /** The header, of which the type flag is looked at, and the size in bytes where it is known. */
  readonly header: { readonly typeflag: string; readonly size?: number };
  /** Kind of the member, where it is known. */
  readonly type?: string;
  /** The body. */
  readonly bytes?: Uint8Array;
  /** The body as a stream, if there are no `bytes`. */
  readonly readable?: ReadableStream<Uint8Array>;
  /** Offset in bytes of the member's header in the archive, where it is known. */
  readonly offsetBytes?: number;
  /** Why the member comes without its body: a fault of its sample. */
  readonly fault?: TarError;
}

export { dictionary };

/** What {@linkcode samples} can be told. */
export interface SamplesOptions {
  /**
   * Name of the shard, without credentials.
   *
   * @default {""}
   */
  readonly shard?: string;
  /**
   * What a fault in the data does: `"throw"` passes it on; `"skip"` leaves out the sample that it damages and tells
   * `onSkip`. A fault of one member leaves out its sample alone, a fault of the archive what follows as well. Where
   * nothing but the archive's end marker is missing, the last sample is kept, unless it lacks a field that the one
   * before it has.
   * Whatever is no fault of the data, a connection that breaks for one, is thrown.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip";
  /** Told of each fault that was skipped, once. */
  readonly onSkip?: (error: WdsError) => void;
  /**
   * Most bytes of one sample, all of its members together.
   *
   * @default {268435456}
   */
  readonly maxSampleBytes?: number;
  /**
   * Most members of one sample.
   *
   * @default {65536}
   */
  readonly maxSampleFields?: number;
  /** Cancels the reading; the reason is thrown whatever `onError` says. */
  readonly signal?: AbortSignal;
}

interface Draft extends Sample {
  readonly fields: Record<string, Uint8Array>;
}

/**
 * Groups consecutive entries of one shard into samples, as webdataset does: entries that share the
 * path up to the first dot after the last slash are one sample, whose fields are named by the rest,
 * lower-cased. Names without a key, metadata (`__name__`) and whatever is no file are skipped. The end of
 * the entries ends the last sample, so call it once for each shard.
 *
 * Fields hold bytes; `decodeField()` decodes them.
 *
 * Exact: webdataset, `tariterators.tar_file_iterator` and `group_by_keys`, but a sample with a member too many is left
 * out where webdataset's handlers keep its first ones.
 *
 * @param entries The entries of one shard: `readTar`'s, or those of `@std/tar`'s `UntarStream`. With
 * `memberFaults: "mark"`, `readTar` leaves it to `onError` what becomes of a member that is too large.
 * @param options Name of the shard, limits, and what becomes of faults.
 * @returns The samples; iterate once.
 * @throws {SampleError} `sample/duplicate-field` if two members of a sample have one extension, `sample/too-large` if
 * it is over a limit.
 * @throws {TypeError} If an option is none of its choices.
 * @throws {RangeError} If a limit is no such number.
 *
 * @example Usage
 * ```ts
 * import { readSamples } from "@wdstream/wdstream/sample";
 * import { readTar, writeTar } from "@wdstream/wdstream/tar";
 *
 * const archive = writeTar([
 *   { path: "cat.cls", bytes: new Uint8Array([49]) },
 *   { path: "cat.txt", bytes: new Uint8Array([104, 105]) },
 * ]);
 * for await (const { key, fields } of readSamples(readTar(archive), { shard: "cats.tar" })) {
 *   if (key !== "cat" || Object.keys(fields).join() !== "cls,txt") throw new Error("misgrouped");
 * }
 * ```
 */
export function readSamples(
  entries: AsyncIterable<SampleEntry>,
  options: SamplesOptions = {},
): AsyncGenerator<Sample, void, void> {
  checkChoice("onError", options.onError, ["throw", "skip"]);
  checkCallback("onSkip", options.onSkip);
  checkLimit("maxSampleBytes", options.maxSampleBytes);
  checkLimit("maxSampleFields", options.maxSampleFields);
  return groupEntries(entries, options);
}

/**
 * {@linkcode samples} of options that were checked.
 *
 * @param onEnd Is told how many samples the shard has, those included that were left out, once its end was seen.
 * @param onOddity Is told of what may not have been meant.
 */
export async function* groupEntries(
  entries: AsyncIterable<SampleEntry>,
  options: SamplesOptions,
  onEnd?: (count: number) => void,
  onOddity?: OnOddity,
): AsyncGenerator<Sample, void, void> {
  const { shard = "", signal } = options;
  const finder = onOddity && new OddityFinder(shard, onOddity);
  const limits = {
    maxSampleBytes: options.maxSampleBytes ?? MAX_SAMPLE_BYTES,
    maxSampleFields: options.maxSampleFields ?? MAX_SAMPLE_FIELDS,
  };
  const skips = options.onError === "skip";
  const namer = new FieldNamer();
  let tally: SampleTally | undefined;
  /** The sample under way; absent where it is left out. */
  let draft: Draft | undefined;
  /** The sample before it that was not left out. */
  let before: SampleTally | undefined;
  let count = 0;
  try {
    for await (const entry of entries) {
      signal?.throwIfAborted();
      const name = namer.name(entry);
      if (name === undefined) {
        finder?.leave(entry);
        await skipBody(entry);
        continue;
      }
      const { key, extension } = name;
      if (tally?.key !== key) {
        if (draft !== undefined) {
          before = tally;
          yield draft;
        }
        finder?.begin(key, entry.path);
        tally = new SampleTally(key, shard, limits);
        draft = makeDraft(key, shard, count++);
      }
      if (draft === undefined) {
        await skipBody(entry);
        continue;
      }
      // Judged before its body is read, where its header says how long that is.
      const early = entry.header.size === undefined
        ? await collectBody(entry, limits.maxSampleBytes)
        : undefined;
      const sizeBytes = early?.length ?? entry.header.size!;
      const fault = tally.add(entry, name, sizeBytes, extension in draft.bytes);
      if (fault === undefined) {
        const bytes = early ?? await collectBody(entry, Infinity);
        addField(draft, extension, bytes, entry.offsetBytes);
      } else {
        if (!skips) throw fault;
        draft = undefined;
        options.onSkip?.(fault);
        await skipBody(entry);
      }
    }
    onEnd?.(count);
  } catch (error) {
    if (signal?.aborted || !skips || !isShardFault(error)) throw error;
    // After a fault, the sample under way may lack members, and is left out. Where nothing but the end marker is
    // missing, it need not.
    const isWhole = error instanceof MissingEndError && tally !== undefined &&
      !mayLackFields(tally, before);
    if (!isWhole) draft = undefined;
    options.onSkip?.(error);
  }
  if (draft !== undefined) yield draft;
}

/** Whether an error is a fault of the shard's data, and not of whoever delivers it. */
function isShardFault(error: unknown): error is WdsError {
  if (error instanceof SourceError) return error.code === "source/gzip";
  return error instanceof TarError || error instanceof SampleError;
}

function makeDraft(key: string, shard: string, index: number): Draft {
  // Without a prototype, `x.__proto__` is a field like any other.
  return { key, shard, index, fields: dictionary(), bytes: dictionary(), offsets: dictionary() };
}

function addField(
  draft: Draft,
  extension: string,
  bytes: Uint8Array,
  offsetBytes: number | undefined,
): void {
  draft.fields[extension] = bytes;
  draft.bytes[extension] = bytes;
  if (offsetBytes !== undefined) draft.offsets[extension] = offsetBytes;
}

/** The body of an entry; of one that streams it, no more than tells that it is over the limit. */
async function collectBody(entry: SampleEntry, limit: number): Promise<Uint8Array> {
  if (entry.bytes !== undefined) return entry.bytes;
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = entry.readable?.getReader();
  while (reader !== undefined && length <= limit) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  if (length > limit) await reader?.cancel();
  return concatenate(parts);
}

async function skipBody(entry: SampleEntry): Promise<void> {
  // `@std/tar` waits until every body was read or cancelled.
  if (entry.bytes === undefined) await entry.readable?.cancel();
}
