/**
 * Repositories of Hugging Face at one commit.
 *
 * @module
 */
import { type AccessOptions, type Pin, pinOf } from "../source_options.ts";
import { below, encodePart, readEndpoint } from "./remote.ts";

/** Where the public hub lies. */
export const HUB = "https://huggingface.co";

/** The name of a commit, which never moves. */
export const COMMIT = /^[0-9a-f]{40}$/;

/**
 * What fetches a plain address of the hub, `https://huggingface.co/datasets/owner/name/resolve/main/path`: at the commit
 * of the first answer, as `hf:` does, and with the same pin. Any other address is fetched as it is.
 */
export function pinAddress(url: URL, access: AccessOptions): typeof globalThis.fetch {
  const { fetch: fetchIt = globalThis.fetch } = access;
  const base = readEndpoint(access.hf?.endpoint ?? HUB, "hf.endpoint");
  const home = base.pathname.replace(/\/$/, "");
  const [, id, given] = url.origin === base.origin && url.pathname.startsWith(`${home}/`)
    ? RESOLVE.exec(url.pathname.slice(home.length)) ?? []
    : [];
  const revision = given === undefined ? undefined : decodeRevision(given);
  if (revision === undefined || COMMIT.test(revision)) return fetchIt;
  const pin = pinOf(access, pinName(base, id, revision));
  const resolve = (at: string): URL => below(base, `/${id}/resolve/${encodePart(at)}`);
  return fetchPinned(access, below(base, `/${id}/resolve/${given}`), resolve, pin);
}

/** A repository, and the revision of a file. */
const RESOLVE = /^\/((?:(?:datasets|spaces)\/)?[^/]+\/[^/]+)\/resolve\/([^/]+)\/./;

/** What a state calls a revision that moves. */
export function pinName(base: URL, id: string, revision: string): string {
  return `${base.href} ${id} ${revision}`;
}

/** A revision as a path has it: `refs%2Fpr%2F1`. */
export function decodeRevision(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Fetches files of a revision that moves, such as `main`, at the commit of the first answer: `X-Repo-Commit`, which the
 * hub sends with each. In browsers, which do not show it, the revision is asked for each time.
 */
export function fetchPinned(
  { fetch: fetchIt = globalThis.fetch }: AccessOptions,
  moving: URL,
  resolve: (revision: string) => URL,
  pin: Pin,
): typeof globalThis.fetch {
  const start = `${moving.href}/`;
  return async (input, init) => {
    const href = String(input);
    if (!href.startsWith(start)) return await fetchIt(input, init);
    const at = (commit: string): string => `${resolve(commit).href}/${href.slice(start.length)}`;
    const { commit } = pin;
    const response = await fetchIt(commit === undefined ? href : at(commit), init);
    const told = response.headers.get("x-repo-commit") ?? "";
    if (commit !== undefined || !COMMIT.test(told)) return response;
    pin.commit ??= told;
    if (pin.commit === told) return response;
    // Another file's answer came first, and the revision has moved in between.
    await response.body?.cancel().catch(() => {});
    return await fetchIt(at(pin.commit), init);
  };
}
