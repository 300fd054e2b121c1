/**
 * The one place that knows the data beside the repository: images, archives and what Python makes
 * of them. It is not part of the project, so that tests over it are skipped where it is not.
 */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = new URL("../../shared/data/", import.meta.url);

/** Why tests over the shared data are skipped; `undefined` where the data is there. */
export const sharedSkip: string | undefined = existsSync(root)
  ? undefined
  : "the shared data is not beside this checkout";

/** Path of a file of the shared data. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(path, root));
}

/** Bytes of a file of the shared data. */
export async function readShared(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(sharedPath(path)));
}

/** A JSON file of the shared data, parsed. */
export async function readSharedJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(sharedPath(path), "utf8")) as T;
}

/** Names of the files directly below a folder of the shared data, sorted. */
export async function listShared(folder: string): Promise<readonly string[]> {
  return (await readdir(sharedPath(folder))).sort();
}
