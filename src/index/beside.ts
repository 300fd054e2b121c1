/**
 * The index of a shard from where it is stored, beside the shard for one.
 *
 * @module
 */
import { IndexError, WdsError } from "../errors.ts";
import type { Source } from "../storage/source.ts";
import { baseName } from "./build.ts";
import { beginsAsIndex, parseIndex } from "./text.ts";
import { readRange } from "./ranges.ts";
import type { ShardIndex } from "./shard_index.ts";

/** An index takes about a thousandth of its shard. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

/** The index that lies beside a shard, where there is one. */
export async function readBeside(
  shard: Source,
  signal: AbortSignal | undefined,
): Promise<ShardIndex | undefined> {
  let beside: Source | undefined;
  let text: string;
  try {
    beside = shard.beside?.(".idx");
    if (beside === undefined) return undefined;
    text = await readText(beside, signal);
  } catch (error) {
    // Hosts that do not tell who may not list them what is missing say "forbidden".
    const isMissing = error instanceof WdsError &&
      (error.code === "source/not-found" || error.code === "source/unauthorized");
    if (isMissing) return undefined;
    throw error;
  }
  // Some hosts answer whatever they are asked for with a page: that is no index, nor a bad one.
  if (!beginsAsIndex(text)) return undefined;
  return parseIndex(text, { name: beside.name, shard: baseName(shard.name) });
}

/**
 * Reads the index of a shard from where it is stored.
 *
 * @throws {IndexError} `index/bad` if it cannot be understood, or is too large.
 */
export async function readIndex(
  source: Source,
  shard: string,
  signal?: AbortSignal,
): Promise<ShardIndex> {
  const text = await readText(source, signal);
  return parseIndex(text, { name: source.name, shard: baseName(shard) });
}

async function readText(source: Source, signal: AbortSignal | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = MAX_INDEX_BYTES;
  for await (const part of readRange(source, 0, MAX_INDEX_BYTES + 1, { signal })) {
    left -= part.length;
    text += decoder.decode(part, { stream: true });
  }
  if (left >= 0) return text + decoder.decode();
  throw new IndexError("index/bad", {
    action: `read "${source.name}" as an index`,
    reason: `it has more than ${MAX_INDEX_BYTES} bytes`,
    shard: source.name,
  });
}
