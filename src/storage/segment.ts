/**
 * One part of an object, fetched as a whole whether or not somebody reads it: a reader that stops holds no connection.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { type ByteBudget, originOf, type RequestPool } from "./request_pool.ts";
import type { NetworkCounts, ObjectFacts, OpenedObject, OpenOptions, Source } from "./source.ts";
import { provesVersion } from "./version.ts";

/** What all that reads in segments has in common. */
export interface SegmentShare {
  readonly requests: RequestPool;
  readonly budget: ByteBudget;
  /** Bytes of a segment. */
  readonly segmentBytes: number;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Is counted up. */
  readonly network?: NetworkCounts;
}

/** What a {@linkcode Segment} is fetched by. */
export interface SegmentOptions {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  readonly share: SegmentShare;
  /** Ends the fetching. */
  readonly signal: AbortSignal;
  /** Whether all that follows may come in its place, where the host serves no ranges. */
  readonly orWhole: boolean;
  /** What was said of the object before. */
  readonly version?: ObjectFacts;
  /** Whether parts may be read of an object that names no version, which may be those of several. */
  readonly mayBeUnproven: boolean;
  /** Is told of the answer before its bytes come, and throws where it is not one to go on with. */
  readonly onAnswer: (facts: ObjectFacts) => void;
}

/** A segment that is being fetched, or was. */
export class Segment {
  readonly start: number;
  /** Settles when the answer has begun. */
  readonly answered: Promise<void>;
  /** Whether somebody waits for it. */
  isUrgent = false;
  /** Bytes that were given on. */
  taken = 0;
  /** Bytes that have come. */
  received = 0;
  /** The rest of the object, where the host sends it in one piece: it is not fetched ahead. */
  rest: ReadableStream<Uint8Array> | undefined;
  #end: number;
  readonly #options: SegmentOptions;
  #chunks: Uint8Array[] = [];
  #reserved: number;
  #isDone = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Begins to fetch. */
  constructor(options: SegmentOptions) {
    const { start, end, share, signal } = options;
    this.#options = options;
    this.start = start;
    this.#end = end;
    this.#reserved = end - start;
    share.budget.take(this.#reserved);
    const onAbort = (): void => this.#fail(signal.reason);
    this.answered = new Promise((resolve, reject) => {
      this.#fetch(resolve).catch((error) => this.#fail(error)).finally(() => {
        signal.removeEventListener("abort", onAbort);
        this.#finish();
        // Without effect where it has begun.
        reject(this.#failure?.error);
      });
    });
    // Whoever reads the segment is told; that may be nobody.
    this.answered.catch(() => {});
    signal.addEventListener("abort", onAbort, { once: true });
  }

  /** Its end, and not beyond that of the object where it is known. */
  get end(): number {
    return this.#end;
  }

  /** The next bytes, as soon as they are there; absent at the end, or where all that follows is `rest`. */
  async take(): Promise<Uint8Array | undefined> {
    this.isUrgent = true;
    while (this.#chunks.length === 0 && !this.#isDone) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.taken += chunk.length;
      this.#give(chunk.length);
      return chunk;
    }
    this.#give(this.#reserved);
    if (this.#failure !== undefined) throw this.#failure.error;
    return undefined;
  }

  /** Gives back what was reserved for it, and lets go of what was not taken. */
  free(): void {
    this.#chunks = [];
    this.#give(this.#reserved);
    this.rest?.cancel().catch(() => {});
  }

  #give(bytes: number): void {
    const given = Math.min(bytes, this.#reserved);
    this.#reserved -= given;
    this.#options.share.budget.give(given);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#finish();
  }

  #finish(): void {
    this.#isDone = true;
    this.#wake?.();
  }

  async #fetch(onOpen: () => void): Promise<void> {
    const { source, share: { requests, network }, signal, orWhole, version } = this.#options;
    const { mayBeUnproven, onAnswer } = this.#options;
    const leave = await requests.enter(originOf(source), () => this.isUrgent, signal);
    try {
      const offset = this.start;
      const opening = { offset, length: this.#end - offset, signal, network, orWhole, version };
      const { body, isWhole, ...facts } = orWhole
        ? await openFirst(source, opening, mayBeUnproven)
        : await source.open(opening);
      try {
        signal.throwIfAborted();
        onAnswer(facts);
      } catch (error) {
        body.cancel().catch(() => {});
        throw error;
      }
      const { sizeBytes = Infinity } = facts;
      if (isWhole && sizeBytes > this.#end) {
        this.rest = body;
        return onOpen();
      }
      this.#shorten(sizeBytes);
      onOpen();
      await this.#receive(body);
    } finally {
      leave();
    }
  }

  #shorten(sizeBytes: number): void {
    const excess = this.#end - Math.max(this.start, sizeBytes);
    if (excess <= 0) return;
    this.#end -= excess;
    this.#give(excess);
  }

  async #receive(body: OpenedObject["body"]): Promise<void> {
    const { signal } = this.#options;
    const reader = body.getReader();
    try {
      while (true) {
        const { done, value } = await reader.read();
        signal.throwIfAborted();
        if (done) return;
        if (value.length === 0) continue;
        this.received += value.length;
        this.#chunks.push(value);
        this.#wake?.();
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }
}

/** Opens the first segment of an object, or all of it where its segments cannot be told. */
async function openFirst(
  source: Source,
  options: OpenOptions & { readonly offset: number; readonly length: number },
  mayBeUnproven: boolean,
): Promise<OpenedObject> {
  const { length: _length, orWhole: _orWhole, ...all } = options;
  let opened: OpenedObject;
  try {
    opened = await source.open(options);
  } catch (error) {
    // In a browser, a host may hide from other origins which range it has sent.
    const isRange = error instanceof SourceError && error.code === "source/range";
    if (!isRange || options.signal?.aborted) throw error;
    return { ...await source.open(all), isWhole: true };
  }
  const { sizeBytes = Infinity, isWhole } = opened;
  const isOne = isWhole || sizeBytes <= options.offset + options.length;
  if (isOne || source.address === undefined) return opened;
  if (sizeBytes < Infinity && (mayBeUnproven || provesVersion(opened))) return opened;
  opened.body.cancel().catch(() => {});
  return { ...await source.open(all), isWhole: true };
}
