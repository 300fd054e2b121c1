/**
 * Are shards on a host read as fast as those on a disk, and what do breaking connections make of it?
 *
 * @module
 */
import { Wdstream } from "../contestants/wdstream.ts";
import { countImages, listShards } from "../corpus/imagenet.ts";
import { HERE } from "../harness/checkout.ts";
import type { Contestant, Cost, Effort, Question } from "../harness/question.ts";

const DISK = "from disk";
const HTTP = "over http, loopback";
const BROKEN = "the same, 5% of the answers break off";

/** Of which each is a request or some. */
const SHARDS = 24;

/** Serves files by their numbers; below `/broken/`, one answer in twenty breaks off in its middle. */
function serveShards(paths: readonly string[]): Deno.HttpServer<Deno.NetAddr> {
  let requests = 0;
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const [, kind, number] = new URL(request.url).pathname.split("/");
    const path = /^[0-9]+$/.test(number ?? "") ? paths[Number(number)] : undefined;
    if (path === undefined) return new Response("none", { status: 404 });
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const [, from = "0", to = ""] = /^bytes=([0-9]+)-([0-9]*)$/.exec(
      request.headers.get("range") ?? "",
    ) ?? [];
    const start = Number(from);
    const end = Math.min(size, to === "" ? Infinity : Number(to) + 1);
    const isBroken = kind === "broken" && requests++ % 20 === 7;
    const headers = {
      etag: `"${number}-${size}"`,
      "content-length": String(end - start),
      "content-range": `bytes ${start}-${end - 1}/${size}`,
    };
    // No more than was asked for: what the host reads for nothing, the reader beside it has not.
    const part = await readPart(file, start, end);
    const body = isBroken ? breakOff(part) : part;
    return new Response(body, { status: 206, headers });
  });
}

async function readPart(
  file: Deno.FsFile,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = new Uint8Array(end - start);
  await file.seek(start, Deno.SeekMode.Start);
  for (let filled = 0; filled < part.length;) {
    const count = await file.read(part.subarray(filled));
    if (count === null) throw new Error("the file is shorter than it was");
    filled += count;
  }
  return part;
}

function breakOff(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      // Fewer bytes than were announced: the connection is closed.
      if (isSent) return controller.close();
      isSent = true;
      controller.enqueue(bytes.subarray(0, bytes.length >> 1));
    },
  }, { highWaterMark: 0 });
}

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const files = await listShards();
  const paths = files.map(({ pathname }) => decodeURIComponent(pathname));
  const count = short ? SHARDS / 4 : SHARDS;
  const own = Array.from({ length: count }, (_, i) => paths[i % paths.length]);
  const images = (await Promise.all(files.map((file) => countImages([file]))))
    .reduce((sum, each, i) => sum + each * own.filter((path) => path === paths[i]).length, 0);
  const server = serveShards(own);
  const base = `http://127.0.0.1:${server.addr.port}`;
  const process = await Wdstream.start([], { checkout: HERE });
  const contestant = (name: string, shards: readonly string[], note?: string): Contestant => ({
    name,
    note,
    async pass(): Promise<Cost> {
      const settings = { shards, workers: 0 };
      const cost = await process.work("pipeline", { settings });
      if (cost.images !== images) throw new Error(`${cost.images} images, not ${images}`);
      return cost;
    },
  });
  const urls = (kind: string): string[] => own.map((_, i) => `${base}/${kind}/${i}`);
  const byWall = (theirs: Cost, ours: Cost): number => theirs.wallSeconds / ours.wallSeconds;
  return {
    title: "Shards on a host",
    task: `${images} images of ${count} shards to batches of 64 tensors [3, 224, 224] float32 ` +
      "(256/224, bicubic), in one thread; the server is another process on the same machine",
    unit: "images",
    amount: images,
    contestants: [
      contestant(HTTP, urls("good")),
      contestant(DISK, own),
      contestant(BROKEN, urls("broken"), "what breaks off is gone on with"),
    ],
    aims: [
      {
        what: "images a second over http, as a part of those from disk",
        against: DISK,
        goal: "at least 0.9",
        least: 0.9,
        value: byWall,
      },
      {
        what: "time of an epoch where 5% of the answers break off",
        against: BROKEN,
        goal: "at most 1.5 times",
        most: 1.5,
        value: byWall,
      },
    ],
    close() {
      process.close();
      server.shutdown();
    },
  };
}
