/**
 * Every scheme: one line each.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import { addressOf, nameText, nameUrl } from "../redact.ts";
import { nameBeside, type Source } from "../source.ts";
import type { SourceOptions } from "../source_options.ts";
import type { Store } from "../store.ts";
import { blobScheme } from "./blob.ts";
import { fileScheme } from "./file.ts";
import { httpScheme } from "./http.ts";
import type { Scheme } from "./scheme.ts";

const SCHEMES: readonly Scheme[] = [
  fileScheme,
  httpScheme,
  blobScheme,
  lazyScheme("s3:", async () => (await import("./s3.ts")).s3Scheme, ({ s3 }) => s3?.endpoint, true),
  lazyScheme("gs:", async () => (await import("./s3.ts")).gsScheme, ({ gs }) => gs?.endpoint, true),
  lazyScheme("hf:", async () => (await import("./hub.ts")).hfScheme, ({ hf }) => hf?.endpoint),
  lazyScheme(
    "ms:",
    async () => (await import("./modelscope.ts")).msScheme,
    ({ ms }) => ms?.endpoint,
  ),
  lazyScheme(
    "az:",
    async () => (await import("./azure.ts")).azureScheme,
    ({ az }) => az?.endpoint ?? az?.account,
  ),
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
  if (url.protocol === "pipe:") throw pipeError(name);
  throw new SourceError("source/unsupported", {
    action: `open "${name}"`,
    reason: `URLs that begin with "${shownProtocol(url)}" are not supported`,
    shard: name,
  });
}

/** The error of a command in the place of a shard: what a text names must never be run. */
function pipeError(name: string): SourceError {
  return new SourceError("source/unsupported", {
    action: `open "${name}"`,
    reason: "commands are never run. Start the process and pass what it writes as a stream: " +
      'webdataset(Readable.toWeb(spawn("aws", ["s3", "cp", "s3://bucket/a.tar", "-"]).stdout)), with spawn of ' +
      "node:child_process and Readable of node:stream; or name the object itself, s3://bucket/a.tar",
    shard: name,
  });
}

/**
 * A scheme that is loaded when something of it is opened.
 *
 * @param protocol What its URLs begin with.
 * @param load Loads it.
 * @param placeOf What of the options, apart from the URL, says which object it is.
 * @param isWritable Whether objects can be put there.
 */
function lazyScheme(
  protocol: string,
  load: () => Promise<Scheme>,
  placeOf: (options: SourceOptions) => string | URL | undefined,
  isWritable: boolean = false,
): Scheme {
  const open = (
    address: URL | string,
    options: SourceOptions,
    name: string,
    find: () => Promise<Source>,
  ): Source => ({
    name,
    address: readAddress(address, placeOf(options)),
    open: async (given) => await (await find()).open(given),
    stat: async (given) => await (await find()).stat!(given),
    beside: (suffix) =>
      open(
        addressBeside(address, suffix),
        options,
        nameBeside(name, suffix),
        async () => (await find()).beside!(suffix),
      ),
  });
  const once = <T>(make: () => Promise<T>): () => Promise<T> => {
    let made: T | undefined;
    return async () => made ??= await make();
  };
  return {
    protocols: [protocol],
    open(address, options) {
      const name = options.name ?? showName(address);
      const find = once(async () => (await load()).open(address, options));
      return open(address, options, name, find);
    },
    openStore(address, options): Store {
      const find = once(async () => (await load()).openStore!(address, options));
      return {
        open(name) {
          const inner = addSuffix(address, (String(address).endsWith("/") ? "" : "/") + name);
          const source = once(async () => (await find()).open(name));
          return open(inner, options, showName(inner), source);
        },
        async *list(prefix, given) {
          const store = await find();
          if (store.list === undefined) throw unlistedError(showName(address));
          yield* store.list(prefix, given);
        },
        ...(isWritable && {
          put: async (name, body, given) => await (await find()).put!(name, body, given),
        }),
      };
    },
  };
}

/** The error of a place that says not what it holds. */
function unlistedError(name: string): SourceError {
  return new SourceError("source/unsupported", {
    action: `list "${name}"`,
    reason: "its objects cannot be listed; name them, as in {000..127}",
    shard: name,
  });
}

/** The name of an object of a store: as its address was written, without what may be secret. */
function showName(address: URL | string): string {
  return address instanceof URL ? nameUrl(address) : nameText(address);
}

function addressBeside(address: URL | string, suffix: string): URL | string {
  if (typeof address === "string") return nameBeside(address, suffix);
  const url = new URL(address);
  url.pathname = nameBeside(url.pathname, suffix);
  return url;
}

function addSuffix(address: URL | string, suffix: string): URL | string {
  if (typeof address === "string") return address + suffix;
  const url = new URL(address);
  url.pathname += suffix;
  return url;
}

/** What tells an object from all others. Texts are keys as they are: what is a query elsewhere is none. */
function readAddress(address: URL | string, place: string | URL | undefined): string {
  const text = String(address).trim();
  const url = new URL(
    address instanceof URL ? text : text.replace(/[%?#]/g, (c) => encodeURIComponent(c)),
  );
  if (place !== undefined && (place instanceof URL || !URL.canParse(place))) {
    url.searchParams.set("at", String(place));
  } else if (place !== undefined) {
    url.searchParams.set("at", addressOf(new URL(place)));
  }
  return addressOf(url);
}

/** What an unsupported URL begins with, which is a user's name where the scheme was forgotten. */
function shownProtocol(url: URL): string {
  const shown = nameUrl(url);
  return shown.startsWith(url.protocol) ? url.protocol : shown;
}
