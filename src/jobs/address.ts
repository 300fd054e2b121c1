/**
 * Addresses as plans have them: whoever reads them, wherever, means the same object, and nothing in them is secret.
 *
 * @module
 */
import { pageUrl } from "../runtime.ts";
import { addressOf } from "../storage/redact.ts";

const SCHEME = /^\s*[A-Za-z][A-Za-z0-9+.-]+:/;

/** Whether a text is a path and no URL. */
export function isLocalText(text: string): boolean {
  return !SCHEME.test(text);
}

/**
 * An address that does not depend on where it is read: paths from the root on, URLs without credentials and
 * signatures.
 *
 * @throws {TypeError} If it is meant for a URL and is none.
 */
export async function absoluteAddress(text: string): Promise<string> {
  if (SCHEME.test(text)) {
    if (!URL.canParse(text)) throw new TypeError("A shard begins like a URL, and is none");
    const url = new URL(text);
    const address = addressOf(url);
    // Of what names nothing secret, the text stays as it is: buckets have letters that URLs would encode.
    return address === url.href ? text.trim() : address;
  }
  const page = pageUrl();
  if (page !== undefined) return addressOf(new URL(text, page));
  const { resolve } = await import("node:path");
  return resolve(text);
}
