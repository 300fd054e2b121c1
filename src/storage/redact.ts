/**
 * Keeps secrets that URLs carry out of names and errors.
 *
 * @module
 */

/** What stands for the part of a URL that is not shown. */
const HIDDEN = "…";

/** A scheme with slashes: what follows may hold a user, a password, a signed query. */
const SCHEME = /^\s*([a-z][a-z0-9+.-]*:\/\/)/i;

/** What follows a scheme where nothing of it can be secret: host, port, path, braces of a pattern. */
const PLAIN_REST = /^(?:\[[0-9a-f:.]*\]|[^\s@?#:/\\[\]]*)(?::[0-9]*)?(?:\/[^\s@?#]*)?$/i;

/**
 * A colon before an `@`, behind the scheme. Of a URL without its user's credentials this is none of them, or the end
 * of a password with a slash in it.
 */
const LATE_CREDENTIALS = /:[^@]*@/;

/** What a URL with credentials looks like where its scheme is missing or misspelt; no drive of Windows. */
const ALMOST_URL = /^\s*[^\s/\\:@]{2,}(?::|\/\/[^@]*:)[^]*@/;

const SCHEME_IN_TEXT = "[a-z][a-z0-9+.-]*:\\/\\/";

/**
 * URLs within a text, in quotes or not. Credentials may have blanks in them: an unquoted URL reaches to the last `@`
 * of its line before the next one.
 */
const URLS = new RegExp(
  [
    ...['"', "'", "`"].map((quote) => `${quote}\\s*${SCHEME_IN_TEXT}[^${quote}\n]*${quote}`),
    `\\b${SCHEME_IN_TEXT}(?:(?:(?![\\s(]+${SCHEME_IN_TEXT})[^"'\`<>\n])*@)?[^\\s"'\`<>]*`,
  ].join("|"),
  "gi",
);

/** A URL without user, password, query and fragment. Of those without slashes only the scheme is shown. */
export function nameUrl(url: URL): string {
  const { protocol, host, pathname } = url;
  if (protocol === "blob:") return protocol + pathname;
  // `user:password@host`, without a scheme, is a URL too: of the scheme `user`.
  if (host === "" && protocol !== "file:") return pathname.includes("@") ? HIDDEN : protocol;
  const rest = host + pathname;
  return `${protocol}//${LATE_CREDENTIALS.test(rest) ? HIDDEN : rest}`;
}

/** What comes with a signature or stands for an access token in queries: of S3, Google, CloudFront, OSS, COS, others. */
const SIGNING =
  /^(x-(amz|goog|oss)-.*|q-(sign|ak|key|header|url|signature).*|(aws|oss)?accesskeyid|googleaccessid|signature|expires|policy|key-pair-id|(access_|security-|x-)?token)$/i;

/** Of Azure's shared access signatures, which have two letters each where there is a `sig`. */
const AZURE_SIGNING = /^(s[a-z]|srt|spr|sig|sip|ske|sks|skt|skv|skoid|sktid|saoid|suoid|scid)$/i;

/** The URL of an object without what is secret, or changes with each signature. It is not meant to be shown. */
export function addressOf(url: URL): string {
  const address = new URL(url);
  address.username = "";
  address.password = "";
  address.hash = "";
  const isAzure = address.searchParams.has("sig");
  for (const name of [...address.searchParams.keys()]) {
    if (SIGNING.test(name) || (isAzure && AZURE_SIGNING.test(name))) {
      address.searchParams.delete(name);
    }
  }
  return address.href;
}

/** Whether a text is meant for a URL and is none. */
export function isMalformedUrl(text: string): boolean {
  return SCHEME.test(text) && !URL.canParse(text);
}

/**
 * How a text that names a shard, a URL or a path or a pattern of them, may be shown: a URL without what may be
 * secret, and one that is malformed with no more than its scheme, for what is a password in it nobody can tell.
 */
export function nameText(text: string): string {
  const match = SCHEME.exec(text);
  if (match === null) return ALMOST_URL.test(text) ? HIDDEN : text;
  const [start, scheme] = match;
  if (PLAIN_REST.test(text.slice(start.length))) return text.trim();
  return URL.canParse(text) ? nameUrl(new URL(text)) : scheme + HIDDEN;
}

/** A text whose URLs show nothing that may be secret. */
export function redactText(text: string): string {
  return text.replace(URLS, (match) => {
    const quote = /^["'`]/.test(match) ? match[0] : "";
    return quote + nameText(quote === "" ? match : match.slice(1, -1)) + quote;
  });
}

/**
 * An error in whose message, stack and causes no URL shows a secret; the error itself where none
 * does. Runtimes put the whole URL into what `fetch` fails with, and the whole path into what files fail with.
 *
 * @param given A text that may be secret as a whole, such as a path that was meant for a URL.
 */
export function redactError(error: unknown, given?: string): unknown {
  if (!(error instanceof Error)) return error;
  const redact = (text: string): string =>
    redactText(given === undefined ? text : text.replaceAll(given, nameText(given)));
  const { message, stack = "" } = error;
  const cause = redactError(error.cause, given);
  // Bun keeps the URL in a property of its own.
  const shown = [message, stack, ...Object.values(error).filter((v) => typeof v === "string")];
  const changed = cause !== error.cause || shown.some((text) => redact(text) !== text);
  if (!changed) return error;
  const redacted = new Error(redact(message), cause === undefined ? undefined : { cause });
  redacted.name = error.name;
  redacted.stack = redact(stack);
  const { code } = error as { code?: unknown };
  return code === undefined ? redacted : Object.assign(redacted, { code });
}
