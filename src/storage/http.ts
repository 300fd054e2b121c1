/**
 * Shards behind http(s), with byte ranges and with redirects that leak nothing.
 *
 * @module
 */
import { type ErrorCode, SourceError } from "../errors.ts";
import { hasAnswerCache } from "../runtime.ts";
import {
  type Asked,
  describeObject,
  emptyStream,
  isEncoded,
  isWholeRange,
  openBody,
} from "./http_body.ts";
import { addressOf, redactError } from "./redact.ts";
import { checkLinked, type KeptTarget, readExpiry, readLinked } from "./http_linked.ts";
import type { LimitOptions } from "./request_pool.ts";
import { adviseByAnswer, retriableError } from "./retry_advice.ts";
import type { RetryOptions } from "./retry_options.ts";
import {
  nameBeside,
  type ObjectFacts,
  type OpenedObject,
  type OpenOptions,
  type Source,
  type StatOptions,
} from "./source.ts";

/** Options of sources behind http(s). */
export interface HttpOptions {
  /** Headers of each request, sent to the URL's own origin alone. */
  readonly headers?: HeadersInit;
  /** Bearer token, sent to the URL's own origin alone, and never part of an error. */
  readonly token?: string;
  /**
   * Signs a request for the URL's own origin: gives it back with other headers, or another URL. It is called anew for
   * each try, for signatures age, and it is not called for those that redirects lead to. The request has no body.
   *
   * @default {none: requests are not signed}
   */
  readonly sign?: SignRequest;
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
  /** How much a host is asked for at one time, by all that is read by these options. */
  readonly limits?: LimitOptions;
}

/** Signs a request, as `(request) => client.sign(request)` does with aws4fetch's client. */
export type SignRequest = (request: Request) => Request | Promise<Request>;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Origins that have answered: what they fail with then is no misspelt name. */
const reached = new Set<string>();

const MOST_REACHED = 1000;

const MISSING: ReadonlySet<number> = new Set([404, 410]);

/** Headers that a browser keeps from another origin by itself, or that are nobody's secret. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(["authorization", "accept-encoding", "range"]);

/** What every request to one source shares. */
interface Target {
  readonly url: URL;
  readonly name: string;
  /** The caller's headers and credentials, for the origin of `url` alone. */
  readonly ownHeaders: Headers;
  readonly options: HttpOptions;
  /** Where the last redirect of a host led that names the version behind it. */
  kept?: KeptTarget;
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
  const hasToken = ownHeaders.has("authorization") || options.sign !== undefined;
  const target: Target = { url, name, ownHeaders, options };
  const beside = (suffix: string): Source => {
    const other = new URL(input);
    other.pathname = nameBeside(other.pathname, suffix);
    return httpSource(other, nameBeside(name, suffix), options);
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
  readonly linked?: ObjectFacts;
}

function describeAnswer({ response, linked }: Answer): ObjectFacts {
  return { ...describeObject(response), ...linked };
}

/**
 * Sends a request and follows redirects by itself: left to the runtime, the caller's own headers
 * would go along to the other origin, and on some runtimes the credentials too.
 */
async function request(
  target: Target,
  method: "GET" | "HEAD",
  range: string | undefined,
  options: StatOptions,
): Promise<Answer> {
  const kept = await requestKept(target, method, range, options);
  if (kept !== undefined) return kept;
  const { url, name, ownHeaders } = target;
  const { fetch: fetchIt = globalThis.fetch, maxRedirects = 10, sign } = target.options;
  let current = url;
  let own: Headers | undefined = ownHeaders;
  let linked: ObjectFacts | undefined;
  let keep: ((url: URL) => void) | undefined;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    let headers = new Headers(own);
    if (own !== undefined && sign !== undefined) {
      ({ url: current, headers } = await signRequest(
        sign,
        current,
        { method, headers, range },
        name,
      ));
    }
    const init = makeInit(method, headers, range, options);
    const response = await send(fetchIt, current, init, name);
    if (response.type === "opaqueredirect") {
      return { response: await followOpaque(fetchIt, current, init, headers, name) };
    }
    if (!REDIRECTS.has(response.status)) {
      if (linked !== undefined) checkLinked(linked, response, name);
      if (response.ok) keep?.(current);
      return { response, linked };
    }
    await letGo(response);
    const next = redirectTarget(response, current, name);
    const told = readLinked(response);
    if (told !== undefined) {
      linked = told;
      const untilMs = readExpiry(next, response);
      keep = (url) => target.kept = { url, linked: told, untilMs };
    }
    // Once dropped, they stay dropped, even if the way leads back.
    if (next.origin !== current.origin) own = undefined;
    // Of a way that leads over the own host again, the end is nothing without the host's leave.
    if (own !== undefined) keep = undefined;
    current = next;
  }
  throw new SourceError("source/redirect", {
    action: `open "${name}"`,
    reason: `more than ${maxRedirects} redirects`,
    shard: name,
  });
}

/** Asks where the last redirect led, as long as that is allowed; without the caller's headers. */
async function requestKept(
  target: Target,
  method: "GET" | "HEAD",
  range: string | undefined,
  options: StatOptions,
): Promise<Answer | undefined> {
  const { kept, name } = target;
  if (kept === undefined) return undefined;
  const drop = (): void => {
    if (target.kept === kept) target.kept = undefined;
  };
  if (performance.now() >= kept.untilMs) return drop(), undefined;
  const { url, linked } = kept;
  const { fetch: fetchIt = globalThis.fetch } = target.options;
  try {
    const init = makeInit(method, new Headers(), range, options);
    const response = await send(fetchIt, url, init, name);
    const { status } = response;
    const isRefused = response.type === "opaqueredirect" || REDIRECTS.has(status) ||
      MISSING.has(status) || status === 400 || status === 401 || status === 403;
    if (!isRefused) {
      checkLinked(linked, response, name);
      // The way of the next try leads over the host that knows whether there is another.
      if (status >= 500) drop();
      return { response, linked };
    }
    await letGo(response);
  } catch (error) {
    drop();
    throw error;
  }
  drop();
  return undefined;
}

function makeInit(
  method: "GET" | "HEAD",
  headers: Headers,
  range: string | undefined,
  { signal, network }: StatOptions,
): RequestInit {
  // A range of a compressed representation would be of no use.
  headers.set("accept-encoding", "identity");
  if (range !== undefined) headers.set("range", range);
  if (network !== undefined) network.requests++;
  const init = { method, headers, redirect: "manual", signal } as const;
  // A browser's own cache fetches the rest of what it has with If-Range. A host that ignores that gives the end of
  // another version, and what was kept of the first one stands before it, with the tag of the first.
  return hasAnswerCache() ? { ...init, cache: "no-store" } : init;
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
  const others = [...own.keys()].filter((header) => !PLAIN_HEADERS.has(header));
  if (others.length === 0) return await send(fetchIt, url, { ...init, redirect: "follow" }, name);
  throw new SourceError("source/redirect", {
    action: `open "${name}"`,
    reason: `it redirects, and a browser would send the header "${others[0]}" along`,
    shard: name,
  });
}

/** Sends a request; a host that is not reached is an error. */
export async function send(
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
  const region = response.headers.get("x-amz-bucket-region") ?? "";
  throw new SourceError("source/redirect", {
    action: `open "${name}"`,
    reason: /^[a-z0-9-]+$/.test(region)
      ? `the bucket lies in the region "${region}"`
      : `HTTP ${response.status} leads nowhere`,
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

/** The error of an answer that brings no object. */
export function statusError(
  name: string,
  response: Response,
  hasToken: boolean,
  action: "open" | "write" = "open",
): SourceError {
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
  const error = new SourceError(code, { action: `${action} "${name}"`, reason, shard: name });
  const advice = adviseByAnswer(response);
  return advice === undefined ? error : retriableError(error, advice);
}

/** What `sign` makes of a request. */
export async function signRequest(
  sign: SignRequest,
  url: URL,
  { method, headers, range }: { method: string; headers: Headers; range: string | undefined },
  name: string,
): Promise<{ url: URL; headers: Headers }> {
  if (range !== undefined) headers.set("range", range);
  try {
    const signed = await sign(new Request(url.href, { method, headers }));
    return { url: new URL(signed.url), headers: new Headers(signed.headers) };
  } catch (error) {
    throw new SourceError("source/unauthorized", {
      action: `open "${name}"`,
      reason: "sign() failed, or gave no request",
      shard: name,
      cause: redactError(error),
    });
  }
}

/** What a token is sent as. */
export function bearer(token: string): string {
  // The runtime's own error would repeat the token.
  if (/^[\x21-\x7e]+$/.test(token.trim())) return `Bearer ${token.trim()}`;
  throw new TypeError("Cannot use the token: it is empty or no header can hold its characters");
}

/**
 * The caller's headers.
 *
 * @throws {TypeError} If they are malformed; it does not repeat them, as the runtime's own error would.
 */
export function copyHeaders(headers: HeadersInit | undefined): Headers {
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
