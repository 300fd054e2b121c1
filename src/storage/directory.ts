/**
 * Folders of browsers: those that users open (File System Access), and the origin's own (OPFS).
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { blobSource } from "./memory.ts";
import { nameBeside, type Source } from "./source.ts";
import type { ListOptions, Store, StoredObject } from "./store.ts";

/** What is used of a `FileSystemDirectoryHandle`. */
export interface DirectoryLike {
  /** Opens a folder in it. */
  getDirectoryHandle(name: string): Promise<DirectoryLike>;
  /** Opens a file in it. */
  getFileHandle(name: string): Promise<{ getFile(): Promise<Blob> }>;
  /** What lies in it. */
  entries?(): AsyncIterable<readonly [string, { readonly kind: string }]>;
}

/** The files of a folder by their paths within it. */
export function directoryStore(folder: DirectoryLike): Store {
  return {
    open: (name) => handleSource(folder, name),
    list: (prefix = "", options = {}) => listFolder(folder, prefix, options),
  };
}

function handleSource(folder: DirectoryLike, name: string): Source {
  const find = async (): Promise<Source> => blobSource(await findFile(folder, name), name);
  // Of the same file, asked for anew: it may have been changed.
  return {
    name,
    isLocal: true,
    open: async (options) => await (await find()).open(options),
    stat: async (options) => await (await find()).stat!(options),
    beside: (suffix) => handleSource(folder, nameBeside(name, suffix)),
  };
}

async function findFile(folder: DirectoryLike, path: string): Promise<Blob> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const last = parts.pop() ?? "";
  try {
    let inner = folder;
    for (const part of parts) inner = await inner.getDirectoryHandle(part);
    return await (await inner.getFileHandle(last)).getFile();
  } catch (cause) {
    throw handleError("open", path, cause);
  }
}

async function* listFolder(
  folder: DirectoryLike,
  prefix: string,
  { signal, isFlat }: ListOptions,
): AsyncIterable<StoredObject> {
  const start = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const walk = async (handle: DirectoryLike, inner: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const [name, { kind }] of handle.entries!()) {
      signal?.throwIfAborted();
      const path = inner + name;
      if (kind === "file") found.push(path);
      else if (!isFlat) {
        found.push(...await walk(await handle.getDirectoryHandle(name), `${path}/`));
      }
    }
    return found;
  };
  let paths: string[];
  try {
    let handle = folder;
    for (const part of start.split("/").filter((part) => part !== "")) {
      handle = await handle.getDirectoryHandle(part);
    }
    paths = await walk(handle, start);
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw handleError("list", prefix, cause);
  }
  for (const name of paths.filter((path) => path.startsWith(prefix)).sort(byCodeUnits)) {
    yield { name };
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function handleError(verb: string, name: string, cause: unknown): SourceError {
  const kind = (cause as { name?: unknown }).name;
  const isMissing = kind === "NotFoundError" || kind === "TypeMismatchError";
  return new SourceError(
    isMissing
      ? "source/not-found"
      : kind === "NotAllowedError"
      ? "source/unauthorized"
      : "source/read",
    {
      action: `${verb} "${name}"`,
      reason: isMissing
        ? "the folder does not have it"
        : kind === "NotAllowedError"
        ? "the user's permission is needed first (requestPermission)"
        : "the folder failed",
      shard: name,
      cause,
    },
  );
}
