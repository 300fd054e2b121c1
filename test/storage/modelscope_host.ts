/**
 * A host as ModelScope is one: files at `/datasets/…/resolve/…`, and the lists of its interface.
 *
 * What it answers is what clients ask it for and read of it, for that interface has no page of its own:
 * - `/api/v1/datasets/OWNER/NAME/repo/tree` with `Revision`, `Root`, `Recursive`, `PageNumber`, `PageSize`, and
 *   `/api/v1/models/OWNER/NAME/repo/files` without pages: `HubApi` of the package `modelscope`, `modelscope/hub/api.py`;
 * - `{ Code, Success, Message, Data: { Files: [{ Name, Path, Type, Size }], TotalCount } }`, with `Type` "tree" for
 *   folders and "blob" for files: the same, `snapshot_download.py`, and drivers of others such as OpenList's.
 */

import { sendObject } from "./s3_host.ts";

/** What it is like. */
export interface ModelScopeOptions {
  /** Whose requests it answers; absent for everybody's. */
  readonly token?: string;
  /** Entries a page has at most, whatever is asked for. */
  readonly pageSize?: number;
  /** What it says of how many entries there are: all, those that are no folders, or nothing. */
  readonly counts?: "all" | "files";
}

/** Where it is. */
export const MODELSCOPE = "https://ms.test";

/** A host with one repository, `o/n`, which is a dataset and a model. */
export class ModelScopeHost {
  /** Requests, by path and query. */
  readonly seen: string[] = [];
  /** Files by their paths. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly #options: ModelScopeOptions;

  constructor(
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
    options: ModelScopeOptions = {},
  ) {
    this.files = new Map(Object.entries(files));
    this.#options = options;
  }

  /** Asks it as `fetch` does. */
  readonly fetch: typeof globalThis.fetch = (input, init = {}) => {
    const url = new URL(String(input));
    this.seen.push(url.pathname + url.search);
    return Promise.resolve(this.#answer(url, new Headers(init.headers), init.method === "HEAD"));
  };

  #answer(url: URL, headers: Headers, isHead: boolean): Response {
    const { token } = this.#options;
    if (token !== undefined && headers.get("authorization") !== `Bearer ${token}`) {
      return new Response("no", { status: 403 });
    }
    const [, path] = /^\/(?:datasets|models)\/o\/n\/resolve\/master\/(.+)$/.exec(url.pathname) ??
      [];
    if (path !== undefined) {
      const bytes = this.files.get(decodeURIComponent(path));
      if (bytes === undefined) return new Response("none", { status: 404 });
      return sendObject(bytes, headers.get("range"), isHead);
    }
    const { searchParams } = url;
    if (searchParams.get("Revision") !== "master") {
      return Response.json({ Code: 10010205001, Success: false, Message: "no such revision" });
    }
    const entries = this.#list(
      searchParams.get("Root") ?? "",
      searchParams.get("Recursive") === "True",
    );
    if (url.pathname === "/api/v1/models/o/n/repo/files") return this.#send(entries, entries);
    if (url.pathname !== "/api/v1/datasets/o/n/repo/tree") {
      return new Response("none", { status: 404 });
    }
    const asked = Number(searchParams.get("PageSize"));
    const size = Math.min(asked, this.#options.pageSize ?? asked);
    const from = (Number(searchParams.get("PageNumber")) - 1) * size;
    return this.#send(entries.slice(from, from + size), entries);
  }

  #send(entries: readonly Entry[], all: readonly Entry[]): Response {
    const { counts } = this.#options;
    const counted = counts === "files" ? all.filter(({ Type }) => Type === "blob") : all;
    const total = counts === undefined ? {} : { TotalCount: counted.length };
    return Response.json({
      Code: 200,
      Success: true,
      Message: "success",
      Data: { Files: entries, ...total },
    });
  }

  /** Folders first, as a tree is shown. */
  #list(root: string, isDeep: boolean): Entry[] {
    const folder = root === "" || root === "/" ? "" : `${root}/`;
    const entries = new Map<string, Entry>();
    for (const [path, { length }] of this.files) {
      if (!path.startsWith(folder)) continue;
      const parts = path.slice(folder.length).split("/");
      for (let i = 1; i < parts.length; i++) {
        const Path = folder + parts.slice(0, i).join("/");
        if (i === 1 || isDeep) {
          entries.set(Path, { Name: parts[i - 1], Path, Type: "tree", Size: 0 });
        }
      }
      if (parts.length > 1 && !isDeep) continue;
      entries.set(path, { Name: parts.at(-1)!, Path: path, Type: "blob", Size: length });
    }
    const rank = ({ Type }: Entry): number => Type === "tree" ? 0 : 1;
    return [...entries.values()].sort((a, b) => rank(a) - rank(b));
  }
}

interface Entry {
  readonly Name: string;
  readonly Path: string;
  readonly Type: "tree" | "blob";
  readonly Size: number;
}
