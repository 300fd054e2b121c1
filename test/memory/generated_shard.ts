import type { OpenedObject, Source } from "../../src/storage/source.ts";
import { makeShard } from "../dataset/shards.ts";

/** Bytes in a chunk, as files are read. */
const CHUNK_BYTES = 512 * 1024;

/** Bytes of the field `bin` of every sample. */
const BALLAST_BYTES = 2 << 20;

/** A shard that is never stored: the same few samples, made anew as often as it takes. */
export class GeneratedShard implements Source {
  readonly name = "generated.tar";
  /** Bytes of the whole archive. */
  readonly sizeBytes: number;
  readonly #samples: Uint8Array;
  readonly #end: Uint8Array;

  private constructor(archive: Uint8Array, leastBytes: number) {
    this.#samples = archive.subarray(0, archive.length - 1024);
    this.#end = archive.subarray(archive.length - 1024);
    const repeats = Math.ceil(leastBytes / this.#samples.length);
    this.sizeBytes = repeats * this.#samples.length + this.#end.length;
  }

  /** Makes a shard of at least `leastBytes` bytes: a sample with a label and ballast for each picture. */
  static async make(pictures: readonly Uint8Array[], leastBytes: number): Promise<GeneratedShard> {
    const ballast = new Uint8Array(BALLAST_BYTES).map((_, index) => index);
    const members = pictures.flatMap((picture, index): [string, string | Uint8Array][] => [
      [`s${index}.cls`, String(index)],
      [`s${index}.bin`, ballast],
      [`s${index}.jpg`, picture],
    ]);
    return new GeneratedShard(await makeShard(members), leastBytes);
  }

  open(): OpenedObject {
    let position = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller): void => {
        const chunk = this.#readChunk(position);
        position += chunk.length;
        if (chunk.length > 0) controller.enqueue(chunk);
        else controller.close();
      },
    }, { highWaterMark: 0 });
    return { body };
  }

  /** A chunk of its own memory, as reading a file gives. */
  #readChunk(position: number): Uint8Array {
    const left = this.sizeBytes - this.#end.length - position;
    if (left <= 0) return this.#end.slice(-left);
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, left));
    for (let filled = 0; filled < chunk.length;) {
      const start = (position + filled) % this.#samples.length;
      const part = this.#samples.subarray(start, start + chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
    }
    return chunk;
  }
}
