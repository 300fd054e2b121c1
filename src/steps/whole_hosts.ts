/**
 * Hosts that serve no ranges: a shard on one is one stream, and holds a connection as long as its lane is open.
 *
 * @module
 */
import { OrderError, SourceError } from "../errors.ts";
import type { Source } from "../storage/source.ts";
import { wrap } from "../storage/wrap.ts";

/** Lanes of a process on such a host: browsers open six connections to one, and a seventh waits for ever. */
export const MAX_WHOLE_LANES = 4;

/** What is said where a host serves no ranges. */
export const WHOLE_HINT =
  `the host of the shards serves no ranges, so that each lane holds a connection: ${MAX_WHOLE_LANES} lanes are read ` +
  "by a process where none are named, and one that begins inside a shard fetches what is before for nothing";

/** Whether a source's host sends the whole object when it is asked for a byte; not where it cannot be asked now. */
export async function sendsWhole(source: Source, signal: AbortSignal): Promise<boolean> {
  if (source.address === undefined) return false;
  try {
    const { body, isWhole = false } = await source.open({ length: 1, orWhole: true, signal });
    await body.cancel().catch(() => {});
    return isWhole;
  } catch (error) {
    signal.throwIfAborted();
    // Whoever reads it will be told.
    if (error instanceof SourceError) return false;
    throw error;
  }
}

/**
 * The same source, which is refused where it comes as one stream and more lanes are read than may hold a connection.
 *
 * @param lanes Lanes that the process reads.
 * @param segmentBytes What is fetched in one piece, and holds nothing.
 */
export function limitStreams(source: Source, lanes: number, segmentBytes: number): Source {
  if (source.address === undefined || lanes <= MAX_WHOLE_LANES) return source;
  return wrap(source, {
    async open(options, own) {
      const opened = await own.open(options);
      const { offset = 0, length } = options;
      const { isWhole, sizeBytes = Infinity } = opened;
      const isHeld = (isWhole || length === undefined) && sizeBytes > offset + segmentBytes;
      if (!isHeld) return opened;
      await opened.body.cancel().catch(() => {});
      throw streamsError(source.name, lanes);
    },
  });
}

function streamsError(name: string, lanes: number): OrderError {
  return new OrderError("order/streams", {
    action: `read "${name}" as one of ${lanes} shards at a time`,
    reason: "its host serves no ranges, so that each would hold a connection; " +
      `take ${MAX_WHOLE_LANES} lanes a process, or a copy on a disk`,
    shard: name,
  });
}
