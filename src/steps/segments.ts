/**
 * Shards on hosts, read in segments: a lane that waits for its turn holds no connection open.
 *
 * @module
 */
import { RangeReader } from "../index/ranges.ts";
import type { OpenedObject, OpenOptions, Source } from "../storage/source.ts";
import { wrap } from "../storage/wrap.ts";

/** Requests to hosts at one time: browsers open six connections an origin, and a seventh would wait for ever. */
export const MAX_REQUESTS = 6;

const MAX_SEGMENT_BYTES = 4 << 20;
const MIN_SEGMENT_BYTES = 256 << 10;
/** Bytes that the segments of all lanes take. */
const ALL_SEGMENT_BYTES = 64 << 20;

/** Bytes of a segment where so many lanes read. */
export function segmentBytes(lanes: number): number {
  const share = Math.floor(ALL_SEGMENT_BYTES / lanes);
  return Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, share));
}

/**
 * A source whose body comes in ranges, each fetched whole before any of it is used. Bytes, blobs and files are
 * given back as they are: they have no connection to hold.
 */
export function segmentSource(source: Source, length: number): Source {
  if (source.isLocal) return source;
  const open = ({ offset = 0, signal, network }: OpenOptions = {}): OpenedObject => {
    const counted = wrap(source, { open: (options, own) => own.open({ ...options, network }) });
    const reader = new RangeReader(counted, {});
    let position = offset;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller): Promise<void> {
        const end = position + length;
        const bytes = await reader.read(position, end, end, signal);
        position += bytes.length;
        if (bytes.length > 0) controller.enqueue(bytes);
        const { sizeBytes = Infinity } = reader.object;
        if (bytes.length < length || position >= sizeBytes) controller.close();
      },
    }, { highWaterMark: 0 });
    return { body };
  };
  return { name: source.name, open };
}
