import { ImageError, KernelError, SampleError, WdsError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";

/** Is told of every fault that was skipped. Where a stage has none, it throws the fault. */
export type SkipHandler = (error: WdsError) => void;

/** Whether an error is a fault of some data, not of the caller, of the kernel's loading or a cancellation. */
export function isDataFault(error: unknown): error is WdsError {
  if (!(error instanceof WdsError)) return false;
  return !(error instanceof KernelError) || error.code === "kernel/out-of-memory";
}

/** The same fault with the shard, key and offset of the member that it was found in. */
export function locateFault(error: unknown, sample: Sample<unknown>, extension: string): unknown {
  if (!isDataFault(error)) return error;
  const message = `Cannot decode "${sample.key}.${extension}" of "${sample.shard}": ${
    readReason(error)
  }`;
  const details = {
    shard: sample.shard,
    key: sample.key,
    offsetBytes: sample.offsets[extension],
    cause: error.cause,
  };
  return error instanceof ImageError
    ? new ImageError(error.code, message, details)
    : new WdsError(error.code, message, details);
}

/** Hands a fault to `onSkip`; throws it where it is no data's fault or nobody skips. */
export function skipFault(error: unknown, onSkip: SkipHandler | undefined): WdsError {
  if (onSkip === undefined || !isDataFault(error)) throw error;
  onSkip(error);
  return error;
}

/** The error of a stage that had samples and skipped every one. */
export function describeAllSkipped(last: WdsError): SampleError {
  return new SampleError("sample/empty", `Cannot use any sample; the last fault: ${last.message}`, {
    shard: last.shard,
    cause: last,
  });
}

function readReason(error: WdsError): string {
  return error.message.replace(/^Cannot decode(?: the image| "[^"]*")?(?: as JPEG)?: /, "");
}
