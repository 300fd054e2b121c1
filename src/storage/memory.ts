/**
 * Sources that are in memory, or that are streams already.
 *
 * @module
 */
import { collectGarbage } from "../runtime.ts";
import { SourceError } from "../errors.ts";
import { sliceStream } from "./slice_stream.ts";
import type { OpenedObject, OpenOptions, Source } from "./source.ts";

/** Makes a source of bytes. They are not copied: do not change them while they are read. */
export function bytesSource(bytes: Uint8Array, name: string): Source {
  return {
    name,
    isLocal: true,
    stat: () => Promise.resolve({ sizeBytes: bytes.length }),
    open({ offset = 0, length = Infinity, signal }: OpenOptions = {}): OpenedObject {
      signal?.throwIfAborted();
      const part = bytes.subarray(offset, Math.min(bytes.length, offset + length));
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          if (part.length > 0) controller.enqueue(part);
          controller.close();
        },
      });
      return { body, sizeBytes: bytes.length };
    },
  };
}

/** Makes a source of a `Blob` or `File`, which is never held as a whole. */
export function blobSource(blob: Blob, name: string): Source {
  return {
    name,
    isLocal: true,
    stat: () => Promise.resolve({ sizeBytes: blob.size }),
    open({ offset = 0, length = Infinity, signal }: OpenOptions = {}): OpenedObject {
      signal?.throwIfAborted();
      const { size } = blob;
      const body = streamBlob(blob, name, offset, Math.min(size, offset + length));
      return {
        body: sliceStream(body, { name, code: "source/read", signal }),
        sizeBytes: size,
      };
    },
  };
}

/**
 * Bytes of a slice. `blob.stream()` gives every part of a Blob as one chunk in Deno and Node, a gigabyte if need
 * be; of a Blob of many parts, slices of 4 MiB leave 200 MB of garbage in Deno, those of this size 100.
 */
const SLICE_BYTES = 512 * 1024;

/** Bytes that are read before their garbage is to be collected. */
const COLLECT_BYTES = 32 * 1024 * 1024;

function streamBlob(
  blob: Blob,
  name: string,
  start: number,
  end: number,
): ReadableStream<Uint8Array> {
  let position = start;
  let uncollected = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      if (position >= end) return controller.close();
      const next = Math.min(end, position + SLICE_BYTES);
      const bytes = new Uint8Array(await blob.slice(position, next).arrayBuffer());
      if (bytes.length < next - position) {
        // Of a file on some runtimes: what it was when the Blob was made is not there any more.
        const end = position + bytes.length;
        throw new SourceError("source/changed", {
          action: `read "${name}"`,
          reason: `it was cut to ${end} bytes`,
          shard: name,
        });
      }
      uncollected += bytes.length;
      if (uncollected >= COLLECT_BYTES) {
        uncollected = 0;
        collectGarbage();
      }
      position = next;
      controller.enqueue(bytes);
    },
  }, { highWaterMark: 0 });
}

/** Makes a source of a stream, which can be opened once; an offset is reached by skipping. */
export function streamSource(stream: ReadableStream<Uint8Array>, name: string): Source {
  let opened = false;
  return {
    name,
    isOnce: true,
    open({ offset = 0, length = Infinity, signal }: OpenOptions = {}): OpenedObject {
      signal?.throwIfAborted();
      if (opened || stream.locked) {
        throw new SourceError("source/unsupported", {
          action: `open "${name}"`,
          reason: "a stream can be read only once",
          shard: name,
        });
      }
      opened = true;
      const body = sliceStream(stream, { name, skip: offset, length, code: "source/read", signal });
      return { body };
    },
  };
}
