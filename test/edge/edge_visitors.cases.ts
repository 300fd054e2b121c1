import { assert } from "chai";
import { formatIndex, indexShard } from "../../src/index/mod.ts";
import { createHandler, type HandlerOptions, type R2BucketLike } from "../../src/edge/mod.ts";
import { noCompression, type TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { begin, bytesOf, type FakeBucket, openOne, ORIGIN, problem } from "./setting.ts";

/** A handler over one shard without an index. */
function serveShard(
  bytes: Uint8Array<ArrayBuffer>,
  options: Partial<HandlerOptions> = {},
): (path: string, init?: RequestInit) => Promise<Response> {
  const handler = createHandler({
    store: { open: (name: string) => openOne(name, bytes) },
    splits: { all: ["a.tar"] },
    cache: false,
    ...options,
  });
  return (path, init) => handler(new Request(ORIGIN + path, init));
}

const manyAtOnce: TestCase[] = [
  {
    name:
      "createHandler() gives many who ask for one sample at once the bytes that each gets alone",
    skip: noCompression,
    async run(fixtures) {
      const views = ["as=jpeg", "size=224&fit=evaluation", "as=json", "size=40", "as=f32&size=32"];
      const alone = await begin(fixtures);
      const wanted = new Map<string, Uint8Array>();
      for (const view of views) {
        wanted.set(view, await bytesOf(await alone.ask(`/v1/test/0/1?${view}`)));
      }
      for (const isIndexed of [true, false]) {
        const { ask } = await begin(fixtures, {}, isIndexed);
        const asked = Array.from({ length: 40 }, (_, i) => views[i % views.length]);
        const answers = await Promise.all(asked.map((view) => ask(`/v1/test/0/1?${view}`)));
        for (const [i, answer] of answers.entries()) {
          assert.equal(answer.status, 200);
          assert.deepEqual(await bytesOf(answer), wanted.get(asked[i]));
        }
      }
    },
  },
  {
    name: "createHandler() waits for no request that is stuck in the storage",
    async run(fixtures) {
      const setting = await begin(fixtures);
      let isStuck = true;
      const { bucket } = setting;
      const slow: R2BucketLike = {
        head: (key) => bucket.head(key),
        get: (key, options) => isStuck ? new Promise(() => {}) : bucket.get(key, options),
      };
      const { ask } = await begin(fixtures, { store: slow, storageTimeoutMs: 2000 });
      const stuck = ["/v1/test/0/0?as=jpeg", "/v1/test/0/0?as=rgb", "/v1/test/samples"].map((
        path,
      ) => ask(path));
      await new Promise((resolve) => setTimeout(resolve, 10));
      isStuck = false;
      assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
      assert.equal((await ask("/v1/test/0/0?as=rgb")).status, 200);
      for (const answer of stuck) assert.equal(await problem(await answer), "504 storage-timeout");
      assert.equal((await ask("/v1/test/samples")).status, 200);
    },
  },
  {
    name: "createHandler() gives up work for a client that has left, and tells nobody",
    async run(fixtures) {
      const told: unknown[] = [];
      const { bucket } = await begin(fixtures);
      const stuck: R2BucketLike = {
        head: (key) => bucket.head(key),
        get: () => new Promise(() => {}),
      };
      const { ask } = await begin(fixtures, {
        store: stuck,
        onError: (error) => void told.push(error),
      });
      const leaving = new AbortController();
      const answer = ask("/v1/test/0/0?as=rgb", { signal: leaving.signal });
      setTimeout(() => leaving.abort(), 10);
      assert.isAtLeast((await answer).status, 400);
      assert.deepEqual(told, []);
    },
  },
  {
    name: "createHandler() says 502 where the storage breaks off or gives too little, once",
    async run(fixtures) {
      const { bucket } = await begin(fixtures);
      const cut = (isBroken: boolean): R2BucketLike => {
        let isFirst = true;
        return {
          head: (key) => bucket.head(key),
          async get(key, options) {
            const object = await bucket.get(key, options);
            if (!key.endsWith(".tar") || !isFirst || object === null) return object;
            isFirst = false;
            const bytes = new Uint8Array(await new Response(object.body).arrayBuffer());
            const body = new ReadableStream<Uint8Array>({
              start(controller): void {
                controller.enqueue(bytes.slice(0, bytes.length >> 1));
                if (isBroken) controller.error(new Error("secret"));
                else controller.close();
              },
            });
            return { ...object, body };
          },
        };
      };
      for (const isBroken of [true, false]) {
        const { ask } = await begin(fixtures, { store: cut(isBroken) });
        assert.equal(await problem(await ask("/v1/test/0/0?as=jpeg")), "502 storage-failed");
        assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
      }
    },
  },
];

const batches: TestCase[] = [
  {
    name: "createHandler() answers a batch with a damaged image by what is wrong with it",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const bytes = await makeShard([["a.jpg", image], ["b.jpg", "text"], ["c.jpg", image]]);
      const ask = serveShard(bytes);
      const response = await ask("/v1/all/batch?count=3&size=32");
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.match(await problem(response), /^422 /);
      assert.equal((await ask("/v1/all/batch?count=1&size=32")).status, 200);
    },
  },
  {
    name: "createHandler() gives the samples that there are where a batch reaches past the end",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const response = await ask("/v1/test/batch?start=6&count=4&size=16");
      // The last sample of this split has no picture.
      assert.match(await problem(response), /^422 /);
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const single = serveShard(await makeShard([["a.jpg", image], ["b.jpg", image]]));
      const short = await single("/v1/all/batch?start=1&count=4&size=16");
      assert.equal(short.headers.get("x-shape"), "1,3,16,16");
      assert.equal((await bytesOf(short)).length, 128 + 4 * 3 * 16 * 16);
      assert.equal(await problem(await single("/v1/all/batch?start=2")), "404 sample-not-found");
    },
  },
  {
    name: "createHandler() breaks a batch off that is too large to be made at once and fails",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const members = Array.from({ length: 30 }, (_, i): [string, Uint8Array | string] => [
        `${i}.jpg`,
        i === 29 ? "text" : image,
      ]);
      const ask = serveShard(await makeShard(members));
      const response = await ask("/v1/all/batch?count=30&size=224");
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("cache-control"), "no-store");
      let hasFailed = false;
      const body = await response.arrayBuffer().catch(() => {
        hasFailed = true;
      });
      assert.isTrue(hasFailed, `${body?.byteLength} bytes came as if they were all`);
      const head = await ask("/v1/all/batch?count=30&size=224", { method: "HEAD" });
      assert.equal(head.headers.get("content-length"), String(128 + 30 * 12 * 224 * 224));
    },
  },
];

const answers: TestCase[] = [
  {
    name: "createHandler() answers 404 for what is not there, whatever the client has",
    async run(fixtures) {
      for (const isIndexed of [true, false]) {
        const { ask } = await begin(fixtures, {}, isIndexed);
        for (const path of ["/v1/test/0/99999", "/v1/test/99999", "/v1/test/0/4"]) {
          for (const headers of [undefined, { "if-none-match": "*" }]) {
            assert.equal(await problem(await ask(path, { headers })), "404 sample-not-found");
          }
        }
      }
    },
  },
  {
    name: "createHandler() answers 304 with the headers that the 200 has",
    async run(fixtures) {
      const { ask } = await begin(fixtures, { maxAgeSeconds: 60 });
      const full = await ask("/v1/test/0/0?as=rgb");
      const known = await ask("/v1/test/0/0?as=rgb", { headers: { "if-none-match": "*" } });
      assert.equal(known.status, 304);
      for (const name of ["etag", "cache-control", "access-control-allow-origin"]) {
        assert.equal(known.headers.get(name), full.headers.get(name), name);
      }
      assert.equal(known.headers.get("cache-control"), "public, max-age=60");
    },
  },
  {
    name:
      "createHandler() gives strong tags to stored and raw bytes, weak ones to what is compressed",
    skip: noCompression,
    async run(fixtures) {
      const { ask } = await begin(fixtures, {
        encodeJpeg: () => Promise.resolve(new Uint8Array(1)),
      });
      for (
        const [query, isWeak] of [
          ["as=jpeg", false],
          ["as=rgb", false],
          ["as=f32", false],
          ["as=json", false],
          ["size=20", true],
          ["as=jpeg&size=20", true],
        ] as const
      ) {
        const response = await ask(`/v1/test/0/0?${query}`);
        const etag = response.headers.get("etag") ?? "";
        assert.equal(etag.startsWith("W/"), isWeak, query);
        const headers = { "if-none-match": etag };
        assert.equal((await ask(`/v1/test/0/0?${query}`, { headers })).status, 304);
      }
    },
  },
  {
    name: "createHandler() describes samples whose JSON is deep, large or no number's",
    async run() {
      const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
      const bytes = await makeShard([
        ["a.json", deep],
        ["a.cls", "7"],
        ["b.json", '{"hash": 1234567890123456789, "__proto__": 1}'],
      ]);
      const ask = serveShard(bytes);
      const first = await ask("/v1/all/0/0?as=json");
      assert.equal(first.status, 200);
      const { label, fields } = await first.json();
      assert.equal(label, 7);
      assert.notProperty(fields[0], "value");
      const second = await (await ask("/v1/all/0/1?as=json")).text();
      assert.include(second, '"__proto__":1');
    },
  },
  {
    name: "createHandler() lists what is sound around a damaged shard, and says which it is",
    async run(fixtures) {
      for (const isIndexed of [true, false]) {
        const { ask, bucket } = await begin(
          fixtures,
          { splits: { test: "s-{0..2}.tar" } },
          isIndexed,
        );
        bucket.objects.set("s-2.tar", bucket.objects.get("s-0.tar")!);
        const index = bucket.objects.get("s-0.tar.idx");
        if (index !== undefined) bucket.objects.set("s-2.tar.idx", index);
        // The second shard is no archive, and its index none.
        bucket.objects.set("s-1.tar", new Uint8Array(4096).fill(7));
        if (isIndexed) {
          bucket.objects.set("s-1.tar.idx", new TextEncoder().encode('{"wdstream":"shard-index"'));
        }
        const page = await (await ask("/v1/test/samples")).json();
        assert.deepEqual(page.samples.map(({ key }: { key: string }) => key), [
          "k0-0",
          "k0-1",
          "k0-2",
          "k0-3",
          "k0-0",
          "k0-1",
          "k0-2",
          "k0-3",
        ]);
        assert.deepEqual(
          page.faults.map(({ shard, code }: { shard: number; code: string }) => [shard, code]),
          [[1, isIndexed ? "index-bad" : "shard-damaged"]],
        );
        assert.equal((await ask("/v1/test/samples?shard=1")).status, 200);
      }
    },
  },
  {
    name: "createHandler() looks again for an index that was not there",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures, { indexRetryMs: 20 }, false);
      assert.equal(await problem(await ask("/v1/test/samples?class=340")), "503 index-needed");
      for (const name of ["s-0.tar", "s-1.tar"]) {
        const text = formatIndex(await indexShard(bucket.objects.get(name)!));
        bucket.objects.set(`${name}.idx`, new TextEncoder().encode(text));
      }
      assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 30));
      const page = await (await ask("/v1/test/samples?class=340")).json();
      assert.lengthOf(page.samples, 2);
      // Meanwhile it is not asked for with each request.
      const patient = await begin(fixtures, {}, false);
      for (let i = 0; i < 3; i++) await patient.ask("/v1/test/0/0?as=jpeg");
      assert.lengthOf(patient.bucket.asked.filter((key) => key === "s-0.tar.idx"), 1);
    },
  },
  {
    name: "createHandler() reads one version of a shard that changes between two requests",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures, {}, false);
      assert.equal((await ask("/v1/test/0/0?as=jpeg")).status, 200);
      const image = await fixtures.read("jpeg/pictures/grey.jpg");
      bucket.objects.set(
        "s-0.tar",
        await makeShard([["new.txt", "x".repeat(9000)], ["n.jpg", image]]),
      );
      (bucket as FakeBucket).version = 2;
      const facts = await (await ask("/v1/test/0/1?as=json")).json();
      assert.equal(facts.key, "n");
      assert.deepEqual(await bytesOf(await ask("/v1/test/0/1?as=jpeg")), image);
    },
  },
];

/** Tests of the edge handler: many visitors, storage that fails, and answers that must not mislead. */
export const cases: TestCase[] = [...manyAtOnce, ...batches, ...answers];
