/**
 * A cache in a folder of the browser: the origin's private file system, or one that the user has chosen.
 *
 * @module
 */
import type { CacheEntry, CacheStore, FolderHandleLike } from "./options.ts";

const CACHE_FOLDER = "wdstream-cache-1";

interface FileHandle {
  readonly kind: "file";
  getFile(): Promise<File>;
  createWritable(): Promise<{
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}

interface FolderHandle extends FolderHandleLike {
  readonly kind: "directory";
  entries(): AsyncIterable<[string, FileHandle | FolderHandle]>;
}

/** A cache in a browser's folder. A file is there as a whole when its writer was closed, and not before. */
export function folderHandleStore(handle: FolderHandleLike): CacheStore {
  return new FolderHandleStore(handle as FolderHandle);
}

class FolderHandleStore implements CacheStore {
  readonly #handle: FolderHandle;
  /** When entries were used: the files tell when they were written. */
  readonly #used = new Map<string, number>();

  constructor(handle: FolderHandle) {
    this.#handle = handle;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const [folder, name] = key.split("/");
    try {
      const below = await this.#folder(folder, false);
      const file = await (await below.getFileHandle(name) as FileHandle).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const [folder, name] = key.split("/");
    const below = await this.#folder(folder, true);
    const file = await below.getFileHandle(name, { create: true }) as FileHandle;
    const writer = await file.createWritable();
    try {
      await writer.write(bytes);
      await writer.close();
    } catch (error) {
      await writer.abort().catch(() => {});
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const [folder, name] = key.split("/");
    this.#used.delete(key);
    try {
      await (await this.#folder(folder, false)).removeEntry(name);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  touch(key: string): Promise<void> {
    this.#used.set(key, Date.now());
    return Promise.resolve();
  }

  async *list(): AsyncGenerator<CacheEntry, void, undefined> {
    const all = await this.#handle.getDirectoryHandle(CACHE_FOLDER, { create: true });
    for await (const [folder, below] of (all as FolderHandle).entries()) {
      if (below.kind !== "directory") continue;
      for await (const [name, file] of below.entries()) {
        if (file.kind !== "file") continue;
        const { size: sizeBytes, lastModified } = await file.getFile();
        const key = `${folder}/${name}`;
        yield { key, sizeBytes, usedMs: Math.max(lastModified, this.#used.get(key) ?? 0) };
      }
    }
  }

  async #folder(name: string, create: boolean): Promise<FolderHandle> {
    const all = await this.#handle.getDirectoryHandle(CACHE_FOLDER, { create }) as FolderHandle;
    return await all.getDirectoryHandle(name, { create }) as FolderHandle;
  }
}

function isMissing(error: unknown): boolean {
  return (error as { name?: unknown }).name === "NotFoundError";
}
