/** How fast is an archive read, every body in memory? */
import * as modernTar from "modern-tar";
import * as nanotar from "nanotar";
import tarStream from "tar-stream";
import { readTar } from "../src/tar/mod.ts";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { loadCorpus } from "./corpus.ts";
import { PythonWorker } from "./python.ts";
import { versionOf } from "./versions.ts";

/** What a file stream gives at a time on most runtimes. */
const CHUNK_BYTES = 65536;

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const { shards } = await loadCorpus(1);
  const archive = joinArchives(shards, quick ? 64e6 : 128e6);
  const expected = await readOurs(archive);
  const check = (pass: () => Promise<number>): () => Promise<void> => async () => {
    const count = await pass();
    if (count !== expected) throw new Error(`${count} bytes of bodies, not ${expected}`);
  };
  const python = await PythonWorker.start([archive]);
  const contestants: Contestant[] = [
    { name: "wdstream readTar", pass: check(() => readOurs(archive)) },
    { name: `tar-stream ${versionOf("tar-stream")}`, pass: check(() => readTarStream(archive)) },
    { name: `modern-tar ${versionOf("modern-tar")}`, pass: check(() => readModernTar(archive)) },
    {
      name: `nanotar ${versionOf("nanotar")}`,
      note: "the whole archive in one buffer; bodies are views",
      pass: check(() => readNanotar(archive)),
    },
    ...python?.contestant("tar", "python", "tarfile, Python") ?? [],
  ];
  return {
    title: "Reading a tar archive",
    task: `An archive of ${Math.round(archive.length / 1e6)} MB in memory, in chunks of ` +
      `${CHUNK_BYTES / 1024} KiB, to the bytes of every entry, one after the other`,
    unit: "MB",
    amount: archive.length / 1e6,
    contestants,
    close: () => python?.close(),
  };
}

/** One archive of the entries of several, over and over, with one end. */
function joinArchives(
  shards: readonly Uint8Array[],
  sizeBytes: number,
): Uint8Array<ArrayBuffer> {
  const bodies = shards.map((shard) => {
    let end = shard.length;
    while (end >= 512 && shard.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
    return shard.subarray(0, end);
  });
  const total = bodies.reduce((sum, { length }) => sum + length, 0);
  const repeats = Math.ceil(sizeBytes / total);
  const archive = new Uint8Array(repeats * total + 1024);
  let at = 0;
  for (let i = 0; i < repeats; i++) {
    for (const body of bodies) {
      archive.set(body, at);
      at += body.length;
    }
  }
  return archive;
}

function streamChunks(archive: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= archive.length) return controller.close();
      controller.enqueue(archive.subarray(at, at += CHUNK_BYTES));
    },
  });
}

async function readOurs(archive: Uint8Array<ArrayBuffer>): Promise<number> {
  let total = 0;
  for await (const { bytes } of readTar(streamChunks(archive))) total += bytes.length;
  return total;
}

async function readTarStream(archive: Uint8Array<ArrayBuffer>): Promise<number> {
  const extract = tarStream.extract();
  const writing = (async () => {
    for (let at = 0; at < archive.length; at += CHUNK_BYTES) {
      const chunk = archive.subarray(at, at + CHUNK_BYTES);
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

async function readModernTar(archive: Uint8Array<ArrayBuffer>): Promise<number> {
  let total = 0;
  const entries = streamChunks(archive).pipeThrough(modernTar.createTarDecoder());
  for await (const { body } of entries) {
    total += new Uint8Array(await new Response(body).arrayBuffer()).length;
  }
  return total;
}

function readNanotar(archive: Uint8Array<ArrayBuffer>): Promise<number> {
  const items = nanotar.parseTar(archive);
  return Promise.resolve(items.reduce((sum, { data }) => sum + (data?.length ?? 0), 0));
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
