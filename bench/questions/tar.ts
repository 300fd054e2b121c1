/** How fast is an archive read, every body in memory? */
import * as modernTar from "modern-tar";
import * as nanotar from "nanotar";
import tarStream from "tar-stream";
import { readTar, writeTar } from "../src/tar/mod.ts";
import type { Contestant, Cost, Effort, Question } from "./contestant.ts";
import { PythonWorker } from "./python.ts";
import { versionOf } from "./versions.ts";

/** What a file stream gives at a time on most runtimes. */
const CHUNK_BYTES = 65536;
const MEMBER_BYTES = 100_000;
const OURS = "wdstream readTar";
const OURS_WHOLE = "wdstream readTar, whole";

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const archive = await makeArchive(quick ? 320 : 1280);
  const expected = await readOurs(streamChunks(archive));
  const check = (pass: () => Promise<number>): () => Promise<void> => async () => {
    const count = await pass();
    if (count !== expected) throw new Error(`${count} bytes of bodies, not ${expected}`);
  };
  const python = await PythonWorker.start([archive]);
  const contestants: Contestant[] = [
    { name: OURS, pass: check(() => readOurs(streamChunks(archive))) },
    {
      name: OURS_WHOLE,
      note: "the whole archive in one buffer; bodies are views",
      pass: check(() => readOurs(ReadableStream.from([archive]))),
    },
    { name: `tar-stream ${versionOf("tar-stream")}`, pass: check(() => readTarStream(archive)) },
    { name: `modern-tar ${versionOf("modern-tar")}`, pass: check(() => readModernTar(archive)) },
    {
      name: `nanotar ${versionOf("nanotar")}`,
      of: OURS_WHOLE,
      note: "the whole archive in one buffer; bodies are views",
      pass: check(() => readNanotar(archive)),
    },
    ...python?.contestant("tar", "python", "tarfile, Python") ?? [],
  ];
  return {
    title: "Reading a tar archive",
    task: `An archive of ${Math.round(archive.length / 1e6)} MB in memory, members of ` +
      `${MEMBER_BYTES / 1000} KB, in chunks of ${CHUNK_BYTES / 1024} KiB, to the bytes of every ` +
      "member, one after the other",
    unit: "MB",
    amount: archive.length / 1e6,
    contestants,
    aims: [
      ...["tar-stream", "modern-tar", "tarfile, Python"].map((against) => ({
        what: "tar, members of 100 KB, in chunks",
        against,
        goal: "more than 1",
        least: 1,
      })),
      {
        what: "the same from one buffer",
        against: "nanotar",
        ours: OURS_WHOLE,
        goal: "more than 1",
        least: 1,
      },
      ...[OURS, OURS_WHOLE].map((ours) => ({
        what: ours === OURS ? "tar from memory, in chunks" : "tar from memory, from one buffer",
        against: ours,
        ours,
        goal: "at least 3 GB/s",
        least: 3,
        unit: "GB/s",
        value: ({ cpuSeconds }: Cost): number => archive.length / 1e9 / cpuSeconds,
      })),
    ],
    close: () => python?.close(),
  };
}

/** An archive of members of 100 KB each. */
async function makeArchive(count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(MEMBER_BYTES).map((_, i) => (i * 2654435761) >>> 24);
  const entries = Array.from({ length: count }, (_, i) => ({
    path: `${String(i).padStart(8, "0")}.jpg`,
    bytes,
  }));
  return new Uint8Array(await new Response(ReadableStream.from(writeTar(entries))).arrayBuffer());
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

async function readOurs(archive: ReadableStream<Uint8Array>): Promise<number> {
  let total = 0;
  for await (const { bytes } of readTar(archive)) total += bytes.length;
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
