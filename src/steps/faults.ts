/**
 * What becomes of faults: which are of the data, where they lie, and who is told.
 *
 * @module
 */
import {
  type ErrorCode,
  type ErrorPlace,
  JobError,
  KernelError,
  SampleError,
  SourceError,
  WdsError,
} from "../errors.ts";
import type { Sample } from "../sample/sample.ts";
import type { Oddity } from "../sample/tally.ts";
import { epochOf, type Item } from "./item.ts";

/**
 * Takes a fault that is to be skipped; throws one that is not. Where a stage has none, it throws the fault.
 */
export type SkipHandler = (error: WdsError) => void;

/** Faults of a source that are faults of the bytes in it; all others are of the way to them. */
const DATA_IN_SOURCES: ReadonlySet<ErrorCode> = new Set(["source/gzip", "source/too-large"]);

/** Whether an error is a fault of data or of access to it, not of the caller, of the kernel's loading or a cancellation. */
export function isFault(error: unknown): error is WdsError {
  if (!(error instanceof WdsError)) return false;
  // What is wrong with a job is nothing that may be left out of it.
  if (error instanceof JobError) return false;
  return !(error instanceof KernelError) || error.code === "kernel/out-of-memory";
}

/**
 * Whether a fault says nothing about the data: it could not be had, because it is missing, access was refused, the
 * host failed, the connection broke, or it was changed meanwhile. The same data may be there the next time.
 */
export function isAccessFault(error: unknown): error is SourceError {
  return error instanceof SourceError && !DATA_IN_SOURCES.has(error.code);
}

/** The same fault with the shard, key and offset of the member that it was found in. */
export function locateFault(error: unknown, sample: Sample<unknown>, extension: string): unknown {
  if (!isFault(error)) return error;
  const { shard, key, offsets } = sample;
  return error.at({ shard, key, field: extension, offsetBytes: offsets[extension] });
}

/** Hands a fault to `onSkip`, who may throw it; throws what is no fault, and where nobody skips. */
export function skipFault(
  error: unknown,
  onSkip: SkipHandler | undefined,
): asserts error is WdsError {
  if (onSkip === undefined || !isFault(error)) throw error;
  onSkip(error);
}

/**
 * What a caller's function threw on a value, as a fault of it: faults keep their class and code.
 *
 * @param verb The step that called it.
 */
export function callbackError(verb: "filter" | "map", value: unknown, cause: unknown): unknown {
  const place = placeOf(value);
  if (isFault(cause)) return cause.at(place);
  // What is the matter with the kernel or the caller's options is nothing of this value's.
  if (cause instanceof WdsError) return cause;
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new SampleError("sample/callback", { action: verb, subject: "an item", reason, cause })
    .at(place);
}

/** Where a sample or a tensor is from, and the first of a batch. */
function placeOf(value: unknown): ErrorPlace {
  if (typeof value !== "object" || value === null) return {};
  const { shard, key, shards, keys } = value as Record<string, unknown>;
  const [ofShard, ofKey] = Array.isArray(keys) && Array.isArray(shards)
    ? [shards[0], keys[0]]
    : [shard, key];
  return typeof ofShard === "string" && typeof ofKey === "string"
    ? { shard: ofShard, key: ofKey }
    : {};
}

/** What the user is told of the first one of a kind. */
export function describeOddity(kind: Oddity, shard: string, member: string): string {
  switch (kind) {
    case "out-of-order":
      return `The members of "${member}" in "${shard}" do not stand together, so that it comes as several samples, as ` +
        "in webdataset: sort the archive by name";
    case "mac-file":
      return `"${member}" in "${shard}" is what macOS stores beside a file: such members are left out, and in folders ` +
        "come as samples, as in webdataset; COPYFILE_DISABLE=1 in front of tar makes none";
    case "hard-link":
      return `"${member}" in "${shard}" is a hard link to another member: such are left out, as in webdataset, and ` +
        "tar --hard-dereference stores files in their place";
    case "no-image":
      return `"${member}" of "${shard}" has no image: such samples are left out`;
  }
}

/** Skips a fault that a step has met with a sample, and notes the sample down. */
export function loseSample(
  error: unknown,
  { value, mark }: Item<Pick<Sample<unknown>, "shard" | "key" | "index" | "part">>,
  run: {
    readonly onSkip?: SkipHandler;
    readonly onLost?: (lost: LostSamples) => void;
  },
): asserts error is WdsError {
  skipFault(error, run.onSkip);
  const { shard, key, index, part } = value;
  const place = { shard, epoch: epochOf(mark), ...(part !== undefined && { part }) };
  run.onLost?.({ ...place, from: index, to: index + 1, key, fault: error });
}

/** Samples of one shard that were left out for a fault. */
export interface LostSamples {
  /** Name of the shard. */
  readonly shard: string;
  /** Number of the epoch. */
  readonly epoch: number;
  /** Number of the part of a mix. */
  readonly part?: number;
  /** Number of the first one in the shard. */
  readonly from: number;
  /** The number after the last one; absent where the shard's length is not known. */
  readonly to?: number;
  /** Key of the one that was lost, where there is one and it is known. */
  readonly key?: string;
  /** Absent where the shard has fewer samples than were planned. */
  readonly fault?: WdsError;
}

/** What was left out of one shard in one epoch for one kind of fault. */
export interface FaultyShard {
  /** Name of the shard. */
  readonly shard: string;
  /** Number of the epoch. */
  readonly epoch: number;
  /** Number of the part of a mix. Absent where nothing was mixed. */
  readonly part?: number;
  /** Code of the faults. */
  readonly code: ErrorCode;
  /** Why: the first fault's message. */
  readonly reason: string;
  /** Number of samples. */
  readonly samples: number;
  /** Their numbers in the shard, `[first, after the last]` each: 64 ranges at most. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
  /** The keys that faults name: 16 at most. */
  readonly keys: readonly string[];
  /** Whether the shard was given up there and how many samples that cost is not known. */
  readonly isRest?: boolean;
}

/** What a pass has left out for faults: plain JSON, of bounded size, with exact totals. */
export interface FaultReport {
  /** Samples that were left out, as far as they can be counted. */
  readonly samples: number;
  /** Shards that were given up whose rest cannot be counted, as their lengths are not known. */
  readonly rests: number;
  /** How often each fault was met. */
  readonly codes: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Where, the first thousand. */
  readonly shards: readonly FaultyShard[];
  /** Samples that are in none of the ranges listed. */
  readonly unlisted: number;
}

const MAX_SHARDS = 1000;
const MAX_RANGES = 64;
const MAX_KEYS = 16;

/** Notes down what a pass leaves out. */
export class FaultLog {
  #samples = 0;
  #rests = 0;
  #unlisted = 0;
  readonly #codes = new Map<ErrorCode, number>();
  readonly #shards = new Map<string, {
    entry: Omit<FaultyShard, "samples" | "ranges" | "isRest">;
    keys: string[];
    samples: number;
    ranges: [number, number][];
    isRest: boolean;
  }>();

  /** Counts a fault. */
  count({ code }: WdsError): void {
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
  }

  /** Notes samples down. */
  add({ shard, epoch, part, from, to, key, fault }: LostSamples): void {
    const count = to === undefined ? 0 : to - from;
    this.#samples += count;
    if (to === undefined) this.#rests++;
    const code = fault?.code ?? "dataset/length";
    const name = `${epoch} ${part} ${code} ${shard}`;
    let own = this.#shards.get(name);
    if (own === undefined) {
      if (this.#shards.size === MAX_SHARDS) {
        this.#unlisted += count;
        return;
      }
      const reason = fault?.message ?? "The shard has fewer samples than were planned";
      const keys: string[] = [];
      const entry = { shard, epoch, ...(part !== undefined && { part }), code, reason, keys };
      this.#shards.set(name, own = { entry, keys, samples: 0, ranges: [], isRest: false });
    }
    own.samples += count;
    own.isRest ||= to === undefined;
    const named = key ?? fault?.key;
    if (named !== undefined && own.keys.length < MAX_KEYS && !own.keys.includes(named)) {
      own.keys.push(named);
    }
    if (to !== undefined && !addRange(own.ranges, from, to)) this.#unlisted += count;
  }

  /** What was noted down so far. */
  report(): FaultReport {
    return {
      samples: this.#samples,
      rests: this.#rests,
      codes: Object.fromEntries(this.#codes),
      shards: [...this.#shards.values()].map(({ entry, keys, samples, ranges, isRest }) => ({
        ...entry,
        keys: [...keys],
        samples,
        ranges: ranges.map(([from, to]) => [from, to] as const),
        ...(isRest && { isRest }),
      })),
      unlisted: this.#unlisted,
    };
  }
}

/** Adds a range to rising ones that it does not overlap, if there is room. */
function addRange(ranges: [number, number][], from: number, to: number): boolean {
  let at = ranges.length;
  while (at > 0 && ranges[at - 1][0] > from) at--;
  const before = ranges[at - 1];
  const after = ranges[at];
  if (before?.[1] === from) {
    before[1] = to;
    if (after?.[0] === to) {
      before[1] = after[1];
      ranges.splice(at, 1);
    }
  } else if (after?.[0] === to) after[0] = from;
  else if (ranges.length < MAX_RANGES) ranges.splice(at, 0, [from, to]);
  else return false;
  return true;
}
