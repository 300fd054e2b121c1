/**
 * `file:` URLs, and paths.
 *
 * @module
 */
import { fileSource, fileUrlPath } from "../file.ts";
import { nameText } from "../redact.ts";
import { type ObjectDraft, type PutOptions, putWhole } from "../store.ts";
import type { Scheme } from "./scheme.ts";

/** Paths of files as text, and `file:` URLs. */
export const fileScheme: Scheme = {
  protocols: ["file:"],
  open(address, { name }) {
    const path = readPath(address);
    return fileSource(path, name ?? nameText(path));
  },
  openStore(address) {
    const path = readPath(address);
    // Where there is none, names are relative to the current one.
    const folder = path === "" || /[/\\]$/.test(path) ? path : `${path}/`;
    const nameOf = (name: string): string => nameText(folder + name);
    const create = (name: string, options: PutOptions = {}): Promise<ObjectDraft> => {
      const { draft } = options;
      const placed = draft === undefined ? options : { ...options, draft: folder + draft };
      return createFile(folder + name, nameOf(name), placed);
    };
    return {
      open: (name) => fileSource(folder + name, nameOf(name)),
      async *list(prefix = "", options = {}) {
        const { listFiles } = await import("../file_list.ts");
        yield* listFiles(folder, nameOf(""), prefix, options);
      },
      async put(name, body, options) {
        return await putWhole(await create(name, options), body);
      },
      create,
      async remove(name) {
        const { rm } = await import("node:fs/promises");
        await rm(folder + name, { force: true });
      },
    };
  },
};

/** Begins a file; what writes is loaded only here. */
async function createFile(
  path: string,
  name: string,
  options: PutOptions,
): Promise<ObjectDraft> {
  const { FileDraft } = await import("../file_draft.ts");
  return await FileDraft.open(path, name, options);
}

/** The path of a URL; a text is one, unless it is a URL as well. */
function readPath(address: URL | string): string {
  if (address instanceof URL) return fileUrlPath(address);
  return /^\s*file:/i.test(address) && URL.canParse(address)
    ? fileUrlPath(new URL(address))
    : address;
}
