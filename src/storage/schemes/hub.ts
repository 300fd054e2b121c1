/**
 * `hf:` URLs: repositories of Hugging Face.
 *
 * @module
 */
import { type AccessOptions, deriveAccess, pinOf } from "../source_options.ts";
import type { ListOptions, StoredObject } from "../store.ts";
import { COMMIT, decodeRevision, fetchPinned, HUB, pinName } from "./hub_pin.ts";
import {
  below,
  encodePart,
  encodePath,
  fetchText,
  listingError,
  readEndpoint,
  remoteScheme,
  splitAddress,
} from "./remote.ts";
import type { Scheme } from "./scheme.ts";

/** A repository's files at a revision. */
export interface Repository {
  /** `datasets/owner/name`; of models without their kind. */
  readonly id: string;
  /** How its API calls it: `datasets/owner/name`, `models/owner/name`. */
  readonly apiId: string;
  readonly revision: string | undefined;
  readonly path: string;
}

/** Files of repositories of Hugging Face, at one commit in a dataset, however long it is read. */
export const hfScheme: Scheme = remoteScheme("hf:", (address, access) => {
  const repository = readRepository(address, "hf:");
  const { id, revision = "main", path } = repository;
  const base = readEndpoint(access.hf?.endpoint ?? HUB, "hf.endpoint");
  const pin = pinOf(access, pinName(base, id, revision));
  const resolve = (at: string): URL => below(base, `/${id}/resolve/${encodePart(at)}`);
  const pinned: AccessOptions = COMMIT.test(revision)
    ? access
    : deriveAccess(access, { fetch: fetchPinned(access, resolve(revision), resolve, pin) });
  const name = `hf://${id}${repository.revision === undefined ? "" : `@${revision}`}/`;
  return [{
    name,
    access: pinned,
    locate: (key) => below(resolve(revision), `/${encodePath(key, name + key)}`),
    async *list(prefix, options) {
      const api = below(base, `/api/${repository.apiId}`);
      if (!COMMIT.test(revision)) {
        pin.commit ??= await findCommit(api, revision, name, access, options);
      }
      yield* listTree(api, pin.commit ?? revision, { name, prefix, access, options });
    },
  }, path];
});

/**
 * The parts of a repository's URL.
 *
 * @throws {TypeError} If it is none.
 */
export function readRepository(address: URL | string, protocol: string): Repository {
  const [kind, rest] = splitRepository(address);
  const isModel = kind === "models";
  const pattern = /^([\w.-]+\/[\w.-]+?)(?:@(refs\/(?:convert|pr)\/[^/]+|[^/]+))?(?:\/([^]*))?$/;
  const [, repository, given, path = ""] = pattern.exec(rest) ?? [];
  if (!/^(datasets|models|spaces)$/.test(kind) || repository === undefined) {
    throw new TypeError(
      `Cannot open a repository: write ${protocol}//datasets/owner/name@revision/path`,
    );
  }
  const revision = given === undefined ? undefined : decodeRevision(given);
  const apiId = `${kind}/${repository}`;
  const id = isModel && protocol === "hf:" ? repository : apiId;
  return { id, apiId, revision, path };
}

/** Of models the kind need not be written: `hf://owner/name/path`. */
function splitRepository(address: URL | string): [kind: string, rest: string] {
  const [first, rest] = splitAddress(address);
  return /^(datasets|models|spaces)$/.test(first) ? [first, rest] : ["models", `${first}/${rest}`];
}

/** What the tree and the revisions of a repository are asked with. */
interface Listing {
  readonly name: string;
  readonly prefix: string;
  readonly access: AccessOptions;
  readonly options: ListOptions;
}

async function findCommit(
  api: URL,
  revision: string,
  name: string,
  access: AccessOptions,
  options: ListOptions,
): Promise<string> {
  const url = below(api, `/revision/${encodePart(revision)}`);
  const { sha } = parseJson(await fetchText(url, name, access, options), name) as { sha?: unknown };
  if (typeof sha === "string" && COMMIT.test(sha)) return sha;
  throw listingError(name, "the hub does not say which commit it is at");
}

/** Pages of the tree, each of 1,000 entries at most, which name their next in `Link`. */
async function* listTree(
  api: URL,
  revision: string,
  { name, prefix, access, options }: Listing,
): AsyncIterable<StoredObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const path = folder === "" ? "" : `/${encodePath(folder.slice(0, -1), name)}`;
  let url: URL | undefined = below(api, `/tree/${encodePart(revision)}${path}`);
  if (!options.isFlat) url.search = "recursive=true";
  const { fetch: fetchIt = globalThis.fetch } = access;
  while (url !== undefined) {
    let link: string | null = null;
    const fetchPage: typeof globalThis.fetch = async (input, init) => {
      const response = await fetchIt(input, init);
      link = response.headers.get("link");
      return response;
    };
    const text = await fetchText(
      url,
      name + prefix,
      deriveAccess(access, { fetch: fetchPage }),
      options,
    );
    const entries = parseJson(text, name);
    if (!Array.isArray(entries)) throw listingError(name, "the answer is no listing");
    for (const entry of entries) {
      const { type, path, size, oid, lfs } = entry as TreeEntry;
      if (type !== "file" || typeof path !== "string" || !path.startsWith(prefix)) continue;
      const tag = lfs?.oid ?? oid;
      yield {
        name: path,
        ...(typeof size === "number" ? { sizeBytes: size } : {}),
        ...(typeof tag === "string" ? { etag: `"${tag}"` } : {}),
      };
    }
    url = nextPage(link, url, name);
  }
}

interface TreeEntry {
  readonly type?: unknown;
  readonly path?: unknown;
  readonly size?: unknown;
  readonly oid?: unknown;
  readonly lfs?: { readonly oid?: unknown };
}

/** The page that `Link: <…>; rel="next"` names (RFC 8288), of the same host, for it is sent the token. */
function nextPage(link: string | null, url: URL, name: string): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = URL.canParse(target, url.href) ? new URL(target, url.href) : undefined;
  if (next?.origin === url.origin && next.href !== url.href) return next;
  throw listingError(name, "a page names a next one that is not of its host, or itself");
}

/** What an answer says. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch (cause) {
    throw listingError(name, "the answer is no JSON", cause);
  }
}
