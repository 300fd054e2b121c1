/**
 * Errors as plain data, from a worker to its pool.
 *
 * @module
 */
import {
  type ErrorCode,
  type ErrorPlace,
  type Failure,
  ImageError,
  KernelError,
  SampleError,
  WdsError,
} from "../errors.ts";

/** An error as plain data: structured cloning keeps neither its class nor its code. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** What a fault is made of again. */
  readonly fault?: { readonly code: ErrorCode; readonly failure: Omit<Failure, "cause"> };
  readonly cause?: ErrorRecord;
}

type FaultClass = new (code: ErrorCode, failure: Failure) => WdsError;

const FAULTS: Readonly<Record<string, FaultClass>> = {
  ImageError,
  KernelError,
  SampleError,
  WdsError,
};

const MISTAKES: Readonly<Record<string, ErrorConstructor>> = { RangeError, TypeError };

/** Takes down an error in a worker. */
export function recordError(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  const cause = error.cause === undefined ? {} : { cause: recordError(error.cause) };
  if (!(error instanceof WdsError)) return { name, message, ...cause };
  const { code, action, subject, reason, shard, key, field, offsetBytes } = error;
  const place: ErrorPlace = { shard, key, field, offsetBytes };
  return {
    name,
    message,
    fault: { code, failure: { action, subject, reason, ...place } },
    ...cause,
  };
}

/** Makes the error again. */
export function reviveError({ name, message, fault, cause }: ErrorRecord): Error {
  const revived = cause === undefined ? {} : { cause: reviveError(cause) };
  if (fault !== undefined) {
    return new (FAULTS[name] ?? WdsError)(fault.code, { ...fault.failure, ...revived });
  }
  const mistake = MISTAKES[name];
  if (mistake !== undefined) return new mistake(message, revived);
  const error = new Error(message, revived);
  error.name = name;
  return error;
}
