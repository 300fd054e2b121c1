/** Small shards, for tests of where they lie. */

import { writeTar } from "../../src/tar/mod.ts";
import { concatenate } from "../../src/concatenate.ts";

/** A shard whose samples have their key as a text. */
export async function makeShard(keys: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const entries = keys.map((key) => ({ path: `${key}.txt`, bytes: new TextEncoder().encode(key) }));
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(entries)) parts.push(part.slice());
  return concatenate(parts);
}
