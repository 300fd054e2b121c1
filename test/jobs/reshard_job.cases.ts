/** `reshard` as a job. */

import { assert } from "chai";
import { noCompression, type TestCase } from "../case.ts";
import type { JobError, WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import {
  type Job,
  planJob,
  type PlanJobOptions,
  readStatus,
  runJob,
  runTask,
} from "../../src/jobs/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { reshard } from "../../src/tools/mod.ts";
import { rejection } from "../storage/bytes.ts";
import { type Inputs, makeInputs, opener } from "./inputs.ts";
import { JobStore, text } from "./job_store.ts";

export const cases: TestCase[] = [
  {
    name: "reshard as a job, output by output, leaves what reshard() writes one after the other",
    async run() {
      const inputs = await makeInputs(5, 7);
      const sources = [...inputs].map(([name, bytes]) => toSource(bytes, { name }));
      for (
        const options of [
          { maxCount: 4, seed: 3, info: true },
          { maxCount: 10, order: "as-is", keys: "numbered", split: "val" },
          { maxCount: 100, seed: 1, index: "none" },
        ] as const
      ) {
        const one = new JobStore();
        const report = await reshard(sources, one.process(), options);
        const two = new JobStore();
        const job = await planJob([...inputs.keys()], two.process(), {
          operation: "reshard",
          options,
          open: opener(inputs),
        });
        assert.equal(job.taskCount, Math.ceil(29 / options.maxCount));
        // The last ones first.
        for (let task = job.taskCount - 1; task >= 0; task--) await runTask(job, task);
        const { merged } = await runJob(job);
        assert.equal(merged!.counts.samples, 29);
        assert.equal(report.samples, 29);
        const expected = one.outputs.filter(([name]) => !/\.reshard\.json$/.test(name));
        assert.deepEqual(two.outputs, expected);
      }
    },
  },
  {
    name: "reshard as a job keeps samples and fields by the rules of reshard()",
    async run() {
      const inputs = await makeInputs(4, 6);
      const sources = [...inputs].map(([name, bytes]) => toSource(bytes, { name }));
      const rules = {
        keyPattern: "k?-*",
        where: 'key != "k1-1" and key not in ["k3-0", "k3-5"]',
        addFields: { "copy.txt": "txt" },
        dropFields: ["txt"],
      };
      const all = { order: "mixed", seed: 5, maxCount: 100 } as const;
      const one = new JobStore();
      const { samples, dropped } = await reshard(sources, one.process(), { ...all, ...rules });
      const expected = await Array.fromAsync(webdataset(one.process().open("train-000000.tar")));
      const store = new JobStore();
      const job = await planJob([...inputs.keys()], store.process(), {
        operation: "reshard",
        options: { ...all, ...rules, maxCount: 5 },
        open: opener(inputs),
      });
      const { merged } = await runJob(job);
      assert.deepEqual(merged!.counts, { samples, dropped });
      assert.isTrue(samples > 0 && dropped > 0);
      const written = job.plan.outputs.map((name) => store.process().open(name));
      const found = await Array.fromAsync(webdataset(written));
      const facts = (list: typeof found): unknown[] =>
        list.map(({ key, bytes }) => [key, Object.entries(bytes)]);
      assert.deepEqual(facts(found), facts(expected));
      assert.isTrue(found.every(({ bytes }) => Object.keys(bytes).includes("copy.txt")));
    },
  },
  {
    name: "reshard as a job writes an output that no sample is left for, and lists it",
    async run() {
      const inputs = await makeInputs(3, 4);
      const store = new JobStore();
      const job = await planJob([...inputs.keys()], store.process(), {
        operation: "reshard",
        options: { maxCount: 3, keyPattern: "no such key", info: true },
        open: opener(inputs),
      });
      const { merged } = await runJob(job);
      const { samples, dropped } = merged!.counts;
      assert.deepEqual([samples, dropped > 0], [0, true]);
      const files = job.plan.outputs.map((name) => store.files.get(name)!);
      assert.equal(files.length, 3);
      // The end of an archive, and nothing before it.
      assert.isTrue(files.every((bytes) => bytes.length === 10240 && !bytes.some(Boolean)));
      const listed = JSON.parse(text(store.files.get("_info.json")!));
      assert.equal(listed.splits.train.num_samples, 0);
      assert.equal(listed.splits.train.shard_lengths.length, 3);
    },
  },
  {
    name: "reshard as a job refuses rules that are none when it is planned",
    async run() {
      const inputs = await makeInputs(2);
      for (
        const [options, message] of [
          [{ where: "json.width >=" }, /no expression/],
          [{ addFields: { cls: "(" } }, /no expression/],
          [{ addFields: ["cls"] }, /by the names of fields/],
          [{ classes: [1.5] }, /integer/],
          [{ classes: "1" }, /list/],
          [{ keyPattern: 3 }, /string/],
          [{ dropFields: [3] }, /strings/],
        ] as const
      ) {
        const error = await rejection(planJob([...inputs.keys()], new JobStore().process(), {
          operation: "reshard",
          options: options as PlanJobOptions["options"],
          open: opener(inputs),
        }));
        assert.match(String(error), message);
        assert.isTrue(error instanceof TypeError || error instanceof RangeError);
      }
    },
  },
  {
    name: "reshard as a job needs lengths, and refuses an input that is another",
    skip: noCompression,
    async run() {
      const inputs = await makeInputs(2);
      const stream = new Blob([inputs.get("in/s1.tar")! as BlobPart]).stream()
        .pipeThrough(new CompressionStream("gzip"));
      const packed = new Uint8Array(await new Response(stream).arrayBuffer());
      const plan = (given: Inputs, options: PlanJobOptions["options"] = {}): Promise<Job> =>
        planJob([...given.keys()], new JobStore().process(), {
          operation: "reshard",
          options,
          open: opener(given),
        });
      const unknown = await rejection(plan(new Map([...inputs, ["in/p.tar.gz", packed]])));
      assert.equal((unknown as WdsError).code, "index/needed");
      assert.match(String(await rejection(plan(inputs, { onError: "skip" }))), /sound alone/);
      const job = await plan(inputs, { maxCount: 2 });
      inputs.set("in/s1.tar", (await makeInputs(2, 5)).get("in/s1.tar")!);
      const error = await rejection(runTask(job, 1)) as JobError;
      assert.equal(error.code, "job/changed");
      assert.equal((await readStatus(job)).failed[0].name, "train-000001.tar");
    },
  },
];
