/**
 * What becomes of faults: which are of the data, where they lie, and who is told.
 *
 * @module
 */
import { type ErrorCode, KernelError, SourceError, WdsError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";

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
