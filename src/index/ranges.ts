/**
 * Byte ranges of one shard, all of one version of it.
 *
 * Whoever reads waits for a request of his own. What was read is shared, never the waiting: on runtimes that serve
 * many requests in one isolate, a promise that belongs to another request may never settle.
 *
 * @module
 */
import { IndexError, SourceError, WdsError } from "../errors.ts";
import { raceAbort } from "../signals.ts";
import type { ObjectFacts, OpenedObject, Source } from "../storage/source.ts";
import { sameVersion } from "../storage/version.ts";

/** The version of the shard that an index was made of, as far as it is known. */
export interface Expected {
  readonly sizeBytes?: number;
  readonly etag?: string;
}

/** Reads ranges of a source. The last one that read ahead is kept. */
export class RangeReader {
  /** What the source said of its object the last time. */
  object: ObjectFacts = {};
  /** Ranges that were asked of the source. */
  requests = 0;
  readonly #source: Source;
  readonly #expected: Expected;
  #kept: { readonly start: number; readonly bytes: Uint8Array } | undefined;

  constructor(source: Source, expected: Expected) {
    this.#source = source;
    this.#expected = expected;
  }

  /**
   * Gives the bytes [start, end): a view, of a range that may reach to `ahead`. Fewer bytes only where
   * the shard ends.
   *
   * @throws {IndexError} `index/stale` if the object is another version than the index was made of.
   * @throws {SourceError} `source/changed` if it is another version than was read before.
   */
  async read(
    start: number,
    end: number,
    ahead: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const kept = this.#kept;
    if (kept !== undefined && kept.start <= start && end <= kept.start + kept.bytes.length) {
      return kept.bytes.subarray(start - kept.start, end - kept.start);
    }
    const to = Math.max(end, ahead);
    this.requests++;
    const bytes = await this.#load(start, to, signal);
    if (to > end) this.#kept = { start, bytes };
    return bytes.subarray(0, end - start);
  }

  /** Whether a range up to `end` was read ahead, so that it takes no request. */
  has(start: number, end: number): boolean {
    const kept = this.#kept;
    return kept !== undefined && kept.start <= start && end <= kept.start + kept.bytes.length;
  }

  async #load(start: number, end: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    const check = (facts: ObjectFacts): void => {
      this.#compare(facts);
      this.object = facts;
    };
    for await (const part of readRange(this.#source, start, end - start, { check, signal })) {
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes.subarray(0, filled);
  }

  #compare(facts: ObjectFacts): void {
    const { name } = this.#source;
    const stale = sameVersion(this.#expected, facts);
    if (stale !== undefined) throw staleIndexError(name, `${stale} when it was indexed`);
    const changed = sameVersion(this.object, facts);
    if (changed === undefined) return;
    throw new SourceError("source/changed", {
      action: `read "${name}"`,
      reason: `${changed} when it was opened; open it again`,
      shard: name,
    });
  }
}

/** What reading a range takes. */
interface ReadRangeOptions {
  /** Is told of the object before its bytes come; where it throws, the object is let go of. */
  readonly check?: (facts: ObjectFacts) => void;
  readonly signal?: AbortSignal;
}

/** The bytes of a range, piece by piece. Gives up, when the signal says so, also on storage that does not answer. */
export async function* readRange(
  source: Source,
  offset: number,
  length: number,
  { check, signal }: ReadRangeOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { body, ...facts } = await openRange(source, offset, length, signal);
  const reader = body.getReader();
  try {
    check?.(facts);
    const end = Math.min(offset + length, facts.sizeBytes ?? Infinity);
    for (let left = length; left > 0;) {
      const { done, value } = await readPart(reader, source.name, signal);
      if (done) {
        const position = offset + length - left;
        // Where the size is not known, an end is an end.
        if (facts.sizeBytes === undefined || position >= end) return;
        throw transportError(source.name, `it ended at byte ${position}, before byte ${end}`);
      }
      const part = value.subarray(0, left);
      left -= part.length;
      yield part;
    }
  } finally {
    // Not waited for: storage that does not answer does not answer to this either.
    reader.cancel().catch(() => {});
  }
}

async function readPart(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await raceAbort(reader.read(), signal);
  } catch (cause) {
    if (cause instanceof WdsError || signal?.aborted) throw cause;
    throw transportError(name, "its storage failed", cause);
  }
}

function transportError(name: string, why: string, cause?: unknown): SourceError {
  return new SourceError("source/network", {
    action: `read "${name}"`,
    reason: why,
    shard: name,
    cause,
  });
}

/** Opens a range of a source that may not heed the signal: what comes too late is let go of. */
async function openRange(
  source: Source,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<OpenedObject> {
  const opening = Promise.resolve(source.open({ offset, length, signal }));
  try {
    return await raceAbort(opening, signal);
  } catch (error) {
    opening.then(({ body }) => body.cancel()).catch(() => {});
    throw error;
  }
}

/** The error of an index that does not describe the shard. */
export function staleIndexError(shard: string, why: string, offsetBytes?: number): IndexError {
  return new IndexError("index/stale", {
    action: `read "${shard}" by its index`,
    reason: `${why}; make the index again with "wdstream index"`,
    shard,
    offsetBytes,
  });
}
