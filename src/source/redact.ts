/** Keeps secrets that URLs carry out of names and errors. */

// Scheme, credentials, host and path, query and fragment. Queries go whole, for signed links keep
// their signatures there under many names.
const URLS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s\/?#@"'<>]*@)?([^\s?#"'<>()]*)(?:[?#][^\s"'<>]*)?/gi;

/** A URL without user, password, query and fragment. */
export function nameUrl(url: URL): string {
  if (url.protocol === "data:") return "data:";
  return `${url.protocol}${url.host === "" ? "" : `//${url.host}`}${url.pathname}`;
}

/** A text whose URLs have lost user, password, query and fragment. */
export function redactText(text: string): string {
  return text.replace(URLS, "$1$2");
}

/**
 * An error in whose message, stack and causes no URL shows a secret; the error itself where none
 * does. Runtimes put the whole URL into what `fetch` fails with.
 */
export function redactError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message, stack = "" } = error;
  const cause = redactError(error.cause);
  // Bun keeps the URL in a property of its own.
  const shown = [message, stack, ...Object.values(error).filter((v) => typeof v === "string")];
  const changed = cause !== error.cause || shown.some((text) => redactText(text) !== text);
  if (!changed) return error;
  const redacted = new Error(redactText(message), cause === undefined ? undefined : { cause });
  redacted.name = error.name;
  redacted.stack = redactText(stack);
  const { code } = error as { code?: unknown };
  return code === undefined ? redacted : Object.assign(redacted, { code });
}
