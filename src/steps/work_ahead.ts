/**
 * Workers that read and decode ahead of the consumer, who gets everything in its order.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { findCodec } from "../image/codec.ts";
import { CODECS, findShared as findSharedCodec } from "../image/codecs/mod.ts";
import { elementBytes, elementsOf } from "../image/transform/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { joinSignals } from "../signals.ts";
import { type DecodeJob, type DecodeResult, WorkerPool } from "../workers/pool.ts";
import { spawnWorker } from "../workers/thread.ts";
import type { BatchRing } from "./batch_ring.ts";
import type { LostSamples } from "./faults.ts";
import { findImageField } from "./fields.ts";
import { isEpochOver, type Item } from "./item.ts";
import type { Run } from "./run.ts";
import type { Upstream } from "./step.ts";
import type { TensorWork, TensorWorkers } from "./tensor_work.ts";
import type { TensorMaker } from "./transform_into.ts";

// Messages of about ten milliseconds of work: small enough to spread, large enough that they cost little.
const GROUP_IMAGES = 4;
const GROUP_BYTES = 1 << 20;

// What lies between the reader and the consumer: enough that one slow image stops no worker.
const AHEAD_IMAGES_PER_WORKER = 16;
const AHEAD_BYTES = 64 << 20;

// Whole batches: one that a worker fills, and one that waits for it or for the consumer. Where they
// would take more memory than this, a worker makes a few images at a time.
const AHEAD_BATCHES_PER_WORKER = 2;
const AHEAD_BATCH_BYTES = 1 << 30;

interface AheadWork extends TensorWork {
  readonly results: DecodeResult[];
  left?: number | undefined;
  /** Fields whose tensors a worker has not finished. */
  waiting: number;
  readonly sizeBytes: number;
  /** What tells of faults that were skipped between the sample before and this one. */
  readonly faults: readonly (() => void)[];
}

/** Reads samples and has them decoded ahead of the consumer, who gets them in their order. */
export class WorkAhead {
  readonly #upstream: Upstream<Sample<unknown>>;
  readonly #run: Run;
  /** One for each field that is transformed. */
  readonly #makers: readonly TensorMaker[];
  readonly #pool: WorkerPool;
  readonly #limit: number;
  /** Images of a whole batch, 0 where none is made. */
  readonly #batchSize: number;
  readonly #ring: BatchRing | undefined;
  /** The room that samples are read for, and how many were. */
  #room: number | undefined;
  #roomSamples = 0;
  readonly #works: AheadWork[] = [];
  /** Faults that the steps before have skipped, which are told in their turn: the reader is far ahead. */
  readonly #faults: (() => void)[] = [];
  /** Ends a read that is under way when the consumer leaves. */
  readonly #abort = new AbortController();
  /** What is to go to a worker next, of each field. */
  readonly #groups: DecodeJob[][];
  #groupBytes = 0;
  #aheadBytes = 0;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #isLeft = false;
  #wakeConsumer: () => void = () => {};
  #wakeReader: () => void = () => {};

  constructor(
    upstream: Upstream<Sample<unknown>>,
    run: Run,
    makers: readonly TensorMaker[],
    { workers, batchSize = 0, ring, memories, spawn = spawnWorker }: TensorWorkers & {
      readonly workers: number;
    },
  ) {
    const [{ options: { maxPixels, truncated, strict, reference } }] = makers;
    const batches = workers * AHEAD_BATCHES_PER_WORKER;
    const elements = makers.reduce(
      (sum, { target: { shape = [0] } }) => sum + elementsOf(shape),
      0,
    );
    const bytes = batches * batchSize * elements * 4;
    // A single worker is best left to decoding, while the calling thread touches the fresh pages.
    const isWhole = workers > 1 && batchSize >= GROUP_IMAGES && bytes <= AHEAD_BATCH_BYTES;
    this.#batchSize = isWhole ? batchSize : 0;
    this.#ring = ring;
    if (ring !== undefined) ring.onFree = () => this.#wakeReader();
    this.#upstream = upstream;
    this.#run = run;
    this.#makers = makers;
    this.#groups = makers.map(() => []);
    this.#limit = Math.max(workers * AHEAD_IMAGES_PER_WORKER, batches * this.#batchSize);
    this.#pool = new WorkerPool({
      workers,
      setup: {
        targets: makers.map(({ transform, mask }) => ({ transform, mask })),
        withSizes: makers.some(({ mask }) => mask !== undefined),
        ...(ring && {
          shared: {
            arrays: ring.arrays,
            isLeft: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
          },
        }),
        maxPixels,
        truncated,
        strict,
        reference,
      },
      shared: CODECS.map((codec) => codec.share?.()),
      spawn,
      takeJoined: (images, field) => {
        const { shape = [0], type } = makers[field].target;
        return memories?.[field].take(images * elementsOf(shape) * elementBytes(type));
      },
      onIdle: () => this.#isShort && this.#flush(),
    });
    run.stats.workers = this.#pool.states;
  }

  async *run(): AsyncGenerator<TensorWork, void, undefined> {
    const { signal } = this.#run;
    const onAbort = (): void => this.#wakeConsumer();
    signal.addEventListener("abort", onAbort);
    const reading = this.#read();
    try {
      while (true) {
        signal.throwIfAborted();
        const [head] = this.#works;
        if (head?.waiting === 0) {
          head.left = this.#countLeft(head);
          this.#works.shift();
          this.#aheadBytes -= head.sizeBytes;
          this.#wakeReader();
          this.#report(head.faults);
          yield head;
          if (head.room !== undefined) this.#ring!.release(head.room);
        } else if (head === undefined && this.#hasEnded) {
          this.#report(this.#faults.splice(0));
          if (this.#failure === undefined) return;
          throw this.#failure.error;
        } else {
          if (this.#pool.isIdle && this.#isShort) this.#flush();
          // While the consumer is busy elsewhere or has forgotten the iterator, the process may end.
          this.#pool.hold(true);
          await new Promise<void>((resolve) => this.#wakeConsumer = resolve);
          this.#pool.hold(false);
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#isLeft = true;
      this.#wakeReader();
      if (!this.#hasEnded) this.#abort.abort();
      await this.#pool.close();
      await reading;
    }
  }

  /** Reads all samples. A fault is kept until its turn comes. */
  async #read(): Promise<void> {
    let last: Item<unknown> | undefined;
    let read = 0;
    try {
      for await (const item of this.#open()) {
        if (this.#isLeft) return;
        if (last !== undefined && isEpochOver(last, item)) {
          // The batch that ends with its epoch is not full.
          this.#flush();
          read = 0;
          this.#leaveRoom();
        }
        last = item;
        if (this.#ring !== undefined) await this.#enterRoom(this.#ring);
        if (this.#isLeft) return;
        this.#add(item);
        if (this.#isGroupFull(++read) || (this.#pool.isIdle && this.#isShort)) this.#flush();
        while (this.#isFull && !this.#isLeft) {
          if (this.#batchSize === 0 || this.#aheadBytes >= AHEAD_BYTES) this.#flush();
          await new Promise<void>((resolve) => this.#wakeReader = resolve);
        }
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#hasEnded = true;
      if (!this.#isLeft) this.#flush();
      this.#wakeConsumer();
    }
  }

  #open(): AsyncIterable<Item<Sample<unknown>>> {
    const { signal, onSkip, onLost, isSkipped } = this.#run;
    const keepFault = onSkip && ((fault: WdsError): void => {
      // What is not to be skipped ends the reading here; it is told in its turn.
      if (!isSkipped(fault)) throw fault;
      this.#faults.push(() => onSkip(fault));
    });
    const keepLost = onLost && ((lost: LostSamples): void => {
      this.#faults.push(() => onLost(lost));
    });
    const joined = joinSignals(signal, this.#abort.signal);
    return this.#upstream({ ...this.#run, signal: joined, onSkip: keepFault, onLost: keepLost });
  }

  /** How many samples of the same epoch are there from the first one on, where its last was read. */
  #countLeft(head: AheadWork): number | undefined {
    const last = this.#works[this.#works.length - 1];
    if (!this.#hasEnded && !isEpochOver(head.item, last.item)) return undefined;
    const end = this.#works.findIndex(({ item }) => isEpochOver(head.item, item));
    return end < 0 ? this.#works.length : end;
  }

  get #isFull(): boolean {
    return this.#works.length >= this.#limit || this.#aheadBytes >= AHEAD_BYTES;
  }

  /** Whether so little lies ahead that a worker had better begin with part of a batch. */
  get #isShort(): boolean {
    return this.#batchSize === 0 || this.#hasEnded || 2 * this.#works.length <= this.#limit;
  }

  /** Sees to it that there is room for the next sample: waits for it. */
  async #enterRoom(ring: BatchRing): Promise<void> {
    if (this.#room !== undefined) return;
    while (!ring.isOpen && !this.#isLeft) {
      this.#flush();
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    if (this.#isLeft) return;
    this.#room = ring.take();
    this.#roomSamples = 0;
  }

  /** Ends a room for reading: it is free when its samples have gone into batches. */
  #leaveRoom(): void {
    if (this.#room !== undefined) this.#ring!.release(this.#room);
    this.#room = undefined;
  }

  #add(item: Item<Sample<unknown>>): void {
    const ring = this.#ring;
    const room = this.#room;
    const index = this.#roomSamples++;
    if (room !== undefined) ring!.retain(room);
    if (index + 1 === ring?.size) this.#leaveRoom();
    const shared = this.#makers.map((maker) => findShared(item.value, maker));
    const work: AheadWork = {
      item,
      results: [],
      extensions: shared.map((each) => each?.extension),
      sizeBytes: sumBytes(item.value),
      waiting: shared.filter((each) => each !== undefined).length,
      faults: this.#faults.splice(0),
      ...(room === undefined ? {} : { room, arrays: ring!.arrays }),
      recycle: (buffer) => this.#pool.recycle(buffer),
    };
    this.#works.push(work);
    this.#aheadBytes += work.sizeBytes;
    if (work.waiting === 0) return this.#wakeConsumer();
    for (const [target, found] of shared.entries()) {
      if (found === undefined) continue;
      const { bytes, codec } = found;
      const finish = (result: DecodeResult): void => {
        work.results[target] = result;
        if (--work.waiting === 0 && work === this.#works[0]) this.#wakeConsumer();
      };
      const { place } = item.mark;
      const offset = room === undefined ? undefined : ring!.offsetOf(room, index, target);
      this.#groups[target].push({ bytes, codec, target, place, offset, finish });
      this.#groupBytes += bytes.length;
    }
  }

  /** Whether the images that wait go to a worker now that `read` samples of the epoch were read. */
  #isGroupFull(read: number): boolean {
    // No group goes beyond a batch, so that what lies ahead, two batches at least, can never be one.
    return this.#batchSize > 0
      ? read % this.#batchSize === 0
      : this.#groups.some(({ length }) => length >= GROUP_IMAGES) ||
        this.#groupBytes >= GROUP_BYTES;
  }

  #report(faults: readonly (() => void)[]): void {
    for (const tell of faults) tell();
  }

  #flush(): void {
    const groups = this.#groups.map((group) => group.splice(0));
    this.#groupBytes = 0;
    for (const group of groups) {
      if (group.length === 0) continue;
      if (group.length === this.#batchSize) this.#pool.submit(group, true);
      // In pieces, so that no worker is left with all of it, at the end of a pass for one.
      else while (group.length > 0) this.#pool.submit(group.splice(0, GROUP_IMAGES));
    }
  }
}

/** All of its members wait with a sample, not only the image. */
function sumBytes({ bytes }: Sample<unknown>): number {
  let sum = 0;
  for (const member of Object.values(bytes)) sum += member.length;
  return sum;
}

/** A sample's image file, where a worker can make it a tensor. Of one that is lacking the consumer hears. */
function findShared(
  sample: Sample<unknown>,
  { options, codecs }: TensorMaker,
): { readonly bytes: Uint8Array; readonly extension: string; readonly codec: string } | undefined {
  let extension: string;
  try {
    extension = findImageField(sample, options, codecs);
  } catch {
    return undefined;
  }
  const bytes = sample.fields[extension];
  if (!(bytes instanceof Uint8Array)) return undefined;
  const codec = findCodec(bytes, extension, codecs);
  // What a caller plugged in is a function, which no message takes.
  const isShared = codec !== undefined && findSharedCodec(codec.name) === codec;
  return isShared ? { bytes, extension, codec: codec.name } : undefined;
}
