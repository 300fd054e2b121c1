/**
 * What is packed within a field, unpacked no further than a limit.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { WdsError } from "../errors.ts";
import { gunzipIfNeeded } from "../storage/gunzip.ts";

/** More was packed than may be unpacked. */
export class UnpackLimitError extends RangeError {}

/** Bytes that may be unpacked: of one field, and of what is left to its whole sample. */
export interface UnpackBudget {
  /** Most bytes of one field. */
  readonly field: number;
  /** Bytes that are left to the fields of the sample together. */
  left: number;
}

// A runtime unpacks the whole of a piece before it can be stopped, to a thousand times as much.
const PIECE_BYTES = 16 * 1024;

/**
 * Unpacks a gzip file of one or more members.
 *
 * Exact: Python's `gzip.open(…).read()`, for which no bytes at all are a file too, of no bytes.
 *
 * @throws {UnpackLimitError} If there is more than the budget.
 * @throws {Error} With what is wrong, if it is no such file or damaged.
 */
export async function gunzipField(bytes: Uint8Array, budget: UnpackBudget): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new Error("it is no gzip data");
  try {
    const plain = await gunzipIfNeeded(inPieces(bytes), { name: "the field" });
    return await collectWithin(plain, budget);
  } catch (cause) {
    if (cause instanceof UnpackLimitError) throw cause;
    const isDamaged = cause instanceof WdsError && cause.code === "source/gzip";
    if (isDamaged) throw new Error("its gzip data is damaged", { cause });
    throw new Error('it is compressed, and the package "pako" cannot be loaded', { cause });
  }
}

/**
 * Unpacks raw deflate data, of which more than `size` bytes are not looked at.
 *
 * @throws {Error} With what is wrong, if the data is damaged or there is less.
 */
export async function inflateRaw(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("it is compressed, and this runtime has no DecompressionStream");
  }
  const plain = inPieces(bytes).pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = plain.getReader();
  const whole = new Uint8Array(size);
  let filled = 0;
  try {
    while (filled < size) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(0, size - filled);
      whole.set(part, filled);
      filled += part.length;
    }
  } catch (cause) {
    throw new Error("its compressed data is damaged", { cause });
  } finally {
    reader.cancel().catch(() => {});
  }
  if (filled < size) throw new Error(`it unpacks to ${filled} bytes, not to ${size}`);
  return whole;
}

/**
 * Takes bytes out of the budget before they are unpacked.
 *
 * @throws {UnpackLimitError} If there are not as many left.
 */
export function spend(budget: UnpackBudget, bytes: number): void {
  if (bytes > budget.field) {
    throw new UnpackLimitError(`it unpacks to more than the limit of ${budget.field} bytes`);
  }
  if (bytes > budget.left) {
    throw new UnpackLimitError("with it, its sample unpacks to more bytes than the limit");
  }
  budget.left -= bytes;
}

async function collectWithin(
  stream: ReadableStream<Uint8Array>,
  budget: UnpackBudget,
): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > budget.field || length > budget.left) spend(budget, length);
      parts.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  spend(budget, length);
  return parts.length === 1 ? parts[0] : concatenate(parts);
}

function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = bytes.slice(offset, offset += PIECE_BYTES);
      if (piece.length > 0) controller.enqueue(piece);
      if (offset >= bytes.length) controller.close();
    },
  }, { highWaterMark: 0 });
}
