/**
 * Two hosts as Hugging Face has them: a hub that redirects to signed targets, and a host of the bytes that lets in who
 * has such a target, as long as it lasts.
 *
 * Its headers are those that are documented and seen in public code:
 * - `X-Repo-Commit`, `X-Linked-ETag`, `X-Linked-Size` of the redirect: `huggingface_hub.constants` and
 *   `get_hf_file_metadata` of its `file_download.py`;
 * - `X-Amz-Date`, `X-Amz-Expires` of the target: Amazon's "Authenticating Requests: Using Query Parameters";
 * - the host of the bytes has entity tags of its own: github.com/huggingface/huggingface.js/issues/1023;
 * - `RateLimit` of a 429: huggingface.co/docs/hub/rate-limits;
 * - `/api/datasets/…/revision/…`, `/tree/…` and its `Link`: huggingface.co/docs/hub/api.
 */

import { sendObject } from "./s3_host.ts";

/** What it is like. */
export interface HubHostOptions {
  /** Whose requests the hub answers; absent for everybody's. */
  readonly token?: string;
  /** Seconds that a target lasts, as its URL says. */
  readonly expiresSeconds?: number;
  /** Entries a page of the tree has. */
  readonly pageSize?: number;
  /** Answers of 429 that the hub gives first. */
  readonly refusals?: number;
}

export const HUB = "https://hub.test";
const BYTES = "https://cdn.test";

/** A hub with one repository, `datasets/o/n`. */
export class HubHost {
  /** Files of each commit by their paths. */
  readonly commits = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();
  /** The commit that `main` is at. */
  main: string;
  /** Requests, `hub /path` and `cdn /path`. */
  readonly seen: string[] = [];
  /** Whether credentials came to the host of the bytes. */
  isLeaked = false;
  /** Whether a condition was sent with the tag of one host to another. */
  hasCondition = false;
  /** What targets are signed with: those of before are refused once it is another. */
  secret = 1;
  /** Bytes that are missing at the end of what the host of the bytes has. */
  cut = 0;
  readonly #options: HubHostOptions;
  #refusals: number;

  constructor(
    commit: string,
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
    options: HubHostOptions = {},
  ) {
    this.main = commit;
    this.commits.set(commit, new Map(Object.entries(files)));
    this.#options = options;
    this.#refusals = options.refusals ?? 0;
  }

  /** Requests to one of the hosts. */
  count(host: "hub" | "cdn"): number {
    return this.seen.filter((line) => line.startsWith(host)).length;
  }

  /** Asks it as `fetch` does. */
  readonly fetch: typeof globalThis.fetch = (input, init = {}) => {
    const url = new URL(String(input));
    const headers = new Headers(init.headers);
    const isHead = init.method === "HEAD";
    this.hasCondition ||= headers.has("if-range") || headers.has("if-match");
    return Promise.resolve(
      url.origin === HUB ? this.#answerHub(url, headers) : this.#answerBytes(url, headers, isHead),
    );
  };

  #answerHub(url: URL, headers: Headers): Response {
    this.seen.push(`hub ${url.pathname}${url.search}`);
    const { token, expiresSeconds = 3600 } = this.#options;
    if (token !== undefined && headers.get("authorization") !== `Bearer ${token}`) {
      return new Response("no", { status: 401 });
    }
    if (this.#refusals-- > 0) {
      return new Response("wait", { status: 429, headers: { ratelimit: '"resolvers";r=0;t=0' } });
    }
    const api = "/api/datasets/o/n";
    if (url.pathname === `${api}/revision/main`) return Response.json({ sha: this.main });
    if (url.pathname.startsWith(`${api}/tree/`)) {
      return this.#listTree(url, url.pathname.slice(api.length + 6));
    }
    const [, revision, path] = /^\/datasets\/o\/n\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ??
      [];
    const commit = revision === "main" ? this.main : revision;
    const bytes = this.commits.get(commit)?.get(decodeURIComponent(path ?? ""));
    if (bytes === undefined) return new Response("none", { status: 404 });
    const date = new Date().toISOString().replace(/[-:]|\.[0-9]*/g, "");
    const target = `${BYTES}/${commit}/${path}?X-Amz-Date=${date}&X-Amz-Expires=${expiresSeconds}` +
      `&X-Amz-Signature=${this.secret}`;
    return new Response(null, {
      status: 302,
      headers: {
        location: target,
        "x-repo-commit": commit,
        "x-linked-etag": `"${commit}-${path}"`,
        "x-linked-size": String(bytes.length),
      },
    });
  }

  #answerBytes(url: URL, headers: Headers, isHead: boolean): Response {
    this.seen.push(`cdn ${url.pathname}`);
    this.isLeaked ||= headers.has("authorization") || headers.has("cookie");
    if (url.searchParams.get("X-Amz-Signature") !== String(this.secret)) {
      return new Response("expired", { status: 403 });
    }
    const [, commit, path] = /^\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    const bytes = this.commits.get(commit)!.get(decodeURIComponent(path))!;
    // Each time another one: they are those of the host that happens to answer.
    const etag = `"${this.seen.length}"`;
    return sendObject(bytes.slice(0, bytes.length - this.cut), headers.get("range"), isHead, {
      etag,
    });
  }

  #listTree(url: URL, rest: string): Response {
    const [revision, ...folders] = rest.split("/");
    const folder = folders.length === 0 ? "" : `${folders.join("/")}/`;
    const files = this.commits.get(revision === "main" ? this.main : revision)!;
    const isDeep = url.searchParams.get("recursive") === "true";
    const entries = [...files].filter(([path]) =>
      path.startsWith(folder) && (isDeep || !path.slice(folder.length).includes("/"))
    ).map(([path, bytes]) => ({
      type: "file",
      oid: "a1",
      size: bytes.length,
      lfs: { oid: `${revision}-${path}`, size: bytes.length },
      path,
    }));
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const to = from + (this.#options.pageSize ?? 1000);
    const next = new URL(url);
    next.searchParams.set("cursor", String(to));
    return Response.json(
      [
        { type: "directory", oid: "d1", size: 0, path: `${folder}sub.tar` },
        ...entries.slice(from, to),
      ],
      { headers: to < entries.length ? { link: `<${next.href}>; rel="next"` } : {} },
    );
  }
}
