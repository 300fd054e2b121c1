/**
 * Images that are decoded for what can be told of them, in this thread or in workers.
 *
 * @module
 */
import { requireCodec } from "../image/codec.ts";
import { CODECS, findShared } from "../image/codecs/mod.ts";
import { listCodecs } from "../image/codecs/plugged.ts";
import { type ImageFacts, inspectImage, unpackFacts } from "../image/inspect.ts";
import { type DecodeJob, WorkerPool } from "../workers/pool.ts";
import type { WorkerState } from "../workers/state.ts";
import { spawnWorker } from "../workers/thread.ts";

/** Enough that neither one slow image nor a read of the next shard stops a worker. */
const AHEAD_PER_WORKER = 32;
const AHEAD_BYTES = 64 << 20;

/** A message takes two threads a twentieth of the time that a photograph does: a few go together, where none waits for them. */
const MESSAGE_IMAGES = 8;

/** What {@linkcode Inspector} takes. */
export interface InspectorOptions {
  /** Threads that decode; 0 for this one alone. */
  readonly workers?: number;
  /** Whether the values of pixels are counted. */
  readonly counts?: boolean;
}

/** Decodes images, and tells of each. */
export class Inspector {
  readonly #counts: boolean;
  readonly #workerCount: number;
  readonly #pool: WorkerPool | undefined;
  /** What goes with the next message. */
  readonly #pending: DecodeJob[] = [];
  /** Images that were sent and have not come back. */
  #sent = 0;

  constructor({ workers = 0, counts = false }: InspectorOptions) {
    this.#workerCount = workers;
    this.#counts = counts;
    this.#pool = workers === 0 ? undefined : new WorkerPool({
      workers,
      setup: { counts },
      shared: CODECS.map((codec) => codec.share?.()),
      spawn: spawnWorker,
      onIdle: () => this.#flush(),
    });
  }

  /**
   * Tells of an image of any format that is registered.
   *
   * @throws {ImageError} If it cannot be decoded.
   */
  async inspect(bytes: Uint8Array, extension: string): Promise<ImageFacts> {
    const codec = requireCodec(bytes, extension, listCodecs());
    const here = (): Promise<ImageFacts> => inspectImage(bytes, codec, { counts: this.#counts });
    const pool = this.#pool;
    if (pool === undefined || findShared(codec.name) !== codec) return await here();
    return await new Promise((resolve, reject) => {
      const place = { epoch: 0, shard: 0, index: 0 };
      this.#pending.push({
        bytes,
        codec: codec.name,
        place,
        finish: (result) => {
          this.#sent--;
          if (this.#sent === 0) this.#flush();
          // No worker can be had.
          if (result === undefined || "offset" in result) resolve(here());
          else if ("fault" in result) reject(result.fault);
          else {
            const [length] = result.shape;
            const start = result.index * length * Float64Array.BYTES_PER_ELEMENT;
            resolve(unpackFacts(new Float64Array(result.buffer, start, length)));
          }
        },
      });
      // What waits here waits for an image that was sent, whatever becomes of that.
      if (this.#pending.length >= MESSAGE_IMAGES || this.#sent === 0 || pool.isIdle) this.#flush();
    });
  }

  /** What each worker is doing; absent where there is none. */
  get workers(): readonly WorkerState[] | undefined {
    return this.#pool?.states;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const jobs = this.#pending.splice(0);
    this.#sent += jobs.length;
    this.#pool?.submit(jobs);
  }

  /**
   * Does work on many values, several at a time where there are workers, and gives what becomes of them in their order.
   *
   * @param sizeOf Bytes that a value holds while it waits.
   */
  async *map<In, Out>(
    values: AsyncIterable<In>,
    work: (value: In) => Promise<Out>,
    sizeOf: (value: In) => number,
  ): AsyncGenerator<Out, void, undefined> {
    const waiting: { readonly made: Promise<Out>; readonly bytes: number }[] = [];
    let aheadBytes = 0;
    for await (const value of values) {
      const made = work(value);
      // Who awaits it hears of it, in its turn.
      made.catch(() => {});
      const bytes = sizeOf(value);
      waiting.push({ made, bytes });
      aheadBytes += bytes;
      const most = this.#workerCount * AHEAD_PER_WORKER;
      while (waiting.length > most || (aheadBytes > AHEAD_BYTES && waiting.length > 0)) {
        const first = waiting.shift()!;
        aheadBytes -= first.bytes;
        yield await first.made;
      }
    }
    for (const { made } of waiting) yield await made;
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await this.#pool?.close();
  }
}
