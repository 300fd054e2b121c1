/**
 * `ms:` URLs: repositories of ModelScope.
 *
 * @module
 */
import { redactText } from "../redact.ts";
import type { ListOptions, StoredObject } from "../store.ts";
import { parseJson, readRepository } from "./hub.ts";
import {
  below,
  encodePart,
  encodePath,
  fetchText,
  listingError,
  readEndpoint,
  type Remote,
  remoteScheme,
} from "./remote.ts";
import type { Scheme } from "./scheme.ts";

/** Entries that are asked for with one page of a dataset's tree. */
const PAGE_ENTRIES = 100;

/** Files of repositories of ModelScope. */
export const msScheme: Scheme = remoteScheme("ms:", (address, access) => {
  const { id, revision = "master", path } = readRepository(address, "ms:");
  const base = readEndpoint(access.ms?.endpoint ?? "https://modelscope.cn", "ms.endpoint");
  const name = `ms://${id}${revision === "master" ? "" : `@${revision}`}/`;
  const files = `/${id}/resolve/${encodePart(revision)}/`;
  const remote: Remote = {
    name,
    access,
    locate: (key) => below(base, files + encodePath(key, name + key)),
  };
  // How the files of a space are listed is not documented.
  if (id.startsWith("spaces/")) return [remote, path];
  const api = below(base, `/api/v1/${id}/repo`);
  return [{
    ...remote,
    list: (prefix, options) => listFiles(api, { name, revision, prefix, access, options }),
  }, path];
});

/** What the files of a repository are asked with. */
interface Listing extends Pick<Remote, "name" | "access"> {
  readonly revision: string;
  readonly prefix: string;
  readonly options: ListOptions;
}

/** The files of a repository: of datasets in pages, of models at once. */
async function* listFiles(api: URL, listing: Listing): AsyncIterable<StoredObject> {
  const { prefix } = listing;
  const isPaged = api.pathname.includes("/datasets/");
  const found = new Map<string, StoredObject>();
  const paths = new Set<unknown>();
  for (let page = 1;; page++) {
    const { entries, total } = await fetchPage(api, listing, isPaged ? page : undefined);
    const before = paths.size;
    for (const { Path: path, Type: type, Size: size } of entries) {
      paths.add(path);
      if (typeof path !== "string" || type === "tree" || !path.startsWith(prefix)) continue;
      found.set(path, { name: path, ...(typeof size === "number" ? { sizeBytes: size } : {}) });
    }
    // Until a page has nothing new: that pages are as large as they are asked to be, nobody promises, nor whether
    // folders count.
    if (!isPaged || paths.size === before || found.size >= total) break;
  }
  yield* [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

interface Page {
  readonly entries: readonly Entry[];
  /** Entries of all pages together, perhaps without folders; `Infinity` where it is not said. */
  readonly total: number;
}

interface Entry {
  readonly Path?: unknown;
  readonly Type?: unknown;
  readonly Size?: unknown;
}

async function fetchPage(
  api: URL,
  { name, revision, prefix, access, options }: Listing,
  page: number | undefined,
): Promise<Page> {
  const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));
  const query = [["Revision", revision], ["Root", folder], [
    "Recursive",
    options.isFlat ? "False" : "True",
  ]];
  if (page !== undefined) {
    query.push(["PageNumber", String(page)], ["PageSize", String(PAGE_ENTRIES)]);
  }
  const url = below(api, page === undefined ? "/files" : "/tree");
  url.search = query.map(([key, value]) => `${key}=${encodePart(value)}`).join("&");
  const listed = name + prefix;
  const answer = parseJson(await fetchText(url, listed, access, options), listed) as Answer;
  // Refusals come with status 200.
  if (answer.Success === false) {
    const why = typeof answer.Message === "string" ? answer.Message : "it refuses";
    throw listingError(listed, `the hub says: ${redactText(why.slice(0, 200))}`);
  }
  const { Files: entries, TotalCount: total } = answer.Data ?? {};
  // Of a folder without any, some answers have null.
  if (entries === null) return { entries: [], total: 0 };
  if (!Array.isArray(entries)) throw listingError(listed, "the answer is no listing");
  return { entries, total: typeof total === "number" && total > 0 ? total : Infinity };
}

interface Answer {
  readonly Success?: unknown;
  readonly Message?: unknown;
  readonly Data?: { readonly Files?: unknown; readonly TotalCount?: unknown } | null;
}
