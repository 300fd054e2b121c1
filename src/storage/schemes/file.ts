/**
 * `file:` URLs, and paths.
 *
 * @module
 */
import { fileSource, fileUrlPath } from "../file.ts";
import { nameText } from "../redact.ts";
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
    return { open: (name) => fileSource(folder + name, nameText(folder + name)) };
  },
};

/** The path of a URL; a text is one, unless it is a URL as well. */
function readPath(address: URL | string): string {
  if (address instanceof URL) return fileUrlPath(address);
  return /^\s*file:/i.test(address) && URL.canParse(address)
    ? fileUrlPath(new URL(address))
    : address;
}
