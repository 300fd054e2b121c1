/**
 * Where bytes come from: files, http(s), blobs, streams and bytes, behind one {@linkcode Source};
 * and lists of shards from brace patterns.
 *
 * @module
 */

export type { ObjectFacts, OpenedObject, OpenOptions, Source } from "./source.ts";
export { braceExpand, expandShards } from "./braces.ts";
export { toSource } from "./schemes.ts";
export type { ShardInput, SourceOptions } from "./schemes.ts";
export type { HttpOptions } from "./http.ts";
export { gunzipIfNeeded } from "./gunzip.ts";
export type { GunzipOptions } from "./gunzip.ts";
export { sameVersion } from "./version.ts";
