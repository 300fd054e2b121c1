/**
 * Lists of shards, of any format that tells how many samples each has.
 *
 * @module
 */
import { IndexError, WdsError } from "../errors.ts";
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";
import { baseName } from "./build.ts";
import { isSize } from "./fields.ts";
import { beginsAsSplit, parseSplit, type ShardCatalogue } from "./split_index.ts";
import { type ListedShard, parseShardList } from "./wids.ts";

/** What is added to the name of a split's first shard to name the split's index. */
export const SPLIT_SUFFIX = ".split";

/** The list of all splits in their folder. */
const INFO_SUFFIX = "/_info.json";

/** Two bytes for each of thirty million samples. */
const MAX_CATALOGUE_BYTES = 64 * 1024 * 1024;

/** What a catalogue says of some shards, in their order. */
export interface CataloguedShards {
  /** Number of samples in each. */
  readonly lengths: readonly number[];
  /** Size in bytes of each, where it has those of all. */
  readonly shardBytes?: readonly number[];
  /** Class of each sample, numbered through these shards, where it has them. */
  readonly classes?: ArrayLike<number>;
}

/**
 * Reads a list of shards: the index of a split, a list of `wids`, or `_info.json` as timm's datasets have it, of which
 * all splits are taken.
 *
 * @throws {IndexError} `index/bad` if it is none of these, or damaged.
 */
export function parseCatalogue(bytes: Uint8Array, name: string): ShardCatalogue {
  if (beginsAsSplit(bytes)) return parseSplit(bytes, { name });
  const text = new TextDecoder().decode(bytes);
  let root: { splits?: unknown } | null;
  try {
    root = JSON.parse(text);
  } catch {
    throw catalogueError(name, "it is neither the index of a split nor JSON");
  }
  if (typeof root?.splits === "object" && root.splits !== null) {
    return { shards: Object.values(root.splits).flatMap((split) => listInfo(split, name)) };
  }
  try {
    return { shards: parseShardList(text) };
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    throw catalogueError(name, error.reason);
  }
}

function listInfo(split: unknown, name: string): ListedShard[] {
  const { filenames, shard_lengths: lengths } = (split ?? {}) as Record<string, unknown>;
  const isSound = Array.isArray(filenames) && Array.isArray(lengths) &&
    filenames.length === lengths.length && lengths.every(isSize) &&
    filenames.every((file) => typeof file === "string");
  if (!isSound) throw catalogueError(name, "a split of it lists no shards with lengths");
  return filenames.map((url, i) => ({ url, sampleCount: lengths[i] }));
}

/**
 * Reads a list of shards from where it is stored.
 *
 * @throws {IndexError} `index/bad` if it is none.
 */
export async function readCatalogue(source: Source, signal: AbortSignal): Promise<ShardCatalogue> {
  return parseCatalogue(await readAll(source, MAX_CATALOGUE_BYTES, signal), source.name);
}

/**
 * The index of a split that lies beside its first shard, where there is one.
 *
 * @param maxBytes Larger ones are a `SourceError` `source/too-large`.
 * @throws {IndexError} `index/bad` if it is damaged.
 */
export async function readSplitBeside(
  first: Source,
  signal: AbortSignal,
  maxBytes: number = MAX_CATALOGUE_BYTES,
): Promise<ShardCatalogue | undefined> {
  const split = await readBeside(first, SPLIT_SUFFIX, signal, maxBytes);
  // Some hosts answer whatever they are asked for with a page.
  return split !== undefined && beginsAsSplit(split.bytes)
    ? parseSplit(split.bytes, { name: split.name })
    : undefined;
}

/**
 * What lists the shards beside the first of them: the index of its split, or else an `_info.json`, as timm's datasets have
 * it.
 *
 * @throws {IndexError} `index/bad` if it is damaged.
 */
export async function readListBeside(
  first: Source,
  signal: AbortSignal,
): Promise<ShardCatalogue | undefined> {
  const split = await readSplitBeside(first, signal);
  if (split !== undefined) return split;
  const info = await readBeside(first, INFO_SUFFIX, signal);
  return info !== undefined && beginsAsInfo(info.bytes)
    ? parseCatalogue(info.bytes, info.name)
    : undefined;
}

/** Whether it is a list of splits, and neither a page nor a file of that name that means something else. */
function beginsAsInfo(bytes: Uint8Array): boolean {
  return /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64))) &&
    /"splits"\s*:\s*\{/.test(new TextDecoder().decode(bytes));
}

async function readBeside(
  first: Source,
  suffix: string,
  signal: AbortSignal,
  maxBytes: number = MAX_CATALOGUE_BYTES,
): Promise<{ readonly bytes: Uint8Array; readonly name: string } | undefined> {
  try {
    const beside = first.beside?.(suffix);
    if (beside === undefined) return undefined;
    const bytes = await readAll(beside, maxBytes, signal);
    return { bytes, name: beside.name };
  } catch (error) {
    // Hosts that do not tell who may not list them what is missing say "forbidden".
    const isMissing = error instanceof WdsError &&
      (error.code === "source/not-found" || error.code === "source/unauthorized");
    if (isMissing) return undefined;
    throw error;
  }
}

/**
 * What a catalogue says of some shards, found by their file names.
 *
 * @returns Absent where it does not have all of them.
 */
export function findShards(
  { shards, classes }: ShardCatalogue,
  names: readonly string[],
): CataloguedShards | undefined {
  const places = new Map<string, { shard: ListedShard; start: number }>();
  let start = 0;
  for (const shard of shards) {
    places.set(baseName(shard.url), { shard, start });
    start += shard.sampleCount;
  }
  // Two of one name in two folders: which is which, only their order tells.
  const isNamed = places.size === shards.length;
  if (!isNamed && shards.length !== names.length) return undefined;
  let at = 0;
  const found: { shard: ListedShard; start: number }[] = [];
  for (const [i, name] of names.entries()) {
    const place = isNamed ? places.get(baseName(name)) : { shard: shards[i], start: at };
    if (place === undefined) return undefined;
    found.push(place);
    at += place.shard.sampleCount;
  }
  const sizes = found.map(({ shard }) => shard.sizeBytes);
  return {
    lengths: found.map(({ shard }) => shard.sampleCount),
    shardBytes: sizes.every((size) => size !== undefined) ? sizes : undefined,
    classes: classes && pickClasses(classes, found, at),
  };
}

function pickClasses(
  classes: ArrayLike<number>,
  found: readonly { readonly shard: ListedShard; readonly start: number }[],
  count: number,
): ArrayLike<number> {
  const isAll = count === classes.length &&
    found.every(({ start }, i) => i === 0 || start > found[i - 1].start);
  if (isAll) return classes;
  const picked = new Float64Array(count);
  let at = 0;
  for (const { shard: { sampleCount }, start } of found) {
    for (let i = 0; i < sampleCount; i++) picked[at++] = classes[start + i];
  }
  return picked;
}

function catalogueError(name: string, reason: string): IndexError {
  return new IndexError("index/bad", {
    action: `read "${name}" as a list of shards`,
    reason,
    shard: name,
  });
}
