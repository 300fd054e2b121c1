import {
  type ErrorCode,
  type ErrorDetails,
  ImageError,
  KernelError,
  SampleError,
  WdsError,
} from "../errors.ts";

/** An error as plain data: structured cloning keeps neither its class nor its code. */
export interface FaultRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly details?: ErrorDetails;
  readonly cause?: FaultRecord;
}

type FaultClass = new (code: ErrorCode, message: string, details: ErrorDetails) => WdsError;

const FAULTS: Readonly<Record<string, FaultClass>> = {
  ImageError,
  KernelError,
  SampleError,
  WdsError,
};

const MISTAKES: Readonly<Record<string, ErrorConstructor>> = { RangeError, TypeError };

/** Takes down an error in a worker. */
export function recordFault(error: unknown): FaultRecord {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  const cause = error.cause === undefined ? {} : { cause: recordFault(error.cause) };
  if (!(error instanceof WdsError)) return { name, message, ...cause };
  const { code, shard, key, offsetBytes } = error;
  return { name, message, code, details: { shard, key, offsetBytes }, ...cause };
}

/** Makes the error again. */
export function reviveFault({ name, message, code, details, cause }: FaultRecord): Error {
  const revived = cause === undefined ? {} : { cause: reviveFault(cause) };
  if (code !== undefined) {
    return new (FAULTS[name] ?? WdsError)(code, message, { ...details, ...revived });
  }
  const mistake = MISTAKES[name];
  if (mistake !== undefined) return new mistake(message, revived);
  const error = new Error(message, revived);
  error.name = name;
  return error;
}
