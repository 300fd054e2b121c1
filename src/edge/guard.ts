/**
 * Who may ask, and how much at a time.
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

/** Lets a few pieces of work run at a time, and a few more wait. */
export class Turnstile {
  readonly #limit: number;
  readonly #queueLimit: number;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number, queueLimit: number) {
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  /**
   * Runs a piece of work when it is its turn.
   *
   * @throws {Problem} 503 if too many wait already.
   */
  async pass<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#running >= this.#limit) {
      if (this.#queue.length >= this.#queueLimit) {
        throw new Problem(503, "busy", "Too many images are being decoded.", {
          "retry-after": "1",
        });
      }
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else this.#running++;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      // Whoever waits takes the place over, so that nobody else can.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
