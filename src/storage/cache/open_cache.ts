/**
 * The store of whatever a cache is given as.
 *
 * @module
 */
import { BoundedStore } from "./bounded_store.ts";
import { cacheApiStore } from "./cache_api.ts";
import { folderHandleStore } from "./folder_handle.ts";
import { folderStore } from "./folder.ts";
import { MemoryStore } from "./memory_store.ts";
import type { CacheOptions, CachePlace, CacheStore } from "./options.ts";

/** Bytes that a cache in memory keeps where nothing is said. */
const MEMORY_BYTES = 1 << 30;

/** Opens the store of a cache; with its limit where it has one. */
export function openCache({ in: place, maxBytes }: CacheOptions): CacheStore {
  const most = maxBytes ?? (place === "memory" ? MEMORY_BYTES : Infinity);
  const store = openPlace(place);
  return most === Infinity ? store : new BoundedStore(store, most);
}

function openPlace(place: CachePlace): CacheStore {
  if (place === "memory") return new MemoryStore();
  if (typeof place === "string") return folderStore(place);
  if ("getDirectoryHandle" in place) return folderHandleStore(place);
  return "match" in place ? cacheApiStore(place) : place;
}
