/** Searches of the edge handler through whole splits: words, fields of JSON, and how far one answer looks. */

import { assert } from "chai";
import { createHandler, type HandlerOptions } from "../../src/edge/mod.ts";
import { formatIndex, formatSplit, indexShard } from "../../src/index/mod.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { FakeBucket, openOne, ORIGIN, problem } from "./setting.ts";

const encoder = new TextEncoder();

/** Fields of a sample by extension. */
type Fields = Readonly<Record<string, string | Uint8Array>>;

interface Found {
  readonly samples: readonly {
    readonly shard: number;
    readonly index: number;
    readonly key: string;
    readonly label?: number;
    readonly name?: string;
  }[];
  readonly looked: number;
  readonly unread: number;
  readonly reached: number | null;
  readonly total: number | null;
  readonly faults: readonly { readonly shard: number; readonly code: string }[];
  readonly next: readonly [number, number] | null;
}

interface Searched {
  readonly bucket: FakeBucket;
  /** One answer. */
  search(query: string): Promise<Found>;
  /** All of them, from the first on. */
  all(query: string): Promise<Found & { readonly answers: number }>;
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** A handler over shards of samples, each by its key. */
async function serve(
  shards: readonly (readonly (readonly [key: string, fields: Fields])[])[],
  options: Partial<HandlerOptions> & { readonly isIndexed?: boolean } = {},
): Promise<Searched> {
  const bucket = new FakeBucket();
  const { isIndexed = true, ...rest } = options;
  for (const [i, samples] of shards.entries()) {
    const members = samples.flatMap(([key, fields]) =>
      Object.entries(fields).map(([extension, body]): [string, string | Uint8Array] => [
        `${key}.${extension}`,
        body,
      ])
    );
    const bytes = await makeShard(members);
    bucket.objects.set(`s-${i}.tar`, bytes);
    if (!isIndexed) continue;
    const index = { ...await indexShard(bytes), etag: '"v1"' };
    bucket.objects.set(`s-${i}.tar.idx`, encoder.encode(formatIndex(index)));
  }
  const handler = createHandler({
    store: bucket,
    splits: { all: shards.map((_, i) => `s-${i}.tar`) },
    cache: false,
    // Answers end by what they have looked at, and never by a busy machine's clock.
    storageTimeoutMs: 600_000,
    ...rest,
  });
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    handler(new Request(ORIGIN + path, init));
  const search = async (query: string): Promise<Found> => {
    const response = await ask(`/v1/all/samples?${query}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };
  return {
    bucket,
    ask,
    search,
    async all(query) {
      let [from, answers]: [Found["next"], number] = [[0, 0], 0];
      let sum: Found | undefined;
      for (; from !== null; answers++) {
        assert.isBelow(answers, 200);
        const page: Found = await search(`${query}&shard=${from[0]}&index=${from[1]}`);
        sum = {
          ...page,
          samples: [...sum?.samples ?? [], ...page.samples],
          faults: [...sum?.faults ?? [], ...page.faults],
          looked: (sum?.looked ?? 0) + page.looked,
          unread: (sum?.unread ?? 0) + page.unread,
        };
        from = page.next;
      }
      return { ...sum!, answers };
    },
  };
}

const keysOf = ({ samples }: Found): string[] => samples.map(({ key }) => key);

const CAPTIONED: readonly (readonly [string, Fields])[][] = [
  [
    ["a0", { jpg: "no image", txt: "A dog in the grass", json: '{"rating": 4, "lang": "en"}' }],
    ["a1", { jpg: "no image", txt: "a cat", json: '{"rating": 2, "exif": {"Make": "Dog & Co"}}' }],
    ["dog-2", { jpg: "no image", "en.caption": "nothing", json: '{"rating": 5}' }],
  ],
  [
    ["b0", { cls: "340", txt: "it has stripes" }],
    ["b1", { cls: "207", json: '{"rating": 12345678901234567890, "tags": ["x", "y"]}' }],
    ["b2", { text: "GRASS, and a DOG", "meta.json": '{"rating": 4}', "n.json": "[1, 2]" }],
  ],
];

const matching: TestCase[] = [
  {
    name: "createHandler() finds words in keys, captions and class names of all shards of a split",
    async run() {
      for (const isIndexed of [true, false]) {
        const { search } = await serve(CAPTIONED, { isIndexed });
        const dogs = await search("search=dog");
        assert.deepEqual(keysOf(dogs), ["a0", "dog-2", "b2"]);
        assert.deepEqual(dogs.samples.map(({ shard, index }) => [shard, index]), [
          [0, 0],
          [0, 2],
          [1, 2],
        ]);
        assert.deepEqual([dogs.looked, dogs.unread, dogs.next], [6, 0, null]);
        assert.deepEqual([dogs.reached, dogs.total], [6, 6]);
        assert.deepEqual(keysOf(await search("search=%20DOG%20%20grass")), ["a0", "b2"]);
        const zebra = await search("search=zebra");
        assert.deepEqual(zebra.samples.map(({ key, label, name }) => [key, label, name]), [
          ["b0", 340, "zebra"],
        ]);
        // One word by the class's name, the other by the caption.
        assert.deepEqual(keysOf(await search("search=zebra+stripes")), ["b0"]);
        assert.deepEqual(keysOf(await search("search=zebra+dog")), []);
        assert.deepEqual(keysOf(await search("search=dog&key=a")), ["a0"]);
        // Classes are read too, where no index has them.
        assert.deepEqual(keysOf(await search("search=b&class=207")), ["b1"]);
        assert.deepEqual(keysOf(await search("search=dog&class=340")), []);
      }
    },
  },
  {
    name: "createHandler() compares fields of JSON, in objects in objects too",
    async run() {
      const { search } = await serve(CAPTIONED);
      const expected: readonly (readonly [query: string, keys: readonly string[]])[] = [
        ["field=rating&value=4", ["a0"]],
        ["field=rating&op=is&value=4", ["a0"]],
        ["field=rating&op=not&value=4", ["a1", "dog-2", "b1"]],
        ["field=rating&op=min&value=4.5", ["dog-2", "b1"]],
        ["field=rating&op=max&value=4", ["a0", "a1"]],
        ["field=lang&op=any", ["a0"]],
        ["field=exif.Make&op=has&value=DOG", ["a1"]],
        // Integers that no number holds are compared as they are written.
        ["field=rating&value=12345678901234567890", ["b1"]],
        ["field=tags&op=has&value=%22y%22", ["b1"]],
        ["field=meta.json:%20rating&value=4", ["b2"]],
        ["field=n.json&value=[1,2]", ["b2"]],
        ["field=rating&op=min&value=2&search=dog", ["a0", "dog-2"]],
        ["field=constructor&op=any", []],
      ];
      for (const [query, keys] of expected) {
        assert.deepEqual(keysOf(await search(query)), keys, query);
      }
    },
  },
  {
    name: "createHandler() refuses a search whose parts do not go together",
    async run() {
      const { ask } = await serve(CAPTIONED);
      for (
        const query of [
          "op=is",
          "value=3",
          "field=a",
          "field=a&op=min",
          "field=a&op=min&value=x",
          "field=a&op=any&value=x",
          "field=a&op=like&value=x",
          `search=${"x".repeat(201)}`,
          "search=a&index=-1",
          "search=a&shard=2",
          "search=a&count=65",
        ]
      ) {
        assert.equal(
          await problem(await ask(`/v1/all/samples?${query}`)),
          "400 bad-parameter",
          query,
        );
      }
      assert.equal(await problem(await ask("/v1/all/samples?q=a")), "400 unknown-parameter");
      assert.equal(
        await problem(await ask("/v1/all/samples?search=a&search=b")),
        "400 repeated-parameter",
      );
      // Without words or a field it is a list like others.
      const list = await (await ask("/v1/all/samples?search=%20")).json();
      assert.lengthOf(list.samples, 6);
      assert.notProperty(list, "total");
    },
  },
];

/** 300 samples with images of 100,000 bytes, and a caption behind each. */
function makeLarge(): [string, Fields][] {
  const image = new Uint8Array(100_000);
  return Array.from({ length: 300 }, (_, i) => [
    `k${String(i).padStart(3, "0")}`,
    { jpg: image, txt: i % 100 === 99 ? "a needle" : "hay" },
  ]);
}

const bounds: TestCase[] = [
  {
    name: "createHandler() searches as far as one answer may, and goes on from there",
    async run() {
      const { bucket, search, all } = await serve([makeLarge()]);
      const first = await search("search=needle");
      // 16 MiB of it, and what four pieces of a mebibyte have that are read at a time.
      assert.isAbove(first.looked, 150);
      assert.isBelow(first.looked, 230);
      assert.deepEqual(first.next, [0, first.looked]);
      assert.deepEqual([first.reached, first.total], [first.looked, 300]);
      const reads = bucket.asked.filter((name) => name === "s-0.tar").length;
      assert.isAtMost(reads, 20);
      const whole = await all("search=needle");
      assert.deepEqual(keysOf(whole), ["k099", "k199", "k299"]);
      assert.deepEqual([whole.looked, whole.reached, whole.answers], [300, 300, 2]);
      // Keys alone take no byte of the shard.
      bucket.asked = [];
      assert.deepEqual(keysOf(await search("search=k19&count=3")), ["k190", "k191", "k192"]);
      const few = await search("search=hay&count=2&index=98");
      assert.deepEqual([keysOf(few), few.next, few.looked], [["k098", "k100"], [0, 101], 3]);
    },
  },
  {
    name: "createHandler() searches without an index, within the requests that it may take",
    async run() {
      const shards = [makeLarge().slice(90, 110), makeLarge().slice(190, 210)];
      const { all, ask, bucket } = await serve(shards, { isIndexed: false, maxRequests: 5 });
      // Five to walk by, four pieces that are read, two indexes and that of the split.
      await (await ask("/v1/all/samples?search=needle")).body?.cancel();
      assert.isAtMost(bucket.asked.length, 12);
      const found = await all("search=needle");
      assert.deepEqual(keysOf(found), ["k099", "k199"]);
      assert.deepEqual([found.looked, found.total], [40, 40]);
      assert.isAbove(found.answers, 4);
    },
  },
  {
    name: "createHandler() searches further than it has listed of a shard without an index",
    async run() {
      const bytes = await makeShard(
        Array.from({ length: 1500 }, (_, i) => [`k${i}.txt`, i % 500 === 0 ? "dog" : "cat"]),
      );
      const handler = createHandler({
        store: { open: (name: string) => openOne(name, bytes) },
        splits: { all: ["all.tar"] },
        storageTimeoutMs: 600_000,
      });
      const ask = async (query: string): Promise<Found> =>
        await (await handler(new Request(`${ORIGIN}/v1/all/samples?${query}`))).json();
      await ask("count=1");
      const found = await ask("search=dog");
      assert.deepEqual(keysOf(found), ["k0", "k500", "k1000"]);
      assert.deepEqual([found.looked, found.reached, found.next], [1500, 1500, null]);
    },
  },
  {
    name: "createHandler() reads captions around large images, and no image",
    async run() {
      const image = new Uint8Array(400_000);
      const { bucket, search } = await serve([
        Array.from({ length: 6 }, (_, i) => [`k${i}`, { jpg: image, txt: `number ${i}` }]),
      ]);
      let bytes = 0;
      const get = bucket.get.bind(bucket);
      bucket.get = (key, options) => {
        if (key === "s-0.tar") bytes += options?.range?.length ?? Infinity;
        return get(key, options);
      };
      assert.deepEqual(keysOf(await search("search=4")), ["k4"]);
      assert.deepEqual(keysOf(await search("search=number")), ["k0", "k1", "k2", "k3", "k4", "k5"]);
      assert.isBelow(bytes, 12 * 1100);
    },
  },
  {
    name: "createHandler() does not look into texts that are too long, and says how many",
    async run() {
      const { search } = await serve([[
        ["a", { txt: `${"x".repeat(70_000)} dog` }],
        ["dog", { txt: `${"x".repeat(70_000)}` }],
        ["b", { txt: `${"x".repeat(60_000)} dog` }],
        ["c", { json: `{"a": 1, "b": "${"x".repeat(70_000)}"}`, txt: "dog" }],
      ]]);
      const dogs = await search("search=dog");
      assert.deepEqual([keysOf(dogs), dogs.unread, dogs.looked], [["dog", "b", "c"], 1, 4]);
      const field = await search("field=a&value=1");
      assert.deepEqual([keysOf(field), field.unread], [[], 1]);
    },
  },
  {
    name: "createHandler() knows how many samples there are by the index of a split",
    async run() {
      const { bucket, search } = await serve([makeLarge(), [["z", { txt: "needle" }]]]);
      const early = await search("search=needle&count=1");
      // The second shard was not opened yet.
      assert.deepEqual([early.reached, early.total], [null, null]);
      const other = await serve([makeLarge(), [["z", { txt: "needle" }]]]);
      const shards = [{ url: "s-0.tar", sampleCount: 300 }, { url: "s-1.tar", sampleCount: 1 }];
      other.bucket.objects.set("s-0.tar.split", formatSplit({ shards }));
      const known = await other.search("search=needle&count=1");
      assert.deepEqual([known.reached, known.total, known.next], [100, 301, [0, 100]]);
      await other.search("search=needle&count=1");
      const asked = other.bucket.asked.filter((name) => name.endsWith(".split"));
      assert.lengthOf(asked, 1);
      assert.isAbove(bucket.asked.length, 0);
    },
  },
];

const faults: TestCase[] = [
  {
    name: "createHandler() says which shards a search cannot read, and searches the others",
    async run() {
      const one = (key: string): [string, Fields][] => [[key, { txt: "dog" }], [`${key}-`, {
        txt: "cat",
      }]];
      const { bucket, search, ask } = await serve(["a", "b", "c", "d", "e"].map(one));
      bucket.objects.delete("s-1.tar");
      bucket.objects.delete("s-1.tar.idx");
      bucket.objects.set("s-2.tar.idx", encoder.encode('{"wdstream":"shard-index"'));
      const cut = bucket.objects.get("s-3.tar")!;
      bucket.objects.delete("s-3.tar.idx");
      // Inside the second sample.
      bucket.objects.set("s-3.tar", cut.slice(0, 1024 + 700));
      const found = await search("search=dog");
      assert.deepEqual(keysOf(found), ["a", "d", "e"]);
      assert.deepEqual(found.faults.map(({ shard, code }) => [shard, code]), [
        [1, "shard-not-found"],
        [2, "index-bad"],
        [3, "shard-damaged"],
      ]);
      assert.isNull(found.next);
      const response = await ask("/v1/all/samples?search=dog");
      assert.equal(response.headers.get("cache-control"), "no-store");
      await response.body?.cancel();
      const sound = await ask("/v1/all/samples?search=dog&shard=4");
      assert.equal(sound.headers.get("cache-control"), "public, max-age=86400");
      await sound.body?.cancel();
    },
  },
  {
    name: "createHandler() says of a search that the storage breaks off which shard it was",
    async run() {
      const { bucket, search } = await serve([
        makeLarge().slice(0, 20),
        makeLarge().slice(90, 110),
      ]);
      const get = bucket.get.bind(bucket);
      bucket.get = (key, options) =>
        key === "s-0.tar"
          ? Promise.reject<never>(new Error("secret of the storage"))
          : get(key, options);
      const found = await search("search=needle");
      assert.deepEqual(keysOf(found), ["k099"]);
      assert.deepEqual(found.faults, [{
        shard: 0,
        code: "storage-failed",
        // deno-lint-ignore no-explicit-any -- what the answer has besides
        detail: "The storage of the shards did not answer as it should." as any,
      }]);
    },
  },
  {
    name: "createHandler() waits for no index of a split that its storage does not give",
    async run() {
      const { bucket, search, ask } = await serve([[["a", { txt: "dog" }]]], {
        storageTimeoutMs: 1000,
      });
      const get = bucket.get.bind(bucket);
      let broken = false;
      bucket.get = (key, options) => {
        if (!key.endsWith(".split")) return get(key, options);
        if (!broken) return new Promise<never>(() => {});
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.error(new Error("secret of the storage")),
        });
        return Promise.resolve({ size: 9, httpEtag: '"x"', body });
      };
      const [found, stuck] = await Promise.all([
        search("search=dog"),
        ask("/v1/all/classes?of=split"),
      ]);
      // The one shard is open: it knows as much.
      assert.deepEqual([keysOf(found), found.total, found.faults], [["a"], 1, []]);
      assert.equal(await problem(stuck), "504 storage-timeout");
      broken = true;
      assert.equal(await problem(await ask("/v1/all/classes?of=split")), "502 storage-failed");
    },
  },
  {
    name: "createHandler() searches the version of a shard that is there now",
    async run() {
      const { bucket, search } = await serve([[["a", { txt: "dog" }]]]);
      assert.deepEqual(keysOf(await search("search=dog")), ["a"]);
      const bytes = await makeShard([["new.txt", "another dog, longer"], ["b.txt", "cat"]]);
      bucket.version = 2;
      bucket.objects.set("s-0.tar", bytes);
      const index = { ...await indexShard(bytes), etag: '"v2"' };
      // The index of before is still there: it is said, and nothing of it is believed.
      const stale = await search("search=dog");
      assert.deepEqual(stale.samples, []);
      assert.deepEqual(stale.faults.map(({ code }) => code), ["index-stale"]);
      bucket.objects.set("s-0.tar.idx", encoder.encode(formatIndex(index)));
      assert.deepEqual(keysOf(await search("search=dog")), ["new"]);
    },
  },
  {
    name: "createHandler() searches for those alone who have its token",
    async run() {
      const { ask } = await serve(CAPTIONED, { accessToken: "secret" });
      const path = "/v1/all/samples?search=dog";
      assert.equal(await problem(await ask(path)), "401 unauthorized");
      const response = await ask(path, { headers: { authorization: "Bearer secret" } });
      assert.equal(response.headers.get("cache-control"), "private, max-age=86400");
      assert.lengthOf((await response.json()).samples, 3);
    },
  },
  {
    name: "createHandler() gives up a search whose client has left",
    async run() {
      const { bucket, ask } = await serve([makeLarge()]);
      const end = new AbortController();
      const get = bucket.get.bind(bucket);
      bucket.get = (key, options) => {
        if (key === "s-0.tar") end.abort();
        return get(key, options);
      };
      const response = await ask("/v1/all/samples?search=needle", { signal: end.signal });
      assert.equal(await problem(response), "503 left");
      assert.isAtMost(bucket.asked.filter((name) => name === "s-0.tar").length, 4);
    },
  },
];

/** Tests of the edge handler: searches. */
export const cases: TestCase[] = [...matching, ...bounds, ...faults];
