import { assert } from "chai";
import { formatIndex, indexShard } from "../../src/index/mod.ts";
import { createHandler } from "../../src/edge/mod.ts";
import type { SourceError } from "../../src/errors.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { begin, bytesOf, FakeBucket, FakeCache, openOne, ORIGIN, problem } from "./setting.ts";

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
        store: ({ BUCKET }) => BUCKET,
        prefix: "deep/",
        splits: { test: ["s-0.tar"] },
        cache: false,
      });
      const request = (): Request => new Request(`${ORIGIN}/v1/test/0/0?as=jpeg`);
      assert.equal((await handler(request(), { BUCKET: nested })).status, 200);
      const bytes = bucket.objects.get("s-1.tar")!;
      const single = createHandler({
        store: { open: (name: string) => openOne(name, bytes) },
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
      const told: unknown[] = [];
      for (const each of [fetch, broken]) {
        const handler = createHandler({
          store: `https://user:${secret}@host.test/${secret}/`,
          token: secret,
          fetch: each,
          cache: false,
          onError: (error) => void told.push(error),
        });
        const response = await handler(new Request(`${ORIGIN}/v1/validation/0/0`));
        const text = `${await response.clone().text()} ${JSON.stringify([...response.headers])}`;
        assert.notInclude(text, secret);
        assert.equal(await problem(response), "502 storage-failed");
      }
      assert.deepEqual(told.map((error) => (error as SourceError).code), [
        "source/http",
        "source/network",
      ]);
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
    name: "createHandler() bounds pixels and samples",
    async run(fixtures) {
      const small = await begin(fixtures, { maxPixels: 1000 });
      assert.equal(await problem(await small.ask("/v1/test/0/0?as=rgb")), "413 image-too-large");
      const short = await begin(fixtures, { maxSampleBytes: 2000 });
      assert.equal(await problem(await short.ask("/v1/test/0/0?as=rgb")), "413 sample-too-large");
    },
  },
  {
    name: "createHandler() works on as many bytes as it may, and the others get their turn",
    async run(fixtures) {
      let working = 0;
      let most = 0;
      const { ask } = await begin(fixtures, {
        maxWorkBytes: 1,
        encodeJpeg: async () => {
          most = Math.max(most, ++working);
          await new Promise((resolve) => setTimeout(resolve, 5));
          working--;
          return new Uint8Array(1);
        },
      });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask(`/v1/test/0/${i % 4}?as=jpeg&size=8`)),
      );
      assert.deepEqual(answers.map(({ status }) => status), Array(20).fill(200));
      assert.equal(most, 1);
    },
  },
  {
    name: "createHandler() answers although clients have left whose work never came to an end",
    async run(fixtures) {
      let isStuck = true;
      const { ask } = await begin(fixtures, {
        maxWorkBytes: 1,
        // What a runtime does that gives up a request: nothing of it goes on.
        encodeJpeg: () => isStuck ? new Promise(() => {}) : Promise.resolve(new Uint8Array(1)),
      });
      for (let i = 0; i < 3; i++) void ask("/v1/test/0/0?as=jpeg&size=8");
      await new Promise((resolve) => setTimeout(resolve, 50));
      isStuck = false;
      assert.equal((await ask("/v1/test/0/1?as=jpeg&size=8")).status, 200);
    },
  },
  {
    name: "createHandler() says that it is busy where too many wait",
    async run(fixtures) {
      const { ask } = await begin(fixtures, {
        maxWorkBytes: 1,
        encodeJpeg: () => new Promise(() => {}),
      });
      const answers = Array.from({ length: 260 }, () => ask("/v1/test/0/0?as=jpeg&size=8"));
      const refused = await Promise.race(answers);
      assert.equal(refused.headers.get("retry-after"), "1");
      assert.equal(await problem(refused), "503 busy");
    },
  },
  {
    name: "createHandler() reports damaged images with shard and key, and goes on",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const bytes = await makeShard([["a.jpg", image.subarray(0, 600)], ["b.jpg", image]]);
      const handler = createHandler({
        store: { open: (name: string) => openOne(name, bytes) },
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

/** Tests of the edge handler: its storage, its caches and whom it answers. */
export const cases: TestCase[] = [...storage, ...caching, ...guarded];
