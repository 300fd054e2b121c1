/**
 * Where bytes come from: files, http(s), blobs, streams and bytes, behind one {@linkcode Source}; folders of them, behind
 * one {@linkcode Store}; and lists of shards from brace patterns.
 *
 * @module
 */

export type {
  NetworkCounts,
  NetworkStats,
  ObjectFacts,
  OpenedObject,
  OpenOptions,
  Source,
  StatOptions,
} from "./source.ts";
export { braceExpand, expandShards } from "./braces.ts";
export { toSource } from "./to_source.ts";
export type { ShardInput } from "./to_source.ts";
export type { AccessOptions, SourceOptions } from "./source_options.ts";
export type { HttpOptions, SignRequest } from "./http.ts";
export type { AzureOptions, HubOptions, S3Options, SchemeOptions } from "./schemes/options.ts";
export type { RetryEvent, RetryOptions } from "./retry_options.ts";
export type { LimitOptions } from "./request_pool.ts";
export type {
  CacheEntry,
  CacheInput,
  CacheLike,
  CacheOptions,
  CachePlace,
  CacheStore,
  FolderHandleLike,
  UncachedEvent,
} from "./cache/options.ts";
export { toStore } from "./to_store.ts";
export type { StoreInput, StoreLike, StoreOptions } from "./to_store.ts";
export type { ListOptions, PutOptions, Store, StoredObject } from "./store.ts";
export type { DirectoryLike } from "./directory.ts";
export type { R2BucketLike, R2ObjectLike, R2PageLike, R2PartLike, R2UploadLike } from "./r2.ts";
export { wrap } from "./wrap.ts";
export type { Wrapping } from "./wrap.ts";
export { gunzipIfNeeded } from "./gunzip.ts";
export type { GunzipOptions } from "./gunzip.ts";
export { sameVersion } from "./version.ts";
