/**
 * Small objects as a whole.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { SourceError, WdsError } from "../errors.ts";
import { raceAbort } from "../signals.ts";
import type { OpenedObject, Source } from "./source.ts";

/**
 * Reads a whole object into memory. Gives up, when the signal says so, also on storage that does not answer.
 *
 * @param maxBytes How many bytes it may have.
 * @throws {SourceError} `source/too-large` if it has more: no more than these were read then; `source/network` if its storage
 * breaks off.
 */
export async function readAll(
  source: Source,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await open(source, maxBytes + 1, signal);
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (true) {
      const { done, value } = await readPart(reader, source.name, signal);
      if (done) break;
      parts.push(value);
      length += value.length;
      if (length <= maxBytes) continue;
      throw new SourceError("source/too-large", {
        action: `read "${source.name}"`,
        reason: `it has more than the limit of ${maxBytes} bytes`,
        shard: source.name,
      });
    }
  } finally {
    // Not waited for: storage that does not answer does not answer to this either.
    reader.cancel().catch(() => {});
  }
  return concatenate(parts);
}

/** What comes too late is let go of. */
async function open(
  source: Source,
  length: number,
  signal: AbortSignal | undefined,
): Promise<OpenedObject> {
  const opening = Promise.resolve(source.open({ length, signal }));
  try {
    return await raceAbort(opening, signal);
  } catch (error) {
    opening.then(({ body }) => body.cancel()).catch(() => {});
    throw error;
  }
}

async function readPart(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await raceAbort(reader.read(), signal);
  } catch (cause) {
    if (cause instanceof WdsError || signal?.aborted) throw cause;
    throw new SourceError("source/network", {
      action: `read "${name}"`,
      reason: "its storage failed",
      shard: name,
      cause,
    });
  }
}
