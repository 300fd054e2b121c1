/**
 * Redirects that name the version behind them, as those of Hugging Face do.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { describeObject } from "./http_body.ts";
import type { ObjectFacts } from "./source.ts";

/** Milliseconds before its end at which a signed target is not used any more. */
const MARGIN_MS = 30_000;

/** Where a redirect led. */
export interface KeptTarget {
  readonly url: URL;
  /** What the redirect said of the object. */
  readonly linked: ObjectFacts;
  /** When it is over, by `performance.now()`. */
  readonly untilMs: number;
}

/**
 * What a redirect says of the object: `X-Linked-ETag` and `X-Linked-Size` of Hugging Face. The hosts that it redirects
 * to may each have a tag of their own for the same bytes.
 */
export function readLinked({ headers }: Response): ObjectFacts | undefined {
  const etag = headers.get("x-linked-etag");
  if (!etag) return undefined;
  const size = headers.get("x-linked-size") ?? "";
  return /^[0-9]+$/.test(size) ? { etag, sizeBytes: Number(size) } : { etag };
}

/**
 * When a signed target ends, by `performance.now()`: by `X-Amz-Date` and `X-Amz-Expires`, or `Expires`. The clock is
 * that of the host that redirects, where it tells the time.
 */
export function readExpiry({ searchParams }: URL, { headers }: Response): number {
  const hostMs = Date.parse(headers.get("date") ?? "");
  const nowMs = Number.isNaN(hostMs) ? Date.now() : hostMs;
  const endMs = readEnd(searchParams, nowMs);
  return endMs === undefined ? Infinity : performance.now() + endMs - nowMs - MARGIN_MS;
}

function readEnd(query: URLSearchParams, nowMs: number): number | undefined {
  const seconds = query.get("X-Amz-Expires") ?? query.get("X-Goog-Expires");
  if (seconds !== null && /^[0-9]+$/.test(seconds)) {
    const date = query.get("X-Amz-Date") ?? query.get("X-Goog-Date") ?? "";
    const parts = /^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z$/.exec(date);
    const [year, month, day, hour, minute, second] = (parts ?? []).slice(1).map(Number);
    const fromMs = parts === null ? nowMs : Date.UTC(year, month - 1, day, hour, minute, second);
    return fromMs + Number(seconds) * 1000;
  }
  const expires = query.get("Expires");
  return expires !== null && /^[0-9]+$/.test(expires) ? Number(expires) * 1000 : undefined;
}

/**
 * Compares the size of an answer with that which the redirect named.
 *
 * @throws {SourceError} `source/changed` if it is another one; the answer is let go of.
 */
export function checkLinked(linked: ObjectFacts, response: Response, name: string): void {
  const { sizeBytes: size } = describeObject(response);
  const { sizeBytes: wanted } = linked;
  if (!response.ok || size === undefined || wanted === undefined || size === wanted) return;
  response.body?.cancel().catch(() => {});
  throw new SourceError("source/changed", {
    action: `open "${name}"`,
    reason: `its host says that it has ${wanted} bytes, and the one that keeps it has ${size}`,
    shard: name,
  });
}
