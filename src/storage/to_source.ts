/**
 * Whatever holds a shard, as a source.
 *
 * @module
 */
import { pageUrl } from "../runtime.ts";
import { joinSignals } from "../signals.ts";
import { blobSource, bytesSource, streamSource } from "./memory.ts";
import { isMalformedUrl, nameText } from "./redact.ts";
import { findScheme } from "./schemes/all.ts";
import { fileScheme } from "./schemes/file.ts";
import type { Scheme } from "./schemes/scheme.ts";
import { nameBeside, type Source } from "./source.ts";
import {
  checkSourceOptions,
  shareCache,
  type SharedCache,
  type SourceOptions,
} from "./source_options.ts";
import { wrap } from "./wrap.ts";

/** Whatever one shard can be given as. */
export type ShardInput =
  | string
  | URL
  | Blob
  | ReadableStream<Uint8Array>
  | Uint8Array
  | ArrayBuffer
  | Source;

/**
 * Makes a source of whatever holds a shard: a path or URL (`http:`, `https:`, `file:`, `blob:`,
 * `data:`), a `Blob`, bytes, or a stream. What is a source already is given back, with the signal
 * and the name of the options if there are any. Nothing is opened yet. Where there is no file system,
 * as in a browser, a path is relative to the page.
 *
 * @param input The shard; no brace pattern, see `expandShards()`.
 * @param options Name, cancellation, and headers and token for http.
 * @returns The source.
 * @throws {SourceError} `source/unsupported` if the scheme of a URL is not supported.
 * @throws {TypeError} If the input is none of these, a URL is malformed, or an option is none that it can be.
 * @throws {RangeError} If a number of redirects is not an integer of 0 or more.
 *
 * @example Usage
 * ```ts
 * import { toSource } from "@wdstream/wdstream";
 *
 * const source = toSource(new Uint8Array(1024), { name: "empty.tar" });
 * const { body } = await source.open({ offset: 512 });
 * let sizeBytes = 0;
 * for await (const chunk of body) sizeBytes += chunk.length;
 * if (sizeBytes !== 512) throw new Error("misread");
 * ```
 */
export function toSource(input: ShardInput, options: SourceOptions = {}): Source {
  checkSourceOptions(options);
  const source = withCache(makeSource(input, options), shareCache(options.cache));
  const { signal } = options;
  return signal === undefined ? source : withSignal(source, signal);
}

function makeSource(input: ShardInput, options: SourceOptions): Source {
  const { name } = options;
  if (typeof input === "string") return textSource(input, options);
  if (input instanceof URL) return urlSource(input, options);
  if (input instanceof Uint8Array) return bytesSource(input, name ?? "bytes");
  if (input instanceof ArrayBuffer) return bytesSource(new Uint8Array(input), name ?? "bytes");
  if (input instanceof Blob) return blobSource(input, name ?? blobName(input));
  if (typeof input === "object" && input !== null) {
    if ("getReader" in input) return streamSource(input, name ?? "stream");
    if (typeof input.open === "function") return name === undefined ? input : rename(input, name);
  }
  throw new TypeError(
    "Cannot open a shard: it must be a path, a URL, a Blob, bytes, a ReadableStream, or an object with open()",
  );
}

function textSource(text: string, options: SourceOptions): Source {
  const [scheme, address] = readAddress(text);
  return scheme.open(address, options);
}

function urlSource(url: URL, options: SourceOptions): Source {
  return findScheme(url).open(url, options);
}

/**
 * The scheme of a path or a URL, and what it takes. Where there is no file system, as in a browser, a path is
 * relative to the page.
 *
 * @throws {SourceError} `source/unsupported` if the scheme of a URL is not supported.
 * @throws {TypeError} If a URL is malformed.
 */
export function readAddress(text: string): [scheme: Scheme, address: URL | string] {
  // The runtime's own error would repeat the user and the password.
  if (isMalformedUrl(text)) {
    throw new TypeError(`Cannot open "${nameText(text)}": it is no URL, though it begins like one`);
  }
  // One letter before the colon is a drive of Windows and no scheme.
  if (/^\s*[A-Za-z][A-Za-z0-9+.-]+:/.test(text) && URL.canParse(text)) {
    return [findScheme(new URL(text)), text];
  }
  const base = pageUrl();
  if (base === undefined) return [fileScheme, text];
  if (URL.canParse(text, base)) {
    const url = new URL(text, base);
    return [findScheme(url), url];
  }
  throw new TypeError(`Cannot open "${nameText(text)}": it is no address`);
}

function blobName(blob: Blob): string {
  const { name } = blob as Blob & { name?: unknown };
  return typeof name === "string" && name !== "" ? name : "blob";
}

function rename(source: Source, name: string): Source {
  const { beside } = source;
  return wrap(source, {
    name,
    beside: beside && ((suffix) => rename(beside.call(source, suffix), nameBeside(name, suffix))),
  });
}

/** The same source, read through a cache where it has an address. */
export function withCache(source: Source, cache: SharedCache | undefined): Source {
  if (cache === undefined || source.address === undefined) return source;
  const { beside } = source;
  return wrap(source, {
    open: async (options) => await (await cache.open()).open(source, options),
    stat: async (options) => await (await cache.open()).stat(source, options),
    beside: beside && ((suffix) => withCache(beside.call(source, suffix), cache)),
  });
}

function withSignal(source: Source, signal: AbortSignal): Source {
  const join = (other: AbortSignal | undefined): AbortSignal =>
    other === undefined ? signal : joinSignals(signal, other);
  const { beside } = source;
  return wrap(source, {
    open: (options) => source.open({ ...options, signal: join(options.signal) }),
    stat: (options) => source.stat!({ ...options, signal: join(options.signal) }),
    beside: beside && ((suffix) => withSignal(beside.call(source, suffix), signal)),
  });
}
