import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import {
  formatIndex,
  formatShardList,
  indexShard,
  openShard,
  parseIndex,
  parseShardList,
  type ShardIndex,
} from "../../src/index/mod.ts";
import { evaluation, transformImage } from "../../src/image/mod.ts";
import { SourceError } from "../../src/errors.ts";
import type { OpenedObject, OpenOptions, Source } from "../../src/storage/mod.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import { noCompression, type TestCase } from "../case.ts";
import { catchError, collect, makeShard, makeTextShard } from "../dataset/shards.ts";

/** Bytes behind ranges, as on a host: counts requests, may be replaced, and may fail to answer. */
class RangeSource implements Source {
  readonly name = "host.tar";
  bytes: Uint8Array<ArrayBuffer>;
  etag = '"1"';
  ranges: [start: number, length: number | undefined][] = [];
  besides = new Map<string, string>();
  isStalled = false;
  aborted = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  open(options: OpenOptions = {}): OpenedObject {
    const { offset = 0, length, signal } = options;
    this.ranges.push([offset, length]);
    signal?.addEventListener("abort", () => this.aborted++);
    const { body } = bytesSource(this.bytes, this.name).open({ offset, length }) as OpenedObject;
    const stalled = new ReadableStream<Uint8Array>({
      start: (controller) =>
        signal?.addEventListener("abort", () => controller.error(signal.reason)),
    });
    return {
      body: this.isStalled ? stalled : body,
      sizeBytes: this.bytes.length,
      etag: this.etag,
    };
  }

  beside(suffix: string): Source {
    const text = this.besides.get(suffix);
    if (text !== undefined) return bytesSource(new TextEncoder().encode(text), "host.tar.idx");
    return {
      name: `host.tar${suffix}`,
      open(): never {
        throw new SourceError("source/not-found", { action: "open it", reason: "there is none" });
      },
    };
  }
}

async function open(count: number): Promise<[RangeSource, ShardIndex]> {
  const source = new RangeSource(await makeTextShard("s", count));
  const index = await indexShard(source);
  source.ranges = [];
  return [source, index];
}

const codeOf = async (work: () => unknown): Promise<unknown> => {
  const error = await catchError(Promise.resolve().then(work)) as { code?: string; name: string };
  return error.code ?? error.name;
};

const formats: TestCase[] = [
  {
    name: "formatIndex() writes what DALI's wds2idx makes of an archive",
    async run(fixtures): Promise<void> {
      const index = await indexShard(await fixtures.read("index/shard.tar"), {
        name: "x/shard.tar",
      });
      const expected = new TextDecoder().decode(await fixtures.read("index/shard.v1.2.idx"));
      assert.equal(formatIndex(index, "dali"), expected);
      assert.deepEqual(index.samples.map(({ cls }) => cls), [7, 12, 3, 999, undefined]);
      assert.equal(index.shard, "shard.tar");
    },
  },
  {
    name: "parseIndex() reads its own format and DALI's v1.1 and v1.2",
    async run(fixtures): Promise<void> {
      const index = await indexShard(await fixtures.read("index/shard.tar"), { name: "shard.tar" });
      assert.deepEqual(parseIndex(formatIndex(index)), index);
      const text = async (name: string): Promise<string> =>
        new TextDecoder().decode(await fixtures.read(`index/${name}`));
      // DALI's format does not say where the records before a header begin.
      const places = index.samples.map(({ key, fields }) => ({
        key,
        fields: fields.map(({ headBytes: _, ...field }) => field),
      }));
      const named = parseIndex(await text("shard.v1.2.idx"), { shard: "shard.tar" });
      assert.deepEqual(named, { shard: "shard.tar", samples: places });
      const nameless = parseIndex(await text("shard.v1.1.idx"));
      assert.deepEqual(nameless.samples, places.map(({ fields }) => ({ key: "", fields })));
    },
  },
  {
    name: "parseIndex() refuses whatever is no index",
    async run(): Promise<void> {
      const own = (sample: unknown, more: object = {}): string =>
        JSON.stringify({ wdstream: "shard-index", version: 1, samples: [sample], ...more });
      const bad = [
        "",
        "{}",
        "[]",
        "null",
        "v1.3 0\n",
        "v1.2 2\njpg 512 1 a.jpg\n",
        "v1.2 1\njpg 512 1\n",
        "v1.2 1\njpg -512 1 a.jpg\n",
        "v1.2 1\njpg 512 1e3 a.jpg\n",
        "v1.2 1\njpg 512 1 a.jpg cls 1536 1 b.cls\n",
        "v1.2 1\njpg 99999999999999999999 1 a.jpg\n",
        own(["a", null]),
        own(["a", null, ["jpg", 0, 1]]),
        own(["a", null, ["jpg", 513, 1]]),
        own(["a", null, ["jpg", 512, -1]]),
        own(["a", null, ["jpg", 512, 1.5]]),
        own(["a", null, ["jpg", 512, 1], ["jpg", 1536, 1]]),
        own(["a", null, ["jpg", 1536, 1], ["cls", 512, 1]]),
        own(["a", null, ["jpg", 512, 600]], { sizeBytes: 1024 }),
        own(["a", "7", ["jpg", 512, 1]]),
        own([1, null, ["jpg", 512, 1]]),
        own({}),
        own(["a", null, ["jpg", 512, 1]], { version: 2 }),
        own(["a", null, ["jpg", 512, 1]], { etag: 3 }),
        own(["a", null, ["jpg", 512, 1]], { sizeBytes: "9" }),
      ];
      for (const text of bad) {
        assert.equal(
          await codeOf(() => parseIndex(text)),
          "index/bad",
          text,
        );
      }
      assert.lengthOf(parseIndex(own(["a", null, ["jpg", 512, 1]])).samples, 1);
    },
  },
  {
    name: "formatIndex() refuses names that DALI's format cannot hold",
    async run(): Promise<void> {
      const index = await indexShard(await makeShard([["a b.txt", "1"]]));
      assert.equal(
        await codeOf(() => formatIndex(index, "dali")),
        "index/unsupported",
      );
    },
  },
  {
    name: "formatShardList() and parseShardList() follow wids",
    async run(): Promise<void> {
      const shards = [
        { url: "a.tar", sampleCount: 3, sizeBytes: 10_240 },
        { url: "b.tar", sampleCount: 2 },
      ];
      const text = formatShardList(shards);
      assert.deepEqual(JSON.parse(text), {
        __kind__: "wids-shard-index-v1",
        wids_version: 1,
        shardlist: [
          { url: "a.tar", nsamples: 3, filesize: 10_240 },
          { url: "b.tar", nsamples: 2 },
        ],
      });
      assert.deepEqual(parseShardList(text), shards);
      assert.deepEqual(parseShardList('[{"url": "a", "nsamples": 1}]'), [
        { url: "a", sampleCount: 1 },
      ]);
      for (
        const bad of [
          "",
          "{}",
          "3",
          "null",
          '[{"url": "a"}]',
          '{"wids_version": 2, "shardlist": []}',
        ]
      ) {
        assert.equal(
          await codeOf(() => parseShardList(bad)),
          "index/bad",
        );
      }
    },
  },
];

const building: TestCase[] = [
  {
    name: "indexShard() groups members as samples() does",
    async run(fixtures): Promise<void> {
      const shards = [
        await fixtures.read("index/shard.tar"),
        await makeShard([
          ["__meta__", "m"],
          ["a.CLS", "1"],
          ["a.Txt", "x"],
          ["noext", ""],
          ["d/.hid.jpg", "y"],
          ["./b.txt", "z"],
          ["x..jpg", ""],
          ["a.cls", "2"],
        ]),
      ];
      for (const shard of shards) {
        const { samples } = await indexShard(shard);
        const streamed = await collect(webdataset(shard));
        assert.deepEqual(samples.map(({ key }) => key), streamed.map(({ key }) => key));
        for (const [i, { fields }] of samples.entries()) {
          const { bytes, offsets } = streamed[i];
          assert.deepEqual(fields.map(({ extension }) => extension), Object.keys(bytes));
          for (const { extension, offsetBytes, sizeBytes } of fields) {
            assert.equal(offsetBytes - 512, offsets[extension]);
            assert.equal(sizeBytes, bytes[extension].length);
          }
        }
      }
    },
  },
  {
    name: "indexShard() refuses duplicate fields, compressed and cut shards",
    skip: noCompression,
    async run(): Promise<void> {
      const twice = await makeShard([["a.txt", "1"], ["a.TXT", "2"]]);
      assert.equal(await codeOf(() => indexShard(twice)), "sample/duplicate-field");
      assert.equal(
        await codeOf(() => openShard(twice).then((s) => s.get(0))),
        "sample/duplicate-field",
      );
      const plain = await makeTextShard("a", 2);
      const packed = new Blob([plain]).stream().pipeThrough(new CompressionStream("gzip"));
      const gzip = new Uint8Array(await new Response(packed).arrayBuffer());
      assert.equal(await codeOf(() => indexShard(gzip)), "index/unsupported");
      assert.equal(await codeOf(() => openShard(gzip).then((s) => s.get(0))), "index/unsupported");
      for (const length of [700, 1024, 1536]) {
        const cut = plain.slice(0, length);
        assert.equal(await codeOf(() => indexShard(cut)), "tar/truncated", `${length}`);
        assert.equal(
          await codeOf(() => openShard(cut).then((s) => s.get(9))),
          "tar/truncated",
          `${length}`,
        );
      }
    },
  },
];

const access: TestCase[] = [
  {
    name: "openShard() gives any sample of an indexed shard by one range request",
    async run(): Promise<void> {
      const [source, index] = await open(20);
      const shard = await openShard(source, { index });
      assert.equal(shard.length, 20);
      const sample = await shard.get(13);
      assert.equal(sample.key, "s13");
      assert.equal(new TextDecoder().decode(sample.fields.txt), "text 13");
      assert.lengthOf(source.ranges, 1);
      assert.equal((await shard.get("s4")).key, "s4");
      assert.lengthOf(source.ranges, 2);
      const [start, length] = source.ranges[0];
      assert.deepEqual([start, length], [13 * 2048, 512 + 512 + 512 + 7]);
      assert.deepEqual({ ...sample.offsets }, { cls: start, txt: start + 1024 });
    },
  },
  {
    name: "openShard() gives the samples that a pass gives",
    async run(fixtures): Promise<void> {
      const bytes = await fixtures.read("index/shard.tar");
      const index = await indexShard(bytes);
      const nameless = parseIndex(
        new TextDecoder().decode(await fixtures.read("index/shard.v1.1.idx")),
      );
      const streamed = await collect(webdataset(bytes, { name: "n.tar" }));
      for (const given of [index, "none", nameless] as const) {
        const shard = await openShard(bytes, { index: given, name: "n.tar" });
        for (const [i, sample] of streamed.entries()) {
          // Without names in the index, only those short enough for the header are known.
          if (given === nameless && /[^\x20-\x7e]|.{100}/.test(sample.key)) continue;
          assert.deepEqual(await shard.get(i), sample);
        }
      }
    },
  },
  {
    name: "openShard() finds samples by their headers within its budget, and goes on from there",
    async run(): Promise<void> {
      const members: [string, Uint8Array][] = [];
      for (let i = 0; i < 30; i++) {
        members.push([`s${i}.cls`, new TextEncoder().encode(`${i}`)]);
        members.push([`s${i}.jpg`, new Uint8Array(20_000).fill(i)]);
      }
      const source = new RangeSource(await makeShard(members));
      const shard = await openShard(source, { index: "none", maxRequests: 10 });
      assert.isUndefined(shard.length);
      assert.equal((await shard.get(3)).fields.jpg[0], 3);
      const first = source.ranges.length;
      assert.isAtMost(first, 6);
      assert.equal(await codeOf(() => shard.get(25)), "index/needed");
      assert.equal(source.ranges.length, first + 10);
      const error = await catchError(shard.get(29)) as Error;
      assert.include(error.message, "wdstream index");
      assert.equal((await shard.get(25)).fields.jpg[0], 25);
      assert.equal(shard.known[7].cls, 7);
      for (const [, length] of source.ranges) assert.isAtMost(length ?? Infinity, 21_600);
      assert.equal(await codeOf(() => shard.get("nowhere")), "index/no-key");
      assert.equal(shard.length, 30);
      assert.equal(await codeOf(() => shard.get(30)), "RangeError");
    },
  },
  {
    name: "openShard() looks for an index beside the shard",
    async run(): Promise<void> {
      const [source, index] = await open(5);
      source.besides.set(".idx", formatIndex(index));
      const shard = await openShard(source);
      assert.equal(shard.length, 5);
      assert.equal((await shard.get(2)).key, "s2");
      assert.lengthOf(source.ranges, 1);
      source.besides.set(".idx", formatIndex(index).slice(0, -20));
      assert.equal(await codeOf(() => openShard(source)), "index/bad");
    },
  },
  {
    name: "openShard() takes what a host answers to everything for no index",
    async run(): Promise<void> {
      const page = "<!doctype html>\n<title>Sign in</title>";
      for (const text of [page, '{"error":"no such file"}', "not found", ""]) {
        const [source] = await open(5);
        source.besides.set(".idx", text);
        const shard = await openShard(source);
        assert.isUndefined(shard.index);
        assert.equal((await shard.get(2)).key, "s2");
        assert.equal((await webdataset(source).at(3)).key, "s3");
      }
    },
  },
  {
    name: "openShard() refuses an index of another version of the shard",
    async run(): Promise<void> {
      const stale = async (change: (source: RangeSource) => void): Promise<unknown> => {
        const [source, index] = await open(6);
        const shard = await openShard(source, { index });
        change(source);
        return await codeOf(() => shard.get(3));
      };
      assert.equal(await stale((source) => source.etag = '"2"'), "index/stale");
      assert.equal(
        await stale((source) => source.bytes = source.bytes.slice(0, -512)),
        "index/stale",
      );
      const other = await makeTextShard("t", 6);
      assert.equal(await stale((source) => source.bytes = other), "index/stale");
      const longer = await makeShard(
        Array.from({ length: 12 }, (_, i) => [`s${i >> 1}.${i & 1 ? "txt" : "cls"}`, "longer"]),
      );
      assert.equal(await stale((source) => source.bytes = longer), "index/stale");
      const [weakened, index] = await open(6);
      weakened.etag = 'W/"1"';
      assert.equal((await (await openShard(weakened, { index })).get(3)).key, "s3");
    },
  },
  {
    name: "openShard() reads ahead where samples are asked for in order, within its bound",
    async run(): Promise<void> {
      const [source, index] = await open(40);
      const readAheadBytes = 10 * 2048;
      const shard = await openShard(source, { index, readAheadBytes });
      for (let i = 0; i < 40; i++) assert.equal((await shard.get(i)).key, `s${i}`);
      assert.isAtMost(source.ranges.length, 6);
      for (const [, length] of source.ranges) assert.isAtMost(length ?? Infinity, readAheadBytes);
      const none = await openShard(source, { index, readAheadBytes: 0 });
      source.ranges = [];
      for (let i = 0; i < 10; i++) await none.get(i);
      assert.lengthOf(source.ranges, 10);
    },
  },
  {
    name: "openShard() serves many at a time, none of whom waits for another's request",
    async run(): Promise<void> {
      const [source, index] = await open(10);
      for (const given of [index, "none"] as const) {
        const shard = await openShard(source, { index: given });
        const all = await Promise.all(
          Array.from({ length: 30 }, (_, i) => shard.get(i % 10)),
        );
        assert.deepEqual(
          all.map(({ key }) => key),
          Array.from({ length: 30 }, (_, i) => `s${i % 10}`),
        );
        // One that is stuck, as those are that a runtime has given up, and one that leaves.
        source.isStalled = true;
        const leaving = new AbortController();
        const fresh = await openShard(source, { index: given });
        void fresh.get(4).catch(() => {});
        const left = fresh.get(4, { signal: leaving.signal });
        await new Promise((resolve) => setTimeout(resolve, 5));
        source.isStalled = false;
        assert.equal((await fresh.get(4)).key, "s4");
        leaving.abort(new Error("left"));
        assert.include(String(await catchError(left)), "left");
        assert.equal((await fresh.get(5)).key, "s5");
      }
    },
  },
  {
    name: "openShard() never mixes two versions of a shard",
    async run(): Promise<void> {
      const [source] = await open(40);
      const shard = await openShard(source, { index: "none", readAheadBytes: 0 });
      assert.equal((await shard.get(0)).key, "s0");
      source.etag = '"2"';
      assert.equal(await codeOf(() => shard.get(30)), "source/changed");
      const again = await openShard(source, { index: "none", readAheadBytes: 0 });
      assert.equal((await again.get(30)).key, "s30");
      const dataset = webdataset(source);
      assert.equal((await dataset.at(1)).key, "s1");
      source.etag = '"3"';
      assert.equal(await codeOf(() => dataset.at(30)), "source/changed");
      assert.equal((await dataset.at(30)).key, "s30");
    },
  },
  {
    name: "openShard() gives the first of several samples with one key",
    async run(): Promise<void> {
      const bytes = await makeShard([["a.txt", "1"], ["b.txt", "2"], ["a.txt", "3"]]);
      for (const index of [await indexShard(bytes), "none"] as const) {
        const shard = await openShard(bytes, { index });
        assert.equal(new TextDecoder().decode((await shard.get("a")).fields.txt), "1");
        assert.equal(new TextDecoder().decode((await shard.get(2)).fields.txt), "3");
      }
    },
  },
  {
    name: "openShard() refuses numbers that are none, and streams",
    async run(): Promise<void> {
      const shard = await openShard(await makeTextShard("a", 1));
      for (const i of [-1, 0.5, NaN, 2 ** 53]) {
        assert.equal(await codeOf(() => shard.get(i)), "RangeError");
      }
      assert.equal(await codeOf(() => openShard(new ReadableStream())), "TypeError");
    },
  },
  {
    name: "at() gives samples by their number over all shards, also decoded and transformed",
    async run(fixtures): Promise<void> {
      const shards = [await makeTextShard("a", 3), await makeTextShard("b", 4)];
      const dataset = webdataset(shards);
      const keys = (await collect(dataset)).map(({ key }) => key);
      for (const i of [6, 0, 2, 3]) assert.equal((await dataset.at(i)).key, keys[i]);
      assert.equal(await codeOf(() => dataset.at(7)), "RangeError");
      assert.equal(await codeOf(() => dataset.at(-1)), "RangeError");
      const labels = dataset.decode({ fields: ["cls"] }).map(({ fields }) => fields.cls);
      assert.equal(await labels.at(5), 2);
      assert.equal(await codeOf(() => dataset.filter(() => true).at(0)), "TypeError");
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const pictures = webdataset(await makeShard([["x.cls", "5"], ["x.jpg", image]]));
      const transform = evaluation({ size: 32 });
      const { label, image: tensor } = await pictures.transform(transform).at(0);
      assert.equal(label, 5);
      assert.deepEqual(tensor, transformImage(image, transform).data);
    },
  },
];

/** Tests of indexes and of access to single samples. */
export const cases: TestCase[] = [...formats, ...building, ...access];
