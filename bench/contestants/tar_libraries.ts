/**
 * JavaScript libraries that read tar archives, in this process: each counts the bytes of all bodies, every one of which it
 * had in memory as a whole.
 *
 * @module
 */
import * as modernTar from "modern-tar";
import * as nanotar from "nanotar";
import tarStream from "tar-stream";
import { versionOf } from "./versions.ts";

/** A library that reads tar archives. */
export interface TarLibrary {
  /** Name and version. */
  readonly name: string;
  /** Whether it takes the whole archive in one buffer, and gives bodies as views of it. */
  readonly isWhole: boolean;
  /** Bytes of all bodies of an archive that comes in chunks, where it takes such. */
  read(archive: Uint8Array<ArrayBuffer>, chunkBytes: number): number | Promise<number>;
}

export const TAR_LIBRARIES: readonly TarLibrary[] = [
  { name: `tar-stream ${versionOf("tar-stream")}`, isWhole: false, read: readTarStream },
  { name: `modern-tar ${versionOf("modern-tar")}`, isWhole: false, read: readModernTar },
  { name: `nanotar ${versionOf("nanotar")}`, isWhole: true, read: readNanotar },
];

async function readTarStream(
  archive: Uint8Array<ArrayBuffer>,
  chunkBytes: number,
): Promise<number> {
  const extract = tarStream.extract();
  const writing = (async () => {
    for (let at = 0; at < archive.length; at += chunkBytes) {
      const chunk = archive.subarray(at, at + chunkBytes);
      if (!extract.write(chunk)) await drain(extract);
    }
    extract.end(undefined);
  })();
  let total = 0;
  for await (const entry of extract) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    total += concatenate(chunks).length;
  }
  await writing;
  return total;
}

function drain(extract: tarStream.Extract): Promise<void> {
  return new Promise((resolve) => extract.once("drain", () => resolve()));
}

async function readModernTar(
  archive: Uint8Array<ArrayBuffer>,
  chunkBytes: number,
): Promise<number> {
  let at = 0;
  const chunks = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= archive.length) return controller.close();
      controller.enqueue(archive.subarray(at, at += chunkBytes));
    },
  });
  let total = 0;
  for await (const { body } of chunks.pipeThrough(modernTar.createTarDecoder())) {
    total += new Uint8Array(await new Response(body).arrayBuffer()).length;
  }
  return total;
}

function readNanotar(archive: Uint8Array<ArrayBuffer>): number {
  return nanotar.parseTar(archive).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}
