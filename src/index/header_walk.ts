/**
 * The headers of an archive, one after the other, by ranges: bodies are passed over.
 *
 * @module
 */
import { IndexError, TarError, type WdsError } from "../errors.ts";
import { MissingEndError } from "../tar/faults.ts";
import type { TarEntryBase } from "../tar/mod.ts";
import { TarParser, type TarParserOptions } from "../tar/parser.ts";
import { compressedError, isGzip } from "./build.ts";
import { IndexBuilder, type IndexBuilderOptions, type IndexedSample } from "./shard_index.ts";

/**
 * Bytes of a range: from the end of one image, it reaches over the small members that follow it to the header of
 * the next image.
 */
const WINDOW_BYTES = 8192;

/** Gives ranges of a shard's bytes. */
export interface RangeBytes {
  /** The bytes [start, end), fewer only where the shard ends; `ahead` is how far it is worth reading on. */
  read(
    start: number,
    end: number,
    ahead: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array>;
}

/** What {@linkcode HeaderWalk} takes. */
export interface HeaderWalkOptions
  extends IndexBuilderOptions, Omit<TarParserOptions, "name" | "offsetBytes"> {
  /**
   * Told of each fault of the data, which leaves out the sample that it damages, and where it is one of the archive
   * what follows as well: the samples are those of a pass that skips faults. Absent where faults are to be thrown.
   */
  readonly onSkip?: (error: WdsError) => void;
}

/** Bytes of the archive that were read. */
interface Window {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Whether the archive ends behind them. */
  readonly isLast: boolean;
}

const NO_WINDOW: Window = { start: 0, bytes: new Uint8Array(0), isLast: false };

/** Which bytes are needed next. */
interface Need {
  readonly start: number;
  readonly length: number;
}

/**
 * Learns where the samples of a shard lie, as far as it is asked to.
 *
 * Any number of callers may ask at the same time. They share what was learned and never wait for one another: each
 * reads by itself, and drops what it has read if another one has gone on meanwhile. So none can be kept waiting, or
 * be failed, by one that was cancelled.
 */
export class HeaderWalk {
  /** Whether the end of the archive was reached: then all samples are known. */
  isComplete: boolean = false;
  /** Why the end is where it is, where that is a fault of the archive that was skipped. */
  damage: WdsError | undefined;
  readonly #name: string;
  readonly #reader: RangeBytes;
  readonly #parser: TarParser;
  readonly #builder: IndexBuilder;
  readonly #onSkip: ((error: WdsError) => void) | undefined;
  /** Counts what was learned: who has waited sees by it whether it is still news. */
  #steps = 0;
  #window = NO_WINDOW;
  /** The last entry, whose body the archive may lack, and whether its body is needed. */
  #last: TarEntryBase | undefined;
  #needsBody = false;
  /** The fault of a sample that nobody may pass. */
  #fault: WdsError | undefined;

  constructor(name: string, reader: RangeBytes, options: HeaderWalkOptions = {}) {
    this.#name = name;
    this.#reader = reader;
    this.#parser = new TarParser({ ...options, name, offsetBytes: 0 });
    this.#builder = new IndexBuilder(name, options);
    this.#onSkip = options.onSkip;
  }

  /** The samples that are known so far, in the order of the archive. */
  get samples(): readonly IndexedSample[] {
    return this.#builder.samples;
  }

  /** Where the next header is looked for, or the end of the archive was seen. */
  get offsetBytes(): number {
    return this.#parser.offsetBytes;
  }

  /**
   * Goes on until `isFound` or the end. What was learned is kept, also when it throws.
   *
   * @throws {IndexError} `index/needed` after `maxRequests` ranges, `index/unsupported` if the shard is compressed.
   * @throws {TarError} If the archive is damaged.
   * @throws {SampleError} If a sample is, and nobody is told of faults.
   */
  async advance(
    isFound: () => boolean,
    maxRequests: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let left = maxRequests;
    while (!this.isComplete && !isFound()) {
      if (this.#fault !== undefined) throw this.#fault;
      const need = this.#findNeed();
      const piece = this.#findPiece(need);
      if (piece !== undefined) {
        this.#take(piece, need);
        continue;
      }
      signal?.throwIfAborted();
      if (left-- <= 0) throw this.#requestsError(need.start);
      const steps = this.#steps;
      // With the byte before it, which tells whether the body before it is whole.
      const start = Math.max(0, need.start - 1);
      const end = need.start + Math.max(need.length, WINDOW_BYTES);
      const bytes = await this.#reader.read(start, end, end, signal);
      if (steps === this.#steps) {
        this.#window = { start, bytes, isLast: bytes.length < end - start };
      }
    }
  }

  #findNeed(): Need {
    return this.#needsBody
      ? { start: this.#last!.bodyOffsetBytes, length: this.#last!.storedBytes }
      : { start: this.#parser.offsetBytes, length: this.#parser.neededBytes };
  }

  /** The bytes, fewer where the archive ends; `undefined` where they must be read first. */
  #findPiece({ start, length }: Need): Uint8Array | undefined {
    const { bytes, start: windowStart, isLast } = this.#window;
    const from = start - windowStart;
    if (from < 0) return undefined;
    if (from + length <= bytes.length || isLast) return bytes.subarray(from, from + length);
    return undefined;
  }

  /** Learns what the piece says. */
  #take(piece: Uint8Array, { start, length }: Need): void {
    if (start === 0 && isGzip(piece)) throw compressedError(this.#name);
    try {
      this.#parse(piece, start, length);
      this.#steps++;
    } catch (error) {
      // Whoever comes next looks again whether it is really so.
      this.#window = NO_WINDOW;
      if (this.#onSkip === undefined || !(error instanceof TarError)) throw error;
      if (error instanceof MissingEndError) this.#builder.finishCut();
      this.isComplete = true;
      this.damage = error;
      this.#steps++;
      this.#onSkip(error);
    }
  }

  #parse(piece: Uint8Array, start: number, length: number): void {
    const last = this.#last;
    const { bytes, start: windowStart } = this.#window;
    const lacksBody = last !== undefined && windowStart + bytes.length < start;
    if (last !== undefined && (lacksBody || (this.#needsBody && piece.length < length))) {
      throw this.#parser.faults.body(last);
    }
    if (this.#needsBody) {
      this.#needsBody = false;
      return this.#builder.setClass(piece);
    }
    const entry = this.#parser.push(piece);
    if (entry !== undefined) {
      this.#last = entry;
      this.#needsBody = this.#add(entry);
    } else if (this.#parser.isComplete) {
      this.#builder.finish();
      this.isComplete = true;
    }
  }

  /** Gives whether the entry's body is wanted. */
  #add(entry: TarEntryBase): boolean {
    try {
      return this.#builder.add(entry);
    } catch (fault) {
      this.#fault = fault as WdsError;
      return false;
    }
  }

  #requestsError(start: number): IndexError {
    return new IndexError("index/needed", {
      action: `find the sample in "${this.#name}" within the allowed number of requests`,
      reason: "the shard has " +
        `no index, and the headers up to byte ${start} did not suffice; make one with "wdstream index"`,
      shard: this.#name,
      offsetBytes: start,
    });
  }
}
