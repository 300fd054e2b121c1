import { checkCallback, checkOffset } from "../check.ts";
import { SourceError } from "../errors.ts";
import { fileSource, fileUrlPath } from "./file.ts";
import { type HttpOptions, httpSource } from "./http.ts";
import { blobSource, bytesSource, streamSource } from "./memory.ts";
import type { Source } from "./source.ts";
import { pageUrl } from "../runtime.ts";
import { joinSignals } from "../signals.ts";
import { isMalformedUrl, nameText, nameUrl } from "./redact.ts";

/** Whatever one shard can be given as. */
export type ShardInput =
  | string
  | URL
  | Blob
  | ReadableStream<Uint8Array>
  | Uint8Array
  | ArrayBuffer
  | Source;

/** What {@linkcode toSource} can be told. */
export interface SourceOptions extends HttpOptions {
  /**
   * Name for errors and samples.
   *
   * @default the path, or the URL without user, query and fragment
   */
  readonly name?: string;
  /** Cancels every stream that the source opens. */
  readonly signal?: AbortSignal;
}

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
  const source = makeSource(input, options);
  const { signal } = options;
  return signal === undefined ? source : withSignal(source, signal);
}

/**
 * Checks what can be said wrong.
 *
 * @throws {TypeError} If an option is none that it can be.
 * @throws {RangeError} If a number is none that it can be.
 */
export function checkSourceOptions(options: SourceOptions): void {
  checkText("name", options.name);
  checkText("token", options.token);
  checkCallback("fetch", options.fetch);
  checkOffset("maxRedirects", options.maxRedirects);
  const { signal } = options as { signal?: unknown };
  if (signal === undefined) return;
  if (typeof signal !== "object" || signal === null || !("aborted" in signal)) {
    throw new TypeError("signal must be an AbortSignal, such as an AbortController has");
  }
}

// What was given may be a secret, in the wrong place or of the wrong type: only its type is told.
function checkText(name: string, value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(`${name} must be a string, not ${value === null ? "null" : typeof value}`);
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
  // The runtime's own error would repeat the user and the password.
  if (isMalformedUrl(text)) {
    throw new TypeError(`Cannot open "${nameText(text)}": it is no URL, though it begins like one`);
  }
  // One letter before the colon is a drive of Windows and no scheme.
  if (/^\s*[A-Za-z][A-Za-z0-9+.-]+:/.test(text) && URL.canParse(text)) {
    return urlSource(new URL(text), options);
  }
  const base = pageUrl();
  if (base === undefined) return fileSource(text, options.name ?? nameText(text));
  if (URL.canParse(text, base)) return urlSource(new URL(text, base), options);
  throw new TypeError(`Cannot open "${nameText(text)}": it is no address`);
}

function urlSource(url: URL, options: SourceOptions): Source {
  const name = options.name ?? nameUrl(url);
  switch (url.protocol) {
    case "http:":
    case "https:":
    case "data:":
    case "blob:":
      return httpSource(url, name, options);
    case "file:":
      return fileSource(fileUrlPath(url), options.name ?? fileUrlPath(url));
    default:
      throw new SourceError("source/unsupported", {
        action: `open "${name}"`,
        reason: `URLs that begin with "${schemeOf(url)}" are not supported`,
        shard: name,
      });
  }
}

/** What an unsupported URL begins with, which is a user's name where the scheme was forgotten. */
function schemeOf(url: URL): string {
  const shown = nameUrl(url);
  return shown.startsWith(url.protocol) ? url.protocol : shown;
}

function blobName(blob: Blob): string {
  const { name } = blob as Blob & { name?: unknown };
  return typeof name === "string" && name !== "" ? name : "blob";
}

function rename(source: Source, name: string): Source {
  return {
    ...passOn(source, (suffix) => rename(source.sibling!(suffix), name + suffix)),
    name,
    open: (options) => source.open(options),
    ...(source.size === undefined ? {} : { size: source.size.bind(source) }),
  };
}

function withSignal(source: Source, signal: AbortSignal): Source {
  const join = (other: AbortSignal | undefined): AbortSignal =>
    other === undefined ? signal : joinSignals(signal, other);
  const size = source.size?.bind(source);
  return {
    ...passOn(source, (suffix) => withSignal(source.sibling!(suffix), signal)),
    name: source.name,
    open: (options) => source.open({ ...options, signal: join(options?.signal) }),
    ...(size === undefined
      ? {}
      : { size: (options) => size({ ...options, signal: join(options?.signal) }) }),
  };
}

/** What a source that wraps another has of it: where it lies, and its sibling, wrapped alike. */
export function passOn(
  source: Source,
  sibling: (suffix: string) => Source,
): Pick<Source, "isLocal" | "sibling"> {
  const { isLocal } = source;
  return {
    ...(isLocal === undefined ? {} : { isLocal }),
    ...(source.sibling === undefined ? {} : { sibling }),
  };
}
