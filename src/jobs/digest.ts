/**
 * SHA-256 of bytes that come in parts.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import type { Source } from "../storage/source.ts";
import { sha256 } from "./canonical.ts";

/** Takes bytes, and tells their SHA-256 at the end. */
export interface Digester {
  /** Takes bytes, which may be changed afterwards. */
  update(bytes: Uint8Array): void;
  /** All of them, in hexadecimal digits. */
  digest(): Promise<string>;
}

/** Makes one; where the runtime digests nothing but whole buffers, it holds all bytes. */
export async function makeDigester(): Promise<Digester> {
  const native = await import("node:crypto").then(({ createHash }) => createHash, () => undefined);
  if (native !== undefined) {
    const hash = native("sha256");
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => Promise.resolve(hash.digest("hex")),
    };
  }
  const parts: Uint8Array[] = [];
  return {
    update: (bytes) => void parts.push(bytes.slice()),
    digest: () => sha256(concatenate(parts)),
  };
}

/** What an object that was written is told by. */
export interface ObjectDigest {
  /** Number of bytes. */
  readonly sizeBytes: number;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads an object for its digest.
 *
 * @throws {SourceError} If it cannot be read.
 */
export async function digestObject(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<ObjectDigest> {
  const digester = await makeDigester();
  const { body } = await source.open({ signal });
  const reader = body.getReader();
  let sizeBytes = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      sizeBytes += value.length;
      digester.update(value);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  return { sizeBytes, sha256: await digester.digest() };
}
