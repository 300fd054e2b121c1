/**
 * The shards that a tool is given.
 *
 * @module
 */
import { expandShards } from "../storage/braces.ts";
import type { Source } from "../storage/source.ts";
import type { SourceOptions } from "../storage/source_options.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";

/** One shard or several: brace patterns, paths, URLs, bytes and so on. */
export type ShardInputs = ShardInput | readonly ShardInput[];

/** Sources of shards; nothing is opened yet. */
export function listSources(shards: ShardInputs, options: SourceOptions = {}): Source[] {
  const all: readonly ShardInput[] = Array.isArray(shards) ? shards : [shards];
  return all.flatMap((shard) =>
    typeof shard === "string"
      ? expandShards(shard).map((name) => toSource(name, options))
      : [toSource(shard, options)]
  );
}
