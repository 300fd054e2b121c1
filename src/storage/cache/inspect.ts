/**
 * What a cache in a folder holds, and whether it is sound.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { SourceError } from "../../errors.ts";
import { folderStore } from "./folder.ts";
import { frameBytes, unframe } from "./frame.ts";
import { parseRecord } from "./record.ts";

/** What is kept of one object. */
export interface CachedObject {
  /** Its name, without credentials; absent where nothing is remembered of it. */
  readonly name?: string;
  /** Its size in bytes, where it is known. */
  readonly sizeBytes?: number;
  /** Segments that are kept, of all of its versions. */
  readonly segments: number;
  /** Bytes of the object that they hold. */
  readonly keptBytes: number;
}

/**
 * Makes sure that there is such a folder: one whose name is misspelt is not an empty cache.
 *
 * @throws {SourceError} `source/not-found` if there is none.
 */
export async function checkFolder(folder: string): Promise<void> {
  const facts = await stat(folder).catch((error: { code?: string }) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (facts?.isDirectory()) return;
  throw new SourceError("source/not-found", {
    action: `look at the cache "${folder}"`,
    reason: "there is no such folder",
    shard: folder,
  });
}

/** Lists the objects of a cache, by their names. */
export async function listCached(folder: string): Promise<CachedObject[]> {
  const store = folderStore(folder);
  const objects = new Map<string, { -readonly [Fact in keyof CachedObject]: CachedObject[Fact] }>();
  for await (const { key, sizeBytes } of store.list()) {
    const [object, part] = key.split("/");
    const facts = objects.get(object) ?? { segments: 0, keptBytes: 0 };
    objects.set(object, facts);
    if (part !== "object") {
      facts.segments++;
      // A file that is cut holds nothing.
      facts.keptBytes += Math.max(0, sizeBytes - frameBytes(key));
      continue;
    }
    const framed = await store.get(key);
    const record = framed && parseRecord(unframe(key, framed) ?? new Uint8Array());
    facts.name = record?.name;
    facts.sizeBytes = record?.facts?.sizeBytes;
  }
  const { compare } = new Intl.Collator("en", { numeric: true });
  return [...objects.values()].sort((a, b) => compare(a.name ?? "", b.name ?? ""));
}

/** Whether what a cache holds is what was put there. */
export interface CacheVerdict {
  /** Entries that are sound. */
  readonly sound: number;
  /** Their bytes. */
  readonly soundBytes: number;
  /** Files that are not: below the cache's own folder. They are not believed by whoever reads. */
  readonly damaged: readonly string[];
}

/** Compares every entry with its length and its checksum. */
export async function verifyCache(folder: string): Promise<CacheVerdict> {
  const store = folderStore(folder);
  let sound = 0;
  let soundBytes = 0;
  const damaged: string[] = [];
  for await (const { key, sizeBytes } of store.list()) {
    const framed = await store.get(key);
    // Another process may just have removed it.
    if (framed === undefined) continue;
    if (unframe(key, framed) === undefined) {
      damaged.push(key);
      continue;
    }
    sound++;
    soundBytes += sizeBytes;
  }
  return { sound, soundBytes, damaged };
}

/** Removes a cache from a folder; what else is in the folder stays. */
export async function clearCache(folder: string): Promise<void> {
  await folderStore(folder).clear();
}
