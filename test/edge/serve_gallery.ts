/**
 * A gallery to be looked at, on Deno: the built-in sample with strange members, pictures with captions and JSON in two
 * shards, and a shard without an index. Alone it prints its address and waits.
 */

import { createHandler } from "../../src/edge/mod.ts";
import "../../src/formats/mod.ts";
import { SourceError } from "../../src/errors.ts";
import { formatIndex, formatSplit, indexShard } from "../../src/index/mod.ts";
import { readTar, type TarInput, writeTar } from "../../src/tar/mod.ts";

const ROOT = new URL("../../", import.meta.url);
const encoder = new TextEncoder();

/** Pictures of the second split, with what is said of them. */
const PICTURES: readonly (readonly [path: string, caption: string, facts: object])[] = [
  ["jpeg/pictures/small_444.jpg", "a small picture of a dog", { rating: 4, exif: { Make: "A" } }],
  ["jpeg/pictures/portrait_420.jpg", "A DOG in the grass, upright", { rating: 2, lang: "en" }],
  ["jpeg/pictures/grey.jpg", "something grey", { rating: 5, tags: ["grey", "old"] }],
  ["formats/png/ffmpeg_rgb24.png", "stripes of many colours", { rating: 1, lang: "de" }],
  ["formats/webp/sharp_lossy.webp", "the same again, as WebP", { rating: 3, lang: "de" }],
  ["formats/avif/avifenc_422.avif", "a gradient: dog-free", { rating: 3, lang: "en" }],
];

async function pack(members: AsyncIterable<TarInput>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of writeTar(members)) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** The built-in sample, with a PNG file and with a member whose key is hostile. */
async function* listStrange(): AsyncGenerator<TarInput> {
  const archive = await Deno.readFile(new URL("src/dataset/sample.tar", ROOT));
  for await (const { path, bytes } of readTar(new Blob([archive]).stream())) yield { path, bytes };
  yield { path: "small.png", bytes: await readFixture("formats/png/ffmpeg_rgb24.png") };
  yield { path: "small.caption", bytes: encoder.encode("a small picture") };
  yield { path: "<img src=x onerror=alert(1)>.cls", bytes: encoder.encode("7") };
}

async function* listCaptioned(shard: number): AsyncGenerator<TarInput> {
  for (let i = 0; i < 30; i++) {
    const [path, caption, facts] = PICTURES[i % PICTURES.length];
    const key = `${shard}${String(i).padStart(4, "0")}`;
    const json = { ...facts, number: 30 * shard + i };
    yield { path: `${key}.${path.split(".").at(-1)}`, bytes: await readFixture(path) };
    yield { path: `${key}.txt`, bytes: encoder.encode(`${caption} (${i})`) };
    yield { path: `${key}.json`, bytes: encoder.encode(JSON.stringify(json)) };
  }
  const hostile = { "<b>field</b>": "<img src=x onerror=alert(1)>", number: -1 };
  yield { path: `${shard}hostile.txt`, bytes: encoder.encode("<script>alert(1)</script>") };
  yield { path: `${shard}hostile.json`, bytes: encoder.encode(JSON.stringify(hostile)) };
}

/** Another 70 of the sample's, to have several pages. */
async function* listMany(): AsyncGenerator<TarInput> {
  const image = await readFixture("jpeg/pictures/small_444.jpg");
  for (let i = 0; i < 70; i++) {
    yield { path: `plain_${i}.jpg`, bytes: image };
    yield { path: `plain_${i}.cls`, bytes: encoder.encode(String(i % 3)) };
  }
}

function readFixture(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(`test/fixtures/${path}`, ROOT));
}

/** Starts it on a port that is free. */
export async function startGallery(): Promise<
  { readonly origin: string; readonly asked: string[]; stop(): Promise<void> }
> {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const add = async (name: string, members: AsyncIterable<TarInput>, isIndexed = true) => {
    const shard = await pack(members);
    objects.set(name, shard);
    if (isIndexed) {
      objects.set(`${name}.idx`, encoder.encode(formatIndex(await indexShard(shard))));
    }
  };
  await add("sample.tar", listStrange());
  const { samples } = await indexShard(objects.get("sample.tar")!);
  const split = formatSplit({
    shards: [{ url: "sample.tar", sampleCount: samples.length }],
    classes: samples.map(({ cls = -1 }) => cls),
  });
  objects.set("sample.tar.split", split);
  await add("captioned-0.tar", listCaptioned(0));
  await add("captioned-1.tar", listCaptioned(1));
  await add("plain.tar", listMany(), false);
  objects.set("cut.tar", objects.get("captioned-0.tar")!.slice(0, 100_000));
  const handler = createHandler({
    store: { open: (name: string) => objects.get(name) ?? missing() },
    splits: {
      sample: ["sample.tar"],
      captioned: "captioned-{0..1}.tar",
      plain: ["plain.tar"],
      // The second one was never stored, and the last one ends in its middle.
      broken: ["captioned-1.tar", "captioned-2.tar", "cut.tar"],
    },
  });
  const asked: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      asked.push(new URL(request.url).pathname + new URL(request.url).search);
      return handler(request);
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    asked,
    stop: () => server.shutdown(),
  };
}

function missing(): never {
  throw new SourceError("source/not-found", { action: "open it", reason: "it is not there" });
}

if (import.meta.main) console.log((await startGallery()).origin);
