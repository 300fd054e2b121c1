/**
 * What a visitor gives: files that are dropped or chosen, and addresses.
 *
 * @module
 */
/// <reference lib="dom" />
import { braceExpand } from "../../storage/braces.ts";
import type { Problem } from "../messages.ts";
import { formatCount } from "./format.ts";

/** Shards that are open at a time. */
export const MOST_SHARDS = 500;

/** Shards, and what is wrong with what was given besides. */
export interface Given {
  readonly shards: readonly (Blob | string)[];
  readonly problems: readonly Problem[];
}

/** Files that were dropped, or addresses that were. */
export function listDropped(items: DataTransfer | null): Given {
  const files = [...items?.files ?? []];
  if (files.length === 0) {
    const text = items?.getData("text/uri-list") || items?.getData("text/plain") || "";
    const addresses = text.split(/\s+/).filter((each) => /^https?:/.test(each));
    return limit(addresses);
  }
  // Of files that a script has made there are no entries.
  const entries = [...items!.items].filter(({ kind }) => kind === "file")
    .map((item) => item.webkitGetAsEntry?.());
  const isFolder = (i: number): boolean => entries[i]?.isDirectory === true;
  const folders = files.filter((_, i) => isFolder(i));
  const { shards, problems } = limit(files.filter((_, i) => !isFolder(i)));
  const advice = `Drop a shard, a .tar. "wdstream pack" makes shards of a folder.`;
  return {
    shards,
    problems: [
      ...folders.map(({ name }) => ({ message: `"${name}" is a folder.`, advice })),
      ...problems,
    ],
  };
}

/** Files that were chosen. */
export function listChosen(files: Iterable<File> | null): Given {
  return limit([...files ?? []]);
}

/**
 * Addresses in a text, with blanks between them, or with braces: `https://host/train-{0000..0007}.tar`. What is no URL is
 * below the page's own origin, as in the address of the page.
 */
export function listAddresses(text: string): Given {
  const patterns = text.split(/\s+/).filter((each) => each !== "");
  try {
    return limit(patterns.flatMap((pattern) => braceExpand(pattern)).map(toAddress));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { shards: [], problems: [{ message: error.message }] };
  }
}

function toAddress(text: string): string {
  const base = document.baseURI;
  return !URL.canParse(text) && URL.canParse(text, base) ? new URL(text, base).href : text;
}

function limit(shards: readonly (Blob | string)[]): Given {
  if (shards.length <= MOST_SHARDS) return { shards, problems: [] };
  return {
    shards: shards.slice(0, MOST_SHARDS),
    problems: [{
      message: `${formatCount(shards.length)} shards were given: these are the first ${
        formatCount(MOST_SHARDS)
      }.`,
      advice: 'For more there are "wdstream serve", "wdstream stats" and "wdstream verify".',
    }],
  };
}
