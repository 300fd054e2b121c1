/**
 * Files that appear in their place when they are whole.
 *
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { type ErrorCode, SourceError } from "../errors.ts";
import { redactError } from "./redact.ts";
import type { ObjectDraft, PutOptions } from "./store.ts";

type Files = typeof import("node:fs/promises");

/** A file under a name of its own, beside the one that it will have. */
export class FileDraft implements ObjectDraft {
  readonly #files: Files;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #draft: string;
  readonly #name: string;
  readonly #options: PutOptions;
  #isOpen = true;

  private constructor(
    files: Files,
    file: FileHandle,
    path: string,
    draft: string,
    name: string,
    options: PutOptions,
  ) {
    this.#files = files;
    this.#file = file;
    this.#path = path;
    this.#draft = draft;
    this.#name = name;
    this.#options = options;
  }

  /**
   * Begins a file, and makes the folders that it lies in.
   *
   * @param name Its name for errors.
   * @param options Of them, `draft` is a path, on the same file system.
   * @throws {SourceError} `source/write` if it cannot be written there.
   */
  static async open(path: string, name: string, options: PutOptions): Promise<FileDraft> {
    options.signal?.throwIfAborted();
    let files: Files;
    try {
      files = await import("node:fs/promises");
    } catch (cause) {
      throw writeError("source/unsupported", name, "this runtime has no file system", cause);
    }
    const { draft = `${path}.${crypto.randomUUID()}.tmp` } = options;
    try {
      for (const folder of new Set([folderOf(path), folderOf(draft)])) {
        if (folder !== "") await files.mkdir(folder, { recursive: true });
      }
      // Never into what somebody else has put there.
      return new FileDraft(files, await files.open(draft, "wx"), path, draft, name, options);
    } catch (error) {
      throw failedError(name, path, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#options.signal?.throwIfAborted();
    try {
      for (let rest = bytes; rest.length > 0;) {
        const { bytesWritten } = await this.#file.write(rest, 0, rest.length);
        rest = rest.subarray(bytesWritten);
      }
    } catch (error) {
      throw failedError(this.#name, this.#path, error);
    }
  }

  async finish(): Promise<boolean> {
    try {
      this.#options.signal?.throwIfAborted();
      // Some disks tell only now that they are full.
      await this.#file.sync();
      await this.#close();
      if (this.#options.ifAbsent) return await this.#link();
      await this.#files.rename(this.#draft, this.#path);
      return true;
    } catch (error) {
      await this.discard();
      this.#options.signal?.throwIfAborted();
      if ((error as { code?: string }).code === "ENOENT") {
        // A tool that goes on takes the drafts of runs away that were killed, and cannot tell this one from them.
        const reason = "what was written of it was taken away: another process writes there too";
        throw writeError("source/write", this.#name, reason, redactError(error, this.#path));
      }
      throw failedError(this.#name, this.#path, error);
    }
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await this.#files.unlink(this.#draft).catch(() => {});
  }

  /** A second name of the same file, which a name that is taken refuses in one step. */
  async #link(): Promise<boolean> {
    try {
      await this.#files.link(this.#draft, this.#path);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EEXIST") return false;
      // A file system without such links: two that write at once may both think that they were first.
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
      if (await this.#files.stat(this.#path).then(() => true, () => false)) return false;
      await this.#files.rename(this.#draft, this.#path);
      return true;
    } finally {
      await this.#files.unlink(this.#draft).catch(() => {});
    }
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.search(/[^/\\]*$/));
}

function failedError(name: string, path: string, error: unknown): SourceError {
  const cause = redactError(error, path);
  const { message } = cause as { message?: string };
  return writeError("source/write", name, message ?? String(cause), cause);
}

function writeError(code: ErrorCode, name: string, reason: string, cause: unknown): SourceError {
  return new SourceError(code, { action: `write "${name}"`, reason, shard: name, cause });
}
