/**
 * Small objects as a whole.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { SourceError } from "../errors.ts";
import type { Source } from "./source.ts";

/**
 * Reads a whole object into memory.
 *
 * @param maxBytes How many bytes it may have.
 * @throws {SourceError} `source/too-large` if it has more: no more than these were read then.
 */
export async function readAll(
  source: Source,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await source.open({ length: maxBytes + 1, signal });
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
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
    await reader.cancel().catch(() => {});
  }
  return concatenate(parts);
}
