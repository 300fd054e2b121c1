/**
 * Every scheme: one line each.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import { nameUrl } from "../redact.ts";
import { blobScheme } from "./blob.ts";
import { fileScheme } from "./file.ts";
import { httpScheme } from "./http.ts";
import type { Scheme } from "./scheme.ts";

const SCHEMES: readonly Scheme[] = [
  fileScheme,
  httpScheme,
  blobScheme,
];

const BY_PROTOCOL: ReadonlyMap<string, Scheme> = new Map(
  SCHEMES.flatMap((scheme) => scheme.protocols.map((protocol) => [protocol, scheme])),
);

/**
 * The scheme of a URL.
 *
 * @throws {SourceError} `source/unsupported` if there is none of it.
 */
export function findScheme(url: URL): Scheme {
  const scheme = BY_PROTOCOL.get(url.protocol);
  if (scheme !== undefined) return scheme;
  const name = nameUrl(url);
  throw new SourceError("source/unsupported", {
    action: `open "${name}"`,
    reason: `URLs that begin with "${shownProtocol(url)}" are not supported`,
    shard: name,
  });
}

/** What an unsupported URL begins with, which is a user's name where the scheme was forgotten. */
function shownProtocol(url: URL): string {
  const shown = nameUrl(url);
  return shown.startsWith(url.protocol) ? url.protocol : shown;
}
