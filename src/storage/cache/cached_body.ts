/**
 * One reading of an object through a cache: segments that are kept, and those between them from its host.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import { joinSignals, raceAbort } from "../../signals.ts";
import type { OpenedObject, OpenOptions, Source } from "../source.ts";
import { provesVersion, sameVersion } from "../version.ts";
import type { CacheReader, KnownObject } from "./cache_reader.ts";
import { KEPT_BYTES } from "./keys.ts";

/** Reads a range of an object. */
export class CachedBody {
  readonly #cache: CacheReader;
  readonly #source: Source;
  readonly #options: OpenOptions;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  #known: KnownObject | undefined;
  /** Byte after the last one that is wanted. */
  #to: number;
  /** The next byte that is wanted. */
  #position: number;
  /** Whether bytes were given on, which are of this version then. */
  #isBegun = false;
  #isWhole = false;
  #isUncached = false;

  constructor(
    cache: CacheReader,
    source: Source,
    options: OpenOptions,
    known: KnownObject | undefined,
  ) {
    const { offset = 0, length = Infinity, signal } = options;
    this.#cache = cache;
    this.#source = source;
    this.#options = options;
    this.#known = known;
    this.#position = offset;
    this.#to = offset + length;
    this.#signal = signal === undefined ? this.#end.signal : joinSignals(signal, this.#end.signal);
  }

  /**
   * Opens it, with its first bytes.
   *
   * @returns Absent where it is to be read past the cache.
   */
  async open(): Promise<OpenedObject | undefined> {
    const parts = this.#read();
    let first: IteratorResult<Uint8Array, void> | undefined;
    try {
      first = await raceAbort(parts.next(), this.#signal);
    } catch (error) {
      this.#end.abort();
      throw error;
    }
    if (this.#isUncached) return undefined;
    this.#isBegun = true;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller): Promise<void> => {
        const { done, value } = first ?? await raceAbort(parts.next(), this.#signal);
        first = undefined;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason): void => {
        this.#end.abort(reason);
        parts.return().catch(() => {});
      },
    }, { highWaterMark: 0 });
    return { ...this.#known!.facts, body, ...(this.#isWhole ? { isWhole: true } : {}) };
  }

  /** Byte after the last one that there is, of those that are wanted. */
  get #last(): number {
    return Math.min(this.#to, this.#known?.facts.sizeBytes ?? Infinity);
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const cache = this.#cache;
    while (this.#position < this.#last && !this.#isUncached) {
      this.#signal.throwIfAborted();
      const segment = Math.floor(this.#position / KEPT_BYTES);
      const kept = this.#known && await cache.get(this.#known, segment, this.#source.name);
      if (kept === undefined) {
        yield* this.#fetch(segment, await this.#findKept(segment + 1));
      } else if (this.#known!.isChecked) {
        yield this.#take(kept, segment * KEPT_BYTES, this.#options.network);
      } else {
        this.#known = await cache.check(this.#source, this.#known!, this.#requestOptions());
        this.#isUncached = this.#known === undefined;
      }
    }
    // Of nothing, it must be known what it is nothing of.
    if (this.#known === undefined && !this.#isUncached) {
      yield* this.#fetch(Math.floor(this.#position / KEPT_BYTES), undefined);
    }
  }

  /** The first segment from here on that is kept; absent where none is wanted of those that are. */
  async #findKept(segment: number): Promise<number | undefined> {
    if (this.#known === undefined) return undefined;
    for (let next = segment; next * KEPT_BYTES < this.#last; next++) {
      if (await this.#cache.get(this.#known, next, this.#source.name) !== undefined) return next;
    }
    return undefined;
  }

  #requestOptions(): OpenOptions {
    return { signal: this.#signal, network: this.#options.network };
  }

  /** What is wanted of bytes that begin at an offset. */
  #take(bytes: Uint8Array, start: number, network?: OpenOptions["network"]): Uint8Array {
    const part = bytes.subarray(this.#position - start, this.#last - start);
    this.#position += part.length;
    if (network !== undefined) network.cachedBytes += part.length;
    return part;
  }

  /**
   * Fetches segments, and keeps them.
   *
   * @param until The first one that is not fetched, where the last one that is wanted does not tell.
   */
  async *#fetch(
    segment: number,
    until: number | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const start = segment * KEPT_BYTES;
    const end = (until ?? Math.ceil(Math.max(this.#to, start + 1) / KEPT_BYTES)) * KEPT_BYTES;
    const { version, orWhole } = this.#options;
    const { body, isWhole, ...facts } = await this.#source.open({
      ...this.#requestOptions(),
      offset: start,
      length: end - start,
      version: this.#isBegun ? this.#known!.facts : version,
      orWhole: orWhole && !this.#isBegun && until === undefined,
    });
    const reader = body.getReader();
    try {
      await this.#adopt(facts);
      if (this.#known === undefined) return;
      if (isWhole) {
        this.#isWhole = true;
        this.#to = Infinity;
      }
      const { sizeBytes = 0 } = facts;
      yield* this.#keep(reader, start, Math.min(isWhole ? Infinity : end, sizeBytes));
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  async #adopt(facts: Omit<OpenedObject, "body">): Promise<void> {
    if (this.#isBegun) {
      const before = this.#known!.facts;
      const changed = sameVersion(before, facts) ??
        (provesVersion(before, facts) ? undefined : "it does not say which version it is, and did");
      if (changed === undefined) return;
      const { name } = this.#source;
      throw new SourceError("source/changed", {
        action: `read "${name}"`,
        reason: `${changed} when it was opened; open it again`,
        shard: name,
      });
    }
    this.#known = await this.#cache.adopt(this.#source, facts);
    this.#isUncached = this.#known === undefined;
  }

  /** Keeps each segment when it is whole, and gives on what is wanted of it. */
  async *#keep(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { name } = this.#source;
    let at = start;
    let kept = new Uint8Array(Math.min(KEPT_BYTES, end - start));
    while (at < end) {
      const { done, value } = await reader.read();
      if (done) {
        throw new SourceError("source/network", {
          action: `read "${name}"`,
          reason: `it ended at byte ${at}, before byte ${end}`,
          shard: name,
        });
      }
      for (let from = 0; from < value.length && at < end;) {
        const filled = at % KEPT_BYTES;
        const part = value.subarray(from, from + kept.length - filled);
        kept.set(part, filled);
        from += part.length;
        at += part.length;
        if (filled + part.length < kept.length) continue;
        const first = at - kept.length;
        // Whoever has what he wanted reads no further: what came along is kept before.
        await this.#cache.put(this.#known!, first / KEPT_BYTES, kept, name);
        if (first < this.#last) yield this.#take(kept, first);
        kept = new Uint8Array(Math.min(KEPT_BYTES, end - at));
      }
    }
  }
}
