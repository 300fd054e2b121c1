/** Local files on Deno, Node and Bun, through the one file system interface they share. */

import { SourceError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { readFault } from "./slice_stream.ts";
import type { OpenedObject, OpenOptions, Source } from "./source.ts";

// Large enough that the cost of a read vanishes, small enough for the second-level cache.
const READ_BYTES = 512 * 1024;

/** What is needed of Node's `FileHandle`. */
interface FileHandle {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
  stat(): Promise<FileStat>;
  close(): Promise<void>;
}

interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  isDirectory(): boolean;
}

interface OpenedFile {
  readonly file: FileHandle;
  readonly stat: FileStat | undefined;
}

interface FileSystem {
  open(path: string, flags: "r"): Promise<FileHandle>;
}

/** Makes a source of a local file. */
export function fileSource(path: string, name: string): Source {
  return {
    name,
    isLocal: true,
    sibling: (suffix) => fileSource(path + suffix, name + suffix),
    async size(): Promise<number | undefined> {
      const { file, stat } = await openFile(path, name);
      await file.close();
      return stat?.size;
    },
    async open(
      { offset = 0, length = Infinity, signal }: OpenOptions = {},
    ): Promise<OpenedObject> {
      signal?.throwIfAborted();
      const { file, stat } = await openFile(path, name);
      const body = streamFile(file, name, offset, length, signal);
      return stat === undefined
        ? { body }
        : { body, sizeBytes: stat.size, lastModifiedMs: stat.mtimeMs };
    },
  };
}

/** The path of a `file:` URL. */
export function fileUrlPath(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  // A drive's letter follows the slash on Windows.
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

async function openFile(path: string, name: string): Promise<OpenedFile> {
  const fileSystem = await loadFileSystem(name);
  let file: FileHandle;
  try {
    file = await fileSystem.open(path, "r");
  } catch (cause) {
    throw openFault(name, cause);
  }
  // Opening a folder succeeds on some systems, and only reading it fails.
  const stat = await file.stat().catch(() => undefined);
  if (!stat?.isDirectory()) return { file, stat };
  await file.close();
  throw new SourceError("source/read", `Cannot open "${name}": it is a folder`, { shard: name });
}

async function loadFileSystem(name: string): Promise<FileSystem> {
  try {
    return await import("node:fs/promises");
  } catch (cause) {
    throw new SourceError(
      "source/unsupported",
      `Cannot open "${name}": this runtime has no file system`,
      { shard: name, cause },
    );
  }
}

function openFault(name: string, cause: unknown): SourceError {
  const { code, message } = cause as { code?: string; message?: string };
  const [errorCode, why]: [ErrorCode, string] = code === "ENOENT" || code === "ENOTDIR"
    ? ["source/not-found", "there is no such file"]
    : code === "EACCES" || code === "EPERM"
    ? ["source/unauthorized", "reading it is not permitted"]
    : ["source/read", message ?? String(cause)];
  return new SourceError(errorCode, `Cannot open "${name}": ${why}`, { shard: name, cause });
}

function streamFile(
  file: FileHandle,
  name: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let position = offset;
  let left = length;
  let reading: Promise<unknown> | undefined;
  let onAbort: (() => void) | undefined;
  let closed = false;

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    // The descriptor must not be freed, and given to another file, under a read that is under way.
    await reading;
    await file.close();
  }

  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = (): void => {
        controller.error(signal?.reason);
        close().catch(() => {});
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      const buffer = new Uint8Array(Math.min(READ_BYTES, left));
      const read = file.read(buffer, 0, buffer.length, position);
      reading = read.catch(() => {});
      try {
        const bytesRead = buffer.length === 0 ? 0 : (await read).bytesRead;
        if (closed) return;
        position += bytesRead;
        left -= bytesRead;
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
        if (bytesRead > 0 && left > 0) return;
      } catch (cause) {
        if (closed) return;
        await close();
        throw readFault(name, "source/read", cause);
      }
      await close();
      controller.close();
    },
    cancel: close,
  });
}
