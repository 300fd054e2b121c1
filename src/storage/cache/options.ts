/**
 * What a cache is told: where it keeps segments, and how many.
 *
 * @module
 */
/**
 * Keeps bytes by keys, for a cache of one's own. What it gives is checked: what was damaged or cut is not believed.
 *
 * Keys have the characters `a` to `z`, digits, `/` and `-`.
 */
export interface CacheStore {
  /** The bytes of a key, absent where there are none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps bytes, as a whole or not at all. Bytes of one key need not be kept twice. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Forgets a key. */
  delete?(key: string): Promise<void>;
  /** What is kept; a cache without it has no limit. */
  list?(): AsyncIterable<CacheEntry>;
  /** Is told that bytes were used, so that they are not the next to go. */
  touch?(key: string): Promise<void>;
}

/** What a cache keeps by one key. */
export interface CacheEntry {
  /** Name of the entry. */
  readonly key: string;
  /** Its size in bytes. */
  readonly sizeBytes: number;
  /** When it was put or used last, in milliseconds since 1970. */
  readonly usedMs: number;
}

/**
 * Where segments are kept: the path of a folder, `"memory"`, a folder of the browser (`FileSystemDirectoryHandle`, such
 * as the origin's private one), a `Cache` of the Cache API, or a store of one's own.
 */
export type CachePlace = string | FolderHandleLike | CacheLike | CacheStore;

/** Something of an object that is not kept, and why. */
export interface UncachedEvent {
  /** Name of the shard, without credentials. */
  readonly shard: string;
  /** Why it is not kept: a clause. */
  readonly reason: string;
}

/** What a cache is told. */
export interface CacheOptions {
  /** Where segments are kept. */
  readonly in: CachePlace;
  /**
   * Bytes that are kept; when there are more, those that were used least recently go, down to nine tenths. Several
   * processes on one folder may exceed it by a twentieth each.
   *
   * @default {no limit, and 1 GiB for "memory"}
   */
  readonly maxBytes?: number;
  /**
   * Milliseconds for which it is believed without asking its host that an object is the version that was kept. Without
   * it each dataset asks once for each object; where the host cannot be reached, what was kept is believed.
   *
   * @default {0}
   */
  readonly maxAgeMs?: number;
  /** Is told, once a reason, of what is not kept. */
  readonly onUncached?: (event: UncachedEvent) => void;
}

/** What is needed of a `FileSystemDirectoryHandle`. */
export interface FolderHandleLike {
  /** A folder in it. */
  getDirectoryHandle(name: string, options?: { readonly create?: boolean }): Promise<unknown>;
  /** A file in it. */
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<unknown>;
  /** Removes a file or a folder. */
  removeEntry(name: string, options?: { readonly recursive?: boolean }): Promise<void>;
}

/** What is needed of a `Cache`. */
export interface CacheLike {
  /** What is kept under a URL. */
  match(url: string): Promise<Response | undefined>;
  /** Keeps an answer. */
  put(url: string, response: Response): Promise<void>;
  /** Removes what is kept. */
  delete(url: string): Promise<boolean>;
  /** What is kept, where it tells. */
  keys?(): Promise<readonly { readonly url: string }[]>;
}

/** How a cache is given: its place, or that with options. */
export type CacheInput = CachePlace | CacheOptions;
