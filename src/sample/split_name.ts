/**
 * A member's name as a key and an extension.
 *
 * @module
 */
// webdataset's `__[^/]*__($|/)`, where `$` also stands before a last line feed.
const META_FOLDER = /^__[^/]*__(?:\n?$|\/)/;

/**
 * Splits the path of a member into the key of its sample and its extension: at the first dot after
 * the last slash. The extension's case stays.
 *
 * Exact: webdataset, `tariterators.base_plus_ext`.
 *
 * @param path Path of the member.
 * @returns Key and extension without the dot; `undefined` if the path has no key or no dot.
 *
 * @example Usage
 * ```ts
 * import { splitName } from "@wdstream/wdstream/sample";
 *
 * const [key, extension] = splitName("train/n01440764_18.seg.png") ?? [];
 * if (key !== "train/n01440764_18" || extension !== "seg.png") throw new Error("missplit");
 * if (splitName(".hidden") !== undefined) throw new Error("a hidden file has no key");
 * ```
 */
export function splitName(path: string): [key: string, extension: string] | undefined {
  // webdataset's `^((?:.*/|)[^.]+)[.]([^/]*)$` without its backtracking, which takes quadratic time: nothing
  // behind its dot is a slash, so that the dot can only be the first one behind the last slash.
  const dot = path.indexOf(".", path.lastIndexOf("/") + 1);
  if (dot <= 0) return undefined;
  // Before it stand a folder, which is empty or ends in a slash, and one letter or more, none of them a dot.
  const folderEnd = findFolderEnd(path, dot);
  if (path.lastIndexOf(".", dot - 1) >= folderEnd) return undefined;
  return [path.slice(0, dot), path.slice(dot + 1)];
}

/** The end of the longest folder that leaves a letter before `dot`: its `.*` stops at a line feed. */
function findFolderEnd(path: string, dot: number): number {
  if (dot < 2) return 0;
  const lineFeed = path.indexOf("\n");
  const last = lineFeed < 0 ? dot - 2 : Math.min(dot - 2, lineFeed - 1);
  return last < 0 ? 0 : path.lastIndexOf("/", last) + 1;
}

/**
 * Tells whether a member holds metadata of the shard rather than a field of a sample.
 *
 * Exact: webdataset, `tariterators.tar_file_iterator` with its default `skip_meta`.
 *
 * @param path Path of the member.
 *
 * @example Usage
 * ```ts
 * import { isMetaName } from "@wdstream/wdstream/sample";
 *
 * if (!isMetaName("__meta__/info.json")) throw new Error("a field");
 * ```
 */
export function isMetaName(path: string): boolean {
  if (!path.startsWith("__")) return false;
  return (!path.includes("/") && path.endsWith("__")) || META_FOLDER.test(path);
}
