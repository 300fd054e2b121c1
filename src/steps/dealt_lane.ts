/**
 * One lane of shards whose lengths are not known: a window is given when all of it was read.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { OpenLaneBuffer } from "../order/lane_buffer.ts";
import type { LaneMark } from "../order/lane_marks.ts";
import type { WindowSeed } from "../order/window.ts";
import type { Sample } from "../sample/sample.ts";
import { skipFault } from "./faults.ts";
import { countBytes } from "./held_bytes.ts";
import type { Source } from "../storage/source.ts";
import type { LaneShards } from "./lane_shards.ts";
import { SampleStarts } from "./sample_starts.ts";

/** A sample of a dealt lane. */
export interface DealtSample {
  /** Number of its shard. */
  readonly shard: number;
  readonly sample: Sample;
  /** Samples before it that were left out for a fault. */
  readonly lost: number;
  /** That fault. */
  readonly fault?: WdsError;
}

/** What a {@linkcode DealtLane} takes. */
export interface DealtLaneOptions {
  /** Where it begins. */
  readonly mark: LaneMark;
  /** Its shards, in their sequence. */
  readonly dealt: readonly number[];
  /** Samples in a full window. */
  readonly window: number;
  readonly seed: Omit<WindowSeed, "window" | "lane">;
  readonly shards: LaneShards;
  /** Is told of ends of shards that were left out. */
  readonly onRest: (rest: DealtRest) => void;
}

/** The end of a shard, which was left out for a fault. */
export interface DealtRest {
  readonly shard: number;
  readonly from: number;
  /** Absent where the length of the shard is not known. */
  readonly to?: number;
  readonly fault?: WdsError;
}

/** A place in the reading: which of the lane's shards, the next sample in it, and where the one before begins. */
type ReadPlace = readonly [run: number, index: number, offsetBytes: number];

/** Reads one lane. At any time one shard of it is open, or none. */
export class DealtLane {
  /** Its number. */
  readonly lane: number;
  readonly #dealt: readonly number[];
  readonly #shards: LaneShards;
  readonly #onRest: DealtLaneOptions["onRest"];
  readonly #sourceOf: (shard: number) => Source;
  readonly #buffer: OpenLaneBuffer<DealtSample>;
  /** Faults that were skipped, to be told at the turn for which they were met. */
  readonly #faults: WdsError[] = [];
  /** Ends of shards that were left out, to be told at the next turn. */
  readonly #rests: DealtRest[] = [];
  /** Number of samples in the shard that is read, once its end was seen. */
  #count: number | undefined;
  /** Where the window that is given begins, and behind what was read last. */
  #windowAt: ReadPlace;
  #readAt: ReadPlace;
  #samples: AsyncGenerator<Sample, void, undefined> | undefined;
  #starts = new SampleStarts();
  /** The last fault of the shard that is read. */
  #fault: WdsError | undefined;
  /** Bytes of the window's samples that were not given. */
  #bytes = 0;
  /** The read that is under way or done for the next turn; never rejects. */
  #ready: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor({ mark, dealt, window, seed, shards, onRest }: DealtLaneOptions) {
    const [lane, place, ...at] = mark;
    this.lane = lane;
    this.#onRest = onRest;
    this.#dealt = dealt;
    this.#shards = shards;
    this.#sourceOf = shards.follow(dealt.map((shard) => ({ shard, from: 0 })));
    this.#buffer = new OpenLaneBuffer(window, { ...seed, lane }, place);
    this.#windowAt = this.#readAt = at;
  }

  /** Where the lane stands. */
  get mark(): LaneMark {
    return [this.lane, this.#buffer.place, ...this.#windowAt];
  }

  /** Begins to read what the next turn takes; without effect where that was begun. */
  prepare(): Promise<void> {
    return this.#ready ??= this.#fill().catch((error) => {
      this.#failure = { error };
    });
  }

  /** Gives the next sample, and tells of the faults that were met on the way; absent where the lane has ended. */
  async take(): Promise<DealtSample | undefined> {
    await this.prepare();
    this.#ready = undefined;
    for (const fault of this.#faults.splice(0)) this.#shards.run.onSkip?.(fault);
    for (const rest of this.#rests.splice(0)) this.#onRest(rest);
    if (this.#failure !== undefined) throw this.#failure.error;
    const buffer = this.#buffer;
    if (buffer.isOver) return undefined;
    const found = buffer.take();
    const isWindowOver = buffer.place === buffer.windowStart;
    this.#free(isWindowOver ? this.#bytes : countBytes(found.sample));
    if (isWindowOver) this.#windowAt = this.#readAt;
    return found;
  }

  /** Closes what is open; a read under way is to be cancelled before. */
  async close(): Promise<void> {
    await this.#ready;
    this.#free(this.#bytes);
    // A read that was cancelled may report it here; there is nobody left to tell.
    await this.#samples?.return().catch(() => {});
  }

  #free(bytes: number): void {
    this.#bytes -= bytes;
    this.#shards.held.add(-bytes);
  }

  async #fill(): Promise<void> {
    const buffer = this.#buffer;
    while (!buffer.isReady && !buffer.isOver) {
      const next = await this.#read();
      if (next === undefined) {
        buffer.end();
        continue;
      }
      buffer.offer(next);
      const bytes = countBytes(next.sample);
      this.#bytes += bytes;
      this.#shards.held.add(bytes);
    }
  }

  async #read(): Promise<DealtSample | undefined> {
    while (this.#readAt[0] < this.#dealt.length) {
      const [run, index] = this.#readAt;
      const shard = this.#dealt[run];
      const sample = await this.#pull();
      if (sample === undefined) {
        const to = this.#count;
        if (to === undefined || to > index) {
          this.#rests.push({ shard, from: index, to, fault: this.#fault });
        }
        this.#readAt = [run + 1, 0, 0];
      } else if (sample.index >= index) {
        this.#readAt = [run, sample.index + 1, this.#starts.find(sample)];
        return { shard, sample, lost: sample.index - index, fault: this.#fault };
      }
      // What is before was taken before the pass.
    }
    return undefined;
  }

  /** The next sample of the shard; absent where there is none or the rest of it was given up. */
  async #pull(): Promise<Sample | undefined> {
    const { run } = this.#shards;
    const onSkip = run.onSkip && this.#keepFault;
    try {
      this.#samples ??= this.#open(onSkip);
      const { done, value } = await this.#samples.next();
      if (!done) return value;
    } catch (error) {
      run.signal.throwIfAborted();
      skipFault(error, onSkip);
    }
    this.#samples = undefined;
    return undefined;
  }

  #open(onSkip: ((error: WdsError) => void) | undefined): AsyncGenerator<Sample, void, undefined> {
    const [run, from, offsetBytes] = this.#readAt;
    this.#starts = new SampleStarts();
    this.#fault = undefined;
    this.#count = undefined;
    const shard = this.#dealt[run];
    return this.#shards.open({
      shard,
      source: this.#sourceOf(shard),
      from,
      ...(offsetBytes > 0 && { start: { index: from - 1, offsetBytes } }),
      starts: this.#starts,
      onSkip,
      onLength: (count) => void (this.#count = count),
    });
  }

  readonly #keepFault = (fault: WdsError): void => {
    if (!this.#shards.run.isSkipped(fault)) throw fault;
    this.#faults.push(fault);
    this.#fault = fault;
  };
}
