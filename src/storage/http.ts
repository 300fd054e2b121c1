/**
 * Shards behind http(s), with byte ranges and with redirects that leak nothing.
 *
 * @module
 */
import { type ErrorCode, SourceError } from "../errors.ts";
import {
  type Asked,
  describeObject,
  emptyStream,
  isEncoded,
  isWholeRange,
  openBody,
} from "./http_body.ts";
import { addressOf, redactError } from "./redact.ts";
import { adviseByAnswer, retriableError } from "./retry_advice.ts";
import type { RetryOptions } from "./retry_options.ts";
import type { ObjectFacts, OpenedObject, OpenOptions, Source, StatOptions } from "./source.ts";

/** Options of sources behind http(s). */
export interface HttpOptions {
  /** Headers of each request, sent to the URL's own origin alone. */
  readonly headers?: HeadersInit;
  /** Bearer token, sent to the URL's own origin alone, and never part of an error. */
  readonly token?: string;
  /**
   * What fetches.
   *
   * @default {globalThis.fetch}
   */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Redirects that are followed.
   *
   * @default {10}
   */
  readonly maxRedirects?: number;
  /**
   * How requests are tried again that failed and may succeed then, and how bodies that break off are gone on with from
   * the byte that is missing; `false` for one try, without a limit of its time.
   *
   * @default {8 tries within 5 minutes}
   */
  readonly retry?: RetryOptions | false;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Origins that have answered: what they fail with then is no misspelt name. */
const reached = new Set<string>();

const MOST_REACHED = 1000;

const MISSING: ReadonlySet<number> = new Set([404, 410]);

/** What every request to one source shares. */
interface Target {
  readonly url: URL;
  readonly name: string;
  /** The caller's headers and credentials, for the origin of `url` alone. */
  readonly ownHeaders: Headers;
  readonly options: HttpOptions;
}

/** Makes a source of a URL. */
export function httpSource(input: URL, name: string, options: HttpOptions): Source {
  const url = new URL(input);
  const ownHeaders = copyHeaders(options.headers);
  if (options.token !== undefined) ownHeaders.set("authorization", bearer(options.token));
  else if (url.username !== "") ownHeaders.set("authorization", basicCredentials(url));
  // `fetch` refuses URLs with credentials, and data URLs refuse to lose what they never had.
  if (url.username !== "") url.username = "";
  if (url.password !== "") url.password = "";
  const hasToken = ownHeaders.has("authorization");
  const target: Target = { url, name, ownHeaders, options };
  const beside = (suffix: string): Source => {
    const other = new URL(input);
    other.pathname += suffix;
    return httpSource(other, name + suffix, options);
  };
  return {
    name,
    ...(url.protocol.startsWith("http") ? { beside, address: addressOf(url) } : { isLocal: true }),
    async open(
      { offset = 0, length = Infinity, signal, network, orWhole }: OpenOptions = {},
    ): Promise<OpenedObject> {
      signal?.throwIfAborted();
      const range = rangeHeader(url, offset, length);
      const asked: Asked = { name, offset, length, signal, network };
      let answer = await request(target, "GET", range, asked);
      if (await isPartOfPacked(target, answer.response, asked)) {
        if (offset > 0) throw packedError(name);
        // Of the whole, what was asked for is unpacked.
        answer = await request(target, "GET", undefined, asked);
      }
      const isWhole = orWhole && length !== Infinity && answer.response.status !== 206 &&
        answer.response.ok;
      const accepted = isWhole ? { ...asked, length: Infinity } : asked;
      const body = await acceptBody(answer.response, accepted, hasToken);
      return { body, ...describeAnswer(answer), ...(isWhole ? { isWhole } : {}) };
    },
    async stat(options: StatOptions = {}): Promise<ObjectFacts> {
      const answer = await request(target, "HEAD", undefined, options);
      await letGo(answer.response);
      if (!answer.response.ok) throw statusError(name, answer.response, hasToken);
      return describeAnswer(answer);
    },
  };
}

/** An answer, and what a redirect to it said of the object. */
interface Answer {
  readonly response: Response;
  /**
   * Entity tag of the object, from the host that redirected: those that it redirects to may each have a tag of their
   * own for the same bytes (`X-Linked-ETag` of Hugging Face).
   */
  readonly linkedEtag?: string;
}

function describeAnswer({ response, linkedEtag: etag }: Answer): ObjectFacts {
  return { ...describeObject(response), ...(etag ? { etag } : {}) };
}

/**
 * Sends a request and follows redirects by itself: left to the runtime, the caller's own headers
 * would go along to the other origin, and on some runtimes the credentials too.
 */
async function request(
  { url, name, ownHeaders, options }: Target,
  method: "GET" | "HEAD",
  range: string | undefined,
  { signal, network }: StatOptions,
): Promise<Answer> {
  const fetchIt = options.fetch ?? globalThis.fetch;
  const maxRedirects = options.maxRedirects ?? 10;
  let current = url;
  let own = ownHeaders;
  let linkedEtag: string | undefined;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const headers = new Headers(own);
    // A range of a compressed representation would be of no use.
    headers.set("accept-encoding", "identity");
    if (range !== undefined) headers.set("range", range);
    const init: RequestInit = { method, headers, redirect: "manual", signal };
    if (network !== undefined) network.requests++;
    const response = await send(fetchIt, current, init, name);
    if (response.type === "opaqueredirect") {
      return { response: await followOpaque(fetchIt, current, init, own, name) };
    }
    if (!REDIRECTS.has(response.status)) return { response, linkedEtag };
    await letGo(response);
    linkedEtag = response.headers.get("x-linked-etag") ?? linkedEtag;
    const next = redirectTarget(response, current, name);
    // Once dropped, they stay dropped, even if the way leads back.
    if (next.origin !== current.origin) own = new Headers();
    current = next;
  }
  throw new SourceError("source/redirect", {
    action: `open "${name}"`,
    reason: `more than ${maxRedirects} redirects`,
    shard: name,
  });
}

/**
 * Browsers hide where a redirect leads. They drop `Authorization` by themselves when the origin changes, but
 * no other header, so that with any other the request is refused.
 */
async function followOpaque(
  fetchIt: typeof globalThis.fetch,
  url: URL,
  init: RequestInit,
  own: Headers,
  name: string,
): Promise<Response> {
  const others = [...own.keys()].filter((header) => header !== "authorization");
  if (others.length === 0) return await send(fetchIt, url, { ...init, redirect: "follow" }, name);
  throw new SourceError("source/redirect", {
    action: `open "${name}"`,
    reason: `it redirects, and a browser would send the header "${others[0]}" along`,
    shard: name,
  });
}

async function send(
  fetchIt: typeof globalThis.fetch,
  url: URL,
  init: RequestInit,
  name: string,
): Promise<Response> {
  try {
    const response = await fetchIt(url.href, init);
    if (reached.size >= MOST_REACHED) reached.clear();
    reached.add(url.origin);
    return response;
  } catch (error) {
    if (init.signal?.aborted) throw init.signal.reason;
    const cause = redactError(error);
    const failure = new SourceError("source/network", {
      action: `open "${name}"`,
      reason: `the host was not reached (${innermostMessage(cause)})`,
      shard: name,
      cause,
    });
    throw retriableError(failure, reached.has(url.origin) ? {} : { attempts: 3 });
  }
}

/** What went wrong at the bottom: runtimes wrap it into a "fetch failed" or two. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause === undefined ? "" : innermostMessage(error.cause);
  return inner === "" ? error.message : inner;
}

function redirectTarget(response: Response, base: URL, name: string): URL {
  const location = response.headers.get("location");
  const next = location !== null && URL.canParse(location, base.href)
    ? new URL(location, base.href)
    : undefined;
  if (next?.protocol === "http:" || next?.protocol === "https:") {
    next.username = "";
    next.password = "";
    return next;
  }
  throw new SourceError("source/redirect", {
    action: `open "${name}"`,
    reason: `HTTP ${response.status} leads nowhere`,
    shard: name,
  });
}

/**
 * Opens the body of an answer, or refuses the answer; what is refused is let go of, or each refusal would leave a
 * connection open.
 */
async function acceptBody(
  response: Response,
  asked: Asked,
  hasToken: boolean,
): Promise<ReadableStream<Uint8Array>> {
  try {
    const { status } = response;
    if (status === 416 && isPastEnd(response.headers.get("content-range"), asked.offset)) {
      return emptyStream();
    }
    // Others of the 200s bring no body, or not the object's.
    if (status === 200 || status === 203 || status === 206) return await openBody(response, asked);
    throw statusError(asked.name, response, hasToken);
  } catch (error) {
    await letGo(response);
    throw error;
  }
}

/** Ends an answer that is not read, and its connection. */
async function letGo(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

/**
 * Whether an answer has a part of an object that is stored in a packed form: a part of that form, that is. Such an
 * answer is let go of.
 */
async function isPartOfPacked(
  target: Target,
  response: Response,
  options: StatOptions,
): Promise<boolean> {
  if (response.status === 206) {
    const isPart = isEncoded(response) && !isWholeRange(response);
    if (isPart) await letGo(response);
    return isPart;
  }
  if (response.status !== 416) return false;
  await letGo(response);
  // Past the end, but of which form? Such an answer does not tell.
  const { response: whole } = await request(target, "HEAD", undefined, options);
  await letGo(whole);
  return whole.ok && isEncoded(whole);
}

/** The error of a range of an object whose ranges are those of its packed form. */
function packedError(name: string): SourceError {
  return new SourceError("source/range", {
    action: `open "${name}" at a byte within`,
    reason: "it is stored in a packed form (Content-Encoding), and its ranges are " +
      "those of the packed bytes; it can be read from its start alone",
    shard: name,
  });
}

function rangeHeader(url: URL, offset: number, length: number): string | undefined {
  // The runtimes disagree on ranges of `data:` and `blob:` URLs.
  if (!url.protocol.startsWith("http")) return undefined;
  if (offset === 0 && length === Infinity) return undefined;
  return `bytes=${offset}-${length === Infinity ? "" : offset + Math.max(length, 1) - 1}`;
}

function isPastEnd(contentRange: string | null, offset: number): boolean {
  const size = /^bytes \*\/([0-9]+)$/.exec(contentRange ?? "")?.[1];
  return size !== undefined && offset >= Number(size);
}

function statusError(name: string, response: Response, hasToken: boolean): SourceError {
  const { status, statusText } = response;
  const code: ErrorCode = MISSING.has(status)
    ? "source/not-found"
    : status === 401 || status === 403
    ? "source/unauthorized"
    : status === 416
    ? "source/range"
    : status === 412
    ? "source/changed"
    : "source/http";
  const access = code !== "source/unauthorized"
    ? ""
    : hasToken
    ? " (the credentials were not accepted)"
    : " (no credentials were sent)";
  const reason = `HTTP ${status} ${statusText}`.trim() + access;
  const error = new SourceError(code, { action: `open "${name}"`, reason, shard: name });
  const advice = adviseByAnswer(response);
  return advice === undefined ? error : retriableError(error, advice);
}

function bearer(token: string): string {
  // The runtime's own error would repeat the token.
  if (/^[\x21-\x7e]+$/.test(token.trim())) return `Bearer ${token.trim()}`;
  throw new TypeError("Cannot use the token: it is empty or no header can hold its characters");
}

/**
 * The caller's headers.
 *
 * @throws {TypeError} If they are malformed; it does not repeat them, as the runtime's own error would.
 */
function copyHeaders(headers: HeadersInit | undefined): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw new TypeError(
      "Cannot use the headers: a name or a value is none that a request can have",
    );
  }
}

function basicCredentials(url: URL): string {
  const text = `${decodePart(url.username)}:${decodePart(url.password)}`;
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return `Basic ${btoa(binary.join(""))}`;
}

/** A part of a URL, as it is where its percent signs encode nothing. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
