/**
 * Where bytes come from: files, http(s), blobs, streams and bytes, behind one {@linkcode Source};
 * and lists of shards from brace patterns.
 *
 * @module
 */

export type { ObjectFacts, OpenedObject, OpenOptions, Source } from "./source.ts";
export { braceExpand, expandShards } from "./brace.ts";
export { toSource } from "./to_source.ts";
export type { ShardInput, SourceOptions } from "./to_source.ts";
export type { HttpOptions } from "./http.ts";
export { gunzipIfNeeded } from "./gunzip.ts";
export type { GunzipOptions } from "./gunzip.ts";
export { sameVersion } from "./version.ts";
