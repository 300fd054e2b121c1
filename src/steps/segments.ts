/**
 * Shards on hosts, read in segments: a lane that waits for its turn holds no connection open, and who decodes does not
 * wait for the network.
 *
 * @module
 */
import { memoryOwner } from "../runtime.ts";
import { ByteBudget, MAX_REQUESTS } from "../storage/request_pool.ts";
import type { SegmentShare } from "../storage/segment.ts";
import { SegmentReader } from "../storage/segment_reader.ts";
import type { Source } from "../storage/source.ts";
import { wrap } from "../storage/wrap.ts";
import type { Run } from "./run.ts";

const MAX_SEGMENT_BYTES = 4 << 20;
const MIN_SEGMENT_BYTES = 256 << 10;
/** Bytes that the segments of all lanes take: less in an isolate, which has 128 MB for everything. */
const ALL_SEGMENT_BYTES = memoryOwner() === "isolate" ? 16 << 20 : 64 << 20;

/** Bytes of a segment where so many lanes read. */
export function segmentBytes(lanes: number): number {
  const share = Math.floor(ALL_SEGMENT_BYTES / lanes);
  return Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, share));
}

/** Bytes of segments that a pass holds at most in its own lanes: of those that are read, and of those ahead. */
export function heldBytes(lanes: number, segment: number, isPlain: boolean): number {
  const least = lanes * segment;
  return Math.max(least, Math.min(ALL_SEGMENT_BYTES, least * (isPlain ? MAX_REQUESTS : 2)));
}

/** What the lanes of a pass share, or its one reader. */
export function shareSegments({ requests, signal, stats }: Run, lanes: number): SegmentShare {
  return {
    requests,
    budget: new ByteBudget(ALL_SEGMENT_BYTES),
    segmentBytes: segmentBytes(lanes),
    signal,
    network: stats.network,
  };
}

/** The shards of a pass that reads one after the other, epoch after epoch. */
export function readAhead(
  sources: readonly Source[],
  epochs: number,
  run: Run,
): (epoch: number, shard: number) => Source {
  const reader = new SegmentReader({
    share: shareSegments(run, 1),
    sourceAt: (n) => n < sources.length * epochs ? sources[n % sources.length] : undefined,
    ahead: MAX_REQUESTS - 1,
  });
  return (epoch, shard) => inSegments(sources[shard], reader, epoch * sources.length + shard);
}

/** A shard that a lane reads, and from which of its samples on. */
export interface ShardRun {
  readonly shard: number;
  readonly from: number;
}

/** The shards of a lane, in the sequence of its runs. */
export function readLaneAhead(
  sources: readonly Source[],
  runs: readonly ShardRun[],
  share: SegmentShare,
): (shard: number) => Source {
  let at = 0;
  const reader = new SegmentReader({
    share,
    // Where in a shard a sample lies is not known yet.
    sourceAt: (n) => runs[n]?.from === 0 ? sources[runs[n].shard] : undefined,
    ahead: 1,
    // Of streams, each would hold a connection: browsers open six, and the others wait for ever.
    mayBeUnproven: true,
  });
  return (shard) => {
    at = Math.max(at, runs.findIndex((run, n) => n >= at && run.shard === shard));
    return inSegments(sources[shard], reader, at);
  };
}

/**
 * A source whose body comes in segments. Bytes, blobs and files are given back as they are: they have no connection to
 * hold; streams, too: they can be opened once.
 */
function inSegments(source: Source, reader: SegmentReader, n: number): Source {
  if (source.isLocal || source.isOnce) return source;
  return wrap(source, { open: ({ offset = 0 }) => reader.open(source, n, offset) });
}
