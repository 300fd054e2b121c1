/**
 * How often, and how patiently, a request is tried again.
 *
 * @module
 */
import { checkCallback, checkCount, checkLimit } from "../check.ts";
import type { SourceError } from "../errors.ts";

/** A try that failed and is followed by another one. */
export interface RetryEvent {
  /** Name of the shard, without credentials. */
  readonly shard: string;
  /** Offset in the stored object of the first byte that is still to come. */
  readonly offset: number;
  /** Tries so far that brought no byte, one behind the other: 1 with the first. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly waitMs: number;
  /** Why it failed. */
  readonly error: SourceError;
}

/** How requests over http(s) are tried again. */
export interface RetryOptions {
  /**
   * Tries one behind the other that bring no byte; 1 for none again. A host that never answered yet is given three at
   * most, for its name may be misspelt.
   *
   * @default {8}
   */
  readonly attempts?: number;
  /**
   * Milliseconds from a failure to the next byte at most, waits and tries together. A host that asks for a longer wait
   * (`Retry-After`) is not tried again.
   *
   * @default {300000}
   */
  readonly totalMs?: number;
  /**
   * Milliseconds to wait at most before the second try; twice as many before each further one. How many of them is
   * drawn, so that those who failed together do not come back together. What a host asks for comes on top.
   *
   * @default {500}
   */
  readonly baseMs?: number;
  /**
   * Milliseconds that such a wait grows to at most.
   *
   * @default {20000}
   */
  readonly maxMs?: number;
  /**
   * Milliseconds until an answer begins, redirects included.
   *
   * @default {30000}
   */
  readonly connectMs?: number;
  /**
   * Milliseconds that a body may bring nothing while it is being read.
   *
   * @default {30000}
   */
  readonly stallMs?: number;
  /** Is told of each try that failed and is followed by another one. */
  readonly onRetry?: (event: RetryEvent) => void;
}

/** {@linkcode RetryOptions} with everything said. */
export type RetryPolicy = Required<Omit<RetryOptions, "onRetry">> & Pick<RetryOptions, "onRetry">;

const ONE_TRY: RetryPolicy = {
  attempts: 1,
  totalMs: Infinity,
  baseMs: 0,
  maxMs: 0,
  connectMs: Infinity,
  stallMs: Infinity,
};

/** Fills in what is not said; `false` is one try, with all the time that it takes. */
export function readRetryPolicy(retry: RetryOptions | false | undefined): RetryPolicy {
  if (retry === false) return ONE_TRY;
  const { attempts = 8, totalMs = 300_000, baseMs = 500, maxMs = 20_000 } = retry ?? {};
  const { connectMs = 30_000, stallMs = 30_000, onRetry } = retry ?? {};
  return { attempts, totalMs, baseMs, maxMs, connectMs, stallMs, onRetry };
}

/**
 * Checks what can be said wrong.
 *
 * @throws {TypeError} If it is no object, or an option of it is none that it can be.
 * @throws {RangeError} If a number is none that it can be.
 */
export function checkRetry(retry: RetryOptions | false | undefined): void {
  if (retry === undefined || retry === false) return;
  if (typeof retry !== "object" || retry === null) {
    throw new TypeError("retry must be an object of options, or false");
  }
  const { attempts, onRetry, ...limits } = retry;
  if (attempts !== undefined && attempts !== Infinity) checkCount("retry.attempts", attempts, 1);
  checkCallback("retry.onRetry", onRetry);
  for (const name of ["totalMs", "baseMs", "maxMs", "connectMs", "stallMs"] as const) {
    checkLimit(`retry.${name}`, limits[name]);
  }
}

/**
 * Milliseconds to wait before the next try: exponential backoff with full jitter, behind what the host asks for.
 *
 * @param attempt Tries that have failed.
 * @param askedMs What the host asks for.
 */
export function drawWait(policy: RetryPolicy, attempt: number, askedMs: number = 0): number {
  const most = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  return askedMs + (most > 0 ? Math.random() * most : 0);
}
