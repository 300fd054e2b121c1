/**
 * A part of a stream, for stores that give whole objects alone.
 *
 * @module
 */
import { type ErrorCode, SourceError } from "../errors.ts";
import { redactError } from "./redact.ts";

/** Which part of a stream is wanted, and what its faults are called. */
export interface SliceOptions {
  /** Name of the source, for errors. */
  readonly name: string;
  /** Bytes to step over first. */
  readonly skip?: number;
  /** Bytes to give at most. */
  readonly length?: number;
  /** Bytes that the stream must hold from its start; fewer are a broken transport. */
  readonly expected?: number;
  /** Is told of the bytes of each part that came. */
  readonly onBytes?: (bytes: number) => void;
  /** Code of a failure to read. */
  readonly code: ErrorCode;
  /** Cancels the stream; its reason is the stream's error. */
  readonly signal?: AbortSignal;
}

/** Gives a part of a stream, with the stream's failures turned into errors that name the source. */
export function sliceStream(
  stream: ReadableStream<Uint8Array>,
  options: SliceOptions,
): ReadableStream<Uint8Array> {
  const { signal } = options;
  const reader = stream.getReader();
  let skip = options.skip ?? 0;
  let left = options.length ?? Infinity;
  let received = 0;
  let onAbort: (() => void) | undefined;

  function finish(reason?: unknown): void {
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    // The outcome is not waited for: one branch of a tee is cancelled only with the other.
    reader.cancel(reason).catch(() => {});
  }

  async function readPart(): Promise<Uint8Array | undefined> {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) {
        if (options.expected !== undefined && received < options.expected) {
          throw new Error(`it ended after ${received} of ${options.expected} bytes`);
        }
        return undefined;
      }
      received += value.length;
      options.onBytes?.(value.length);
      const skipped = Math.min(skip, value.length);
      skip -= skipped;
      const part = value.subarray(skipped, Math.min(value.length, skipped + left));
      left -= part.length;
      if (part.length > 0) return part;
    }
    return undefined;
  }

  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = (): void => {
        controller.error(signal?.reason);
        finish(signal?.reason);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      try {
        const part = await readPart();
        if (signal?.aborted) return;
        if (part !== undefined) controller.enqueue(part);
        if (part !== undefined && left > 0) return;
        finish();
        controller.close();
      } catch (cause) {
        if (signal?.aborted) return;
        finish(cause);
        throw readError(options.name, options.code, cause);
      }
    },
    cancel: finish,
  }, { highWaterMark: 0 });
}

/** Makes the error of a source that failed while it was read. */
export function readError(name: string, code: ErrorCode, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const cause = redactError(error);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SourceError(code, { action: `read "${name}"`, reason: why, shard: name, cause });
}
