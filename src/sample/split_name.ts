// webdataset's `^((?:.*/|)[^.]+)[.]([^/]*)$`; its dot stands for all but a line feed, JavaScript's
// stops at three more characters.
const BASE_AND_EXTENSION = /^((?:[^\n]*\/|)[^.]+)[.]([^/]*)$/;

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
 * import { splitName } from "@wdstream/wdstream";
 *
 * const [key, extension] = splitName("train/n01440764_18.seg.png") ?? [];
 * if (key !== "train/n01440764_18" || extension !== "seg.png") throw new Error("missplit");
 * if (splitName(".hidden") !== undefined) throw new Error("a hidden file has no key");
 * ```
 */
export function splitName(path: string): [key: string, extension: string] | undefined {
  const match = BASE_AND_EXTENSION.exec(path);
  return match === null ? undefined : [match[1], match[2]];
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
 * import { isMetaName } from "@wdstream/wdstream";
 *
 * if (!isMetaName("__meta__/info.json")) throw new Error("a field");
 * ```
 */
export function isMetaName(path: string): boolean {
  if (!path.startsWith("__")) return false;
  return (!path.includes("/") && path.endsWith("__")) || META_FOLDER.test(path);
}
