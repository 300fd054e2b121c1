/**
 * What an answer, or the lack of one, says of trying again.
 *
 * @module
 */
import type { SourceError } from "../errors.ts";

/** When and how often the same request may be tried again. */
export interface RetryAdvice {
  /** Milliseconds that the host asks to wait first. */
  readonly waitMs?: number;
  /** Tries that make sense; absent where the caller's number does. */
  readonly attempts?: number;
}

/** Answers below 500 that another try may turn into the object: the request was none of their fault. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);

/** Those of 500 and above that say what the host will never do. */
const LASTING: ReadonlySet<number> = new Set([501, 505]);

/** By the error, whose class and fields are the same whether or not it is tried again. */
const ADVICE = new WeakMap<SourceError, RetryAdvice>();

/** Says of an error that the request may be tried again. */
export function retriableError(error: SourceError, advice: RetryAdvice = {}): SourceError {
  ADVICE.set(error, advice);
  return error;
}

/** What was said of an error; `undefined` where another try would end as this one did. */
export function retryAdvice(error: unknown): RetryAdvice | undefined {
  return typeof error === "object" && error !== null
    ? ADVICE.get(error as SourceError) ??
      ((error as SourceError).code === "source/network" ? {} : undefined)
    : undefined;
}

/** What an answer's status and headers say of trying again; `undefined` where it is final. */
export function adviseByAnswer({ status, headers }: Response): RetryAdvice | undefined {
  if (!TRANSIENT.has(status) && (status < 500 || LASTING.has(status))) return undefined;
  const waitMs = readRetryAfter(headers.get("retry-after"), Date.now()) ??
    readRateLimit(headers.get("ratelimit"));
  return waitMs === undefined ? {} : { waitMs };
}

/**
 * The time that `Retry-After` names, in seconds or as a date (RFC 9110, section 10.2.3).
 *
 * @param nowMs Milliseconds since 1970.
 * @returns Milliseconds to wait; `undefined` where it is neither.
 */
export function readRetryAfter(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  // What is no date at all, some engines take for one: "-1", "1.5".
  const dateMs = /^[A-Za-z]/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/**
 * The time after which `RateLimit` gives anew what is used up: `"resolvers";r=0;t=55` (the draft
 * ratelimit-headers of the IETF's httpapi group, as Hugging Face sends it).
 *
 * @returns Milliseconds to wait; `undefined` where no quota is used up.
 */
export function readRateLimit(value: string | null): number | undefined {
  let waitMs: number | undefined;
  for (const item of (value ?? "").split(",")) {
    const left = /;\s*r=([0-9]+)/.exec(item)?.[1];
    const seconds = /;\s*t=([0-9]+)/.exec(item)?.[1];
    if (seconds === undefined || Number(left ?? 0) > 0) continue;
    waitMs = Math.max(waitMs ?? 0, Number(seconds) * 1000);
  }
  return waitMs;
}
