/**
 * Which tensors are to be made, and by whom: the calling thread or workers that run ahead of it.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import type { Transform } from "../image/mod.ts";
import type { Sample } from "../sample/sample.ts";
import { isJpegExtension } from "./decoders.ts";
import { locateFault, type SkipHandler } from "./faults.ts";
import { type FieldOptions, findImageField } from "./sample_fields.ts";
import { type TensorSlot, viewTensor } from "./tensor_sample.ts";
import { transformInto } from "./transform_into.ts";
import { type DecodeJob, type DecodeResult, WorkerPool } from "./worker_pool.ts";
import { type SpawnWorker, spawnWorker } from "./worker_thread.ts";

/** A sample whose image is to become a tensor. */
export interface TensorWork {
  readonly sample: Sample<unknown>;
  /** The sample's place in the epoch. */
  readonly position: number;
  /** What a worker made of the image; absent where the calling thread has to. */
  readonly result?: DecodeResult;
  /** Extension of the image's field, where a worker was given it. */
  readonly extension?: string;
  /** Takes back the memory of the worker's tensor. */
  recycle?(tensor: ArrayBuffer): void;
}

/** Who makes tensors. */
export interface WorkerOptions {
  /** Number of workers; 0 for the calling thread. */
  readonly workers?: number;
  /** Ends the work. */
  readonly signal?: AbortSignal;
  /** Is aborted when the consumer leaves, so that a read under way ends at once. */
  readonly abort?: AbortController;
  /**
   * Where the stages before this one put the faults that they skipped, so that those are told in
   * their turn and not as soon as the reader, far ahead, has met them.
   */
  readonly faults?: WdsError[];
  /** Is told of those faults. */
  readonly onSkip?: SkipHandler;
  /** Starts a worker; tests have others. */
  readonly spawn?: SpawnWorker;
}

/** Stage: samples to work, done ahead by workers where there are any. */
export function planWork(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Transform,
  options: FieldOptions & WorkerOptions,
): AsyncGenerator<TensorWork, void, undefined> {
  const { workers = 0 } = options;
  return workers === 0
    ? countWork(samples)
    : new WorkAhead(samples, transform, options, workers).run();
}

/** Writes the tensor of a sample to its slot. Returns a promise only where a decoder returns one. */
export function finishWork(
  work: TensorWork,
  transform: Transform,
  options: FieldOptions,
  slot: TensorSlot,
): void | Promise<void> {
  const { sample, position, result } = work;
  if (result === undefined) return transformInto(sample, transform, options, slot, position);
  if ("fault" in result) throw locateFault(result.fault, sample, work.extension!);
  slot.into.set(viewTensor(transform.type, result.tensor), slot.offset);
  work.recycle?.(result.tensor);
}

async function* countWork(
  samples: AsyncIterable<Sample<unknown>>,
): AsyncGenerator<TensorWork, void, undefined> {
  let position = 0;
  for await (const sample of samples) yield { sample, position: position++ };
}

// Messages of about ten milliseconds of work: small enough to spread, large enough that they cost little.
const GROUP_IMAGES = 4;
const GROUP_BYTES = 1 << 20;

// What lies between the reader and the consumer: enough that one slow image stops no worker.
const AHEAD_IMAGES_PER_WORKER = 16;
const AHEAD_BYTES = 64 << 20;

interface AheadWork extends TensorWork {
  result?: DecodeResult;
  isDone: boolean;
  readonly sizeBytes: number;
  /** Faults that were skipped between the sample before and this one. */
  readonly faults: readonly WdsError[];
}

/** Reads samples and has them decoded ahead of the consumer, who gets them in their order. */
class WorkAhead {
  readonly #samples: AsyncIterable<Sample<unknown>>;
  readonly #options: FieldOptions & WorkerOptions;
  readonly #pool: WorkerPool;
  readonly #limit: number;
  readonly #works: AheadWork[] = [];
  #group: DecodeJob[] = [];
  #groupBytes = 0;
  #aheadBytes = 0;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #isLeft = false;
  #wakeConsumer: () => void = () => {};
  #wakeReader: () => void = () => {};

  constructor(
    samples: AsyncIterable<Sample<unknown>>,
    transform: Transform,
    options: FieldOptions & WorkerOptions,
    workers: number,
  ) {
    const { epoch, maxPixels, truncated, strict, spawn = spawnWorker } = options;
    this.#samples = samples;
    this.#options = options;
    this.#limit = workers * AHEAD_IMAGES_PER_WORKER;
    this.#pool = new WorkerPool({
      workers,
      setup: { transform, epoch, maxPixels, truncated, strict },
      spawn,
      onIdle: () => this.#flush(),
    });
  }

  async *run(): AsyncGenerator<TensorWork, void, undefined> {
    const { signal, abort } = this.#options;
    const onAbort = (): void => this.#wakeConsumer();
    signal?.addEventListener("abort", onAbort);
    const reading = this.#read();
    try {
      while (true) {
        signal?.throwIfAborted();
        const [head] = this.#works;
        if (head?.isDone) {
          this.#works.shift();
          this.#aheadBytes -= head.sizeBytes;
          this.#wakeReader();
          this.#report(head.faults);
          yield head;
        } else if (head === undefined && this.#hasEnded) {
          this.#report(this.#takeFaults());
          if (this.#failure === undefined) return;
          throw this.#failure.error;
        } else {
          // While the consumer is busy elsewhere or has forgotten the iterator, the process may end.
          this.#pool.hold(true);
          await new Promise<void>((resolve) => this.#wakeConsumer = resolve);
          this.#pool.hold(false);
        }
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#isLeft = true;
      this.#wakeReader();
      if (!this.#hasEnded) abort?.abort();
      await this.#pool.close();
      await reading;
    }
  }

  /** Reads all samples. A fault is kept until its turn comes. */
  async #read(): Promise<void> {
    let position = 0;
    try {
      for await (const sample of this.#samples) {
        if (this.#isLeft) return;
        this.#add(sample, position++);
        while (this.#isFull && !this.#isLeft) {
          this.#flush();
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

  get #isFull(): boolean {
    return this.#works.length >= this.#limit || this.#aheadBytes >= AHEAD_BYTES;
  }

  #add(sample: Sample<unknown>, position: number): void {
    const { bytes, extension } = findJpeg(sample, this.#options);
    const work: AheadWork = {
      sample,
      position,
      extension,
      sizeBytes: sumBytes(sample),
      isDone: bytes === undefined,
      faults: this.#takeFaults(),
      recycle: (tensor) => this.#pool.recycle(tensor),
    };
    this.#works.push(work);
    this.#aheadBytes += work.sizeBytes;
    if (bytes === undefined) return this.#wakeConsumer();
    const finish = (result: DecodeResult): void => {
      work.result = result;
      work.isDone = true;
      if (work === this.#works[0]) this.#wakeConsumer();
    };
    this.#group.push({ bytes, position, finish });
    this.#groupBytes += bytes.length;
    const isFull = this.#group.length >= GROUP_IMAGES || this.#groupBytes >= GROUP_BYTES;
    if (isFull || this.#pool.isIdle) this.#flush();
  }

  #takeFaults(): WdsError[] {
    return this.#options.faults?.splice(0) ?? [];
  }

  #report(faults: readonly WdsError[]): void {
    for (const fault of faults) this.#options.onSkip?.(fault);
  }

  #flush(): void {
    if (this.#group.length === 0) return;
    const group = this.#group;
    this.#group = [];
    this.#groupBytes = 0;
    this.#pool.submit(group);
  }
}

/** All of its members wait with a sample, not only the image. */
function sumBytes({ bytes }: Sample<unknown>): number {
  let sum = 0;
  for (const member of Object.values(bytes)) sum += member.length;
  return sum;
}

/** A sample's JPEG file; nothing where its image is another, or lacking, of which the consumer hears. */
function findJpeg(
  sample: Sample<unknown>,
  options: FieldOptions,
): { bytes?: Uint8Array; extension?: string } {
  let extension: string;
  try {
    extension = findImageField(sample, options);
  } catch {
    return {};
  }
  const field = sample.fields[extension];
  return field instanceof Uint8Array && isJpegExtension(extension)
    ? { bytes: field, extension }
    : {};
}
