/**
 * Stores whose objects have URLs of http(s), by other names.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import { httpSource } from "../http.ts";
import { readAll } from "../read_all.ts";
import { withRetries } from "../retry.ts";
import { nameBeside, type Source } from "../source.ts";
import type { AccessOptions, SourceOptions } from "../source_options.ts";
import type { ListOptions, Store, StoredObject } from "../store.ts";
import { wrap } from "../wrap.ts";
import type { Scheme } from "./scheme.ts";

/** A folder of a host: a bucket, a container, a repository. */
export interface Remote {
  /** What names of its objects begin with: `s3://bucket/`. */
  readonly name: string;
  /** The URL of an object. */
  locate(key: string): URL;
  /** How it is asked. */
  readonly access: AccessOptions;
  /** The objects whose keys begin with a prefix, those in folders below, too. */
  list?(prefix: string, options: ListOptions): AsyncIterable<StoredObject>;
  /** The header by which it refuses to replace an object; absent where nothing is put there. */
  readonly absent?: readonly [name: string, value: string];
}

/** A kind of URL whose objects lie on hosts. */
export function remoteScheme(
  protocol: string,
  openRemote: (address: URL | string, options: AccessOptions) => [remote: Remote, key: string],
): Scheme {
  return {
    protocols: [protocol],
    open(address, options: SourceOptions) {
      const [remote, key] = openRemote(address, options);
      return remoteSource(remote, key, options.name);
    },
    openStore(address, options) {
      const [remote, key] = openRemote(address, options);
      const folder = key === "" ? "" : key.replace(/\/?$/, "/");
      return openFolder(remote, folder);
    },
  };
}

function remoteSource(remote: Remote, key: string, name = remote.name + key): Source {
  const { access } = remote;
  const source = httpSource(remote.locate(key), name, access);
  return {
    ...withRetries(source, access),
    beside: (suffix) => remoteSource(remote, nameBeside(key, suffix), nameBeside(name, suffix)),
  };
}

function openFolder(remote: Remote, folder: string): Store {
  const { list, absent, access } = remote;
  return {
    open: (name) => remoteSource(remote, folder + name),
    ...(list === undefined ? {} : {
      async *list(prefix = "", options = {}) {
        for await (const object of list.call(remote, folder + prefix, options)) {
          yield { ...object, name: object.name.slice(folder.length) };
        }
      },
    }),
    ...(absent === undefined ? {} : {
      async put(name, body, options) {
        const { putByHttp } = await import("../http_put.ts");
        const key = folder + name;
        const details = { ...options, name: remote.name + key, absent };
        return await putByHttp(remote.locate(key), body, details, access);
      },
    }),
  };
}

/** Text of an answer that is no object, of 32 MiB at most. */
export async function fetchText(
  url: URL,
  name: string,
  access: AccessOptions,
  { signal }: ListOptions,
): Promise<string> {
  const source = withRetries(httpSource(url, name, access), access);
  // As a whole: a range of a listing means nothing.
  const whole = wrap(source, { open: () => source.open({ signal }) });
  return new TextDecoder().decode(await readAll(whole, 32 << 20, signal));
}

/** Where the parts of an address are: `s3://first/rest`; text is taken as it is written, a URL is decoded. */
export function splitAddress(address: URL | string): [first: string, rest: string] {
  if (address instanceof URL) {
    checkCredentials(address.username === "" && address.password === "", address.protocol);
    const rest = address.pathname.slice(1) + address.search + address.hash;
    return [address.host, decode(rest)];
  }
  const [, scheme, first, rest = ""] =
    /^\s*([a-z][a-z0-9+.-]*:)\/\/([^/]*)(?:\/([^]*))?$/i.exec(address) ?? [];
  if (first === undefined) {
    throw new TypeError("Cannot open a URL without two slashes behind its scheme");
  }
  checkCredentials(!first.includes("@"), scheme);
  return [first, rest];
}

function checkCredentials(isPlain: boolean, scheme: string): void {
  if (isPlain) return;
  throw new SourceError("source/unsupported", {
    action: `open "${scheme}//…"`,
    reason: "credentials are not read from URLs: pass `sign`, or `token`",
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A key as a path of a URL, each byte that is not plain by its number: `+` and `=` are, too, for hosts read them
 * differently.
 *
 * @throws {SourceError} `source/unsupported` if no URL can name it.
 */
export function encodePath(key: string, name: string): string {
  const parts = key.split("/");
  if (parts.some((part) => part === "." || part === "..")) {
    throw new SourceError("source/unsupported", {
      action: `open "${name}"`,
      reason: "URLs cannot name an object with a folder . or .. in its key",
      shard: name,
    });
  }
  return parts.map(encodePart).join("/");
}

/** A part of a path, or a value of a query, by RFC 3986. */
export function encodePart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The URL of an endpoint; without a slash at its end. */
export function readEndpoint(endpoint: string | URL, option: string): URL {
  if (!URL.canParse(endpoint)) {
    throw new TypeError(`${option} must be a URL, such as https://storage.example`);
  }
  const url = new URL(endpoint);
  if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new TypeError(`${option} must be a URL of http or https, without user and query`);
  }
  url.pathname = url.pathname.replace(/\/+$/, "");
  return url;
}

/** A URL below another one. */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/$/, "") + path;
  return url;
}

/** The error of an answer to a listing that is none. */
export function listingError(name: string, reason: string, cause?: unknown): SourceError {
  return new SourceError("source/http", { action: `list "${name}"`, reason, shard: name, cause });
}
