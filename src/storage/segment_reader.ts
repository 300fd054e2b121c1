/**
 * Objects that are read one after the other in segments, some ahead of who reads them: the end of one object and the
 * start of the next one, too.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { followSignal } from "../signals.ts";
import { WHOLE_SO_FAR } from "./effort.ts";
import { Segment, type SegmentShare } from "./segment.ts";
import type { ObjectFacts, OpenedObject, Source } from "./source.ts";
import { sameVersion } from "./version.ts";

/** What a {@linkcode SegmentReader} takes. */
export interface SegmentReaderOptions {
  readonly share: SegmentShare;
  /** The n-th object that will be read from its beginning, where that is known. */
  readonly sourceAt: (n: number) => Source | undefined;
  /** Segments that are fetched at most ahead of the one that is read. */
  readonly ahead: number;
  /**
   * Whether objects that name no version are read in segments, too, which may be those of several versions; else as one
   * stream.
   *
   * @default {false}
   */
  readonly mayBeUnproven?: boolean;
}

/** Reads objects one after the other. */
export class SegmentReader {
  readonly #options: SegmentReaderOptions;
  /** The object that is read, and those that will be. */
  #readings: Reading[] = [];
  /** Segments that were read to their end: who goes on reading is given more ahead. */
  #finished = 0;

  constructor(options: SegmentReaderOptions) {
    this.#options = options;
  }

  /**
   * Opens the n-th object at a byte; what was read ahead for others before it is let go of.
   *
   * @throws {SourceError} What opening the source throws.
   */
  async open(source: Source, n: number, offset: number): Promise<OpenedObject> {
    const found = this.#readings.find((reading) => reading.n === n && reading.isFresh(offset));
    for (const reading of this.#readings) if (reading !== found && reading.n <= n) reading.close();
    this.#readings = this.#readings.filter((reading) => reading === found || reading.n > n);
    const reading = found ?? this.#begin(source, n, offset);
    if (found === undefined) this.#readings.unshift(reading);
    try {
      await reading.begin();
    } catch (error) {
      this.#close(reading);
      throw error;
    }
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const bytes = await reading.take(() => this.#readAhead());
          if (bytes !== undefined) return controller.enqueue(bytes);
          this.#close(reading);
          controller.close();
        } catch (error) {
          this.#close(reading);
          throw error;
        }
      },
      cancel: () => this.#close(reading),
    }, { highWaterMark: 0 });
    return { ...reading.facts, body };
  }

  #begin(source: Source, n: number, offset: number): Reading {
    return new Reading(source, n, offset, this.#options, () => this.#finished++);
  }

  #close(reading: Reading): void {
    reading.close();
    this.#readings = this.#readings.filter((other) => other !== reading);
  }

  /** Begins what is to be fetched ahead by now. */
  #readAhead(): void {
    const { share, sourceAt, ahead } = this.#options;
    const [current] = this.#readings;
    if (current === undefined) return;
    const most = Math.min(ahead, 1 + this.#finished);
    // Who looks at the first samples alone fetches no second segment.
    if (most === 1 && !current.isHalfRead) return;
    const count = (): number =>
      this.#readings.reduce((sum, reading) => sum + reading.segments, 0) - 1;
    while (count() < most && share.budget.has(share.segmentBytes)) {
      const last = this.#readings.at(-1)!;
      if (last.advance()) continue;
      if (!last.isAll) return;
      const next = sourceAt(last.n + 1);
      if (next?.address === undefined) return;
      this.#readings.push(this.#begin(next, last.n + 1, 0));
    }
  }
}

/** The error of an object of which bytes were given on. */
function partialError(error: unknown): unknown {
  if (!(error instanceof SourceError) || error.reason.includes(WHOLE_SO_FAR)) return error;
  const { code, action, reason, shard, cause = error } = error;
  return new SourceError(code, { action, reason: `${reason} (${WHOLE_SO_FAR})`, shard, cause });
}

/** One object that is read from a byte on. */
class Reading {
  readonly n: number;
  /** What the first answer said. */
  facts: ObjectFacts = {};
  readonly #source: Source;
  readonly #offset: number;
  readonly #options: SegmentReaderOptions;
  readonly #onSegment: () => void;
  readonly #end = new AbortController();
  readonly #unfollow: () => void;
  readonly #first: Segment;
  readonly #segments: Segment[] = [];
  #isAnswered = false;
  #isOpened = false;
  /** Whether there is nothing behind the segments that were begun. */
  #isAll = false;
  /** Where the next segment begins. */
  #next: number;
  #rest: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** Begins to fetch the first segment. */
  constructor(
    source: Source,
    n: number,
    offset: number,
    options: SegmentReaderOptions,
    onSegment: () => void,
  ) {
    this.n = n;
    this.#source = source;
    this.#offset = offset;
    this.#options = options;
    this.#onSegment = onSegment;
    this.#unfollow = followSignal(this.#end, options.share.signal);
    this.#next = offset;
    this.#first = this.#add();
  }

  /** Whether nothing was read yet, of what is opened at this byte. */
  isFresh(offset: number): boolean {
    return !this.#isOpened && offset === this.#offset;
  }

  /** Segments that are held or on their way. */
  get segments(): number {
    return this.#segments.length;
  }

  /** Whether half of the segment was read whose turn it is. */
  get isHalfRead(): boolean {
    const [current] = this.#segments;
    return current === undefined || 2 * current.taken >= current.end - current.start;
  }

  /** Whether all of it is on its way, and its end is known. */
  get isAll(): boolean {
    return this.#isAll && !this.#isWhole;
  }

  /** Whether the host sends it in one piece: to read ahead would take another connection, held open. */
  get #isWhole(): boolean {
    return this.#first.rest !== undefined;
  }

  /** Waits for the first answer. */
  async begin(): Promise<void> {
    this.#isOpened = true;
    this.#first.isUrgent = true;
    await this.#first.answered;
  }

  /** Begins one more segment, where it is known that there is one. */
  advance(): boolean {
    if (!this.#isAnswered || this.#isAll || this.#isWhole) return false;
    if (this.facts.sizeBytes === undefined) return false;
    this.#add();
    return true;
  }

  /** The next bytes, absent at the end. */
  async take(onTaken: () => void): Promise<Uint8Array | undefined> {
    while (true) {
      if (this.#rest !== undefined) return (await this.#rest.read()).value;
      const [current] = this.#segments;
      if (current === undefined) {
        if (this.#isAll) return undefined;
        this.#add();
        continue;
      }
      const bytes = await current.take().catch((error) => {
        throw current.start + current.taken > this.#offset ? partialError(error) : error;
      });
      if (bytes === undefined) this.#leave(current);
      onTaken();
      if (bytes !== undefined) return bytes;
    }
  }

  /** Ends everything that is on its way. */
  close(): void {
    this.#unfollow();
    this.#end.abort();
    for (const segment of this.#segments) segment.free();
    this.#rest?.cancel().catch(() => {});
  }

  /** Goes on from a segment that was read to its end. */
  #leave(segment: Segment): void {
    this.#segments.shift();
    if (segment.rest !== undefined) {
      this.#rest = segment.rest.getReader();
      return;
    }
    this.#onSegment();
    if (segment.received >= segment.end - segment.start) return;
    if (this.facts.sizeBytes === undefined) {
      this.#isAll = true;
      return;
    }
    const { name } = this.#source;
    const at = segment.start + segment.received;
    throw new SourceError("source/network", {
      action: `read "${name}"`,
      reason: `it ended at byte ${at}, before byte ${segment.end}`,
      shard: name,
    });
  }

  #add(): Segment {
    const { share, mayBeUnproven = false } = this.#options;
    const { segmentBytes } = share;
    const start = this.#next;
    // Segments begin at multiples of their size, whatever is read.
    const end = start - start % segmentBytes + segmentBytes;
    this.#next = end;
    const segment = new Segment({
      source: this.#source,
      start,
      end,
      share,
      signal: this.#end.signal,
      orWhole: !this.#isAnswered,
      version: this.#isAnswered ? this.facts : undefined,
      mayBeUnproven,
      onAnswer: (facts) => this.#check(facts),
    });
    this.#segments.push(segment);
    const { sizeBytes } = this.facts;
    if (sizeBytes !== undefined && end >= sizeBytes) this.#isAll = true;
    return segment;
  }

  #check(facts: ObjectFacts): void {
    const changed = sameVersion(this.facts, facts);
    if (changed !== undefined) {
      const { name } = this.#source;
      throw new SourceError("source/changed", {
        action: `read "${name}"`,
        reason: `${changed} when it was opened; open it again`,
        shard: name,
      });
    }
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.facts = facts;
    this.#isAll = (facts.sizeBytes ?? Infinity) <= this.#next;
  }
}
