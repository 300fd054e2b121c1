/**
 * A search through a split, as far as one request may look: what it has found, and where the next one goes on.
 *
 * Keys, and classes that indexes have, cost nothing. Captions and JSON are read from the shards, in pieces that leave
 * out large images.
 *
 * @module
 */
import type { FieldPlace, IndexedShard } from "../index/indexed_shard.ts";
import type { IndexedSample } from "../index/shard_index.ts";
import {
  learn,
  type Learned,
  type ListedFault,
  type ListedSample,
  type ListingRequest,
  MAX_SHARDS_A_PAGE,
  MAX_WALKED,
  type SamplePage,
} from "./answer_listing.ts";
import type { Split } from "./catalogue.ts";
import { readValue } from "./describe.ts";
import { askStorage, type Exchange } from "./exchange.ts";
import { findLabel } from "./labels.ts";
import { toProblem } from "./problem.ts";
import type { LabelInfo } from "./rendered.ts";
import { hasWords, isCaption, listWanted, meets, type ReadField, type Search } from "./search.ts";

/** Samples that one answer looks at. */
const MAX_LOOKED = 20_000;

/** Bytes of shards that one answer reads, and requests to the storage that it makes for them. */
const MAX_READ_BYTES = 16 << 20;
const MAX_READS = 32;

/** What a read of a file, or of memory, counts as: no request is made. */
const LOCAL_READ = 1 / 64;

/** A piece that is read, and how many at a time. */
const MAX_PIECE_BYTES = 1 << 20;
const PIECES_AT_ONCE = 4;

/** Bytes between two fields that are read rather than asked around. */
const MAX_GAP_BYTES = 256 << 10;
const MAX_LOCAL_GAP_BYTES = 32 << 10;

/** Samples that are decided on together. */
const MAX_TOGETHER = 512;

/** What is asked for. */
export interface SearchRequest extends ListingRequest {
  readonly search: Search;
}

/** A page of samples that were searched for. */
export interface SearchPage extends SamplePage {
  /** Samples that have texts which are too long to be looked into, and were not found by what was. */
  readonly unread: number;
  /** How many samples of the split lie before `next`, and how many there are, where that is known. */
  readonly reached: number | null;
  readonly total: number | null;
}

/** Searches from a place on, for as many samples as are asked for, or as far as one answer goes. */
export async function searchSamples(
  exchange: Exchange,
  split: Split,
  request: SearchRequest,
): Promise<SearchPage> {
  const pass = new SearchPass(exchange, split, request);
  const next = await pass.run();
  const { samples, faults, looked, unread } = pass;
  const lengths = await askStorage(exchange, (signal) => exchange.shards.lengths(split, signal));
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
  const total = lengths === undefined ? null : sum(lengths);
  const reached = lengths === undefined || next === null
    ? total
    : Math.min(sum(lengths), sum(lengths.slice(0, next[0])) + next[1]);
  return { split: split.name, samples, looked, faults, unread, reached, total, next };
}

/** A sample before anything of it is read. */
interface Draft {
  readonly index: number;
  readonly sample: IndexedSample;
  /** Whether its key or its class is another one. */
  readonly isOut: boolean;
  /** Numbers of the fields that decide; none where nothing has to be read. */
  readonly fields: readonly number[];
  /** Whether others would decide too, and are too long. */
  readonly isCut: boolean;
}

/** A range of a shard that is read at once, with the fields that are wanted of it. */
interface Piece {
  readonly places: readonly FieldPlace[];
  readonly start: number;
  readonly end: number;
}

/** One answer's way through a split. */
class SearchPass {
  readonly samples: ListedSample[] = [];
  readonly faults: ListedFault[] = [];
  looked = 0;
  unread = 0;
  readonly #exchange: Exchange;
  readonly #split: Split;
  readonly #request: SearchRequest;
  readonly #key: string;
  /** When it comes to an end, so that whoever waits hears of it before the time of the storage is over. */
  readonly #endMs: number;
  readonly #maxReads: number;
  /** Reads so far; one that costs no request counts as a part of one. */
  #reads = 0;
  #readBytes = 0;
  /** Number of the next sample of the shard. */
  #index = 0;

  constructor(exchange: Exchange, split: Split, request: SearchRequest) {
    const { options, storageTimeoutMs } = exchange.setting;
    this.#exchange = exchange;
    this.#split = split;
    this.#request = request;
    this.#key = request.key?.toLowerCase() ?? "";
    this.#endMs = Date.now() + storageTimeoutMs / 2;
    this.#maxReads = Math.min(MAX_READS, options.maxRequests ?? MAX_READS);
  }

  /** Looks through shards; gives where to go on. */
  async run(): Promise<SamplePage["next"]> {
    const { shards } = this.#split;
    let shard: number;
    [shard, this.#index] = this.#request.from;
    for (let opened = 0; shard < shards.length; shard++, opened++, this.#index = 0) {
      if (opened === MAX_SHARDS_A_PAGE || (opened > 0 && this.#isOver)) break;
      if (!await this.#searchShard(shard)) return [shard, this.#index];
    }
    return shard < shards.length ? [shard, 0] : null;
  }

  get #isFull(): boolean {
    return this.samples.length >= this.#request.count;
  }

  get #isOver(): boolean {
    return this.#isFull || this.looked >= MAX_LOOKED || this.#readBytes >= MAX_READ_BYTES ||
      this.#reads >= this.#maxReads || Date.now() >= this.#endMs;
  }

  /** Looks through what follows of a shard; says whether it came to its end, or to what cannot be read. */
  async #searchShard(shard: number): Promise<boolean> {
    const { shards, request } = this.#exchange;
    let isAgain = false;
    while (true) {
      const from = this.#index;
      let learned: Learned | undefined;
      try {
        const name = this.#split.shards[shard];
        learned = await this.#learn(name);
        const { known, isEnd, fault } = learned;
        if (learned.shard !== undefined) await this.#searchKnown(shard, learned.shard, known);
        if (this.#index < known.length) return false;
        if (!isEnd) {
          if (this.#isOver || this.#index === from) return false;
          continue;
        }
        if (fault !== undefined) this.#addFault(shard, fault);
        return true;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (
          !isAgain && learned?.shard !== undefined && shards.forgetOutdated(learned.shard, error)
        ) {
          isAgain = true;
          continue;
        }
        const { status, code } = toProblem(error);
        // What is the handler's own is no fault of the shard.
        if (status === 500 || code === "busy") throw error;
        this.#addFault(shard, error);
        return true;
      }
    }
  }

  /** Learns of further samples, where all that are known were searched: what that takes counts as reads. */
  async #learn(name: string): Promise<Learned> {
    const { shards } = this.#exchange;
    const opened = await askStorage(this.#exchange, (signal) => shards.shard(name, signal));
    const before = opened.requests;
    const isNext = opened.known.length > this.#index;
    const wanted = this.#index + (isNext ? 1 : MAX_WALKED);
    const learned = await learn(this.#exchange, name, wanted, false);
    this.#reads += (opened.requests - before) * (this.#isLocal(opened) ? LOCAL_READ : 1);
    return learned;
  }

  #addFault(shard: number, error: unknown): void {
    const { code, message } = toProblem(error);
    this.faults.push({ shard, code, detail: message });
  }

  async #searchKnown(
    shard: number,
    opened: IndexedShard,
    known: readonly IndexedSample[],
  ): Promise<void> {
    do {
      const { drafts, pieces } = await this.#plan(opened, known);
      const read = await this.#read(opened, known, pieces);
      for (const draft of drafts) {
        if (this.#isFull) return;
        await this.#judge(shard, draft, read.get(draft.index) ?? []);
        this.#index++;
      }
    } while (this.#index < known.length && !this.#isOver);
  }

  /** The next samples, and what has to be read to decide on them. */
  async #plan(
    opened: IndexedShard,
    known: readonly IndexedSample[],
  ): Promise<{ readonly drafts: readonly Draft[]; readonly pieces: readonly Piece[] }> {
    const isLocal = this.#isLocal(opened);
    const drafts: Draft[] = [];
    let pieces: readonly Piece[] = [];
    for (let i = this.#index; i < known.length && drafts.length < MAX_TOGETHER; i++) {
      const draft = await this.#makeDraft(known[i], i);
      const more = addPieces(pieces, opened, draft, isLocal ? MAX_LOCAL_GAP_BYTES : MAX_GAP_BYTES);
      if (more.length > PIECES_AT_ONCE && drafts.length > 0) break;
      pieces = more;
      drafts.push(draft);
    }
    return { drafts, pieces };
  }

  #isLocal({ name }: IndexedShard): boolean {
    return this.#exchange.shards.stored(name).isLocal === true;
  }

  async #makeDraft(sample: IndexedSample, index: number): Promise<Draft> {
    const { search, label } = this.#request;
    const { key, cls } = sample;
    const isOut = !key.toLowerCase().includes(this.#key) ||
      (label !== undefined && cls !== undefined && cls !== label);
    if (isOut) return { index, sample, isOut, fields: [], isCut: false };
    const info = await this.#findLabel(cls);
    const asksWords = !hasWords(search.words, [key, info?.name ?? ""]);
    const asks = { words: asksWords, label: asksWords || label !== undefined };
    return { index, sample, isOut, ...listWanted(sample, search, asks) };
  }

  /** What the fields say that are wanted, by the samples' numbers. */
  async #read(
    opened: IndexedShard,
    known: readonly IndexedSample[],
    pieces: readonly Piece[],
  ): Promise<ReadonlyMap<number, ReadField[]>> {
    const read = new Map<number, ReadField[]>();
    if (pieces.length === 0) return read;
    const bytes = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
    this.#reads += pieces.length * (this.#isLocal(opened) ? LOCAL_READ : 1);
    this.#readBytes += bytes;
    const { setting, request } = this.#exchange;
    const lease = await setting.reading.take(bytes, request.signal);
    try {
      const bodies = await askStorage(
        this.#exchange,
        (signal) => Promise.all(pieces.map(({ places }) => opened.readFields(places, { signal }))),
      );
      for (const [i, { places }] of pieces.entries()) {
        for (const [j, { sample, field }] of places.entries()) {
          const { extension } = known[sample].fields[field];
          const fields = read.get(sample) ?? [];
          fields.push({ extension, value: readValue(extension, bodies[i][j]) });
          read.set(sample, fields);
        }
      }
    } finally {
      lease.end();
    }
    return read;
  }

  async #judge(
    shard: number,
    { index, sample: { key, cls }, isOut, isCut }: Draft,
    read: readonly ReadField[],
  ): Promise<void> {
    this.looked++;
    if (isOut) return;
    const { search: { words, condition }, label: wanted } = this.#request;
    const label = cls ?? readLabel(read);
    if (wanted !== undefined && label !== wanted) return;
    const info = await this.#findLabel(label);
    const captions = read.flatMap(({ extension, value }) =>
      isCaption(extension) && typeof value === "string" ? [value] : []
    );
    const isFound = hasWords(words, [key, info?.name ?? "", ...captions]) &&
      (condition === undefined || meets(condition, read));
    if (isFound) this.samples.push({ shard, index, key, label, ...info });
    else if (isCut) this.unread++;
  }

  async #findLabel(label: number | undefined): Promise<LabelInfo | undefined> {
    return label === undefined ? undefined : await findLabel(this.#exchange.setting, label);
  }
}

function readLabel(read: readonly ReadField[]): number | undefined {
  const value = read.find(({ extension }) => extension === "cls")?.value;
  return typeof value === "number" ? value : undefined;
}

/** Adds the fields of a sample to what is read: to the last piece, where they lie near it. */
function addPieces(
  pieces: readonly Piece[],
  opened: IndexedShard,
  { index: sample, fields }: Draft,
  maxGapBytes: number,
): readonly Piece[] {
  if (fields.length === 0) return pieces;
  const more = [...pieces];
  for (const field of fields) {
    const place = { sample, field };
    const [start, end] = opened.spanOf(place);
    const last = more.at(-1);
    const isNear = last !== undefined && start >= last.end && start - last.end <= maxGapBytes &&
      end - last.start <= MAX_PIECE_BYTES;
    if (isNear) {
      more[more.length - 1] = { places: [...last.places, place], start: last.start, end };
    } else more.push({ places: [place], start, end });
  }
  return more;
}
