/**
 * A cache in memory.
 *
 * @module
 */
import type { CacheEntry, CacheStore } from "./options.ts";

/** Keeps bytes for as long as the program runs. */
export class MemoryStore implements CacheStore {
  readonly #entries = new Map<string, { readonly bytes: Uint8Array; usedMs: number }>();

  get(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#entries.get(key)?.bytes);
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    this.#entries.set(key, { bytes, usedMs: Date.now() });
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.#entries.delete(key);
    return Promise.resolve();
  }

  touch(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return Promise.resolve();
    entry.usedMs = Date.now();
    // Of two that were used in the same millisecond, the one that is further back.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return Promise.resolve();
  }

  async *list(): AsyncGenerator<CacheEntry, void, undefined> {
    for (const [key, { bytes, usedMs }] of this.#entries) {
      yield { key, sizeBytes: bytes.length, usedMs };
    }
  }
}
