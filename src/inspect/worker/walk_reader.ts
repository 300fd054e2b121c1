/**
 * How the headers of a shard are read: by jumps over large members, in longer pieces where members are small.
 *
 * @module
 */
import type { RangeBytes } from "../../index/header_walk.ts";
import { RangeReader } from "../../index/ranges.ts";
import type { Source } from "../../storage/source.ts";

/** What is read ahead at most. */
const MOST_AHEAD = 1 << 20;

/** Gaps that are read rather than jumped over: of a file, and of a host, where a request costs more time than that. */
const NEAR_LOCAL = 32 << 10;
const NEAR_REMOTE = 64 << 10;

/**
 * Reads ranges of a shard for a walk over its headers. Where one range follows another closely, it reads on, twice as
 * far each time, so that members of a kilobyte cost one read in a thousand; where it does not, what lies between is never
 * read.
 */
export class WalkReader implements RangeBytes {
  /** Up to where it was asked. */
  positionBytes = 0;
  /** Bytes that were read. */
  readBytes = 0;
  readonly #ranges: RangeReader;
  readonly #nearBytes: number;
  /** Where the last range that was read ends. */
  #end = 0;
  #aheadBytes = 0;

  constructor(source: Source) {
    this.#ranges = new RangeReader(source, {});
    this.#nearBytes = source.isLocal ? NEAR_LOCAL : NEAR_REMOTE;
  }

  /** Reads, or requests, so far. */
  get requests(): number {
    return this.#ranges.requests;
  }

  /** Size of the shard, once it is known. */
  get sizeBytes(): number | undefined {
    return this.#ranges.object.sizeBytes;
  }

  /**
   * The bytes [start, end), fewer only where the shard ends.
   *
   * @throws {SourceError} If they cannot be read, or are of another version of the shard than those before.
   */
  async read(
    start: number,
    end: number,
    _ahead: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    this.positionBytes = start;
    if (this.#ranges.has(start, end)) return await this.#ranges.read(start, end, end, signal);
    const isNear = start - this.#end <= this.#nearBytes;
    this.#aheadBytes = isNear ? Math.min(MOST_AHEAD, 2 * this.#aheadBytes + end - start) : 0;
    const ahead = Math.min(end + this.#aheadBytes, Math.max(end, this.sizeBytes ?? Infinity));
    const bytes = await this.#ranges.read(start, end, ahead, signal);
    this.readBytes += Math.max(0, Math.min(ahead, this.sizeBytes ?? ahead) - start);
    this.#end = ahead;
    return bytes;
  }
}
