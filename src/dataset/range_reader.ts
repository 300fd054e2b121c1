/**
 * Byte ranges of one shard: each asked for once, however many wait for it.
 *
 * @module
 */
import { IndexError, TarError } from "../errors.ts";
import type { ObjectFacts, Source } from "../source/source.ts";

/** The version of the shard that an index was made of, as far as it is known. */
export interface Expected {
  readonly sizeBytes?: number;
  readonly etag?: string;
}

interface Window {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Uint8Array>;
  readonly abort: AbortController;
  waiting: number;
  isSettled: boolean;
}

/** Reads ranges of a source. Ranges under way are shared; the last one that read ahead is kept. */
export class RangeReader {
  /** What the source said of its object the last time. */
  object: ObjectFacts = {};
  /** Ranges that were asked of the source. */
  requests = 0;
  readonly #source: Source;
  readonly #expected: Expected;
  #windows: Window[] = [];
  #kept: Window | undefined;

  constructor(source: Source, expected: Expected) {
    this.#source = source;
    this.#expected = expected;
  }

  /**
   * Gives the bytes [start, end): a view, of a range that may reach to `ahead`. Fewer bytes only where
   * the shard ends.
   *
   * @throws {IndexError} `index/stale` if the object is another version than expected.
   */
  async read(
    start: number,
    end: number,
    ahead: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const window = this.#find(start, end) ?? this.#request(start, end, ahead);
    const bytes = await this.#wait(window, signal);
    return bytes.subarray(start - window.start, end - window.start);
  }

  #find(start: number, end: number): Window | undefined {
    const all = this.#kept === undefined ? this.#windows : [...this.#windows, this.#kept];
    return all.find((each) => each.start <= start && end <= each.end && !each.abort.signal.aborted);
  }

  #request(start: number, end: number, ahead: number): Window {
    const abort = new AbortController();
    const to = Math.max(end, ahead);
    this.requests++;
    const bytes = this.#load(start, to, abort.signal);
    const window: Window = { start, end: to, bytes, abort, waiting: 0, isSettled: false };
    this.#windows.push(window);
    if (to > end) this.#kept = window;
    const settle = (): void => {
      window.isSettled = true;
      this.#windows = this.#windows.filter((each) => each !== window);
    };
    bytes.then(settle, () => {
      settle();
      if (this.#kept === window) this.#kept = undefined;
    });
    return window;
  }

  /** One of those who wait may be cancelled; the request is when all of them are. */
  async #wait(window: Window, signal: AbortSignal | undefined): Promise<Uint8Array> {
    window.waiting++;
    let onAbort: (() => void) | undefined;
    try {
      if (signal === undefined) return await window.bytes;
      const aborted = new Promise<never>((_, reject) => {
        onAbort = (): void => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
      });
      return await Promise.race([window.bytes, aborted]);
    } finally {
      if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
      if (--window.waiting === 0 && !window.isSettled) window.abort.abort();
    }
  }

  async #load(start: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    const opened = await this.#source.open({ offset: start, length: end - start, signal });
    const { body, ...facts } = opened;
    try {
      this.#compare(facts);
    } catch (error) {
      // What is refused is let go of, or each refusal would leave a file or a connection open.
      await body.cancel(error).catch(() => {});
      throw error;
    }
    this.object = facts;
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    const reader = body.getReader();
    try {
      while (filled < bytes.length) {
        const { done, value } = await reader.read();
        if (done) break;
        const part = value.subarray(0, bytes.length - filled);
        bytes.set(part, filled);
        filled += part.length;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
    return bytes.subarray(0, filled);
  }

  #compare({ sizeBytes, etag }: ObjectFacts): void {
    const { name } = this.#source;
    const expected = this.#expected;
    if (sizeBytes !== undefined && (expected.sizeBytes ?? sizeBytes) !== sizeBytes) {
      throw describeStale(
        name,
        `the shard has ${sizeBytes} bytes, the indexed one had ${expected.sizeBytes}`,
      );
    }
    if (etag !== undefined && expected.etag !== undefined && !isSameTag(etag, expected.etag)) {
      throw describeStale(name, "the shard's entity tag is another");
    }
  }
}

// A host may weaken the tag where it compresses: the version is the same.
function isSameTag(a: string, b: string): boolean {
  return a.replace(/^W\//, "") === b.replace(/^W\//, "");
}

/** The error of an index that belongs to another version of the shard. */
export function describeStale(name: string, why: string, offsetBytes?: number): IndexError {
  return new IndexError(
    "index/stale",
    `Cannot read "${name}" by its index: ${why}; make the index again with "wdstream index"`,
    { shard: name, offsetBytes },
  );
}

/** The error of an archive that stops where there should be more. */
export function describeEnd(name: string, offsetBytes: number): TarError {
  return new TarError(
    "tar/truncated",
    `Cannot read "${name}": the archive ends at or before byte ${offsetBytes}, without its end marker`,
    { shard: name, offsetBytes },
  );
}
