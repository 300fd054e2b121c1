/**
 * What sources and stores can be told.
 *
 * @module
 */
import { checkCallback, checkCount, checkLimit, checkOffset } from "../check.ts";
import { OrderError } from "../errors.ts";
import type { CacheReader } from "./cache/cache_reader.ts";
import type { CacheInput, CacheOptions, CachePlace } from "./cache/options.ts";
import type { HttpOptions } from "./http.ts";
import { Pace } from "./request_pool.ts";
import { checkRetry } from "./retry_options.ts";
import type { SchemeOptions } from "./schemes/options.ts";

/** How shards are reached: what sources and stores of every kind take, each what concerns it. */
export interface AccessOptions extends HttpOptions, SchemeOptions {
  /** Cancels every stream that the source opens. */
  readonly signal?: AbortSignal;
  /**
   * Where segments of objects on hosts are kept, so that they are fetched once: the path of a folder, `"memory"`, a
   * directory handle of a browser, a `Cache`, a store of one's own; with `{ in, maxBytes }` also how many bytes. Local
   * shards are not kept.
   *
   * @default {none}
   */
  readonly cache?: CacheInput;
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
  const { headers, token, sign, fetch, maxRedirects, retry, limits, s3, gs, az, hf, ms } = options;
  // Made once, so that all that is read by it shares what it knows.
  const cache = shareCache(options.cache);
  return { headers, token, sign, fetch, maxRedirects, retry, limits, cache, s3, gs, az, hf, ms };
}

/** The commit that a revision of a repository is at, as long as a dataset reads it. */
export interface Pin {
  commit?: string;
}

/** By the options, which those that read one dataset share. */
const PINS = new WeakMap<AccessOptions, Map<string, Pin>>();

function pinsOf(access: AccessOptions): Map<string, Pin> {
  let pins = PINS.get(access);
  if (pins === undefined) PINS.set(access, pins = new Map());
  return pins;
}

/** The pin of a revision that moves, such as `main`, for all that is read by the same options. */
export function pinOf(access: AccessOptions, name: string): Pin {
  const pins = pinsOf(access);
  let pin = pins.get(name);
  if (pin === undefined) pins.set(name, pin = {});
  return pin;
}

/** By the options, likewise. */
const PACES = new WeakMap<AccessOptions, Pace>();

/** When requests may be sent, for all that is read by the same options. */
export function paceOf(access: AccessOptions): Pace {
  let pace = PACES.get(access);
  if (pace === undefined) {
    PACES.set(access, pace = new Pace(access.limits?.requestsPerSecond));
  }
  return pace;
}

/** The same options but for some: what is read by them keeps to the same limits and commits. */
export function deriveAccess<Changes extends SourceOptions>(
  access: AccessOptions,
  changes: Changes,
): AccessOptions & Changes {
  const derived = { ...access, ...changes };
  PACES.set(derived, paceOf(access));
  PINS.set(derived, pinsOf(access));
  return derived;
}

/** The commits of revisions that were read by options, for a state; absent where there are none. */
export function listCommits(access: AccessOptions): [name: string, commit: string][] {
  return [...PINS.get(access) ?? []].flatMap(([name, { commit }]) =>
    commit === undefined ? [] : [[name, commit] as [string, string]]
  );
}

/**
 * Reads revisions at the commits of a state.
 *
 * @throws {OrderError} `order/changed` if one was read at another commit by these options already.
 */
export function restoreCommits(
  access: AccessOptions,
  commits: Readonly<Record<string, string>>,
): void {
  for (const [name, commit] of Object.entries(commits)) {
    const pin = pinOf(access, name);
    pin.commit ??= commit;
    if (pin.commit === commit) continue;
    throw new OrderError("order/changed", {
      action: "resume",
      reason:
        `the state is of commit ${commit}, and this dataset was read at ${pin.commit}; open it anew`,
    });
  }
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
  checkLimits(options.limits);
  checkOffset("maxRedirects", options.maxRedirects);
  shareCache(options.cache);
  const { signal } = options as { signal?: unknown };
  if (signal === undefined) return;
  if (typeof signal !== "object" || signal === null || !("aborted" in signal)) {
    throw new TypeError("signal must be an AbortSignal, such as an AbortController has");
  }
}

function checkLimits(limits: AccessOptions["limits"]): void {
  if (limits === undefined) return;
  if (typeof limits !== "object" || limits === null) {
    throw new TypeError("limits must be an object of options");
  }
  const { connections = 1, requestsPerSecond = 1 } = limits;
  checkCount("limits.connections", connections, 1);
  if (typeof requestsPerSecond === "number" && requestsPerSecond > 0) return;
  throw new RangeError("limits.requestsPerSecond must be a number above 0");
}

/** A cache that was checked; what works is loaded when it is first used. */
export class SharedCache implements CacheOptions {
  readonly in: CachePlace;
  readonly maxBytes: number | undefined;
  readonly maxAgeMs: number | undefined;
  readonly onUncached: CacheOptions["onUncached"];
  /** Never a promise of it: on some runtimes, one that belongs to another request may never settle. */
  #reader: CacheReader | undefined;

  constructor({ in: place, maxBytes, maxAgeMs, onUncached }: CacheOptions) {
    this.in = place;
    this.maxBytes = maxBytes;
    this.maxAgeMs = maxAgeMs;
    this.onUncached = onUncached;
  }

  /** What reads through it. */
  async open(): Promise<CacheReader> {
    if (this.#reader !== undefined) return this.#reader;
    const { openCache } = await import("./cache/open_cache.ts");
    const { CacheReader } = await import("./cache/cache_reader.ts");
    const store = openCache(this);
    return this.#reader ??= new CacheReader(store, this);
  }
}

/**
 * The cache of an option: what shares it, shares what it knows.
 *
 * @throws {TypeError} If it is no cache, or an option is none that it can be.
 * @throws {RangeError} If a number is none that it can be.
 */
export function shareCache(input: CacheInput | undefined): SharedCache | undefined {
  if (input === undefined || input instanceof SharedCache) return input;
  const isOptions = typeof input === "object" && input !== null && "in" in input;
  const options = isOptions ? input : { in: input as CachePlace };
  if (!isCachePlace(options.in)) {
    throw new TypeError(
      'cache must be the path of a folder, "memory", a directory handle, a Cache, an object with get() and put(), ' +
        "or { in: one of these }",
    );
  }
  checkLimit("cache.maxBytes", options.maxBytes);
  checkLimit("cache.maxAgeMs", options.maxAgeMs);
  checkCallback("cache.onUncached", options.onUncached);
  return new SharedCache(options);
}

function isCachePlace(place: unknown): boolean {
  if (typeof place === "string") return place !== "";
  if (typeof place !== "object" || place === null) return false;
  return "getDirectoryHandle" in place || ("put" in place && ("get" in place || "match" in place));
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
