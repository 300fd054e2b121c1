/**
 * What a cache knows of objects, and reading them through it.
 *
 * @module
 */
import { type ErrorCode, SourceError } from "../../errors.ts";
import { retryAdvice } from "../retry_advice.ts";
import type { ObjectFacts, OpenedObject, OpenOptions, Source, StatOptions } from "../source.ts";
import { provesVersion, sameVersion } from "../version.ts";
import { CachedBody } from "./cached_body.ts";
import { frame, unframe } from "./frame.ts";
import { KEPT_BYTES, objectKey, recordKey, segmentKey, versionKey } from "./keys.ts";
import type { CacheOptions, CacheStore } from "./options.ts";
import { type CacheRecord, parseRecord } from "./record.ts";

/** An object of which a version is known. */
export interface KnownObject {
  readonly object: string;
  readonly version: string;
  readonly facts: ObjectFacts;
  /** Whether its host has said so since the cache was opened, or need not. */
  readonly isChecked: boolean;
}

/** Reads objects through one cache. What it knows of them holds for as long as the dataset. */
export class CacheReader {
  readonly #store: CacheStore;
  readonly #options: CacheOptions;
  readonly #known = new Map<string, KnownObject>();
  /** What is not there, by its address: why. */
  readonly #missing = new Map<string, string>();
  /** Objects that are read past the cache. */
  readonly #uncached = new Set<string>();
  /** Origins that were not reached. */
  readonly #unreached = new Set<string>();
  readonly #said = new Set<string>();

  constructor(store: CacheStore, options: CacheOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Opens an object as its source does. */
  async open(source: Source, options: OpenOptions): Promise<OpenedObject> {
    options.signal?.throwIfAborted();
    const address = source.address!;
    if (this.#uncached.has(address)) return await source.open(options);
    const missing = this.#missing.get(address);
    if (missing !== undefined) throw missingError(source.name, missing);
    const known = this.#known.get(address) ?? await this.#recall(source);
    const body = new CachedBody(
      this,
      source,
      options,
      typeof known === "string" ? undefined : known,
    );
    try {
      const opened = await body.open();
      return opened ?? await source.open(options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isMissing(error)) await this.#forget(source, error.reason);
      else if (typeof known === "string" && isUnreached(error)) {
        this.#missing.set(address, known);
        throw missingError(source.name, known);
      }
      throw error;
    }
  }

  /** What is known of an object, or what its source says. */
  async stat(source: Source, options: StatOptions): Promise<ObjectFacts> {
    const known = this.#known.get(source.address!);
    return known?.isChecked ? known.facts : await source.stat!(options);
  }

  /** A segment that is kept, absent where it is not, or is damaged. */
  async get(
    { object, version, facts }: KnownObject,
    segment: number,
    name: string,
  ): Promise<Uint8Array | undefined> {
    const key = segmentKey(object, version, segment);
    const bytes = await this.#read(key, name);
    if (bytes === undefined) return undefined;
    const wanted = Math.min(KEPT_BYTES, facts.sizeBytes! - segment * KEPT_BYTES);
    return bytes.length === wanted ? bytes : undefined;
  }

  /** Keeps a segment; that a cache fails is no fault of the data. */
  async put(
    { object, version }: KnownObject,
    segment: number,
    bytes: Uint8Array,
    name: string,
  ): Promise<void> {
    await this.#write(segmentKey(object, version, segment), bytes, name);
  }

  /**
   * Takes what an answer has said of an object.
   *
   * @returns Absent where its version is not known: it is read past the cache from now on.
   */
  async adopt(source: Source, facts: ObjectFacts): Promise<KnownObject | undefined> {
    const address = source.address!;
    const before = this.#known.get(address);
    const isSame = before !== undefined && sameVersion(before.facts, facts) === undefined &&
      provesVersion(before.facts, facts);
    if (isSame && before.isChecked) return before;
    if (facts.sizeBytes === undefined || !provesVersion(facts)) {
      this.#uncached.add(address);
      const reason = facts.sizeBytes === undefined
        ? "its host does not say how large it is"
        : "its host names no version of it (no ETag, no Last-Modified)";
      this.#say(source.name, reason);
      return undefined;
    }
    const object = before?.object ?? await objectKey(address);
    const { etag, sizeBytes, lastModifiedMs } = facts;
    const kept = isSame ? before.facts : { etag, sizeBytes, lastModifiedMs };
    const version = isSame ? before.version : await versionKey(kept);
    const known = { object, version, facts: kept, isChecked: true };
    this.#known.set(address, known);
    await this.#remember(source.name, object, { facts: kept });
    return known;
  }

  /**
   * Asks the host whether an object is the version that was kept; where it cannot be reached, it is.
   *
   * @returns Absent where it is read past the cache now.
   */
  async check(
    source: Source,
    known: KnownObject,
    { signal, network }: StatOptions,
  ): Promise<KnownObject | undefined> {
    const origin = originOf(source);
    if (this.#unreached.has(origin)) return this.#believe(source, known);
    try {
      // Of signed URLs, some hosts answer no HEAD.
      const { body, ...facts } = await source.open({ offset: 0, length: 1, signal, network });
      await body.cancel().catch(() => {});
      return await this.adopt(source, facts);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isUnreached(error)) throw error;
      this.#unreached.add(origin);
      return this.#believe(source, known);
    }
  }

  #believe(source: Source, known: KnownObject): KnownObject {
    const believed = { ...known, isChecked: true };
    this.#known.set(source.address!, believed);
    return believed;
  }

  /** What an earlier dataset has learnt: a version, or why there is no such object. */
  async #recall(source: Source): Promise<KnownObject | string | undefined> {
    const address = source.address!;
    const object = await objectKey(address);
    const bytes = await this.#read(recordKey(object), source.name);
    const record = bytes && parseRecord(bytes);
    if (record === undefined) return undefined;
    const { facts, missing = "", checkedMs } = record;
    if (facts === undefined) return missing;
    const { maxAgeMs = 0 } = this.#options;
    const isChecked = Date.now() - checkedMs < maxAgeMs;
    const known = { object, version: await versionKey(facts), facts, isChecked };
    this.#known.set(address, known);
    return known;
  }

  async #forget({ name, address = "" }: Source, why: string): Promise<void> {
    this.#known.delete(address);
    this.#missing.set(address, why);
    await this.#remember(name, await objectKey(address), { missing: why });
  }

  async #remember(
    name: string,
    object: string,
    what: Pick<CacheRecord, "facts" | "missing">,
  ): Promise<void> {
    const record: CacheRecord = { name, checkedMs: Date.now(), ...what };
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    await this.#write(recordKey(object), bytes, name);
  }

  async #read(key: string, name: string): Promise<Uint8Array | undefined> {
    let framed: Uint8Array | undefined;
    try {
      framed = await this.#store.get(key);
      if (framed === undefined) return undefined;
      const bytes = unframe(key, framed);
      if (bytes === undefined) await this.#store.delete?.(key);
      else await this.#store.touch?.(key);
      return bytes;
    } catch (error) {
      checkPermission(error, name);
      // What another process has just removed, for one.
      return framed && unframe(key, framed);
    }
  }

  async #write(key: string, bytes: Uint8Array, name: string): Promise<void> {
    try {
      await this.#store.put(key, frame(key, bytes));
    } catch (error) {
      checkPermission(error, name);
      this.#say(name, `the cache failed (${error instanceof Error ? error.message : error})`);
    }
  }

  #say(shard: string, reason: string): void {
    if (this.#said.has(reason)) return;
    this.#said.add(reason);
    this.#options.onUncached?.({ shard, reason });
  }
}

/** Throws what is the caller's to mend: a runtime without files, or one that was not allowed to use them. */
function checkPermission(error: unknown, name: string): void {
  if (error instanceof SourceError) throw error;
  if (!(error instanceof Error) || error.name !== "NotCapable") return;
  throw new SourceError("source/unsupported", {
    action: `keep segments of "${name}" in a cache`,
    reason: error.message,
    shard: name,
    cause: error,
  });
}

const UNREACHED: ReadonlySet<ErrorCode> = new Set(["source/network", "source/timeout"]);

/** Whether the host did not answer, or is in no state to. */
function isUnreached(error: unknown): boolean {
  return error instanceof SourceError &&
    (UNREACHED.has(error.code) || retryAdvice(error) !== undefined);
}

function isMissing(error: unknown): error is SourceError {
  return error instanceof SourceError && error.code === "source/not-found";
}

function missingError(name: string, reason: string): SourceError {
  return new SourceError("source/not-found", { action: `open "${name}"`, reason, shard: name });
}

function originOf({ address = "" }: Source): string {
  return URL.canParse(address) ? new URL(address).origin : address;
}
