/**
 * A cache in a folder, which several processes may use at one time.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import { fileUrlPath } from "../file.ts";
import type { CacheEntry, CacheStore } from "./options.ts";

/** The folder below that of the user: all that is below it is ours. */
export const CACHE_FOLDER = "wdstream-cache-1";

/** Files that are not yet whole end in this. */
const UNFINISHED = ".part";

/** After which such a file is one that a process left when it was ended. */
const ABANDONED_MS = 60 * 60 * 1000;

/** How seldom it is noted that a file was used. */
const TOUCH_MS = 60 * 1000;

const FOLDER_NAME = /^[0-9a-f]{32}$/;
const FILE_NAME = /^[0-9a-z-]+$/;

interface FileFacts {
  readonly size: number;
  readonly mtimeMs: number;
}

/** What is needed of Node's `fs/promises`. */
export interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array, options: { readonly flag: "wx" }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(
    path: string,
    options: { readonly force: boolean; readonly recursive?: boolean },
  ): Promise<void>;
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>;
  readdir(path: string): Promise<readonly string[]>;
  rmdir(path: string): Promise<void>;
  stat(path: string): Promise<FileFacts>;
  utimes(path: string, accessed: Date, changed: Date): Promise<void>;
}

/** The file system of Deno, Node and Bun. */
export async function loadFiles(path: string): Promise<FileSystem> {
  try {
    return await import("node:fs/promises") as FileSystem;
  } catch (cause) {
    throw new SourceError("source/unsupported", {
      action: `keep segments in "${path}"`,
      reason: "this runtime has no file system",
      cause,
    });
  }
}

/** A cache in a folder, which is made when something is put. */
export function folderStore(path: string): FolderStore {
  const isUrl = /^file:/i.test(path) && URL.canParse(path);
  return new FolderStore(isUrl ? fileUrlPath(new URL(path)) : path);
}

/** Files below a folder: written under another name and renamed, so that none is ever there in part. */
export class FolderStore implements CacheStore {
  readonly #path: string;

  /** @param path Of the user's folder. */
  constructor(path: string) {
    this.#path = `${path.replace(/[/\\]$/, "")}/${CACHE_FOLDER}`;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const files = await loadFiles(this.#path);
    try {
      return await files.readFile(this.#pathOf(key));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const files = await loadFiles(this.#path);
    const path = this.#pathOf(key);
    const unfinished = `${path}.${crypto.randomUUID()}${UNFINISHED}`;
    try {
      await this.#write(files, unfinished, bytes);
      await files.rename(unfinished, path);
    } catch (error) {
      await files.rm(unfinished, { force: true }).catch(() => {});
      // Windows refuses to replace a file that is read; what is there has the same bytes.
      if (await files.stat(path).then(() => true, () => false)) return;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const files = await loadFiles(this.#path);
    await files.rm(this.#pathOf(key), { force: true });
    // The last one takes its folder along.
    await files.rmdir(this.#folderOf(key)).catch(() => {});
  }

  async touch(key: string): Promise<void> {
    const files = await loadFiles(this.#path);
    const path = this.#pathOf(key);
    const now = new Date();
    const { mtimeMs } = await files.stat(path);
    if (now.getTime() - mtimeMs > TOUCH_MS) await files.utimes(path, now, now);
  }

  async *list(): AsyncGenerator<CacheEntry, void, undefined> {
    const files = await loadFiles(this.#path);
    for (const folder of await this.#listFolder(files, this.#path)) {
      if (!FOLDER_NAME.test(folder)) continue;
      for (const name of await this.#listFolder(files, `${this.#path}/${folder}`)) {
        const path = `${this.#path}/${folder}/${name}`;
        const facts = await files.stat(path).catch(() => undefined);
        if (facts === undefined) continue;
        const { size: sizeBytes, mtimeMs: usedMs } = facts;
        if (FILE_NAME.test(name)) yield { key: `${folder}/${name}`, sizeBytes, usedMs };
        else if (name.endsWith(UNFINISHED) && Date.now() - usedMs > ABANDONED_MS) {
          await files.rm(path, { force: true });
        }
      }
    }
  }

  /** Removes everything; nothing that is not of a cache. */
  async clear(): Promise<void> {
    const files = await loadFiles(this.#path);
    await files.rm(this.#path, { force: true, recursive: true });
  }

  async #write(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
    try {
      return await files.writeFile(path, bytes, { flag: "wx" });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await files.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await files.writeFile(path, bytes, { flag: "wx" });
  }

  async #listFolder(files: FileSystem, path: string): Promise<readonly string[]> {
    try {
      return await files.readdir(path);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  #pathOf(key: string): string {
    return `${this.#path}/${key}`;
  }

  #folderOf(key: string): string {
    return `${this.#path}/${key.slice(0, key.indexOf("/"))}`;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR";
}
