/** A handler over a bucket in memory. */

import { assert } from "chai";
import { formatIndex, indexShard } from "../../src/index/mod.ts";
import { SourceError } from "../../src/errors.ts";
import { createHandler, type HandlerOptions, type R2BucketLike } from "../../src/edge/mod.ts";
import type { Fixtures } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";

export const ORIGIN = "https://edge.test";
const PICTURES = ["small_444.jpg", "portrait_420.jpg", "grey.jpg", "wide_440.jpg"];
export const HOSTILE = `<img src=x onerror=alert(1)>"'&`;

/** A bucket in memory that counts what is asked of it. */
export class FakeBucket implements R2BucketLike {
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>();
  version = 1;
  asked: string[] = [];

  get(key: string, options: { range?: { offset?: number; length?: number } } = {}) {
    this.asked.push(key);
    const bytes = this.objects.get(key);
    if (bytes === undefined) return Promise.resolve(null);
    const { offset = 0, length = bytes.length } = options.range ?? {};
    const part = bytes.slice(offset, offset + length);
    return Promise.resolve({
      size: bytes.length,
      httpEtag: `"v${this.version}"`,
      body: new Blob([part]).stream() as ReadableStream<Uint8Array>,
    });
  }

  head(key: string) {
    const bytes = this.objects.get(key);
    const found = bytes && { size: bytes.length, httpEtag: `"v${this.version}"` };
    return Promise.resolve(found ?? null);
  }
}

/** The platform's cache in memory. */
export class FakeCache {
  readonly stored = new Map<string, Response>();
  isBroken = false;

  match(request: Request): Promise<Response | undefined> {
    if (this.isBroken) return Promise.reject(new Error("secret of the cache"));
    return Promise.resolve(this.stored.get(request.url)?.clone());
  }

  put(request: Request, response: Response): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error("secret of the cache"));
    this.stored.set(request.url, response);
    return Promise.resolve();
  }
}

/** A shard alone, without an index. */
export function openOne(name: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (name.endsWith(".tar")) return bytes;
  throw new SourceError("source/not-found", { action: "open it", reason: "there is no index" });
}

export interface Setting {
  readonly bucket: FakeBucket;
  readonly images: readonly Uint8Array[];
  ask(path: string, init?: RequestInit): Promise<Response>;
  readonly waiting: Promise<unknown>[];
}

/** A handler over two shards of the fixtures' pictures, indexed unless told otherwise. */
export async function begin(
  fixtures: Fixtures,
  options: Partial<HandlerOptions> = {},
  isIndexed = true,
): Promise<Setting> {
  const bucket = new FakeBucket();
  const images = await Promise.all(PICTURES.map((name) => fixtures.read(`jpeg/pictures/${name}`)));
  const encoder = new TextEncoder();
  for (const shard of [0, 1]) {
    const members: [string, Uint8Array][] = images.flatMap((image, i): [string, Uint8Array][] => [
      [`k${shard}-${i}.cls`, encoder.encode(String(340 + i))],
      [`k${shard}-${i}.jpg`, image],
    ]);
    if (shard === 1) {
      members.push([`${HOSTILE}.cls`, encoder.encode("1")], [`${HOSTILE}.txt`, images[0]]);
    }
    const bytes = await makeShard(members);
    bucket.objects.set(`s-${shard}.tar`, bytes);
    const index = { ...await indexShard(bytes), etag: '"v1"' };
    if (isIndexed) bucket.objects.set(`s-${shard}.tar.idx`, encoder.encode(formatIndex(index)));
  }
  const handler = createHandler({
    store: bucket,
    splits: { test: "s-{0..1}.tar" },
    cache: false,
    ...options,
  });
  const waiting: Promise<unknown>[] = [];
  return {
    bucket,
    images,
    waiting,
    ask: (path, init) =>
      handler(new Request(ORIGIN + path, init), { BUCKET: bucket }, {
        waitUntil: (work) => void waiting.push(work),
      }),
  };
}

export const bytesOf = async (response: Response): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await response.arrayBuffer());

/** Status and code of an answer that should be a problem. */
export async function problem(response: Response): Promise<string> {
  assert.equal(response.headers.get("content-type"), "application/problem+json; charset=utf-8");
  const { status, code } = await response.json();
  assert.equal(status, response.status);
  return `${status} ${code}`;
}
