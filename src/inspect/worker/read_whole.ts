/**
 * A shard of which no parts can be had, fetched and unpacked as a whole into a `Blob`: browsers keep large ones on disk.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import { countBytes } from "../../steps/read.ts";
import { gunzipIfNeeded } from "../../storage/gunzip.ts";
import type { Source } from "../../storage/source.ts";

/** Bytes that become one part of the Blob: less would be many parts, more is held in the worker's memory meanwhile. */
const PART_BYTES = 8 << 20;

/** Bytes that are kept at most: what browsers leave to one page without asking. */
export const MOST_WHOLE_BYTES: number = 4 * 2 ** 30;

/** What {@linkcode readWhole} takes. */
export interface ReadWholeOptions {
  readonly signal: AbortSignal;
  /** Is told how many bytes were read, and how many there are now. */
  onBytes(readBytes: number, unpackedBytes: number): void;
  /**
   * Most bytes.
   *
   * @default {MOST_WHOLE_BYTES}
   */
  readonly maxBytes?: number;
}

/** What was had of it. */
export interface Whole {
  readonly blob: Blob;
  /** Whether it was compressed. */
  readonly isPacked: boolean;
  /** Why there is no more. */
  readonly fault?: unknown;
}

/**
 * Reads all of a source, unpacked where it is compressed. What came before a fault is given with it.
 *
 * @throws The signal's reason.
 */
export async function readWhole(source: Source, options: ReadWholeOptions): Promise<Whole> {
  const { signal, onBytes, maxBytes = MOST_WHOLE_BYTES } = options;
  const { name } = source;
  const parts: Blob[] = [];
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let [waitingBytes, readBytes, allBytes] = [0, 0, 0];
  let isPacked = false;
  const settle = (): void => {
    if (waitingBytes > 0) parts.push(new Blob(waiting));
    [waiting, waitingBytes] = [[], 0];
  };
  const give = (fault?: unknown): Whole => {
    settle();
    return { blob: new Blob(parts), isPacked, ...(fault === undefined ? {} : { fault }) };
  };
  try {
    const { body } = await source.open({ signal });
    const counted = countBytes(body, (bytes) => void (readBytes += bytes));
    const plain = await gunzipIfNeeded(counted, { name, onPacked: () => void (isPacked = true) });
    for await (const bytes of plain) {
      signal.throwIfAborted();
      allBytes += bytes.length;
      if (allBytes > maxBytes) {
        throw new SourceError("source/too-large", {
          action: `read all of "${name}"`,
          reason: `it has more than ${maxBytes} bytes, which is what is kept here`,
          shard: name,
        });
      }
      waiting.push(bytes as Uint8Array<ArrayBuffer>);
      waitingBytes += bytes.length;
      if (waitingBytes >= PART_BYTES) settle();
      onBytes(readBytes, allBytes);
    }
    return give();
  } catch (fault) {
    signal.throwIfAborted();
    return give(fault);
  }
}
