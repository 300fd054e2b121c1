import type { TarEntry } from "./entry.ts";
import { readTar } from "./read.ts";
import type { ReadTarOptions } from "./read.ts";

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
    const bytes = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, {
      highWaterMark: 0,
    });
    const input = bytes.readable.getReader();
    const entries = readTar(pullAll(input), { ...options, body: "bytes" });
    this.writable = bytes.writable;
    this.readable = new ReadableStream<TarEntry>({
      async pull(controller) {
        try {
          const { done, value } = await entries.next();
          if (!done) return controller.enqueue(value);
          controller.close();
          await drop(input);
        } catch (error) {
          // The writer learns it too: its writes would wait for a reader forever.
          input.cancel(error).catch(() => {});
          throw error;
        }
      },
      async cancel(reason) {
        input.cancel(reason).catch(() => {});
        await entries.return();
      },
    }, { highWaterMark: 0 });
  }
}

async function* pullAll(
  input: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  while (true) {
    const { done, value } = await input.read();
    if (done) return;
    yield value;
  }
}

async function drop(input: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await input.read()).done);
}
