/**
 * One shard in the page's worker, from the moment it is opened.
 *
 * @module
 */
import { SourceError, TarError } from "../../errors.ts";
import { init } from "../../image/mod.ts";
import { readBeside } from "../../index/beside.ts";
import { HeaderWalk } from "../../index/header_walk.ts";
import type { IndexedSample, ShardIndex } from "../../index/shard_index.ts";
import { isGzip } from "../../storage/gunzip.ts";
import { blobSource } from "../../storage/memory.ts";
import type { ObjectFacts, Source } from "../../storage/source.ts";
import { toSource } from "../../storage/to_source.ts";
import type {
  Fault,
  FromWorker,
  Listed,
  ListQuery,
  Phase,
  Picture,
  Problem,
  State,
  ToWorker,
} from "../messages.ts";
import { describeSample, listSample, pictureOf } from "./describe.ts";
import { explain, noRangesError } from "./explain.ts";
import { findImage, Painter } from "./pictures.ts";
import { MOST_WHOLE_BYTES, readWhole } from "./read_whole.ts";
import { Tally } from "./tally.ts";
import { WalkReader } from "./walk_reader.ts";

/** Gives a message to the page, with buffers that it may have. */
export type Post = (message: FromWorker, transfer: ArrayBuffer[]) => void;

/** What a session can be told, for tests. */
export interface SessionOptions {
  /** The clock of what is told now and then, in milliseconds. */
  readonly now?: () => number;
  /** Bytes that a compressed shard may have. */
  readonly maxWholeBytes?: number;
  /** Bytes that are fetched from a host before somebody has to say that they go on. */
  readonly pauseBytes?: number;
  /** What fetches. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Milliseconds between two words on how far it is. */
const EVERY_MS = 150;

/** What is read first, to see what it is. */
const HEAD_BYTES = 8192;

/** What is fetched without asking where a host serves no ranges. */
const MOST_UNASKED_BYTES = 64 << 20;

/** What is fetched from a host at one go: it may be somebody's to pay. */
const PAUSE_BYTES = 64 << 20;

/** Problems that are told; of a damaged archive there may be any number. */
const MOST_PROBLEMS = 500;

/** A shard that is looked through. */
export class Session {
  readonly #post: Post;
  readonly #options: SessionOptions;
  readonly #tally = new Tally();
  readonly #painter: Painter;
  #source: Source | undefined;
  /** What was opened, where it had to be fetched or unpacked as a whole. */
  #packed: Source | undefined;
  #name = "";
  #phase: Phase = "opening";
  #sizeBytes: number | undefined;
  #unpackedBytes: number | undefined;
  #reader: WalkReader | undefined;
  #walk: HeaderWalk | undefined;
  #index: ShardIndex | undefined;
  #isPaused = false;
  #isClosed = false;
  #wholeBytes = 0;
  #end = new AbortController();
  #toldMs = -Infinity;
  #problems = 0;
  /** What `continue` does, where there is something. */
  #next: (() => Promise<void>) | undefined;

  constructor(post: Post, options: SessionOptions = {}) {
    const postOpen: Post = (message, transfer) => {
      if (!this.#isClosed) post(message, transfer);
    };
    this.#post = postOpen;
    this.#options = options;
    this.#painter = new Painter({
      atOnce: 4,
      make: (place, size) => this.#paint(place, size),
      give: (place, picture) => {
        const transfer = "rgba" in picture ? [picture.rgba.buffer] : [];
        postOpen({ type: "picture", place, picture }, transfer);
      },
    });
  }

  /** Name of the shard, without credentials. */
  get name(): string {
    return this.#name;
  }

  /** The shard, unpacked where it had to be; absent where it could not be opened. */
  get source(): Source | undefined {
    return this.#source;
  }

  /** Lets go of the shard, in the middle of whatever is done with it: nothing more is said of it. */
  close(): void {
    this.#isClosed = true;
    this.#next = undefined;
    this.#end.abort();
  }

  /** Takes a message of the page's; the promise is of the work that it starts, and never fails. */
  async receive(message: ToWorker): Promise<void> {
    if (this.#isClosed) return;
    switch (message.type) {
      case "open":
        return await this.#run(() => this.#open(message.shard));
      case "stop":
        return this.#end.abort();
      case "continue":
        return this.#next && await this.#run(this.#next);
      case "readWhole":
        return await this.#run(() => this.#readWhole());
      case "list":
        return this.#list(message.request, message);
      case "show":
        return this.#painter.ask(message.place, message.size);
      case "forget":
        return this.#painter.forget(message.place);
      case "describe":
        return await this.#describe(message.request, message.place);
    }
  }

  get #samples(): readonly IndexedSample[] {
    return this.#index?.samples ?? this.#walk?.samples ?? [];
  }

  /** Does work that can be stopped, and says how it ended. */
  async #run(work: () => Promise<void>): Promise<void> {
    this.#end = new AbortController();
    this.#next = undefined;
    try {
      await work();
      const walk = this.#walk;
      this.#phase = this.#isPaused ? "paused" : "done";
      if (this.#isPaused && walk !== undefined) this.#next = () => this.#goOn(walk);
    } catch (error) {
      const isStopped = this.#end.signal.aborted;
      this.#phase = isStopped ? "stopped" : "failed";
      const walk = this.#walk;
      if (isStopped || mayPass(error)) {
        this.#next = walk === undefined ? work : () => this.#goOn(walk);
      }
      if (!isStopped) this.#tell(await this.#explain(error));
    }
    this.#say();
  }

  async #open(shard: Blob | string): Promise<void> {
    this.#phase = "opening";
    this.#name = typeof shard === "string" ? shard : (shard as File).name ?? "file";
    const source = typeof shard === "string"
      ? toSource(shard, { retry: { attempts: 3 }, fetch: this.#options.fetch })
      : toSource(shard);
    this.#source = source;
    this.#name = source.name;
    this.#say();
    const { signal } = this.#end;
    const opened = await source.open({ length: HEAD_BYTES, orWhole: true, signal });
    this.#sizeBytes = opened.sizeBytes;
    if (opened.isWhole) {
      await opened.body.cancel();
      const isSmall = (opened.sizeBytes ?? Infinity) <= MOST_UNASKED_BYTES;
      if (isSmall) return await this.#readWhole();
      throw noRangesError(source.name, opened.sizeBytes);
    }
    const head = new Uint8Array(await new Response(opened.body as BodyInit).arrayBuffer());
    if (head.length === 0) throw emptyError(source.name);
    if (isGzip(head)) return await this.#readWhole();
    if (typeof shard === "string") {
      this.#index = await this.#findIndex(shard, opened);
      if (this.#index !== undefined) return;
    }
    await this.#walkThrough(source);
  }

  /** The index that lies beside a shard on a host, if it is the shard's, as far as is known. */
  async #findIndex(
    shard: string,
    { sizeBytes, etag }: ObjectFacts,
  ): Promise<ShardIndex | undefined> {
    const { signal } = this.#end;
    try {
      // Where there is none, that is no fault that may pass.
      const source = toSource(shard, { retry: false, fetch: this.#options.fetch });
      const index = await readBeside(source, signal);
      const isOther = index === undefined ||
        (index.sizeBytes ?? sizeBytes) !== sizeBytes || (index.etag ?? etag) !== etag;
      return isOther ? undefined : index;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** Fetches, and unpacks, all of what was opened; then it is a file like others. */
  async #readWhole(): Promise<void> {
    const source = this.#packed ??= this.#source!;
    const { signal } = this.#end;
    this.#phase = "unpacking";
    this.#say();
    const { blob, isPacked, fault } = await readWhole(source, {
      signal,
      maxBytes: this.#options.maxWholeBytes ?? MOST_WHOLE_BYTES,
      onBytes: (readBytes, unpackedBytes) => {
        this.#wholeBytes = readBytes;
        this.#unpackedBytes = unpackedBytes;
        this.#sayNowAndThen();
      },
    });
    if (!isPacked) this.#sizeBytes ??= blob.size;
    this.#unpackedBytes = isPacked ? blob.size : undefined;
    // What is not all there for a fault is worth looking at.
    if (blob.size === 0) throw fault ?? emptyError(source.name);
    if (fault !== undefined) this.#tell(await this.#explain(fault));
    this.#source = blobSource(blob, source.name);
    await this.#walkThrough(this.#source);
  }

  async #walkThrough(source: Source): Promise<void> {
    // Loaded while headers are read; whoever looks at a picture waits for it.
    init().catch(() => {});
    this.#reader = new WalkReader(source);
    this.#walk = new HeaderWalk(source.name, this.#reader, {
      onSkip: (fault) => void this.#explain(fault).then((problem) => this.#tell(problem)),
    });
    await this.#goOn(this.#walk);
  }

  async #goOn(walk: HeaderWalk): Promise<void> {
    this.#phase = "reading";
    this.#say();
    const reader = this.#reader!;
    const { pauseBytes = PAUSE_BYTES } = this.#options;
    const limit = this.#source?.isLocal ? Infinity : reader.readBytes + pauseBytes;
    this.#isPaused = false;
    const look = (): boolean => {
      this.#sayNowAndThen();
      return reader.readBytes >= limit;
    };
    await walk.advance(look, Infinity, this.#end.signal);
    this.#isPaused = !walk.isComplete;
  }

  async #explain(error: unknown): Promise<Problem> {
    return await explain(error, this.#packed ?? this.#source);
  }

  #tell(problem: Problem): void {
    if (this.#problems++ < MOST_PROBLEMS) this.#post({ type: "problem", problem }, []);
  }

  #sayNowAndThen(): void {
    if (this.#isDue()) this.#say();
  }

  #isDue(): boolean {
    const now = this.#options.now?.() ?? performance.now();
    return now - this.#toldMs >= EVERY_MS;
  }

  #say(): void {
    this.#toldMs = this.#options.now?.() ?? performance.now();
    this.#tally.take(this.#samples);
    const unpackedBytes = this.#unpackedBytes;
    const sizeBytes = this.#sizeBytes ?? this.#reader?.sizeBytes;
    const isIndexed = this.#index !== undefined;
    const endBytes = this.#walk?.offsetBytes ?? (isIndexed ? sizeBytes ?? 0 : 0);
    const isSound = this.#walk?.isComplete === true && this.#walk.damage === undefined;
    const allBytes = unpackedBytes ?? sizeBytes ?? endBytes;
    const state: State = {
      phase: this.#phase,
      name: this.#name,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      ...(unpackedBytes === undefined ? {} : { unpackedBytes }),
      isRemote: (this.#packed ?? this.#source)?.address !== undefined,
      isIndexed,
      positionBytes: this.#phase === "unpacking" ? this.#wholeBytes : endBytes,
      readBytes: this.#wholeBytes + (this.#reader?.readBytes ?? 0),
      requests: this.#reader?.requests ?? 0,
      isDamaged: this.#walk?.damage !== undefined,
      restBytes: isSound ? Math.max(0, allBytes - endBytes) : 0,
      canContinue: this.#next !== undefined,
      summary: this.#tally.summarize(),
    };
    this.#post({ type: "state", state }, []);
  }

  #list(request: number, { from, count, label }: ListQuery): void {
    const all = this.#samples;
    const places = label === undefined
      ? undefined
      : all.flatMap(({ cls }, place) => cls === label ? [place] : []);
    const total = places?.length ?? all.length;
    const samples = Array.from(
      { length: Math.max(0, Math.min(count, total - from)) },
      (_, i) => places?.[from + i] ?? from + i,
    ).map((place) => listSample(all[place], place));
    const query = { from, count, ...(label === undefined ? {} : { label }) };
    const listed: Listed = { query, total, samples };
    this.#post({ type: "listed", request, listed }, []);
  }

  async #paint(place: number, size: number): Promise<Picture | Fault> {
    const sample = this.#samples[place];
    const field = sample && findImage(sample);
    if (field === undefined) return { fault: "it has no image" };
    return await pictureOf(this.#source!, field, { size, fit: "cover" });
  }

  async #describe(request: number, place: number): Promise<void> {
    const sample = this.#samples[place];
    if (sample === undefined) return;
    const described = await describeSample(this.#source!, sample, place);
    const { picture } = described;
    const transfer = picture !== undefined && "rgba" in picture ? [picture.rgba.buffer] : [];
    this.#post({ type: "described", request, described }, transfer);
  }
}

function emptyError(name: string): TarError {
  return new TarError("tar/truncated", {
    action: `read "${name}"`,
    reason: "it is empty",
    shard: name,
  });
}

/** Whether another try may go well. */
function mayPass(error: unknown): boolean {
  return error instanceof SourceError &&
    ["source/network", "source/timeout", "source/http", "source/read"].includes(error.code);
}
