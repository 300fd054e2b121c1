/**
 * What sources and stores can be told.
 *
 * @module
 */
import { checkCallback, checkOffset } from "../check.ts";
import type { HttpOptions } from "./http.ts";
import { checkRetry } from "./retry_options.ts";
import type { SchemeOptions } from "./schemes/options.ts";

/** How shards are reached: what sources and stores of every kind take, each what concerns it. */
export interface AccessOptions extends HttpOptions, SchemeOptions {
  /** Cancels every stream that the source opens. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode toSource} can be told. */
export interface SourceOptions extends AccessOptions {
  /**
   * Name for errors and samples.
   *
   * @default {the path, or the URL without user, query and fragment}
   */
  readonly name?: string;
}

/** Of larger options, what says how shards are reached; not the signal. */
export function accessOf(options: SourceOptions): AccessOptions {
  const { headers, token, sign, fetch, maxRedirects, retry, s3, gs, az, hf, ms } = options;
  return { headers, token, sign, fetch, maxRedirects, retry, s3, gs, az, hf, ms };
}

/**
 * Checks what can be said wrong.
 *
 * @throws {TypeError} If an option is none that it can be.
 * @throws {RangeError} If a number is none that it can be.
 */
export function checkSourceOptions(options: SourceOptions): void {
  checkText("name", options.name);
  checkText("token", options.token);
  checkCallback("fetch", options.fetch);
  checkCallback("sign", options.sign);
  for (const scheme of ["s3", "gs", "az", "hf", "ms"] as const) {
    const given: unknown = options[scheme];
    if (given === undefined || (typeof given === "object" && given !== null)) continue;
    throw new TypeError(`${scheme} must be an object of options, not ${typeof given}`);
  }
  checkRetry(options.retry);
  checkOffset("maxRedirects", options.maxRedirects);
  const { signal } = options as { signal?: unknown };
  if (signal === undefined) return;
  if (typeof signal !== "object" || signal === null || !("aborted" in signal)) {
    throw new TypeError("signal must be an AbortSignal, such as an AbortController has");
  }
}

/**
 * Throws where an option is no text. What was given may be a secret, in the wrong place or of the wrong type: only its
 * type is told.
 *
 * @throws {TypeError} If it is none.
 */
export function checkText(name: string, value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(`${name} must be a string, not ${value === null ? "null" : typeof value}`);
}
