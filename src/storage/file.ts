/**
 * Local files on Deno, Node and Bun.
 *
 * @module
 */
import { type ErrorCode, SourceError } from "../errors.ts";
import { type DenoFileFacts, type DenoFileLike, type DenoLike, denoScope } from "../runtime.ts";
import { nameText, redactError } from "./redact.ts";
import { readError, sliceStream } from "./slice_stream.ts";
import {
  nameBeside,
  type ObjectFacts,
  type OpenedObject,
  type OpenOptions,
  type Source,
} from "./source.ts";

// Large enough that the cost of a read vanishes, small enough for the second-level cache.
const READ_BYTES = 512 * 1024;

/** Where a seek counts from: the file's first byte. */
const START = 0;

/** Bytes after which it is asked again whether the file is still the one that was opened. */
const CHECK_BYTES = 16 * 1024 * 1024;

/** What is needed of Node's `FileHandle`. */
interface FileHandle {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>;
  stat(): Promise<FileStat>;
  close(): Promise<void>;
}

interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  isDirectory(): boolean;
  isFile(): boolean;
}

interface OpenedFile {
  readonly file: FileHandle;
  readonly stat: FileStat;
}

interface FileSystem {
  open(path: string, flags: "r"): Promise<FileHandle>;
  stat(path: string): Promise<FileStat>;
}

/**
 * Makes a source of a local file. A pipe or a device can be one, too; it is read from where it is, and an offset is
 * reached by skipping.
 */
export function fileSource(path: string, name: string): Source {
  return {
    name,
    isLocal: true,
    beside: (suffix) => fileSource(nameBeside(path, suffix), nameBeside(name, suffix)),
    async stat(): Promise<ObjectFacts> {
      // A pipe is not opened for it: whoever writes into one would take it for its reader.
      const stat = await statFile(path, name);
      return stat.isFile() ? describeFile(stat) : {};
    },
    async open(
      { offset = 0, length = Infinity, signal }: OpenOptions = {},
    ): Promise<OpenedObject> {
      signal?.throwIfAborted();
      const { file, stat } = await openFile(path, name);
      if (!stat.isFile()) {
        const all = streamFile(file, { name, length: Infinity, signal });
        return {
          body: sliceStream(all, { name, skip: offset, length, code: "source/read", signal }),
        };
      }
      const body = streamFile(file, { name, offset, length, stat, signal });
      return { body, ...describeFile(stat) };
    },
  };
}

function describeFile({ size, mtimeMs }: FileStat): ObjectFacts {
  return { sizeBytes: size, lastModifiedMs: mtimeMs };
}

/** The path of a `file:` URL; that of a share on Windows has a host. */
export function fileUrlPath(url: URL): string {
  const path = decodePath(url.pathname);
  if (url.host !== "") return `//${url.host}${path}`;
  // A drive's letter follows the slash on Windows.
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

/** A path, as it is where its percent signs encode nothing. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function statFile(path: string, name: string): Promise<FileStat> {
  const fileSystem = await loadFileSystem(name);
  let stat: FileStat;
  try {
    stat = await fileSystem.stat(path);
  } catch (cause) {
    throw openError(name, cause, path);
  }
  if (stat.isDirectory()) throw folderError(name);
  return stat;
}

async function openFile(path: string, name: string): Promise<OpenedFile> {
  const fileSystem = await loadFileSystem(name);
  let file: FileHandle;
  try {
    file = await fileSystem.open(path, "r");
  } catch (cause) {
    throw openError(name, cause, path);
  }
  let stat: FileStat;
  try {
    stat = await file.stat();
  } catch (cause) {
    await file.close();
    throw openError(name, cause, path);
  }
  // Opening a folder succeeds on some systems, and only reading it fails.
  if (!stat.isDirectory()) return { file, stat };
  await file.close();
  throw folderError(name);
}

function folderError(name: string): SourceError {
  return new SourceError("source/read", {
    action: `open "${name}"`,
    reason: "it is a folder",
    shard: name,
  });
}

async function loadFileSystem(name: string): Promise<FileSystem> {
  const deno = denoScope();
  if (deno !== undefined) return denoFileSystem(deno);
  try {
    return await import("node:fs/promises");
  } catch (cause) {
    throw new SourceError("source/unsupported", {
      action: `open "${name}"`,
      reason: "this runtime has no file system",
      shard: name,
      cause,
    });
  }
}

/** Deno's own files as Node's: what imitates Node there takes longer to load than all of this module. */
function denoFileSystem(deno: DenoLike): FileSystem {
  return {
    open: async (path) => denoFile(await deno.open(path, { read: true })),
    stat: async (path) => denoStat(await deno.stat(path)),
  };
}

function denoFile(file: DenoFileLike): FileHandle {
  let at = 0;
  return {
    async read(buffer, offset, length, position) {
      if (position !== null && position !== at) at = await file.seek(position, START);
      const bytesRead = await file.read(buffer.subarray(offset, offset + length)) ?? 0;
      at += bytesRead;
      return { bytesRead };
    },
    stat: async () => denoStat(await file.stat()),
    close: () => Promise.resolve(file.close()),
  };
}

function denoStat({ size, mtime, isDirectory, isFile }: DenoFileFacts): FileStat {
  return {
    size,
    mtimeMs: mtime?.getTime() ?? 0,
    isDirectory: () => isDirectory,
    isFile: () => isFile,
  };
}

function openError(name: string, failure: unknown, path: string): SourceError {
  // Many files are only looked for. To keep a secret out of an error its stack is read, for which Deno reads and parses
  // long maps of sources: not where there is none, for what a runtime says of a file is its path.
  const cause = nameText(path) === path ? failure : redactError(failure, path);
  const { code, message } = cause as { code?: string; message?: string };
  const [errorCode, why]: [ErrorCode, string] = code === "ENOENT" || code === "ENOTDIR"
    ? ["source/not-found", "there is no such file"]
    : code === "EACCES" || code === "EPERM"
    ? ["source/unauthorized", "reading it is not permitted"]
    : ["source/read", message ?? String(cause)];
  return new SourceError(errorCode, {
    action: `open "${name}"`,
    reason: why,
    shard: name,
    cause,
  });
}

interface FileSlice {
  /** Name of the source, for errors. */
  readonly name: string;
  /** First byte; absent for what can only be read from where it is. */
  readonly offset?: number;
  readonly length: number;
  /** What the file was when it was opened; absent where it has no size. */
  readonly stat?: FileStat;
  readonly signal: AbortSignal | undefined;
}

function streamFile(
  file: FileHandle,
  { name, offset, length, stat, signal }: FileSlice,
): ReadableStream<Uint8Array> {
  let position = offset ?? null;
  let left = length;
  let unchecked = 0;
  let reading: Promise<unknown> | undefined;
  let onAbort: (() => void) | undefined;
  let closed = false;

  /** Ends once the file is closed; where it is left and `canWait` is false, the file closes in its own time. */
  async function close(canWait = true): Promise<void> {
    if (closed) return;
    closed = true;
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    // The descriptor must not be freed, and given to another file, under a read that is under way.
    const closing = (async () => {
      await reading;
      await file.close();
    })();
    if (canWait) await closing;
    else closing.catch(() => {});
  }

  async function readPart(): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.min(READ_BYTES, left));
    if (buffer.length === 0) return buffer;
    const read = file.read(buffer, 0, buffer.length, position);
    reading = read.catch(() => {});
    const { bytesRead } = await read;
    if (position !== null) position += bytesRead;
    left -= bytesRead;
    unchecked += bytesRead;
    const isEnd = bytesRead === 0 || left <= 0;
    if (stat !== undefined && (isEnd || unchecked >= CHECK_BYTES) && !closed) {
      unchecked = 0;
      const checking = checkUnchanged(file, name, stat, bytesRead === 0 ? position! : 0);
      reading = checking.catch(() => {});
      await checking;
    }
    return buffer.subarray(0, bytesRead);
  }

  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = (): void => {
        controller.error(signal?.reason);
        close(false).catch(() => {});
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      try {
        const part = await readPart();
        if (closed) return;
        if (part.length > 0) controller.enqueue(part);
        if (part.length > 0 && left > 0) return;
      } catch (cause) {
        if (closed) return;
        await close();
        throw readError(name, "source/read", cause);
      }
      await close();
      controller.close();
    },
    // A pipe's read may end when somebody writes, or never.
    cancel: () => close(stat !== undefined),
  });
}

/**
 * Throws where a file is no longer what it was when it was opened: what was read of it may be of two versions.
 *
 * @param end Where it ended, or 0.
 */
async function checkUnchanged(
  file: FileHandle,
  name: string,
  before: FileStat,
  end: number,
): Promise<void> {
  const now = await file.stat();
  const isCut = now.size < before.size || (end > 0 && end < before.size);
  if (!isCut && now.size === before.size && now.mtimeMs === before.mtimeMs) return;
  const what = isCut
    ? `it was cut to ${Math.min(now.size, end || now.size)} of its ${before.size} bytes`
    : "it was changed";
  throw new SourceError("source/changed", {
    action: `read "${name}"`,
    reason: `${what} while it was read`,
    shard: name,
  });
}
