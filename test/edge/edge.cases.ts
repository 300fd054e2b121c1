import { assert } from "chai";
import { formatIndex, indexShard } from "../../src/dataset/mod.ts";
import { SourceError } from "../../src/errors.ts";
import { createHandler, type HandlerOptions, type R2BucketLike } from "../../src/edge/mod.ts";
import { makePicture } from "../../src/edge/picture.ts";
import { decodeJpeg, evaluation, init, transformImage } from "../../src/image/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { noCompression } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { decodePng } from "./decode_png.ts";

const ORIGIN = "https://edge.test";
const PICTURES = ["small_444.jpg", "portrait_420.jpg", "grey.jpg", "wide_440.jpg"];
const HOSTILE = `<img src=x onerror=alert(1)>"'&`;

/** A bucket in memory that counts what is asked of it. */
class FakeBucket implements R2BucketLike {
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
class FakeCache {
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
function openOne(name: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (name.endsWith(".tar")) return bytes;
  throw new SourceError("source/not-found", "There is no index");
}

interface Setting {
  readonly bucket: FakeBucket;
  readonly images: readonly Uint8Array[];
  ask(path: string, init?: RequestInit): Promise<Response>;
  readonly waiting: Promise<unknown>[];
}

/** A handler over two shards of the fixtures' pictures, indexed unless told otherwise. */
async function begin(
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
    source: bucket,
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

const bytesOf = async (response: Response): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await response.arrayBuffer());

/** Status and code of an answer that should be a problem. */
async function problem(response: Response): Promise<string> {
  assert.equal(response.headers.get("content-type"), "application/problem+json; charset=utf-8");
  const { status, code } = await response.json();
  assert.equal(status, response.status);
  return `${status} ${code}`;
}

const forms: TestCase[] = [
  {
    name: "createHandler() serves pixels and tensors as Python has them",
    async run(fixtures) {
      const { ask, images } = await begin(fixtures);
      await init();
      for (const [i, image] of images.entries()) {
        const rgb = await ask(`/v1/test/0/${i}?as=rgb`);
        const decoded = decodeJpeg(image);
        assert.equal(rgb.headers.get("x-shape"), `${decoded.height},${decoded.width},3`);
        assert.deepEqual(await bytesOf(rgb), decoded.data);
        const tensor = transformImage(image, evaluation({ size: 64 })).data as Float32Array<
          ArrayBuffer
        >;
        const raw = await ask(`/v1/test/0/${i}?as=f32&size=64`);
        assert.equal(raw.headers.get("x-shape"), "3,64,64");
        assert.deepEqual(new Float32Array(await raw.arrayBuffer()), tensor);
        const npy = await bytesOf(await ask(`/v1/test/0/${i}?as=npy&size=64`));
        assert.deepEqual(new Float32Array(npy.buffer, 128), tensor);
        const crop = await ask(`/v1/test/0/${i}?as=rgb&size=64&fit=evaluation`);
        const u8 = transformImage(image, evaluation({ size: 64, type: "uint8" })).data;
        assert.deepEqual(await bytesOf(crop), u8);
        assert.deepEqual(await bytesOf(await ask(`/v1/test/0/${i}?as=jpeg`)), image);
      }
    },
  },
  {
    name: "createHandler() serves pictures as PNG without loss",
    skip: noCompression,
    async run(fixtures) {
      const { ask, images } = await begin(fixtures);
      await init();
      for (
        const query of [
          "",
          "?size=40",
          "?size=40&fit=cover",
          "?fit=evaluation&size=33",
          "?size=2000",
        ]
      ) {
        if (query === "?size=2000") {
          assert.equal(await problem(await ask(`/v1/test/0/0${query}`)), "400 bad-parameter");
          continue;
        }
        for (const [i, image] of images.entries()) {
          const response = await ask(`/v1/test/0/${i}${query}`);
          assert.equal(response.headers.get("content-type"), "image/png");
          const parameters = new URLSearchParams(query);
          const size = parameters.get("size");
          const expected = makePicture(image, {
            size: size === null ? undefined : Number(size),
            fit: (parameters.get("fit") ?? "contain") as "contain",
          });
          const { width, height, data } = await decodePng(await bytesOf(response));
          assert.deepEqual([width, height], [expected.width, expected.height]);
          assert.deepEqual(data, expected.data);
        }
      }
    },
  },
  {
    name:
      "createHandler() encodes JPEG by what it is given, and says which settings have a meaning",
    async run(fixtures) {
      const encoded: number[][] = [];
      const { ask } = await begin(fixtures, {
        encodeJpeg: ({ width, height, data }, quality) => {
          encoded.push([width, height, data.length, quality]);
          return Promise.resolve(new Uint8Array([0xff, 0xd8]));
        },
      });
      const response = await ask("/v1/test/0/3?as=jpeg&size=40&fit=cover&quality=60");
      assert.equal(response.headers.get("content-type"), "image/jpeg");
      assert.deepEqual(await bytesOf(response), new Uint8Array([0xff, 0xd8]));
      await ask("/v1/test/0/3?as=jpeg&size=40");
      assert.deepEqual(encoded, [[40, 40, 4800, 60], [40, 9, 1080, 82]]);
      for (
        const query of [
          "quality=60",
          "as=png&size=9&quality=60",
          "as=jpeg&quality=60",
          "as=f32&fit=cover",
          "as=npy&quality=3",
          "fit=cover",
          "as=json&size=9",
          "as=gif",
          "size=0",
          "size=1e2",
          "size=-1",
          "size=07",
          "fit=fill&size=9",
        ]
      ) assert.equal(await problem(await ask(`/v1/test/0/0?${query}`)), "400 bad-parameter", query);
    },
  },
  {
    name: "createHandler() describes a sample, and hostile keys stay text",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const response = await ask("/v1/test/0/1?as=json");
      assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
      const facts = await response.json();
      assert.equal(facts.key, "k0-1");
      assert.equal(facts.shard, "s-0.tar");
      assert.deepEqual([facts.label, facts.synset, facts.name], [341, "n02395406", "hog"]);
      assert.deepEqual([facts.image.width, facts.image.height], [187, 290]);
      assert.deepEqual(facts.fields.map(({ extension }: { extension: string }) => extension), [
        "cls",
        "jpg",
      ]);
      const hostile = await ask("/v1/test/1/4?as=json");
      assert.equal((await hostile.json()).key, HOSTILE);
      assert.equal(hostile.headers.get("x-content-type-options"), "nosniff");
      assert.equal(await problem(await ask("/v1/test/1/4")), "422 sample-damaged");
    },
  },
  {
    name: "createHandler() streams batches as one npy file",
    async run(fixtures) {
      const { ask, images } = await begin(fixtures, { maxCount: 6 });
      const response = await ask("/v1/test/batch?start=2&count=4&size=48");
      assert.equal(response.headers.get("x-shape"), "4,3,48,48");
      const file = await bytesOf(response);
      assert.equal(response.headers.get("content-length"), String(file.length));
      const text = new TextDecoder("latin1").decode(file.subarray(10, 128));
      assert.equal(
        text.trim(),
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3, 48, 48), }",
      );
      const data = new Float32Array(file.buffer, 128);
      for (const [at, i] of [2, 3, 0, 1].entries()) {
        const tensor = transformImage(images[i], evaluation({ size: 48 })).data;
        assert.deepEqual(
          data.slice(at * 6912, (at + 1) * 6912),
          tensor as Float32Array<ArrayBuffer>,
        );
      }
      assert.equal(await problem(await ask("/v1/test/batch?count=7")), "400 bad-parameter");
      assert.equal(await problem(await ask("/v1/test/batch?start=99")), "404 sample-not-found");
      const left = await ask("/v1/test/batch?count=6&size=224");
      const reader = left.body!.getReader();
      await reader.read();
      await reader.cancel();
    },
  },
];

const routes: TestCase[] = [
  {
    name: "createHandler() lists splits and samples, page by page and by class",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      assert.deepEqual(await (await ask("/v1")).json(), {
        splits: [{ name: "test", shards: ["s-0.tar", "s-1.tar"] }],
        labels: true,
      });
      const keys: string[] = [];
      let next: [number, number] | null = [0, 0];
      while (next !== null) {
        const path: string = `/v1/test/samples?shard=${next[0]}&index=${next[1]}&count=3`;
        const page: { samples: { key: string }[]; next: [number, number] | null } =
          await (await ask(path)).json();
        assert.isAtMost(page.samples.length, 3);
        keys.push(...page.samples.map(({ key }) => key));
        next = page.next;
      }
      assert.deepEqual(keys, [
        "k0-0",
        "k0-1",
        "k0-2",
        "k0-3",
        "k1-0",
        "k1-1",
        "k1-2",
        "k1-3",
        HOSTILE,
      ]);
      const ofClass = await (await ask("/v1/test/samples?class=342")).json();
      assert.deepEqual(ofClass.samples.map(({ key }: { key: string }) => key), ["k0-2", "k1-2"]);
      assert.equal(ofClass.samples[0].name, "wild boar");
      assert.isNull(ofClass.next);
    },
  },
  {
    name: "createHandler() finds samples by number in the split, by shard number and by file name",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      for (const path of ["5", "1/1", "s-1.tar/1"]) {
        assert.equal((await (await ask(`/v1/test/${path}?as=json`)).json()).key, "k1-1", path);
      }
    },
  },
  {
    name: "createHandler() refuses what it does not know",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      const wrong: [string, string][] = [
        ["/nothing", "404 not-found"],
        ["/v2/test/0/0", "404 not-found"],
        ["/v1/test/0/0/0", "404 not-found"],
        ["/v1/test", "404 not-found"],
        ["/v1/other/0/0", "404 split-not-found"],
        ["/v1/test/2/0", "404 shard-not-found"],
        ["/v1/test/other.tar/0", "404 shard-not-found"],
        ["/v1/test/0/4", "404 sample-not-found"],
        ["/v1/test/9", "404 sample-not-found"],
        ["/v1/test/0/-1", "404 sample-not-found"],
        ["/v1/test/0/x", "404 sample-not-found"],
        ["/v1/test/0/0?x=1", "400 unknown-parameter"],
        ["/v1/test/0/0?size=9&size=9", "400 repeated-parameter"],
        ["/v1/test/samples?as=png", "400 unknown-parameter"],
        ["/v1?x=1", "400 unknown-parameter"],
        ["/v1/test/%zz/0", "400 bad-path"],
        ["/v1/test/..%2fs-0.tar/0", "400 bad-path"],
        ["/v1/test/a%00/0", "400 bad-path"],
        ["/v1/constructor/0/0", "404 split-not-found"],
        ["/v1/__proto__/0/0", "404 split-not-found"],
      ];
      for (const [path, expected] of wrong) {
        assert.equal(await problem(await ask(path)), expected, path);
      }
      assert.isFalse(bucket.asked.some((key) => !/^s-[01]\.tar(\.idx)?$/.test(key)));
      for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
        const response = await ask("/v1/test/0/0", { method });
        assert.equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
        assert.equal(await problem(response), "405 method-not-allowed");
      }
    },
  },
  {
    name: "createHandler() answers HEAD as GET without a body, and preflights",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const path = "/v1/test/0/0?as=rgb&size=32";
      const [get, head] = [await ask(path), await ask(path, { method: "HEAD" })];
      assert.deepEqual([...head.headers], [...get.headers]);
      assert.equal((await bytesOf(head)).length, 0);
      assert.isAbove((await bytesOf(get)).length, 0);
      const options = await ask(path, { method: "OPTIONS" });
      assert.equal(options.status, 204);
      assert.equal(options.headers.get("access-control-allow-origin"), "*");
      assert.include(options.headers.get("access-control-allow-headers"), "Authorization");
    },
  },
  {
    name: "createHandler() serves the gallery with a strict policy, unless it is switched off",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const response = await ask("/");
      assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'.*script-src 'nonce-/);
      assert.notInclude(policy, "unsafe");
      const page = await response.text();
      const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
      assert.include(page, `<script nonce="${nonce}">`);
      assert.notInclude(page, "innerHTML");
      const again = await ask("/");
      assert.notEqual(again.headers.get("content-security-policy"), policy);
      const without = await begin(fixtures, { gallery: false });
      assert.equal(await problem(await without.ask("/")), "404 not-found");
    },
  },
];

const storage: TestCase[] = [
  {
    name: "createHandler() takes one request to the storage for a sample of an indexed shard",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      await ask("/v1/test/0/2?as=jpeg");
      assert.deepEqual(bucket.asked, ["s-0.tar.idx", "s-0.tar"]);
      await ask("/v1/test/0/1?as=jpeg");
      assert.deepEqual(bucket.asked, ["s-0.tar.idx", "s-0.tar", "s-0.tar"]);
    },
  },
  {
    name: "createHandler() walks headers without an index, and asks for one beyond its budget",
    async run(fixtures) {
      const { ask } = await begin(fixtures, { maxRequests: 3 }, false);
      assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
      const page = await (await ask("/v1/test/samples?count=2")).json();
      assert.isAtLeast(page.samples.length, 1);
      assert.equal(await problem(await ask("/v1/test/samples?class=340")), "503 index-needed");
      const poor = await begin(fixtures, { maxRequests: 1 }, false);
      const response = await poor.ask("/v1/test/0/3?as=jpeg");
      assert.include((await response.clone().json()).detail, "wdstream index");
      assert.equal(await problem(response), "503 index-needed");
    },
  },
  {
    name: "createHandler() notices a shard that changed, and takes its new index",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
      bucket.version = 2;
      assert.equal(await problem(await ask("/v1/test/0/0?as=jpeg")), "503 index-stale");
      const bytes = bucket.objects.get("s-0.tar")!;
      const index = formatIndex({ ...await indexShard(bytes), etag: '"v2"' });
      bucket.objects.set("s-0.tar.idx", new TextEncoder().encode(index));
      assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
    },
  },
  {
    name:
      "createHandler() takes bindings from the surroundings, folders of a bucket, and single shards",
    async run(fixtures) {
      const { bucket } = await begin(fixtures);
      interface Env {
        readonly BUCKET: FakeBucket;
      }
      const nested = new FakeBucket();
      for (const [key, bytes] of bucket.objects) nested.objects.set(`deep/${key}`, bytes);
      const handler = createHandler<Env>({
        source: ({ BUCKET }) => BUCKET,
        prefix: "deep/",
        splits: { test: ["s-0.tar"] },
        cache: false,
      });
      const request = (): Request => new Request(`${ORIGIN}/v1/test/0/0?as=jpeg`);
      assert.equal((await handler(request(), { BUCKET: nested })).status, 200);
      const bytes = bucket.objects.get("s-1.tar")!;
      const single = createHandler({
        source: { open: (name: string) => openOne(name, bytes) },
        splits: { test: ["any.tar"] },
        cache: false,
      });
      assert.equal((await single(request())).status, 200);
    },
  },
  {
    name: "createHandler() passes on nothing of what the storage says",
    async run() {
      const secret = "secret-of-the-host";
      const fetch = ((): Promise<Response> =>
        Promise.resolve(
          new Response(secret, { status: 500, statusText: secret, headers: { "x-own": secret } }),
        )) as typeof globalThis.fetch;
      const broken = (() => Promise.reject(new Error(secret))) as typeof globalThis.fetch;
      for (const each of [fetch, broken]) {
        const handler = createHandler({
          source: `https://user:${secret}@host.test/${secret}/`,
          token: secret,
          fetch: each,
          cache: false,
        });
        const response = await handler(new Request(`${ORIGIN}/v1/validation/0/0`));
        const text = `${await response.clone().text()} ${JSON.stringify([...response.headers])}`;
        assert.notInclude(text, secret);
        assert.equal(await problem(response), "502 storage-failed");
      }
    },
  },
];

const caching: TestCase[] = [
  {
    name:
      "createHandler() gives entity tags by version and by what is asked, however it is written",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const tag = async (path: string): Promise<string | null> =>
        (await ask(`/v1/test/${path}`)).headers.get("etag");
      const first = await tag("0/0?as=rgb&size=32&fit=contain");
      assert.match(first ?? "", /^"[0-9a-f]{32}"$/);
      assert.equal(await tag("s-0.tar/0?size=32&as=rgb"), first);
      assert.equal(await tag("0?as=rgb&size=32"), first);
      for (
        const other of [
          "0/1?as=rgb&size=32",
          "0/0?as=rgb&size=33",
          "1/0?as=rgb&size=32",
          "0/0?as=rgb",
        ]
      ) {
        assert.notEqual(await tag(other), first, other);
      }
    },
  },
  {
    name: "createHandler() answers conditional requests without reading the sample",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      const etag = (await ask("/v1/test/0/0?as=rgb")).headers.get("etag") ?? "";
      bucket.asked = [];
      for (const value of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const response = await ask("/v1/test/0/0?as=rgb", { headers: { "if-none-match": value } });
        assert.equal(response.status, 304);
        assert.equal(response.headers.get("etag"), etag);
      }
      assert.deepEqual(bucket.asked, []);
      const other = await ask("/v1/test/0/0?as=rgb", { headers: { "if-none-match": '"x"' } });
      assert.equal(other.status, 200);
    },
  },
  {
    name: "createHandler() uses the platform's cache, whose failure is none of its own",
    async run(fixtures) {
      const cache = new FakeCache();
      const { ask, bucket, waiting } = await begin(fixtures, { cache });
      const first = await bytesOf(await ask("/v1/test/0/0?as=rgb&size=32"));
      assert.lengthOf(waiting, 1);
      await Promise.all(waiting);
      bucket.asked = [];
      const again = await ask("/v1/test/0/0?size=32&as=rgb");
      assert.deepEqual(await bytesOf(again), first);
      assert.deepEqual(bucket.asked, []);
      assert.equal(again.headers.get("cache-control"), "public, max-age=86400");
      cache.isBroken = true;
      const response = await ask("/v1/test/0/0?as=rgb&size=32");
      assert.equal(response.status, 200);
      await Promise.all(waiting);
    },
  },
];

const guarded: TestCase[] = [
  {
    name: "createHandler() with a token answers nobody without it, and keeps everything private",
    async run(fixtures) {
      const cache = new FakeCache();
      const { ask, bucket, waiting } = await begin(fixtures, { cache, accessToken: "let me in" });
      const basic = btoa("anyone:let me in");
      const wrong = [
        "",
        "Bearer",
        "Bearer x",
        "Basic x",
        `Basic ${btoa("let me in")}`,
        `Basic ${btoa("a:b")}`,
        "let me in",
      ];
      for (const path of ["/", "/v1", "/v1/test/0/0", "/v1/nothing"]) {
        for (const authorization of wrong) {
          const response = await ask(path, { headers: authorization ? { authorization } : {} });
          assert.include(response.headers.get("www-authenticate"), "Basic");
          assert.include(response.headers.get("cache-control"), "private");
          assert.equal(await problem(response), "401 unauthorized", authorization);
        }
      }
      assert.deepEqual(bucket.asked, []);
      const allowed = { headers: { authorization: `Basic ${basic}` } };
      const response = await ask("/v1/test/0/0?as=rgb", allowed);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("cache-control"), "private, max-age=86400");
      assert.isNull(response.headers.get("access-control-allow-origin"));
      assert.lengthOf(waiting, 0);
      assert.equal(cache.stored.size, 0);
      assert.match((await ask("/", allowed)).headers.get("cache-control") ?? "", /^private/);
      const bearer = await begin(fixtures, { accessToken: "t0ken" });
      const headers = { authorization: "Bearer t0ken" };
      assert.equal((await bearer.ask("/v1/test/0/0?as=jpeg", { headers })).status, 200);
      const etag = (await bearer.ask("/v1/test/0/0?as=jpeg", { headers })).headers.get("etag") ??
        "";
      const known = await bearer.ask("/v1/test/0/0?as=jpeg", {
        headers: { "if-none-match": etag },
      });
      assert.equal(known.status, 401);
    },
  },
  {
    name: "createHandler() with a token that is not set answers nobody",
    async run(fixtures) {
      for (const token of ["", undefined]) {
        const { ask } = await begin(fixtures, { accessToken: () => token });
        const response = await ask("/v1/test/0/0", { headers: { authorization: "Bearer " } });
        assert.equal(await problem(response), "500 misconfigured");
      }
    },
  },
  {
    name: "createHandler() bounds pixels, samples and the number of decodes",
    async run(fixtures) {
      const small = await begin(fixtures, { maxPixels: 1000 });
      assert.equal(await problem(await small.ask("/v1/test/0/0?as=rgb")), "413 image-too-large");
      const short = await begin(fixtures, { maxSampleBytes: 2000 });
      assert.equal(await problem(await short.ask("/v1/test/0/0?as=rgb")), "501 shard-unsupported");
      const busy = await begin(fixtures, {
        maxDecodes: 1,
        encodeJpeg: () =>
          new Promise((resolve) => setTimeout(() => resolve(new Uint8Array(1)), 20)),
      });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => busy.ask("/v1/test/0/0?as=jpeg&size=8")),
      );
      const statuses = answers.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 200).length, 9);
      const refused = answers.find(({ status }) => status === 503)!;
      assert.equal(refused.headers.get("retry-after"), "1");
      assert.equal(await problem(refused), "503 busy");
      assert.equal((await busy.ask("/v1/test/0/0?as=jpeg&size=8")).status, 200);
    },
  },
  {
    name: "createHandler() reports damaged images with shard and key, and goes on",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const bytes = await makeShard([["a.jpg", image.subarray(0, 600)], ["b.jpg", image]]);
      const handler = createHandler({
        source: { open: (name: string) => openOne(name, bytes) },
        splits: { test: ["x.tar"] },
        cache: false,
      });
      const response = await handler(new Request(`${ORIGIN}/v1/test/0/0?as=rgb`));
      assert.include((await response.clone().json()).detail, '"a" of "x.tar"');
      assert.equal(await problem(response), "422 image-damaged");
      assert.equal((await handler(new Request(`${ORIGIN}/v1/test/0/1?as=rgb`))).status, 200);
    },
  },
];

/** Tests of the edge handler. */
export const cases: TestCase[] = [...forms, ...routes, ...storage, ...caching, ...guarded];
