/**
 * One lane of an order: its shards are read one after the other, and its samples are held until their turn.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { type LaneOrder, RunCursor } from "../order/lane.ts";
import { LaneBuffer } from "../order/lane_buffer.ts";
import type { Sample } from "../sample/sample.ts";
import { skipFault } from "./faults.ts";
import { countBytes, type HeldBytes } from "./held_bytes.ts";
import type { Run } from "./run.ts";

/** A sample of a lane; that of a place which was lost to a fault is absent. */
export interface LaneSample {
  /** Number of the shard. */
  readonly shard: number;
  /** Number of the sample in it. */
  readonly index: number;
  readonly sample: Sample | undefined;
  /** The fault that it was lost to, where there was one. */
  readonly fault?: WdsError;
}

/** What a {@linkcode LaneStream} takes. */
export interface LaneStreamOptions {
  readonly lane: LaneOrder;
  /** For each shard, the numbers of the samples that the lane has of it, where it has not all. */
  readonly indexes?: readonly (Uint32Array | undefined)[];
  /** The first place that is taken. */
  readonly from: number;
  readonly isWanted?: (place: number) => boolean;
  readonly run: Run;
  readonly held: HeldBytes;
  /** Number of samples in a shard. */
  readonly lengthOf: (shard: number) => number;
  /** Opens the samples of a shard, from one of them or from an earlier one. */
  readonly open: (
    shard: number,
    from: number,
    onSkip: ((error: WdsError) => void) | undefined,
  ) => AsyncGenerator<Sample, void, undefined>;
}

/** Reads one lane. At any time one shard of it is open, or none. */
export class LaneStream {
  readonly #options: LaneStreamOptions;
  readonly #buffer: LaneBuffer<LaneSample>;
  readonly #cursor: RunCursor;
  /** Bytes of the samples that are held, by their place. */
  readonly #sizes = new Map<number, number>();
  /** Faults that were skipped, to be told at the turn for which they were met. */
  readonly #faults: WdsError[] = [];
  /** The last of them of the shard that is read. */
  #fault: WdsError | undefined;
  /** The place after the one that was taken last. */
  #expected: number;
  #shard = -1;
  #samples: AsyncGenerator<Sample, void, undefined> | undefined;
  /** The sample that was read last and is not yet offered. */
  #next: Sample | undefined;
  /** Number after the last sample of the shard that was offered. */
  #offered = 0;
  /** The read that is under way or done for the next turn; never rejects. */
  #ready: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: LaneStreamOptions) {
    const { lane, from, isWanted } = options;
    this.#options = options;
    this.#expected = from;
    this.#buffer = new LaneBuffer(lane, { from, isWanted });
    this.#cursor = new RunCursor(lane.runs);
  }

  /** Begins to read what the next turn takes; without effect where that was begun. */
  prepare(place: number): Promise<void> {
    return this.#ready ??= this.#fill(place).catch((error) => {
      this.#failure = { error };
    });
  }

  /** Gives the sample of a place, and tells of the faults that were met on the way. */
  async take(place: number): Promise<LaneSample> {
    if (this.#ready === undefined) {
      // Where nothing is read ahead, with one wait less.
      try {
        await this.#fill(place);
      } catch (error) {
        this.#failure = { error };
      }
    } else {
      await this.#ready;
      this.#ready = undefined;
    }
    this.#report();
    this.#expected = place + 1;
    this.#free(place);
    return this.#buffer.take(place);
  }

  /** Sees to it that the shard that was read to its last sample ends there, as far as the lane reads it at all. */
  async finish(): Promise<void> {
    try {
      await this.#leaveShard();
    } catch (error) {
      this.#failure = { error };
    }
    this.#report();
  }

  /** Closes what is open; a read under way is to be cancelled before. */
  async close(): Promise<void> {
    await this.#ready;
    this.#release(Infinity);
    // A read that was cancelled may report it here; there is nobody left to tell.
    await this.#samples?.return().catch(() => {});
  }

  #report(): void {
    for (const fault of this.#faults.splice(0)) this.#options.run.onSkip?.(fault);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #fill(place: number): Promise<void> {
    const { lane, held, indexes } = this.#options;
    const buffer = this.#buffer;
    if (place !== this.#expected) this.#release(place);
    while (!buffer.has(place)) {
      const read = buffer.nextRead;
      const { shard, ordinal } = this.#cursor.at(read);
      const index = indexes?.[shard]?.[ordinal] ?? ordinal;
      const sample = await this.#readSample(shard, index);
      const before = buffer.held;
      buffer.offer({ shard, index, sample, fault: sample === undefined ? this.#fault : undefined });
      if (sample === undefined || buffer.held === before) continue;
      const bytes = countBytes(sample);
      this.#sizes.set(lane.placeAt(read), bytes);
      held.add(bytes);
    }
  }

  /** Counts what is held before a place no longer. */
  #release(place: number): void {
    for (const own of this.#sizes.keys()) if (own < place) this.#free(own);
  }

  #free(place: number): void {
    const bytes = this.#sizes.get(place);
    this.#sizes.delete(place);
    if (bytes !== undefined) this.#options.held.add(-bytes);
  }

  async #readSample(shard: number, index: number): Promise<Sample | undefined> {
    // A lane that goes over its shards again begins the only one it has anew.
    if (shard !== this.#shard || index < this.#offered) {
      await this.#leaveShard();
      this.#fault = undefined;
      this.#shard = shard;
      this.#samples = this.#options.open(shard, index, this.#options.run.onSkip && this.#keepFault);
    }
    this.#offered = index + 1;
    // What comes before belongs to another lane, or was taken before the pass.
    while (this.#next === undefined || this.#next.index < index) {
      let result: IteratorResult<Sample, void> | undefined;
      try {
        result = await this.#samples?.next();
      } catch (error) {
        this.#skip(error);
      }
      if (result === undefined || result.done) {
        this.#samples = this.#next = undefined;
        return undefined;
      }
      this.#next = result.value;
    }
    // A sample that was left out for a fault keeps its place.
    if (this.#next.index > index) return undefined;
    const sample = this.#next;
    this.#next = undefined;
    return sample;
  }

  #skip(error: unknown): void {
    this.#options.run.signal.throwIfAborted();
    skipFault(error, this.#options.run.onSkip && this.#keepFault);
  }

  async #leaveShard(): Promise<void> {
    const isRead = this.#shard >= 0 && this.#offered === this.#options.lengthOf(this.#shard);
    // Whether the archive ends there, and as it should, is seen by reading on.
    try {
      while (isRead && this.#samples !== undefined) {
        if ((await this.#samples.next()).done) this.#samples = undefined;
      }
    } catch (error) {
      this.#samples = undefined;
      this.#skip(error);
    }
    await this.#samples?.return();
    this.#samples = undefined;
    this.#next = undefined;
  }

  readonly #keepFault = (fault: WdsError): void => {
    if (!this.#options.run.isSkipped(fault)) throw fault;
    this.#faults.push(fault);
    this.#fault = fault;
  };
}
