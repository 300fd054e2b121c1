/** `reshard()`: which samples, in which order, in which shards, and how it goes on. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { parseSplit } from "../../src/index/mod.ts";
import { reshard, type ReshardOptions, type WrittenReport } from "../../src/tools/mod.ts";
import { ShardWriter } from "../../src/writing/mod.ts";
import { makeShard, makeTextShard } from "../dataset/shards.ts";
import { rejection } from "../storage/bytes.ts";
import { MemoryStore } from "../writing/memory_store.ts";

const LENGTHS = [7, 0, 12, 5, 9];

const makeShards = (): Promise<Uint8Array<ArrayBuffer>[]> =>
  Promise.all(LENGTHS.map((length, i) => makeTextShard(`s${i}-`, length)));

async function run(
  options: ReshardOptions = {},
  store: MemoryStore = new MemoryStore(),
): Promise<{ store: MemoryStore; report: WrittenReport }> {
  return { store, report: await reshard(await makeShards(), store, options) };
}

/** Keys of all samples of what was written, by shard. */
async function listKeys(store: MemoryStore): Promise<string[][]> {
  const all: string[][] = [];
  for (const [, bytes] of store.tars) {
    const keys: string[] = [];
    for await (const { key } of webdataset(bytes)) keys.push(key);
    all.push(keys);
  }
  return all;
}

const assertSame = (left: MemoryStore, right: MemoryStore): void => {
  assert.deepEqual([...left.files.keys()].sort(), [...right.files.keys()].sort());
  for (const [name, bytes] of left.files) assert.deepEqual(right.files.get(name), bytes, name);
};

export const cases: TestCase[] = [
  {
    name: "reshard() writes what ShardWriter writes of the shuffled dataset",
    async run() {
      const { store, report } = await run({ seed: 5, lanes: 4, window: 3, maxCount: 10 });
      const expected = new MemoryStore();
      const writer = new ShardWriter(expected, { pattern: "train-%06d.tar", maxCount: 10 });
      const order = { seed: 5, lanes: 4, window: 3 };
      for await (const sample of webdataset(await makeShards()).shuffle(order)) {
        await writer.write(sample);
      }
      await writer.close();
      for (const [name, bytes] of expected.files) {
        assert.deepEqual(store.files.get(name), bytes, name);
      }
      assert.equal(store.files.size, expected.files.size + 1);
      const counts = report.shards.map(({ sampleCount }) => sampleCount);
      assert.deepEqual(counts, [10, 10, 10, 3]);
    },
  },
  {
    name: "reshard() mixes by default, with another order for each seed, and can be told not to",
    async run() {
      const asIs = (await listKeys((await run({ order: "as-is" })).store)).flat();
      const orders = [asIs];
      for (const seed of [undefined, 1, 2]) {
        const keys = (await listKeys((await run({ seed })).store)).flat();
        for (const other of orders) assert.notDeepEqual(keys, other);
        assert.deepEqual([...keys].sort(), [...asIs].sort());
        orders.push(keys);
      }
      const expected = LENGTHS.flatMap((length, shard) =>
        Array.from({ length }, (_, i) => `s${shard}-${i}`)
      );
      assert.deepEqual(asIs, expected);
    },
  },
  {
    name: "reshard() filters by class, key and condition, and drops or keeps fields",
    async run() {
      const { store, report } = await run({
        order: "as-is",
        classes: [1, 2, 3, 8],
        keyPattern: "s?-[0-9]*".replace("[0-9]", ""),
        where: "txt != 'text 2'",
        dropFields: ["cls"],
      });
      const keys = (await listKeys(store)).flat();
      assert.deepEqual(keys, [
        ...["s0-1", "s0-3", "s2-1", "s2-3", "s2-8", "s3-1", "s3-3", "s4-1", "s4-3", "s4-8"],
      ]);
      assert.equal(report.dropped, 23);
      for await (const { fields } of webdataset(store.files.get("train-000000.tar")!)) {
        assert.deepEqual(Object.keys(fields), ["txt"]);
      }
      const kept = await run({ keepFields: ["cls"], keyPattern: "s4*" });
      for await (const { fields } of webdataset(kept.store.tars[0][1])) {
        assert.deepEqual(Object.keys(fields), ["cls"]);
      }
      assert.equal(kept.report.samples, 9);
    },
  },
  {
    name: "reshard() splits by bytes, packs, numbers keys, and writes lists",
    async run() {
      const { store, report } = await run({ maxBytes: 40, split: "val", info: true });
      for (const { sampleCount } of report.shards) assert.isAtMost(sampleCount, 6);
      assert.isAbove(report.shards.length, 5);
      const info = JSON.parse(new TextDecoder().decode(store.files.get("_info.json")));
      assert.equal(info.splits.val.num_samples, 33);
      assert.isTrue(store.files.has("val.wids.json"));
      const packed = await run({ gzip: true, keys: "numbered" });
      assert.deepEqual([...packed.store.files.keys()].sort(), [
        "train-000000.tar.gz",
        "train-000000.tar.gz.split",
        "train.reshard.json",
      ]);
      const keys = (await listKeys(packed.store)).flat();
      assert.deepEqual(keys, Array.from({ length: 33 }, (_, i) => String(i).padStart(9, "0")));
    },
  },
  {
    name: "reshard() adds fields out of others, as text or as JSON, and goes by what was read",
    async run() {
      const json =
        '{"label": 7, "caption": "a \\"cat\\"", "id": 12345678901234567890, "tags": ["x", 2.5]}';
      const shard = await makeShard([["a.json", json], ["a.jpg", "x"], ["b.json", '{"label": 0}']]);
      const store = new MemoryStore();
      const addFields = {
        cls: "json.label",
        "v.json": "json.tags",
        "old.cls": "json.label + 1",
        id: "json.id",
      };
      const where = "json.caption != null";
      const { samples, dropped } = await reshard(shard, store, {
        addFields: { ...addFields, txt: "json.caption", "t.json": "json.caption" },
        dropFields: ["json"],
        where,
      });
      assert.deepEqual([samples, dropped], [1, 1]);
      const [[, bytes]] = store.tars;
      const decoder = new TextDecoder();
      for await (const { key, fields } of webdataset(bytes)) {
        const texts = Object.entries(fields).map(([name, each]) => [name, decoder.decode(each)]);
        assert.equal(key, "a");
        assert.deepEqual(Object.fromEntries(texts), {
          jpg: "x",
          cls: "7",
          txt: 'a "cat"',
          "v.json": '["x",2.5]',
          "t.json": '"a \\"cat\\""',
          "old.cls": "8",
          id: "12345678901234567890",
        });
      }
      // What a sample has is not written over, unless it is left out, and what it has not is missed.
      const mistakes: [ReshardOptions, RegExp][] = [
        [{ addFields: { jpg: "key" } }, /"jpg" to sample "a" .*it has one/],
        [{ addFields: { txt: "json.caption" } }, /"txt" to sample "b" .*it has no json\.caption/],
      ];
      for (const [options, told] of mistakes) {
        const error = await rejection(
          reshard(shard, new MemoryStore(), { order: "as-is", ...options }),
        ) as WdsError;
        assert.equal(error.code, "sample/unwritable");
        assert.match(error.message, told);
      }
      const replaced = new MemoryStore();
      const options = { dropFields: ["jpg"], addFields: { jpg: "key" } };
      assert.equal((await reshard(shard, replaced, options)).samples, 2);
      const wrong = { addFields: { cls: "json." } };
      assert.instanceOf(await rejection(reshard(shard, new MemoryStore(), wrong)), SyntaxError);
    },
  },
  {
    name: "reshard() goes on where it was stopped, with the same bytes, however often",
    async run() {
      for (const gzip of [false, true]) {
        const options = { seed: 3, lanes: 3, window: 4, maxCount: 4, gzip, where: "cls != 5" };
        const whole = await run({ ...options, info: true });
        const store = new MemoryStore();
        let starts = 0;
        for (let isDone = false; !isDone; starts++) {
          const stop = new AbortController();
          let puts = 0;
          const put = store.put.bind(store);
          // Stopped before or after each of the files that are written, one later each time.
          const failing = Object.assign(Object.create(store), {
            async put(...given: Parameters<typeof put>) {
              if (puts++ === 2 + starts % 3) stop.abort(new Error("stopped"));
              stop.signal.throwIfAborted();
              return await put(...given);
            },
          });
          try {
            const all = { ...options, info: true, signal: stop.signal };
            const report = await reshard(await makeShards(), failing, all);
            isDone = true;
            assert.deepEqual(report.shards, whole.report.shards);
            assert.equal(report.dropped, whole.report.dropped);
          } catch (error) {
            assert.match(String(error), /stopped/);
          }
          assert.isBelow(starts, 60, "it does not get on");
        }
        assert.isAbove(starts, 5);
        assertSame(store, whole.store);
        const split = parseSplit(store.files.get(`train-000000.tar${gzip ? ".gz" : ""}.split`)!);
        assert.isFalse(Array.from(split.classes!).includes(-1));
        // Once more there is nothing to do.
        const again = await reshard(await makeShards(), store, { ...options, info: true });
        assert.equal(again.kept, whole.report.shards.length);
        assertSame(store, whole.store);
      }
    },
  },
  {
    name: "reshard() refuses what is there, other options, and another input",
    async run() {
      const store = new MemoryStore();
      store.files.set("train-000000.tar", new Uint8Array(3));
      const exists = await rejection(run({}, store)) as WdsError;
      assert.equal(exists.code, "source/exists");
      assert.deepEqual([...store.files.keys()], ["train-000000.tar"]);

      const done = await run({ seed: 1 });
      const other = await rejection(run({ seed: 2 }, done.store)) as WdsError;
      assert.equal(other.code, "order/changed");
      assert.match(other.message, /had seed 1, and not 2/);
      const shards = (await makeShards()).slice(1);
      const input = await rejection(reshard(shards, done.store, { seed: 1 })) as WdsError;
      assert.match(input.message, /had input/);
      done.store.files.set("train.reshard.json", new TextEncoder().encode("{"));
      assert.equal((await rejection(run({ seed: 1 }, done.store)) as WdsError).code, "order/state");
    },
  },
  {
    name: "reshard() begins anew where another run has written no shard, and not over one that has",
    async run() {
      const store = new MemoryStore();
      // A mistake in what to read is found when the files are made already.
      await rejection(reshard("./missing.tar", store, { seed: 1 }));
      assert.deepEqual([...store.files.keys()], ["train.reshard.json"]);
      const { report } = await run({ seed: 2 }, store);
      assertSame(store, (await run({ seed: 2 })).store);
      assert.equal(report.kept, 0);

      // Killed before its ledger told of the first shard.
      const killed = new MemoryStore();
      await rejection(reshard("./missing.tar", killed, { seed: 1 }));
      killed.files.set("train-000000.tar", new Uint8Array(3));
      const error = await rejection(run({ seed: 2 }, killed)) as WdsError;
      assert.equal(error.code, "order/changed");
      assert.deepEqual(killed.files.get("train-000000.tar"), new Uint8Array(3));
    },
  },
  {
    name:
      "reshard() says what two neighbours of one key take, and skips faults where it is told to",
    async run() {
      const twins = [await makeTextShard("a", 1), await makeTextShard("a", 1)];
      const error = await rejection(reshard(twins, new MemoryStore())) as WdsError;
      assert.equal(error.code, "sample/unwritable");
      const store = new MemoryStore();
      assert.equal((await reshard(twins, store, { keys: "numbered" })).samples, 2);

      const damaged = await makeShard([["a.txt", "1"], ["b.txt", "1"], ["b.txt", "2"]]);
      const skipped: string[] = [];
      const report = await reshard(damaged, new MemoryStore(), {
        read: { onError: "skip" },
        onSkip: ({ code }) => skipped.push(code),
      });
      assert.deepEqual(skipped, ["sample/duplicate-field"]);
      assert.deepInclude(report, { samples: 1, skipped: 1 });
    },
  },
];
