/** Operations that write: smaller images, and what users' modules make. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { JobError, WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import {
  type Job,
  type MapFunction,
  openJob,
  planJob,
  type PlanJobOptions,
  readStatus,
  resizeShards,
  runJob,
  runTask,
} from "../../src/jobs/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { makeShard } from "../dataset/shards.ts";
import { rejection } from "../storage/bytes.ts";
import { type Inputs, makeInputs, opener } from "./inputs.ts";
import { JobStore } from "./job_store.ts";

const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

/** A module that exists in memory alone. */
function asModule(map: unknown): Pick<PlanJobOptions, "module" | "loadModule"> {
  return { module: "memory:map.ts", loadModule: () => Promise.resolve({ default: map }) };
}

async function planMap(
  inputs: Inputs,
  store: JobStore,
  map: unknown,
  options: PlanJobOptions["options"] = {},
): Promise<Job> {
  return await planJob([...inputs.keys()], store.process(), {
    operation: "map",
    options,
    open: opener(inputs),
    ...asModule(map),
  });
}

const upper: MapFunction = async function* (samples, { task }) {
  for await (const { key, bytes } of samples) {
    if (key.endsWith("-1")) continue;
    yield {
      key,
      bytes: { cls: bytes.cls },
      fields: { txt: `${decode(bytes.txt).toUpperCase()} OF ${task}` },
    };
  }
};

export const cases: TestCase[] = [
  {
    name: "resize as a job of several ranks leaves what resizeShards() leaves",
    async run({ read }) {
      const sample = await read("sample.tar");
      const inputs = new Map([["in/a.tar", sample], ["in/b.tar", sample], ["in/c.tar", sample]]);
      const options = { short: 48, quality: 70, info: true, split: "val" };
      const one = new JobStore();
      const sources = [...inputs].map(([name, bytes]) => toSource(bytes, { name }));
      const report = await resizeShards(sources, one.process(), { ...options, workers: 0 });
      assert.deepInclude(report, { samples: 108, kept: 0, skipped: 0, dropped: 0 });
      assert.equal(report.resized + report.copied, 108);
      const two = new JobStore();
      const job = await planJob([...inputs.keys()], two.process(), {
        operation: "resize",
        options,
        open: (url) => toSource(inputs.get(url)!, { name: url }),
      });
      for (const rank of [1, 0]) await runJob(job, { rank, world: 2 });
      assert.deepEqual(two.all, one.all);
      const info = JSON.parse(decode(two.files.get("_info.json")));
      assert.deepEqual(info.splits.val.shard_lengths, [36, 36, 36]);
      // What one rank has done, the same call on one machine keeps.
      const again = await resizeShards(sources, two.process(), { ...options, workers: 0 });
      assert.deepInclude(again, { samples: 108, kept: 3, resized: 0, copied: 0 });
      assert.deepEqual(again.shards, report.shards);
    },
  },
  {
    name: "resize as a job counts faults that are skipped, and is not done where they are not",
    async run() {
      const shard = await makeShard([["a.jpg", "no image"], ["b.txt", "x"]]);
      const inputs = new Map([["x.tar", shard]]);
      const plan = (onError: string): Promise<Job> =>
        planJob(["x.tar"], new JobStore().process(), {
          operation: "resize",
          options: { short: 8, onError },
          open: opener(inputs),
        });
      const { receipts } = await runJob(await plan("skip"));
      assert.deepEqual(receipts[0].counts, { samples: 1, resized: 0, copied: 0, skipped: 1 });
      const job = await plan("throw");
      const error = await rejection(runTask(job, 0)) as WdsError;
      assert.deepInclude(error, { shard: "x.tar", key: "a", field: "jpg" });
      const { failed: [word] } = await readStatus(job);
      assert.deepInclude(word, { task: 0, shard: "x.tar", key: "a", field: "jpg" });
    },
  },
  {
    name: "map makes shards of a user's module, with indexes and lists, whoever does which",
    async run() {
      const inputs = await makeInputs(4);
      const stores = [new JobStore(), new JobStore()];
      await runJob(await planMap(inputs, stores[0], upper, { info: true }));
      const job = await planMap(inputs, stores[1], upper, { info: true });
      for (const rank of [2, 0, 1]) await runJob(job, { rank, world: 3 });
      assert.deepEqual(stores[1].all, stores[0].all);
      const texts: unknown[] = [];
      const shard = toSource(stores[0].files.get("s2.tar")!, { name: "s2.tar" });
      for await (const { key, fields } of webdataset(shard).decode()) {
        texts.push([key, fields.txt, fields.cls]);
      }
      assert.deepEqual(texts, [["k2-0", "TEXT 0 OF 2", 0], ["k2-2", "TEXT 2 OF 2", 2]]);
      const info = JSON.parse(decode(stores[0].files.get("_info.json")));
      assert.deepEqual(info.splits.train.shard_lengths, [1, 2, 2, 2]);
      assert.isTrue(stores[0].files.has("s0.tar.split"));
      assert.isTrue(stores[0].files.has("s3.tar.idx"));
    },
  },
  {
    name: "map makes files of another kind, where its module gives bytes",
    async run() {
      const inputs = await makeInputs(2);
      const store = new JobStore();
      const keys: MapFunction = async function* (samples) {
        for await (const { key } of samples) yield `${key}\n`;
        yield new Uint8Array([33]);
      };
      const job = await planMap(inputs, store, keys, { suffix: ".txt" });
      const { merged } = await runJob(job);
      assert.deepEqual(store.outputs, [["s0.txt", "k0-0\n!"], ["s1.txt", "k1-0\nk1-1\nk1-2\n!"]]);
      assert.equal(merged!.counts.samples, 4);
    },
  },
  {
    name: "map finds a module that does not make the same each time, unless the plan allows it",
    async run() {
      const inputs = await makeInputs(1);
      let calls = 0;
      const random: MapFunction = async function* (samples) {
        calls++;
        for await (const { key } of samples) yield { key, fields: { txt: `call ${calls}` } };
      };
      for (const deterministic of [true, false]) {
        calls = 0;
        const store = new JobStore();
        const job = await planMap(inputs, store, random, { deterministic });
        const { receipt } = await runTask(job, 0);
        const before = store.outputs;
        store.files.delete(".wdstream/done/0.json");
        store.files.delete("s0.tar.idx");
        const again = runTask(job, 0);
        if (deterministic) assert.equal((await rejection(again) as JobError).code, "job/differs");
        else {
          assert.deepEqual((await again).receipt, receipt);
          // The index is that of the shard that is there.
          assert.deepEqual(store.outputs, before);
        }
      }
    },
  },
  {
    name: "map says which sample a module has failed on, and what it gave that it must not",
    async run() {
      const inputs = await makeInputs(2);
      const failing: MapFunction = async function* (samples) {
        for await (const sample of samples) {
          if (sample.key === "k1-1") throw new TypeError("no such thing");
          yield sample;
        }
      };
      const store = new JobStore();
      const { failed: [word], done } = await runJob(await planMap(inputs, store, failing));
      assert.equal(done, 1);
      assert.equal(word.message, 'no such thing (the last sample was "k1-1" of "in/s1.tar")');
      assert.isFalse(word.isPermanent);
      assert.equal(store.drafts.size, 0);
      const bytes: MapFunction = async function* (samples) {
        for await (const { key } of samples) yield key;
      };
      const twice: MapFunction = async function* (samples) {
        for await (const { bytes } of samples) yield { key: "same", bytes };
      };
      const attempts: readonly (readonly [unknown, RegExp])[] = [
        [bytes, /gave bytes in the place of a sample/],
        [twice, /the sample before it has the same key/],
        ["no function", /no default export that is a function/],
      ];
      for (const [map, says] of attempts) {
        const job = await planMap(inputs, new JobStore(), map);
        assert.match(String(await rejection(runTask(job, 1))), says);
      }
      assert.match(
        String(await rejection(planMap(inputs, store, upper, { suffix: "npy" }))),
        /suffix/,
      );
      const lacking = planJob(["in/s0.tar"], new JobStore().process(), {
        operation: "map",
        open: opener(inputs),
      });
      assert.match(String(await rejection(lacking)), /"map" takes a module/);
    },
  },
  {
    name: "map lets its module go where it stops early, and ends it by its signal",
    async run() {
      const inputs = await makeInputs(2);
      const first: MapFunction = async function* (samples) {
        for await (const sample of samples) {
          yield sample;
          return;
        }
      };
      const store = new JobStore();
      await runJob(await planMap(inputs, store, first));
      let count = 0;
      for await (const _ of webdataset(store.files.get("s1.tar")!)) count++;
      assert.equal(count, 1);
      const stop = new AbortController();
      const waiting: MapFunction = async function* (samples, { signal }) {
        for await (const sample of samples) {
          stop.abort(new Error("stopped"));
          assert.isTrue(signal.aborted);
          yield sample;
        }
      };
      const job = await planMap(inputs, new JobStore(), waiting);
      assert.match(String(await rejection(runTask(job, 0, { signal: stop.signal }))), /stopped/);
    },
  },
  {
    name: "what writes shards refuses a folder where one is that no job has begun",
    async run() {
      const inputs = await makeInputs(2);
      const store = new JobStore();
      store.files.set("s1.tar", new Uint8Array(1));
      const error = await rejection(planMap(inputs, store, upper)) as WdsError;
      assert.equal(error.code, "source/exists");
      assert.isFalse(store.files.has(".wdstream/plan.json"));
      store.files.delete("s1.tar");
      const job = await planMap(inputs, store, upper);
      await runTask(job, 1);
      assert.equal((await planMap(inputs, store, upper)).key, job.key);
      assert.equal((await openJob(store.process())).key, job.key);
    },
  },
];
