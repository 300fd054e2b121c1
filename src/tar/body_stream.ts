/**
 * An entry's body as a stream.
 *
 * @module
 */
import type { TarError } from "../errors.ts";
import type { ChunkReader } from "./chunk_reader.ts";

/** The body of one entry as a stream of its own, over the reader that the next header needs too. */
export class BodyStream {
  /** The body; it pulls from the archive only when it is read. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  #reader: ChunkReader;
  #left: number;
  #fault: () => TarError;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #pulling: Promise<void> | undefined;

  constructor(reader: ChunkReader, length: number, fault: () => TarError) {
    this.#reader = reader;
    this.#left = length;
    this.#fault = fault;
    this.readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
        if (length === 0) this.#close();
      },
      pull: () => this.#pulling = this.#pull(),
      cancel: () => {
        this.#controller = undefined;
      },
    }, { highWaterMark: 0 });
  }

  /** Skips what was not read, so that the reader stands at the body's end; the stream fails then. */
  async drain(): Promise<void> {
    // A read that is under way has the reader to itself; its own failure is met again below.
    await this.#pulling?.catch(() => {});
    if (this.#left === 0) return;
    this.#controller?.error(
      new TypeError("Cannot read this body: the archive has gone on to the next entry"),
    );
    this.#controller = undefined;
    if (await this.#reader.skip(this.#left) > 0) throw this.#fault();
  }

  async #pull(): Promise<void> {
    const part = await this.#reader.takeSome(this.#left);
    if (part === undefined) throw this.#fault();
    this.#left -= part.length;
    // Copied, for whoever reads a stream may transfer what it yields, and neighbours share the chunk.
    this.#controller?.enqueue(part.slice() as Uint8Array<ArrayBuffer>);
    if (this.#left === 0) this.#close();
  }

  #close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}
