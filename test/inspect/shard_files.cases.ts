/** The shards of a gallery as files, for the page at /inspect: ranges, versions, and who may have them. */

import { assert } from "chai";
import { openShard } from "../../src/index/mod.ts";
import { withInspector } from "../../src/inspect/handler.ts";
import { toSource, toStore } from "../../src/storage/mod.ts";
import type { TestCase } from "../case.ts";
import { FakeBucket } from "../edge/setting.ts";

const BYTES = Uint8Array.from({ length: 3000 }, (_, i) => i % 251);
const PATH = "/inspect/shards/train/1/b-1.tar";

interface Served {
  readonly bucket: FakeBucket;
  readonly errors: unknown[];
  ask(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
}

function serve(accessToken?: string): Served {
  const bucket = new FakeBucket();
  bucket.objects.set("a/b-0.tar", BYTES.slice(0, 10));
  bucket.objects.set("a/b-1.tar", BYTES);
  bucket.objects.set("a/b-1.tar.idx", new TextEncoder().encode("an index"));
  bucket.objects.set("secret.txt", new TextEncoder().encode("secret"));
  const store = toStore(bucket);
  const errors: unknown[] = [];
  const handler = withInspector(() => Promise.resolve(new Response("next")), {
    accessToken,
    onError: (error) => void errors.push(error),
    shards: {
      splits: { train: ["a/b-0.tar", "a/b-1.tar", "a/none.tar"] },
      open: (name) => store.open(name),
    },
  });
  return {
    bucket,
    errors,
    ask: (path, headers, method) =>
      handler(new Request(`https://host.test${path}`, { headers, method })),
  };
}

const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

/** Tests of the shards that the page at /inspect can open by an address. */
export const cases: TestCase[] = [
  {
    name: "withInspector() serves the shards of a gallery, whole and in ranges",
    async run() {
      const { ask } = serve();
      const whole = await ask(PATH);
      assert.equal(whole.status, 200);
      assert.equal(whole.headers.get("content-length"), "3000");
      assert.equal(whole.headers.get("content-type"), "application/x-tar");
      assert.equal(whole.headers.get("x-content-type-options"), "nosniff");
      assert.isNull(whole.headers.get("access-control-allow-origin"));
      assert.deepEqual(await bytesOf(whole), BYTES);
      const ranges: readonly (readonly [range: string, from: number, to: number])[] = [
        ["bytes=0-0", 0, 1],
        ["bytes=100-199", 100, 200],
        ["bytes=2999-", 2999, 3000],
        ["bytes=2990-5000", 2990, 3000],
      ];
      for (const [range, from, to] of ranges) {
        const part = await ask(PATH, { range });
        assert.equal(part.status, 206, range);
        assert.equal(part.headers.get("content-range"), `bytes ${from}-${to - 1}/3000`);
        assert.equal(part.headers.get("content-length"), String(to - from));
        assert.deepEqual(await bytesOf(part), BYTES.slice(from, to));
      }
      // What has another form is passed over, as RFC 9110 allows.
      for (const range of ["bytes=-5", "bytes=5-2", "lines=0-1", "bytes=0-1,3-4"]) {
        const all = await ask(PATH, { range });
        assert.deepEqual([all.status, (await bytesOf(all)).length], [200, 3000], range);
      }
      const past = await ask(PATH, { range: "bytes=3000-" });
      assert.equal(past.status, 416);
      assert.equal(past.headers.get("content-range"), "bytes */3000");
      await past.body?.cancel();
      const head = await ask(PATH, { range: "bytes=0-5" }, "HEAD");
      assert.deepEqual([head.status, head.headers.get("content-length")], [200, "3000"]);
      assert.equal(await head.text(), "");
      const index = await ask(`${PATH}.idx`);
      assert.equal(await index.text(), "an index");
    },
  },
  {
    name: "withInspector() gives parts of one version of a shard",
    async run() {
      const { ask, bucket } = serve();
      const first = await ask(PATH, { range: "bytes=0-9" });
      const etag = first.headers.get("etag")!;
      await first.body?.cancel();
      assert.equal(etag, '"v1"');
      assert.equal((await ask(PATH, { "if-none-match": etag })).status, 304);
      const same = await ask(PATH, { range: "bytes=5-9", "if-range": etag });
      assert.equal(same.status, 206);
      await same.body?.cancel();
      bucket.version = 2;
      const other = await ask(PATH, { range: "bytes=5-9", "if-range": etag });
      assert.deepEqual([other.status, (await bytesOf(other)).length], [200, 3000]);
    },
  },
  {
    name:
      "withInspector() serves no file that is no shard of a split, and nobody without the token",
    async run() {
      const { ask, errors } = serve("secret");
      const headers = { authorization: "Bearer secret" };
      for (const path of [PATH, `${PATH}.idx`, "/inspect"]) {
        const refused = await ask(path);
        assert.equal(refused.status, 401, path);
        await refused.body?.cancel();
      }
      const allowed = await ask(PATH, headers);
      assert.equal(allowed.status, 200);
      assert.equal(allowed.headers.get("cache-control"), "private, no-cache");
      await allowed.body?.cancel();
      for (
        const path of [
          "train/1/b-0.tar",
          "train/1/secret.txt",
          "train/1/a%2fb-1.tar",
          "train/01/b-1.tar",
          "train/3/b-1.tar",
          "train/-1/b-1.tar",
          "train/2/none.tar",
          "train/0/b-0.tar.idx",
          "train/1/..%2f..%2fsecret.txt",
          "train/1",
          "train/1/b-1.tar/x",
          "train/1/%zz",
          "val/0/b-0.tar",
          "__proto__/0/b-0.tar",
          "constructor/0/b-0.tar",
          "",
        ]
      ) {
        const response = await ask(`/inspect/shards/${path}`, headers);
        assert.equal(response.status, 404, path);
        assert.notInclude(await response.text(), "secret");
      }
      assert.deepEqual(errors, []);
      const elsewhere = await ask("/v1");
      assert.equal(await elsewhere.text(), "next");
    },
  },
  {
    name: "withInspector() serves shards that are read by ranges as the file itself is",
    async run(fixtures) {
      const sample = await fixtures.read("sample.tar");
      const handler = withInspector(() => Promise.resolve(new Response("next")), {
        shards: { splits: { all: ["sample.tar"] }, open: (name) => toSource(sample, { name }) },
      });
      const shard = await openShard("https://host.test/inspect/shards/all/0/sample.tar", {
        fetch: (input, init) => handler(new Request(input, init)),
        index: "none",
      });
      const own = await openShard(sample);
      for (const n of [0, 35, 12]) {
        const [sample, expected] = await Promise.all([shard.get(n), own.get(n)]);
        assert.equal(sample.key, expected.key);
        assert.deepEqual(sample.bytes, expected.bytes);
      }
    },
  },
];
