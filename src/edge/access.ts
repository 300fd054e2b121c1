/**
 * Who may ask.
 *
 * @module
 */
import { Problem } from "./problem.ts";

const encoder = new TextEncoder();

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/**
 * Checks the token of a request: `Authorization: Bearer TOKEN`, or `Basic` with the token as the password, for
 * which browsers ask.
 *
 * Digests are compared, all of their bytes, so that neither time nor length tells how much of a guess is right.
 *
 * @throws {Problem} 401 if it is missing or another.
 */
export async function authorize(request: Request, token: string): Promise<void> {
  const [given, wanted] = await Promise.all([digest(readToken(request)), digest(token)]);
  let difference = 0;
  for (let i = 0; i < wanted.length; i++) difference |= given[i] ^ wanted[i];
  if (difference === 0 && token !== "") return;
  throw new Problem(401, "unauthorized", "This takes an access token.", {
    "www-authenticate": 'Basic realm="wdstream", charset="UTF-8", Bearer realm="wdstream"',
  });
}

function readToken(request: Request): string {
  const [, scheme, value = ""] =
    /^(\S+) +(\S+)$/.exec(request.headers.get("authorization") ?? "") ??
      [];
  switch (scheme?.toLowerCase()) {
    case "bearer":
      return value;
    case "basic": {
      try {
        const bytes = Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
        const text = new TextDecoder().decode(bytes);
        return text.includes(":") ? text.slice(text.indexOf(":") + 1) : "";
      } catch {
        return "";
      }
    }
    default:
      return "";
  }
}
