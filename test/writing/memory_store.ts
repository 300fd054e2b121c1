/** A store in memory. */

import { SourceError } from "../../src/errors.ts";
import { type Store, toSource } from "../../src/storage/mod.ts";

/** A store in memory, which has nothing that was not put as a whole. */
export class MemoryStore implements Store {
  /** What was put, by name. */
  readonly files = new Map<string, Uint8Array>();
  /** Opens what was put. */
  open(name: string): ReturnType<typeof toSource> {
    const bytes = this.files.get(name);
    if (bytes !== undefined) return toSource(bytes, { name });
    return { name, open: () => Promise.reject(missing(name)) };
  }
  /** Puts an object. */
  async put(
    name: string,
    body: Uint8Array | Blob,
    { ifAbsent }: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    if (ifAbsent && this.files.has(name)) return false;
    this.files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
    return true;
  }
  /** Those that are shards. */
  get tars(): [name: string, bytes: Uint8Array][] {
    return [...this.files].filter(([name]) => /\.tar(\.gz)?$/.test(name));
  }
}

const missing = (name: string): SourceError =>
  new SourceError("source/not-found", { action: `open "${name}"`, reason: "it is not there" });
