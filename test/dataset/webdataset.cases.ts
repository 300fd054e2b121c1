import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { SampleError, TarError, type WdsError } from "../../src/errors.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect, CountingSource, makeShard, makeTextShard } from "./shards.ts";

const keysOf = (samples: readonly { readonly key: string }[]): string[] =>
  samples.map(({ key }) => key);

export const cases: TestCase[] = [
  {
    name: "webdataset() yields the samples of all shards in order, with their shard",
    async run(): Promise<void> {
      const sources = [
        new CountingSource("a.tar", await makeTextShard("a", 2)),
        new CountingSource("b.tar", await makeTextShard("b", 1)),
      ];
      const samples = await collect(webdataset(sources));
      assert.deepEqual(keysOf(samples), ["a0", "a1", "b0"]);
      assert.deepEqual(samples.map(({ shard }) => shard), ["a.tar", "a.tar", "b.tar"]);
      assert.deepEqual(Object.keys(samples[0].fields), ["cls", "txt"]);
    },
  },
  {
    name: "webdataset() takes bytes, a Blob, a stream and a list of them",
    async run(): Promise<void> {
      const shard = await makeTextShard("x", 1);
      for (const input of [shard, shard.buffer, new Blob([shard]), new Blob([shard]).stream()]) {
        assert.deepEqual(keysOf(await collect(webdataset(input))), ["x0"]);
      }
      const named = await collect(webdataset(shard, { name: "given.tar" }));
      assert.equal(named[0].shard, "given.tar");
      assert.lengthOf(await collect(webdataset([shard, new Blob([shard])])), 2);
    },
  },
  {
    name: "webdataset() expands braces and sends headers and token to the host",
    async run(): Promise<void> {
      const shard = await makeTextShard("x", 1);
      const asked: string[] = [];
      const fetch = ((input: URL | string, init?: RequestInit) => {
        const headers = new Headers(init?.headers);
        asked.push(`${input} ${headers.get("authorization")} ${headers.get("x-own")}`);
        return Promise.resolve(new Response(shard));
      }) as typeof globalThis.fetch;
      const pattern = "https://host.test/s-{8..10}.tar";
      const options = { fetch, token: "secret", headers: { "x-own": "1" } };
      const samples = await collect(webdataset(pattern, options));
      assert.deepEqual(
        asked,
        [8, 9, 10].map((n) => `https://host.test/s-${n}.tar Bearer secret 1`),
      );
      assert.equal(samples[2].shard, "https://host.test/s-10.tar");
    },
  },
  {
    name: "webdataset() reads nothing before it is iterated, and can be iterated again",
    async run(): Promise<void> {
      const source = new CountingSource("a.tar", await makeTextShard("a", 3));
      const dataset = webdataset(source).map(({ key }) => key);
      assert.equal(source.opened, 0);
      const network = { requests: 0, bytes: 0, retries: 0, waitMs: 0, cachedBytes: 0 };
      const counts = { shards: 0, samples: 0, skipped: 0, bytes: 0, hints: {}, network };
      assert.deepEqual(dataset.stats, counts);
      const first = await collect(dataset);
      assert.deepEqual(await collect(dataset), first);
      assert.equal(source.opened, 2);
      assert.deepInclude(dataset.stats, { shards: 1, samples: 3, skipped: 0 });
      assert.isAtLeast(dataset.stats.bytes, 6 * 1024);
    },
  },
  {
    name: "webdataset() reads no further than the consumer asks",
    async run(): Promise<void> {
      const source = new CountingSource("a.tar", await makeTextShard("a", 100));
      const pass = webdataset(source)[Symbol.asyncIterator]();
      await pass.next();
      // Two members of a sample, the header of the next one that ends it, and one block on the way.
      assert.isAtMost(source.readBytes, 8 * 512);
      await pass.return?.();
    },
  },
  {
    name: "webdataset() refuses an empty list of shards",
    run(): void {
      assert.throws(() => webdataset([]), RangeError);
    },
  },
  {
    name: "Dataset closes the source when a loop is left early",
    async run(): Promise<void> {
      const source = new CountingSource("a.tar", await makeTextShard("a", 5));
      const later = new CountingSource("b.tar", await makeTextShard("b", 5));
      for await (const _ of webdataset([source, later]).map((sample) => sample)) break;
      assert.isTrue(source.left);
      assert.equal(later.opened, 0);
    },
  },
  {
    name: "Dataset closes the source when a loop is left by an error, and keeps the error",
    async run(): Promise<void> {
      const source = new CountingSource("a.tar", await makeTextShard("a", 5));
      const error = await catchError((async () => {
        for await (const _ of webdataset(source).prefetch(2)) throw new Error("mine");
      })());
      assert.equal((error as Error).message, "mine");
      assert.isTrue(source.left);
    },
  },
  {
    name: "Dataset ends a read under way when its iterator is returned",
    async run(): Promise<void> {
      const half = (await makeTextShard("a", 2)).slice(0, 1024);
      const source = new CountingSource("a.tar", half, true);
      const pass = webdataset(source)[Symbol.asyncIterator]();
      const waiting = pass.next();
      assert.deepEqual(await pass.return?.(), { done: true, value: undefined });
      assert.deepEqual(await waiting, { done: true, value: undefined });
      assert.deepEqual(await pass.next(), { done: true, value: undefined });
    },
  },
  {
    name: "Dataset leaves a stalled source when take() has enough behind prefetch()",
    async run(): Promise<void> {
      const start = (await makeTextShard("a", 3)).slice(0, -1024);
      const source = new CountingSource("a.tar", start, true);
      const keys = await collect(webdataset(source).map(({ key }) => key).prefetch(4).take(2));
      assert.deepEqual(keys, ["a0", "a1"]);
    },
  },
  {
    name: "Dataset throws the signal's reason, also out of a read under way",
    async run(): Promise<void> {
      const before = new AbortController();
      before.abort(new Error("too early"));
      const shard = await makeTextShard("a", 2);
      const options = { signal: before.signal, onError: "skip" } as const;
      const early = await catchError(collect(webdataset(shard, options)));
      assert.equal((early as Error).message, "too early");

      const during = new AbortController();
      const source = new CountingSource("a.tar", shard.slice(0, 512), true);
      const reading = collect(webdataset(source, { signal: during.signal, onError: "skip" }));
      setTimeout(() => during.abort(new Error("enough")), 5);
      assert.equal((await catchError(reading) as Error).message, "enough");
    },
  },
  {
    name: "Dataset ends its passes when it is disposed of",
    async run(): Promise<void> {
      const source = new CountingSource("a.tar", await makeTextShard("a", 3));
      const dataset = webdataset(source);
      const pass = dataset[Symbol.asyncIterator]();
      await pass.next();
      await dataset[Symbol.asyncDispose]();
      assert.deepEqual(await pass.next(), { done: true, value: undefined });
      assert.isTrue(source.left);
    },
  },
  {
    name: "Dataset.readable() gives the items at the reader's pace and closes when cancelled",
    async run(): Promise<void> {
      const source = new CountingSource("a.tar", await makeTextShard("a", 100));
      const dataset = webdataset(source).map(({ key }) => key);
      const reader = dataset.readable().getReader();
      assert.equal(source.opened, 0);
      assert.deepEqual(await reader.read(), { done: false, value: "a0" });
      assert.isAtMost(source.readBytes, 16 * 512);
      await reader.cancel();
      assert.isTrue(source.left);

      const all: string[] = [];
      const whole = dataset.readable().getReader();
      for (let item = await whole.read(); !item.done; item = await whole.read()) {
        all.push(item.value);
      }
      assert.lengthOf(all, 100);
    },
  },
  {
    name: "Dataset with onError skip drops a cut sample whole and goes on with the next shard",
    async run(): Promise<void> {
      const whole = await makeTextShard("a", 3);
      const sources = [
        // The third sample's text is cut; its class index was read.
        new CountingSource("cut.tar", whole.slice(0, 5 * 1024 + 100)),
        new CountingSource("b.tar", await makeTextShard("b", 1)),
      ];
      const skipped: WdsError[] = [];
      const dataset = webdataset(sources, {
        onError: "skip",
        onSkip: (error) => skipped.push(error),
      });
      assert.deepEqual(keysOf(await collect(dataset)), ["a0", "a1", "b0"]);
      assert.deepInclude(dataset.stats, { shards: 2, samples: 3, skipped: 1 });
      assert.equal(skipped[0].code, "tar/truncated");
      assert.equal(skipped[0].shard, "cut.tar");
    },
  },
  {
    name: "Dataset throws a shard's fault after the samples before it",
    async run(): Promise<void> {
      const cut = (await makeTextShard("a", 3)).slice(0, 5 * 1024 + 100);
      const keys: string[] = [];
      const error = await catchError((async () => {
        for await (const { key } of webdataset(cut, { name: "cut.tar" })) keys.push(key);
      })());
      assert.deepEqual(keys, ["a0", "a1"]);
      assert.instanceOf(error, TarError);
      assert.deepInclude(error, { code: "tar/truncated", shard: "cut.tar" });
    },
  },
  {
    name:
      "Dataset with onUnavailable skip goes past a missing shard, but not past all being missing",
    async run(): Promise<void> {
      const shard = await makeTextShard("a", 1);
      const fetch = ((input: URL | string) =>
        Promise.resolve(
          String(input).includes("there") ? new Response(shard) : new Response("", { status: 404 }),
        )) as typeof globalThis.fetch;
      const options = { fetch, onUnavailable: "skip" } as const;
      const some = webdataset("https://h.test/gone.tar::https://h.test/there.tar", options);
      assert.deepEqual(keysOf(await collect(some)), ["a0"]);
      assert.equal(some.stats.skipped, 1);

      const error = await catchError(collect(webdataset("https://h.test/{a,b}.tar", options)));
      assert.instanceOf(error, SampleError);
      const { code, cause } = error as SampleError;
      assert.equal(code, "sample/empty");
      assert.equal((cause as WdsError).code, "source/not-found");
    },
  },
  {
    name: "Dataset without any sample is an error, one that a filter emptied is not",
    async run(): Promise<void> {
      const error = await catchError(collect(webdataset(await makeShard([]), { name: "e.tar" })));
      assert.deepInclude(error, { code: "sample/empty", shard: "e.tar" });
      const filtered = webdataset(await makeTextShard("a", 2)).filter(() => false);
      assert.deepEqual(await collect(filtered), []);
    },
  },
  {
    name: "Dataset filters, maps, takes, skips and groups",
    async run(): Promise<void> {
      const shard = await makeTextShard("s", 10);
      const numbers = webdataset(shard).decode({ fields: ["cls"] }).map(({ fields }) =>
        fields.cls as number
      );
      assert.deepEqual(await collect(numbers.filter((n) => n % 2 === 1)), [1, 3, 5, 7, 9]);
      assert.deepEqual(await collect(numbers.filter((n) => Promise.resolve(n > 7))), [8, 9]);
      assert.deepEqual(await collect(numbers.skip(7)), [7, 8, 9]);
      assert.deepEqual(await collect(numbers.skip(2).take(3)), [2, 3, 4]);
      assert.deepEqual(await collect(numbers.take(0)), []);
      assert.deepEqual(await collect(numbers.skip(100)), []);
      assert.deepEqual(await collect(numbers.take(5).batch(2)), [[0, 1], [2, 3], [4]]);
      assert.deepEqual(await collect(numbers.take(5).batch(2, { dropLast: true })), [[0, 1], [
        2,
        3,
      ]]);
      assert.deepEqual(await collect(numbers.prefetch(3)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },
  },
  {
    name: "Dataset refuses counts that are none, when the method is called",
    async run(): Promise<void> {
      const dataset = webdataset(await makeTextShard("s", 1));
      for (const count of [-1, 0.5, NaN, Infinity]) {
        assert.throws(() => dataset.take(count), RangeError);
        assert.throws(() => dataset.skip(count), RangeError);
        assert.throws(() => dataset.batch(count), RangeError);
        assert.throws(() => dataset.prefetch(count), RangeError);
      }
      assert.throws(() => dataset.batch(0), RangeError);
      assert.throws(() => dataset.prefetch(0), RangeError);
    },
  },
  {
    name: "Dataset.take() opens no shard after its last item's",
    async run(): Promise<void> {
      const first = new CountingSource("a.tar", await makeTextShard("a", 2));
      const second = new CountingSource("b.tar", await makeTextShard("b", 2));
      assert.lengthOf(await collect(webdataset([first, second]).take(2)), 2);
      assert.equal(second.opened, 0);
    },
  },
  {
    name: "Dataset.decode() decodes fields by extension and keeps their bytes",
    async run(): Promise<void> {
      const shard = await makeShard([["x.cls", "7"], ["x.json", '{"a":[1]}'], ["x.bin", "raw"]]);
      const [sample] = await collect(webdataset(shard).decode());
      assert.equal(sample.fields.cls, 7);
      assert.deepEqual(sample.fields.json, { a: [1] });
      assert.instanceOf(sample.fields.bin, Uint8Array);
      assert.equal(new TextDecoder().decode(sample.bytes.json), '{"a":[1]}');
      assert.isNull(Object.getPrototypeOf(sample.fields));
    },
  },
  {
    name: "Dataset.decode() names shard, key and offset of a field that it cannot decode",
    async run(): Promise<void> {
      const shard = await makeShard([["a.cls", "1"], ["x.txt", "t"], ["x.cls", "one"]]);
      const dataset = webdataset(shard, { name: "s.tar" }).decode();
      const error = await catchError(collect(dataset));
      assert.deepInclude(error, {
        code: "sample/bad-field",
        shard: "s.tar",
        key: "x",
        offsetBytes: 2048,
      });
      assert.match((error as Error).message, /^Cannot decode "x\.cls" of "s\.tar": /);
      const kept = await collect(webdataset(shard, { onError: "skip" }).decode());
      assert.deepEqual(keysOf(kept), ["a"]);
    },
  },
];
