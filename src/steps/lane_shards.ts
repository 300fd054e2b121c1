/**
 * The shards of a pass, as its lanes open them.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { Sample } from "../sample/sample.ts";
import { joinSignals } from "../signals.ts";
import { MAX_REQUESTS } from "../storage/request_pool.ts";
import type { SegmentShare } from "../storage/segment.ts";
import type { Source } from "../storage/source.ts";
import { expectSize } from "./expected.ts";
import type { HeldBytes } from "./held_bytes.ts";
import { readAgain } from "./read_again.ts";
import { readShard, type ShardStart } from "./read.ts";
import { findSelected, readSelected } from "./read_selected.ts";
import type { Run } from "./run.ts";
import type { SampleStarts } from "./sample_starts.ts";
import { readLaneAhead, type ShardRun, shareSegments } from "./segments.ts";
import { findStart, openInside, OpenShards } from "./shard_start.ts";
import { limitStreams } from "./whole_hosts.ts";

/** What {@linkcode LaneShards} takes. */
export interface LaneShardsOptions {
  readonly sources: readonly Source[];
  /** Size in bytes of each shard, where it is known. */
  readonly shardBytes?: readonly number[];
  /** Number of lanes of the order. */
  readonly lanes: number;
  /** Number of those that this process reads. */
  readonly ownLanes: number;
  /** Bytes of samples that wait for their turn, of this dataset and those that it is mixed with. */
  readonly held: HeldBytes;
  readonly options: ReadOptions;
  readonly run: Run;
}

/** Which samples of a shard are opened. */
export interface ShardOpening {
  /** Number of the shard. */
  readonly shard: number;
  /** The shard, as its lane reads it. */
  readonly source: Source;
  /** The first sample that is wanted; earlier ones may come. */
  readonly from: number;
  /** Number of samples that it must have; absent where that is not known. */
  readonly length?: number;
  /** The numbers of the samples that are wanted, rising, where others are not. */
  readonly selected?: Uint32Array;
  /** Where a sample is known to begin, that one or an earlier one. */
  readonly start?: ShardStart;
  /** Follows where samples begin. */
  readonly starts?: SampleStarts;
  readonly onSkip?: (error: WdsError) => void;
  /** Is told how many samples the shard has, when its end was seen. */
  readonly onLength?: (count: number) => void;
}

/** The shards of a pass, as its lanes open them. */
export class LaneShards {
  /** The fault that was skipped last. */
  lastFault: WdsError | undefined;
  /** Bytes of samples that wait, of all lanes. */
  readonly held: HeldBytes;
  /** Lanes that are read ahead of the one whose turn it is: of shards on hosts, each makes one request. */
  readonly ahead: number;
  /** The run, whose reads end as well when `end` is aborted. */
  readonly run: Run;
  readonly #options: ReadOptions;
  readonly #end = new AbortController();
  /** The shards as they were given, whose indexes lie beside them. */
  readonly #given: readonly Source[];
  /** Those, which are to be as large as they are known to be. */
  readonly #sources: readonly Source[];
  readonly #share: SegmentShare;
  readonly #opened: OpenShards;

  constructor(given: LaneShardsOptions) {
    const { run, sources, shardBytes, lanes, ownLanes, held, options } = given;
    this.#options = options;
    this.run = {
      ...run,
      signal: joinSignals(run.signal, this.#end.signal),
      onSkip: run.onSkip && ((fault): void => {
        this.lastFault = fault;
        run.onSkip?.(fault);
      }),
    };
    this.#opened = new OpenShards(options, this.run);
    this.held = held;
    this.ahead = sources.every(({ isLocal }) => isLocal) ? 0 : MAX_REQUESTS - 1;
    this.#given = sources;
    this.#share = shareSegments(this.run, lanes);
    const { segmentBytes } = this.#share;
    this.#sources = sources.map((source, shard) =>
      limitStreams(expectSize(source, shardBytes?.[shard]), ownLanes, segmentBytes)
    );
  }

  /** The shards of one lane, which reads them in this sequence. */
  follow(runs: readonly ShardRun[]): (shard: number) => Source {
    return readLaneAhead(this.#sources, runs, this.#share);
  }

  /** Opens the samples of a shard, from one of them or from an earlier one. */
  open(opening: ShardOpening): AsyncGenerator<Sample, void, undefined> {
    const { run } = this;
    const { source, from, start, onSkip } = opening;
    if (run.isRetried === undefined || onSkip === undefined || source.isOnce) {
      // A generator that only hands on what another gives costs each sample three turns of the queue.
      const isWhole = from === 0 && start === undefined && opening.selected === undefined;
      return isWhole ? this.#read(opening, onSkip) : this.#open(opening);
    }
    return readAgain({
      from,
      open: (from, onSkip, isFirst) =>
        this.#open({ ...opening, from, onSkip, start: isFirst ? start : undefined }),
      run,
      onSkip,
    });
  }

  async *#open(opening: ShardOpening): AsyncGenerator<Sample, void, undefined> {
    const { shard, from, selected, start, onSkip } = opening;
    const { run } = this;
    const options = this.#options;
    const wanted = selected?.filter((index) => index >= from);
    if (wanted !== undefined) {
      const some = await findSelected(this.#sources[shard], wanted, options, run);
      if (some !== undefined) return yield* readSelected(some, run, onSkip);
    }
    const found = start ??
      (from === 0
        ? undefined
        : await findStart(this.#given[shard], from, this.#opened, run.signal));
    const inside = found &&
      await openInside((skip) => this.#read(opening, skip, found), found, onSkip);
    run.signal.throwIfAborted();
    yield* inside ?? this.#read(opening, onSkip);
  }

  #read(
    { shard, source, length, starts, onLength }: ShardOpening,
    onSkip: ShardOpening["onSkip"],
    start?: ShardStart,
  ): AsyncGenerator<Sample, void, undefined> {
    const { run } = this;
    return readShard(source, {
      length,
      options: this.#options,
      run,
      onSkip,
      start,
      starts,
      onLength: (count) => {
        run.onLength?.(shard, count);
        onLength?.(count);
      },
    });
  }

  /** Ends every read that is under way. */
  abort(): void {
    this.#end.abort();
  }
}
