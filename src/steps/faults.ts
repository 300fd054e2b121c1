/**
 * What becomes of faults: which are of the data, where they lie, and who is told.
 *
 * @module
 */
import {
  type ErrorCode,
  type ErrorPlace,
  KernelError,
  SampleError,
  SourceError,
  WdsError,
} from "../errors.ts";
import type { Sample } from "../sample/sample.ts";
import type { Oddity } from "../sample/tally.ts";

/**
 * Takes a fault that is to be skipped; throws one that is not. Where a stage has none, it throws the fault.
 */
export type SkipHandler = (error: WdsError) => void;

/** Faults of a source that are faults of the bytes in it; all others are of the way to them. */
const DATA_IN_SOURCES: ReadonlySet<ErrorCode> = new Set(["source/gzip", "source/too-large"]);

/** Whether an error is a fault of data or of access to it, not of the caller, of the kernel's loading or a cancellation. */
export function isFault(error: unknown): error is WdsError {
  if (!(error instanceof WdsError)) return false;
  return !(error instanceof KernelError) || error.code === "kernel/out-of-memory";
}

/**
 * Whether a fault says nothing about the data: it could not be had, because it is missing, access was refused, the
 * host failed, the connection broke, or it was changed meanwhile. The same data may be there the next time.
 */
export function isAccessFault(error: unknown): error is SourceError {
  return error instanceof SourceError && !DATA_IN_SOURCES.has(error.code);
}

/** Whether an error is a fault of some data, which is there and is damaged. */
export function isDataFault(error: unknown): error is WdsError {
  return isFault(error) && !isAccessFault(error);
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
