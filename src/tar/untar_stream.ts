/**
 * Reading archives in a pipe.
 *
 * @module
 */
import type { TarEntry } from "./entry.ts";
import { Handover } from "./handover.ts";
import { readTar, type ReadTarOptions } from "./read.ts";

/**
 * {@linkcode readTar} as a pair of streams, for `pipeThrough`. Each entry carries its bytes.
 *
 * What follows the archive's end marker is taken and dropped, so that the pipe into it ends well.
 *
 * @example Usage
 * ```ts
 * import { UntarStream, writeTar } from "@wdstream/wdstream/tar";
 *
 * const archive = ReadableStream.from(writeTar([{ path: "a.cls", bytes: new Uint8Array([55]) }]));
 * const entries = archive.pipeThrough(new UntarStream()).getReader();
 * const { value } = await entries.read();
 * if (value?.path !== "a.cls") throw new Error("misread");
 * await entries.cancel();
 * ```
 */
export class UntarStream {
  /** The entries. */
  readonly readable: ReadableStream<TarEntry>;
  /** Takes the archive's bytes. */
  readonly writable: WritableStream<Uint8Array>;

  /** Makes the pair; options as for {@linkcode readTar}, whose bodies are bytes here. */
  constructor(options: Omit<ReadTarOptions, "body"> = {}) {
    const input = new Handover();
    const chunks = input.read();
    // Without a way to return it: what follows the end is read on here.
    const archive = { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) };
    const entries = readTar(archive, { ...options, body: "bytes" });
    this.writable = input.writable;
    this.readable = new ReadableStream<TarEntry>({
      async pull(controller) {
        try {
          const { done, value } = await entries.next();
          if (!done) return controller.enqueue(value);
          controller.close();
          // What follows the end of the archive is taken in and dropped.
          while (!(await chunks.next()).done);
        } catch (error) {
          // The writer learns it too: its writes would wait for a reader forever.
          input.cancel(error);
          throw error;
        }
      },
      async cancel(reason) {
        input.cancel(reason);
        await entries.return();
      },
    }, { highWaterMark: 0 });
  }
}
