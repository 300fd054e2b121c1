/** `ShardWriter`: webdataset's bytes, what is refused, what lies beside the shards. */

import { assert } from "chai";
import type { Fixtures, TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { indexShard, parseIndex, parseShardList, parseSplit } from "../../src/index/mod.ts";
import { formatIndex } from "../../src/index/text.ts";
import { toSource } from "../../src/storage/mod.ts";
import { encodeField, type SampleInput, ShardWriter } from "../../src/writing/mod.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { rejection } from "../storage/bytes.ts";
import { hash } from "../tar/listing.ts";
import { MemoryStore as Memory } from "./memory_store.ts";

interface Golden {
  readonly byCount: Record<string, { readonly size: number; readonly sha256: string }>;
  readonly bySize: Golden["byCount"];
  readonly owner: Golden["byCount"];
  readonly numbers: readonly string[];
  readonly classes: readonly string[];
  readonly json: string;
  readonly npy: Record<string, string>;
}

const readGolden = async ({ read }: Fixtures): Promise<Golden> =>
  JSON.parse(new TextDecoder().decode(await read("writing/golden.json")));

/** The samples of `test/fixtures/writing/make_golden.py`. */
const SAMPLES: readonly SampleInput[] = Array.from({ length: 23 }, (_, i) => ({
  key: `${i % 3 === 0 ? "folder/" : ""}sample${String(i).padStart(4, "0")}`,
  fields: {
    jpg: Uint8Array.from({ length: 700 * i }, (_, j) => j * (i + 7)),
    cls: i * 37 % 11,
    json: {
      id: i,
      caption: 'caf\u00e9 \u{1f600} "q" \\ \u007f\n',
      ratio: (i + 0.5) / 8.3,
      tiny: 1.5e-7 * (i + 1),
      none: null,
      list: [true, i],
    },
    txt: "h\u00f8st ".repeat(i),
    "seg.png": new TextEncoder().encode("mask"),
  },
}));

async function write(
  options: ConstructorParameters<typeof ShardWriter>[1],
  samples: readonly SampleInput[] = SAMPLES,
  store: Memory = new Memory(),
): Promise<Memory> {
  const writer = new ShardWriter(store, options);
  for (const sample of samples) await writer.write(sample);
  await writer.close();
  return store;
}

async function digest(store: Memory): Promise<Golden["byCount"]> {
  return Object.fromEntries(
    await Promise.all(
      store.tars.map(async (
        [name, bytes],
      ) => [name, { size: bytes.length, sha256: await hash(bytes) }]),
    ),
  );
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function keysOf(store: Memory, name: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of webdataset(store.files.get(name)!)) keys.push(key);
  return keys;
}

const refused = (key: string, fields: Record<string, unknown>, code: string): TestCase => ({
  name: `ShardWriter refuses ${JSON.stringify(key)} with ${Object.keys(fields)}, and goes on`,
  async run() {
    const store = new Memory();
    const writer = new ShardWriter(store, { pattern: "a-%d.tar" });
    await writer.write({ key: "first", fields: { txt: "1" } });
    const error = await rejection(writer.write({ key, fields })) as WdsError;
    assert.equal(error.code, code, error.message);
    assert.equal(error.key, key);
    await writer.write({ key: "last", fields: { txt: "2" } });
    await writer.close();
    assert.deepEqual(await keysOf(store, "a-0.tar"), ["first", "last"]);
  },
});

export const cases: TestCase[] = [
  {
    name: "ShardWriter writes webdataset's bytes: by count, by size, with another owner",
    async run(fixtures) {
      const golden = await readGolden(fixtures);
      const byCount = await write({ pattern: "count-%06d.tar", maxCount: 5 });
      assert.deepEqual(await digest(byCount), golden.byCount);
      const bySize = await write({ pattern: "size-%06d.tar", maxBytes: 40_000 });
      assert.deepEqual(await digest(bySize), golden.bySize);
      const owner = { user: "me", group: "us", mode: 0o600 };
      const owned = await write({ pattern: "owner-%06d.tar", ...owner });
      assert.deepEqual(await digest(owned), golden.owner);
    },
  },
  {
    name: "encodeField() writes numbers, JSON and arrays as Python does",
    async run(fixtures) {
      const golden = await readGolden(fixtures);
      // deno-fmt-ignore
      const numbers = [
        0, -1, 255, 2 ** 53 - 1, 0.1, -0, 1e-4, 1.25e-5, 1e-7, 123456.789, 1e22, 1.5e300, 2 ** 53,
        12345678901234567, 5e-324,
      ];
      assert.deepEqual(numbers.map((n) => text(encodeField("json", n))), golden.numbers);
      const classes = ["cls", "id", "x.index"].map((name) => text(encodeField(name, 7)));
      assert.deepEqual(classes, golden.classes);
      const value = {
        a: [1, 2.5, "\u20ac\u{1f600}"],
        b: { c: null, d: false, gone: undefined },
        e: {},
        f: [],
      };
      assert.equal(text(encodeField("json", value)), golden.json);
      const arrays = {
        float32: [new Float32Array([0, 1, 2, 3, 4, 5]), [2, 3], "f4"],
        uint8: [new Uint8Array([0, 1, 2, 3]), [4], "u1"],
        int64: [new BigInt64Array([5n]), [], "i8"],
        float64: [new Float64Array([0, 1, 2]), [3, 1], "f8"],
      } as const;
      for (const [name, [data, shape, dtype]] of Object.entries(arrays)) {
        const bytes = encodeField("npy", { data, shape, dtype, fortranOrder: false });
        assert.equal(await hash(bytes), golden.npy[name], name);
      }
    },
  },
  {
    name: "ShardWriter's indexes are those of the shards that it wrote, for wids and timm too",
    async run() {
      const store = await write({
        pattern: "train/s-%04d.tar",
        maxCount: 9,
        split: "train",
        wids: "list.json",
      });
      const names = store.tars.map(([name]) => name);
      assert.deepEqual(names, ["train/s-0000.tar", "train/s-0001.tar", "train/s-0002.tar"]);
      const lengths = [9, 9, 5];
      for (const [name, bytes] of store.tars) {
        const made = await indexShard(toSource(bytes, { name }));
        assert.equal(text(store.files.get(`${name}.idx`)!), formatIndex(made));
      }
      const { shards, classes } = parseSplit(store.files.get("train/s-0000.tar.split")!);
      assert.deepEqual(shards.map(({ sampleCount }) => sampleCount), lengths);
      assert.deepEqual(Array.from(classes!), SAMPLES.map((_, i) => i * 37 % 11));
      const list = parseShardList(text(store.files.get("train/list.json")!));
      assert.deepEqual(list, [...shards]);
      assert.equal(list[0].sizeBytes, store.files.get("train/s-0000.tar")!.length);
      const { splits } = JSON.parse(text(store.files.get("train/_info.json")!));
      assert.deepEqual(splits.train, {
        name: "train",
        num_samples: 23,
        filenames: ["s-0000.tar", "s-0001.tar", "s-0002.tar"],
        shard_lengths: lengths,
      });
      const dali = await write({ pattern: "d-%d.tar", index: "dali", splitIndex: false });
      assert.equal(parseIndex(text(dali.files.get("d-0.tar.idx")!)).samples.length, 23);
      assert.deepEqual([...dali.files.keys()], ["d-0.tar", "d-0.tar.idx"]);
    },
  },
  {
    name: "ShardWriter adds a split to _info.json, and keeps the others",
    async run() {
      const store = await write({ pattern: "val-%d.tar", split: "val" }, SAMPLES.slice(0, 2));
      await write({ pattern: "train-%d.tar", split: "train" }, SAMPLES, store);
      const { splits } = JSON.parse(text(store.files.get("_info.json")!));
      assert.deepEqual(Object.keys(splits), ["val", "train"]);
      assert.equal(splits.val.num_samples, 2);
    },
  },
  {
    name: "ShardWriter packs the same bytes each time, and they are read back",
    async run() {
      const [first, second] = [
        await write({ pattern: "p-%d.tar.gz" }),
        await write({ pattern: "p-%d.tar.gz" }),
      ];
      const [[name, bytes]] = first.tars;
      assert.deepEqual([...bytes.subarray(0, 3)], [0x1f, 0x8b, 8]);
      assert.equal(await hash(bytes), await hash(second.tars[0][1]));
      assert.equal((await keysOf(first, name)).length, 23);
      assert.throws(
        () => new ShardWriter(first, { pattern: "p-%d.tar.gz", index: "dali" }),
        TypeError,
      );
    },
  },
  {
    name: "ShardWriter writes what a dataset gives, and its shards are the same again",
    async run() {
      const store = await write({ pattern: "a-%d.tar" });
      const again = new Memory();
      const writer = new ShardWriter(again, { pattern: "a-%d.tar" });
      for await (const sample of webdataset(store.files.get("a-0.tar")!)) {
        await writer.write({ key: sample.key, bytes: sample.bytes });
      }
      await writer.close();
      assert.deepEqual(await digest(again), await digest(store));
      const decoded = new ShardWriter(new Memory(), { pattern: "a-%d.tar" });
      for await (const sample of webdataset(store.files.get("a-0.tar")!)) {
        await decoded.write(sample);
      }
      assert.equal(decoded.count, 23);
      await decoded.close();
    },
  },
  {
    name: "ShardWriter keeps the order of calls that do not wait for one another",
    async run() {
      const store = new Memory();
      const writer = new ShardWriter(store, { pattern: "a-%d.tar", maxCount: 4 });
      await Promise.all(SAMPLES.map((sample) => writer.write(sample)));
      assert.equal(writer.count, 23);
      await writer.close();
      const keys = await Promise.all(store.tars.map(([name]) => keysOf(store, name)));
      assert.deepEqual(keys.flat(), SAMPLES.map(({ key }) => key));
      assert.equal((await rejection(writer.write(SAMPLES[0])) as Error).name, "TypeError");
    },
  },
  {
    name: "ShardWriter replaces nothing that it is not told to, and leaves no part of a shard",
    async run() {
      const store = await write({ pattern: "a-%d.tar", maxCount: 20 }, SAMPLES.slice(0, 3));
      const before = [...store.files.keys()];
      const error = await rejection(write({ pattern: "a-%d.tar" }, SAMPLES, store)) as WdsError;
      assert.equal(error.code, "source/exists", error.message);
      assert.deepEqual([...store.files.keys()], before);
      await write({ pattern: "a-%d.tar", ifExists: "replace" }, SAMPLES, store);
      assert.equal((await keysOf(store, "a-0.tar")).length, 23);
      const left = new Memory();
      const writer = new ShardWriter(left, { pattern: "a-%d.tar", maxCount: 2 });
      for (const sample of SAMPLES.slice(0, 3)) await writer.write(sample);
      await writer[Symbol.asyncDispose]();
      assert.deepEqual(left.tars.map(([name]) => name), ["a-0.tar"]);
    },
  },
  {
    name: "ShardWriter ends when its signal says so",
    async run() {
      const control = new AbortController();
      const store = new Memory();
      const writer = new ShardWriter(store, { pattern: "a-%d.tar", signal: control.signal });
      await writer.write(SAMPLES[0]);
      control.abort(new Error("enough"));
      assert.equal((await rejection(writer.write(SAMPLES[1])) as Error).message, "enough");
      assert.equal((await rejection(writer.close()) as Error).message, "enough");
      await writer.discard();
      assert.equal(store.files.size, 0);
    },
  },
  refused("first", { txt: "merged" }, "sample/unwritable"),
  refused("a.b", { txt: "another key" }, "sample/unwritable"),
  refused("", { txt: "no key" }, "sample/unwritable"),
  refused("__meta__/x", { txt: "metadata" }, "sample/unwritable"),
  refused("k", { TXT: "upper case" }, "sample/unwritable"),
  refused("k", {}, "sample/unwritable"),
  refused("k", { "a/b": "a folder" }, "sample/unwritable"),
  refused("k", { cls: "text is taken", npy: [1, 2] }, "sample/bad-field"),
  refused("k", { jpg: { width: 3 } }, "sample/bad-field"),
  refused("k", { json: () => 0 }, "sample/bad-field"),
];
