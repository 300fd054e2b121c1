/**
 * A cache that keeps no more than so many bytes.
 *
 * @module
 */
import type { CacheEntry, CacheStore } from "./options.ts";

/** A store of which that goes which was used least recently. */
export class BoundedStore implements CacheStore {
  readonly #store: CacheStore;
  readonly #maxBytes: number;
  /** Bytes that are kept: those that were counted the last time, and those that were put since. */
  #total: number | undefined;
  /** Bytes that were put since they were counted: others may have put some, too. */
  #put = 0;
  #isEvicting = false;

  constructor(store: CacheStore, maxBytes: number) {
    this.#store = store;
    this.#maxBytes = maxBytes;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#store.get(key);
  }

  async touch(key: string): Promise<void> {
    await this.#store.touch?.(key);
  }

  async delete(key: string): Promise<void> {
    await this.#store.delete?.(key);
  }

  list(): AsyncIterable<CacheEntry> {
    return this.#store.list!();
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    // What is larger than all that may be kept would drive out everything else.
    if (bytes.length > this.#maxBytes * 0.9) return;
    await this.#store.put(key, bytes);
    this.#put += bytes.length;
    const isDue = this.#total === undefined || this.#total + this.#put > this.#maxBytes ||
      this.#put > this.#maxBytes / 20;
    if (!isDue || this.#isEvicting) return;
    this.#isEvicting = true;
    try {
      await this.#evict();
    } finally {
      this.#isEvicting = false;
    }
  }

  async #evict(): Promise<void> {
    const { list } = this.#store;
    const remove = this.#store.delete;
    if (list === undefined || remove === undefined) return;
    const entries: CacheEntry[] = [];
    let total = 0;
    for await (const entry of list.call(this.#store)) {
      entries.push(entry);
      total += entry.sizeBytes;
    }
    this.#put = 0;
    if (total > this.#maxBytes) {
      // Sorting is stable: of those that were used at one time, the ones that are listed first.
      entries.sort((a, b) => a.usedMs - b.usedMs);
      for (const { key, sizeBytes } of entries) {
        if (total <= this.#maxBytes * 0.9) break;
        await remove.call(this.#store, key);
        total -= sizeBytes;
      }
    }
    this.#total = total;
  }
}
