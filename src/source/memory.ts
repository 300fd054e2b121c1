/** Sources that are in memory, or that are streams already. */

import { SourceError } from "../errors.ts";
import { sliceStream } from "./slice_stream.ts";
import type { OpenedObject, OpenOptions, Source } from "./source.ts";

/** Makes a source of bytes. They are not copied: do not change them while they are read. */
export function bytesSource(bytes: Uint8Array, name: string): Source {
  return {
    name,
    isLocal: true,
    size: () => Promise.resolve(bytes.length),
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

/** Makes a source of a `Blob` or `File`. */
export function blobSource(blob: Blob, name: string): Source {
  return {
    name,
    isLocal: true,
    size: () => Promise.resolve(blob.size),
    open({ offset = 0, length = Infinity, signal }: OpenOptions = {}): OpenedObject {
      signal?.throwIfAborted();
      const part = blob.slice(offset, Math.min(blob.size, offset + length));
      const body = sliceStream(part.stream(), { name, code: "source/read", signal });
      return { body, sizeBytes: blob.size };
    },
  };
}

/** Makes a source of a stream, which can be opened once; an offset is reached by skipping. */
export function streamSource(stream: ReadableStream<Uint8Array>, name: string): Source {
  let opened = false;
  return {
    name,
    open({ offset = 0, length = Infinity, signal }: OpenOptions = {}): OpenedObject {
      signal?.throwIfAborted();
      if (opened || stream.locked) {
        throw new SourceError(
          "source/unsupported",
          `Cannot open "${name}": a stream can be read only once`,
          { shard: name },
        );
      }
      opened = true;
      const body = sliceStream(stream, { name, skip: offset, length, code: "source/read", signal });
      return { body };
    },
  };
}
