/**
 * What `_info.json` says of the shards beside it.
 *
 * @module
 */
import { SourceError, WdsError } from "../errors.ts";
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";
import type { ImageNetSplit, SplitCatalogue } from "./catalogue.ts";

/** A hundred times what the published file has. */
const MAX_INFO_BYTES = 8 * 1024 * 1024;

/**
 * Reads a split's shards from `_info.json`, as timm's datasets have it.
 *
 * @returns `undefined` where there is no such file, or it does not have the split.
 * @throws {SourceError} If the file cannot be read, or is not what it should be.
 */
export async function readInfo(
  source: Source,
  split: ImageNetSplit,
  signal?: AbortSignal,
): Promise<SplitCatalogue | undefined> {
  let text: string;
  try {
    text = new TextDecoder().decode(await readAll(source, MAX_INFO_BYTES, signal));
  } catch (error) {
    if (error instanceof WdsError && error.code === "source/not-found") return undefined;
    throw error;
  }
  // Some hosts answer whatever they are asked for with a page: such a one has no file of this name.
  if (/^\s*</.test(text)) return undefined;
  const info = parseInfo(text, source.name);
  if (!Object.hasOwn(info.splits, split)) return undefined;
  const { filenames, shard_lengths: lengths } = info.splits[split] ?? {};
  const complete = isListOf(filenames, "string") && isListOf(lengths, "number") &&
    filenames.length === lengths.length && filenames.length > 0;
  if (!complete) {
    throw infoError(source.name, `its split "${split}" lists no shards with lengths`);
  }
  const sampleCount = lengths.reduce((sum, length) => sum + length, 0);
  return { shardNames: filenames, shardLengths: lengths, sampleCount };
}

interface Info {
  readonly splits: Record<string, { filenames?: unknown; shard_lengths?: unknown } | undefined>;
}

function parseInfo(text: string, name: string): Info {
  let info: Partial<Info> | null;
  try {
    info = JSON.parse(text);
  } catch (cause) {
    throw infoError(name, "it is not JSON", cause);
  }
  if (typeof info?.splits !== "object" || info.splits === null) {
    throw infoError(name, "it has no splits");
  }
  return info as Info;
}

function isListOf(list: unknown, type: "string"): list is string[];
function isListOf(list: unknown, type: "number"): list is number[];
function isListOf(list: unknown, type: "string" | "number"): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === type);
}

function infoError(name: string, reason: string, cause?: unknown): SourceError {
  const hint = "pass `info: false` to go by the built-in catalogue";
  return new SourceError("source/read", {
    action: `read "${name}"`,
    reason: `${reason}; ${hint}`,
    cause,
  });
}
