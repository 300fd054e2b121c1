/**
 * The files of a folder.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { redactError } from "./redact.ts";
import type { ListOptions, StoredObject } from "./store.ts";

/**
 * Lists files by their names within a folder, in the order of these by code units.
 *
 * @param folder Path, with a slash at its end, or nothing for the current folder.
 * @param name How the folder is shown.
 * @throws {SourceError} If the folder, which is there, cannot be read.
 */
export async function* listFiles(
  folder: string,
  name: string,
  prefix: string,
  { signal, isFlat }: ListOptions,
): AsyncIterable<StoredObject> {
  const { readdir, stat } = await import("node:fs/promises");
  const walk = async (inner: string): Promise<string[]> => {
    signal?.throwIfAborted();
    let entries;
    try {
      entries = await readdir(`${folder}${inner}` || ".", { withFileTypes: true });
    } catch (cause) {
      throw listError(name, cause, folder);
    }
    const found: string[] = [];
    for (const entry of entries) {
      const path = inner + entry.name;
      // What a link leads to counts.
      const isFolder = entry.isSymbolicLink()
        ? await stat(folder + path).then((facts) => facts.isDirectory(), () => undefined)
        : entry.isDirectory();
      const below = `${path}/`;
      if (isFolder === false) found.push(path);
      else if (isFolder && !entry.isSymbolicLink() && !isFlat && meets(below, prefix)) {
        found.push(...await walk(below));
      }
    }
    return found;
  };
  const start = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const paths = (await walk(start)).filter((path) => path.startsWith(prefix));
  for (const path of paths.sort((a, b) => a < b ? -1 : 1)) yield { name: path };
}

/** Whether a folder may hold names that begin with a prefix. */
export function meets(folder: string, prefix: string): boolean {
  return folder.startsWith(prefix) || prefix.startsWith(folder);
}

function listError(name: string, cause: unknown, path: string): SourceError {
  const { code, message } = cause as { code?: string; message?: string };
  return new SourceError(
    code === "ENOENT" || code === "ENOTDIR"
      ? "source/not-found"
      : code === "EACCES" || code === "EPERM"
      ? "source/unauthorized"
      : "source/read",
    {
      action: `list "${name || "."}"`,
      reason: code === "ENOENT"
        ? "there is no such folder"
        : code === "ENOTDIR"
        ? "it is no folder"
        : code ?? message ?? "it cannot be read",
      shard: name || ".",
      cause: redactError(cause, path || undefined),
    },
  );
}
