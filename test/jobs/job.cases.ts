/** Jobs: plans and what refuses them, shares, statistics and findings of all shards, status, poison, timers. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { type JobError, SourceError, TarError, type WdsError } from "../../src/errors.ts";
import { canonicalJson, sha256 } from "../../src/jobs/canonical.ts";
import {
  isPermanent,
  type Job,
  mergeJob,
  openJob,
  planJob,
  readStatus,
  recordFailure,
  runJob,
  runTask,
} from "../../src/jobs/mod.ts";
import { type Source, type Store, toSource, wrap } from "../../src/storage/mod.ts";
import { collectStatistics } from "../../src/tools/mod.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { rejection } from "../storage/bytes.ts";
import { S3Host } from "../storage/s3_host.ts";
import { MemoryStore } from "../writing/memory_store.ts";
import { type Inputs, makeInputs, opener } from "./inputs.ts";
import { JobStore } from "./job_store.ts";

const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

async function plan(inputs: Inputs, store: Store, options: object = {}): Promise<Job> {
  return await planJob([...inputs.keys()], store, {
    operation: "stats",
    open: opener(inputs),
    ...options,
  });
}

export const cases: TestCase[] = [
  {
    name: "canonicalJson() and the key are those of Python's json and hashlib",
    async run() {
      // json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False), hashlib.sha256
      const value = {
        c: {},
        a: { é: 2, z: 1, Z: "x", none: undefined },
        b: [1, 2.5, null, true, 'ü"\n'],
      };
      const text = canonicalJson(value);
      assert.equal(text, PYTHON.text);
      assert.equal(await sha256(text), PYTHON.sha256);
      // Objects would put names that are numbers first, and in another order.
      const item = {
        9: { x: [{ 2: 1, 11: 2 }] },
        10: 1,
        a: [],
      };
      const other = { b: 1, a: { y: [], x: -0.5, none: undefined } };
      const texts = ['{"10":1,"9":{"x":[{"11":2,"2":1}]},"a":[]}', '{"a":{"x":-0.5,"y":[]},"b":1}'];
      assert.equal(canonicalJson([item, other]), `[${texts}]`);
      // Names that every object has of its own kind.
      const odd = JSON.parse('[{"toString":1,"b":2},{"b":3},{"a":{"__proto__":4}},{"c":5}]');
      assert.equal(
        canonicalJson(odd.slice(0, 2).concat({ constructor: 1 })),
        '[{"b":2,"toString":1},{"b":3},{"constructor":1}]',
      );
      assert.equal(
        canonicalJson(odd),
        '[{"b":2,"toString":1},{"b":3},{"a":{"__proto__":4}},{"c":5}]',
      );
      // Long lists are written in parcels.
      for (const length of [0, 1, 999, 1000, 1001, 2500]) {
        const plain = Array(length).fill(other);
        assert.equal(canonicalJson(plain), `[${Array(length).fill(texts[1])}]`, `${length}`);
        if (length === 0) continue;
        assert.equal(
          canonicalJson([...plain, item]),
          `[${[...Array(length).fill(texts[1]), texts[0]]}]`,
        );
      }
    },
  },
  {
    name:
      "planJob() stores canonical JSON whose SHA-256 is the key, and opens it where it is there",
    async run() {
      const inputs = await makeInputs(3);
      const store = new JobStore();
      const first = await plan(inputs, store.process());
      const text = decode(store.files.get(".wdstream/plan.json"));
      assert.equal(await sha256(text), first.key);
      assert.equal(canonicalJson(JSON.parse(text)), text);
      assert.equal(first.taskCount, 3);
      const [input] = first.plan.inputs;
      assert.equal(input.url, "in/s0.tar");
      assert.equal(input.sizeBytes, inputs.get("in/s0.tar")!.length);
      assert.match(input.etag!, /^"\d+"$/);
      const again = await plan(inputs, store.process(), { options: { endOfArchive: "required" } });
      assert.equal(again.key, first.key);
      assert.equal((await openJob(store.process())).key, first.key);
    },
  },
  {
    name: "planJob() refuses a folder with another plan and names what differs",
    async run() {
      const inputs = await makeInputs(3);
      const store = new JobStore();
      await runJob(await plan(inputs, store.process()));
      const changed: Inputs = new Map(inputs);
      changed.set("in/s1.tar", await makeTextShard("other", 3));
      const fewer: Inputs = new Map([...inputs].slice(1));
      const attempts: readonly (readonly [Inputs, object, RegExp])[] = [
        [inputs, { options: { endOfArchive: "optional" } }, /endOfArchive "required"/],
        [inputs, { operation: "verify" }, /had operation "stats", and not "verify"/],
        [changed, {}, /had inputs\[1\]\.etag "\\"\d+\\"", and not/],
        [fewer, {}, /had inputs\.length 3, and not 2/],
      ];
      for (const [given, options, says] of attempts) {
        const error = await rejection(plan(given, store.process(), options)) as JobError;
        assert.equal(error.code, "job/plan");
        assert.match(error.message, says);
      }
      // Where nothing is done yet, one that was mistyped may be replaced.
      const fresh = new JobStore();
      const mistyped = await plan(fewer, fresh.process());
      const options = { unstarted: "replace" };
      const job = await plan(inputs, fresh.process(), options);
      assert.notEqual(job.key, mistyped.key);
      assert.equal((await openJob(fresh.process())).key, job.key);
      await runTask(job, 0);
      const error = await rejection(plan(fewer, fresh.process(), options)) as JobError;
      assert.equal(error.code, "job/plan");
    },
  },
  {
    name: "planJob() names mistakes in its options",
    async run() {
      const inputs = await makeInputs(2);
      const attempts: readonly (readonly [object, RegExp])[] = [
        [{ operation: "sort" }, /there is no operation "sort"/],
        [{ options: { short: 3 } }, /there is no option "short"/],
        [{ options: { endOfArchive: "maybe" } }, /endOfArchive must be one of/],
        [{ operation: "verify", options: { skip: ["all"] } }, /there is no check "all"/],
        [{ module: "x.ts" }, /takes no module/],
        [{ workers: -1 }, /workers must be an integer/],
      ];
      for (const [options, says] of attempts) {
        const error = await rejection(plan(inputs, new JobStore().process(), options));
        assert.match(String(error), says);
      }
      assert.match(String(await rejection(plan(new Map(), new MemoryStore()))), /needs a shard/);
      const twins = new Map([["a/x.tar", new Uint8Array(1)], ["b/x.tar", new Uint8Array(1)]]);
      const error = await rejection(plan(twins, new MemoryStore(), { operation: "index" }));
      assert.match(String(error), /two shards are called "x\.tar"/);
      const readOnly: Store = { open: (name) => toSource(new Uint8Array(0), { name }) };
      assert.match(String(await rejection(plan(inputs, readOnly))), /nothing can be put/);
    },
  },
  {
    name: "an input that was changed since is an error, of a task that is done, too",
    async run() {
      const inputs = await makeInputs(3);
      const store = new JobStore();
      const job = await plan(inputs, store.process());
      await runTask(job, 0);
      for (const name of ["in/s0.tar", "in/s1.tar"]) {
        inputs.set(name, await makeTextShard("changed", 2));
      }
      for (const task of [0, 1]) {
        const error = await rejection(runTask(job, task)) as JobError;
        assert.equal(error.code, "job/changed");
        assert.equal(error.shard, `in/s${task}.tar`);
        assert.isTrue(isPermanent(error));
      }
      assert.equal((await runTask(job, 2)).outcome, "made");
      assert.deepEqual((await readStatus(job)).missing, [1]);
    },
  },
  {
    name: "shares of 1, 3 and 64 processes, in any order and twice, leave the same bytes",
    async run() {
      const inputs = await makeInputs(7);
      const stores: JobStore[] = [];
      for (const world of [1, 3, 64]) {
        const store = new JobStore();
        stores.push(store);
        const job = await plan(inputs, store.process(), { operation: "index" });
        const merges: boolean[] = [];
        for (let rank = world - 1; rank >= 0; rank--) {
          const { made, isMerged } = await runJob(job, { rank, world });
          assert.equal(made, Math.ceil((7 - rank) / world));
          merges.push(isMerged);
          if (rank === 1) assert.equal((await runJob(job, { rank, world })).made, 0);
        }
        // The last one out.
        assert.deepEqual(merges.filter(Boolean).length, 1);
        assert.isTrue(merges.at(-1));
      }
      for (const store of stores) assert.deepEqual(store.all, stores[0].all);
      const job = await openJob(stores[0].process());
      assert.match(String(await rejection(runJob(job, { rank: 3, world: 3 }))), /below 3/);
    },
  },
  {
    name: "stats as a job adds up to what one pass counts",
    async run({ read }) {
      const inputs = await makeInputs(3);
      inputs.set("in/pictures.tar", await read("sample.tar"));
      const store = new JobStore();
      await runJob(await plan(inputs, store.process()));
      const sources = [...inputs].map(([name, bytes]) => toSource(bytes, { name }));
      const whole = await collectStatistics(sources);
      assert.deepEqual(JSON.parse(decode(store.files.get("statistics.json"))), whole);
    },
  },
  {
    name: "poison leaves word of shard, key and offset; the others are done, and merge refuses",
    async run() {
      const inputs = await makeInputs(4);
      const sound = inputs.get("in/s2.tar")!;
      const damaged = sound.slice();
      damaged[1024 + 150] ^= 1;
      inputs.set("in/s2.tar", damaged);
      const store = new JobStore();
      const job = await plan(inputs, store.process(), { operation: "index" });
      const { made, failed, isMerged, done } = await runJob(job);
      assert.deepEqual([made, done, isMerged], [3, 3, false]);
      assert.equal(failed.length, 1);
      const { failed: [word], missing } = await readStatus(job);
      assert.deepEqual(missing, [2]);
      assert.deepInclude(word, { task: 2, name: "in/s2.tar", code: "tar/bad-header" });
      assert.deepInclude(word, { shard: "in/s2.tar", offsetBytes: 1024, isPermanent: true });
      const error = await rejection(mergeJob(job)) as JobError;
      assert.equal(error.code, "job/incomplete");
      assert.match(error.message, /1 of 4 tasks .* task 2; "in\/s2\.tar": .*header/);
      const { missing: left } = await mergeJob(job, { allowMissing: true });
      assert.deepEqual(left, [2]);
      const lacking = decode(store.files.get("s0.tar.split"));
      // Once it is mended by the same bytes' return, all is as if nothing had been.
      inputs.set("in/s2.tar", sound);
      const again = new JobStore();
      const first = await rejection(plan(inputs, store.process(), { operation: "index" }));
      assert.match(String(first), /inputs\[2\]\.etag/);
      const mended = await plan(inputs, again.process(), { operation: "index" });
      await recordFailure(mended, 2, new Error("the machine"));
      for (const task of [0, 1, 3]) await runTask(mended, task);
      await mergeJob(mended, { allowMissing: true });
      assert.notEqual(decode(again.files.get("s0.tar.split")), "");
      assert.equal((await readStatus(mended)).failed.length, 1);
      assert.isTrue((await runJob(mended)).isMerged);
      assert.isFalse(again.files.has(".wdstream/failed/2.json"));
      assert.notEqual(decode(again.files.get("s0.tar.split")), lacking);
      const whole = new JobStore();
      await runJob(await plan(inputs, whole.process(), { operation: "index" }));
      assert.deepEqual(again.all, whole.all);
    },
  },
  {
    name:
      "what could not be read is no finding and no count: the task is not done, and may be later",
    async run() {
      for (const operation of ["verify", "stats", "index"]) {
        const inputs = await makeInputs(2);
        let isDown = false;
        const open = (url: string) =>
          wrap(opener(inputs)(url) as Source, {
            open(options, source) {
              if (isDown) {
                throw new SourceError("source/network", { action: "open", reason: "it is down" });
              }
              return source.open(options);
            },
          });
        const store = new JobStore();
        const job = await plan(inputs, store.process(), { operation, open });
        isDown = true;
        const error = await rejection(runTask(job, 0)) as WdsError;
        assert.equal(error.code, "source/network", operation);
        assert.isFalse(isPermanent(error));
        assert.isFalse(store.files.has(".wdstream/failed/0.json"));
        isDown = false;
        assert.isTrue((await runJob(job)).isMerged, operation);
      }
    },
  },
  {
    name: "a task that ends its process does not keep the others of its share from being done",
    async run() {
      const inputs = await makeInputs(4);
      const store = new JobStore();
      const start = async (): Promise<Job> => {
        const process = store.process();
        const job = await plan(inputs, process, { operation: "index" });
        const { run } = job.operation;
        return {
          ...job,
          operation: {
            ...job.operation,
            async run(task) {
              if (task.number !== 1) return await run(task);
              await task.create("s1.tar.idx");
              process.isKilled = true;
              throw new Error("out of memory");
            },
          },
        };
      };
      const job = await plan(inputs, store.process(), { operation: "index" });
      for (const done of [1, 3]) {
        await rejection(runJob(await start()));
        assert.equal((await readStatus(job)).done, done);
      }
      assert.deepEqual((await readStatus(job)).missing, [1]);
    },
  },
  {
    name: "isPermanent() tells faults of data from those of the way to them",
    run(): void {
      const failure = { action: "read", reason: "it is so" };
      assert.isTrue(isPermanent(new TarError("tar/truncated", failure)));
      assert.isFalse(isPermanent(new TypeError("fetch failed")));
      for (const [code, isDamage] of [["source/network", false], ["source/gzip", true]] as const) {
        const error = new SourceError(code, failure);
        assert.equal(isPermanent(error), isDamage, code);
      }
    },
  },
  {
    name: "readStatus() takes one listing, whatever the number of tasks",
    async run() {
      const inputs = await makeInputs(20, 1);
      const store = new JobStore();
      const job = await plan(inputs, store.process(), { operation: "index" });
      await runJob(job, { rank: 1, world: 2 });
      const process = store.process();
      const status = await readStatus({ ...job, store: process });
      assert.deepInclude(status, { tasks: 20, done: 10, isMerged: false, operation: "index" });
      assert.deepEqual(process.steps, ["before list .wdstream/", "after list .wdstream/"]);
      await runJob(job);
      assert.isTrue((await readStatus(job)).isMerged);
    },
  },
  {
    name: "a job lives in a store that can neither list nor remove",
    async run() {
      const inputs = await makeInputs(3);
      const store = new MemoryStore();
      const job = await plan(inputs, store, { operation: "index" });
      await runJob(job, { rank: 0, world: 2 });
      assert.deepInclude(await readStatus(job), { done: 2, missing: [1] });
      assert.isTrue((await runJob(job)).isMerged);
      const other = new JobStore();
      await runJob(await plan(inputs, other.process(), { operation: "index" }));
      assert.deepEqual([...store.files.keys()].sort(), [...other.files.keys()].sort());
      for (const [name, bytes] of store.files) assert.deepEqual(other.files.get(name), bytes, name);
    },
  },
  {
    name: "a pass over a shard in memory lets timers have their turn",
    async run() {
      const inputs = new Map([["a.tar", await makeTextShard("k", 1500)]]);
      const job = await plan(inputs, new JobStore().process());
      let breaths = 0;
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      const startMs = performance.now();
      await runTask(job, 0, {
        yieldNow: () => {
          breaths++;
          return new Promise((resolve) => setTimeout(resolve, 2));
        },
      });
      clearInterval(timer);
      const tenths = Math.floor((performance.now() - startMs) / 100);
      // Clocks that stand still between messages tell nothing.
      if (tenths < 2) return;
      assert.isAtLeast(breaths, tenths / 3);
      assert.isAtLeast(ticks, breaths);
    },
  },
  {
    name: "runTask() stops by its signal and by its limit, and leaves nothing half-written",
    async run() {
      const inputs = await makeInputs(2);
      const store = new JobStore();
      const job = await plan(inputs, store.process(), { operation: "index" });
      const hanging: Job = {
        ...job,
        operation: {
          ...job.operation,
          async run({ create, signal }) {
            const output = await create("s0.tar.idx");
            await output.write(new Uint8Array(9));
            await new Promise((_, reject) => {
              const stop = (): void => reject(signal!.reason);
              // On a busy machine its time may be up before it comes here.
              if (signal!.aborted) stop();
              else signal!.addEventListener("abort", stop);
            });
            return { counts: {} };
          },
        },
      };
      const late = await rejection(runTask(hanging, 0, { timeoutMs: 20 })) as JobError;
      assert.equal(late.code, "job/timeout");
      assert.isFalse(isPermanent(late));
      const stop = new AbortController();
      const running = rejection(runTask(hanging, 0, { signal: stop.signal }));
      setTimeout(() => stop.abort(new Error("stopped")), 10);
      assert.match(String(await running), /stopped/);
      assert.equal(store.drafts.size, 0);
      assert.deepEqual(store.outputs, []);
      assert.isFalse(store.files.has(".wdstream/failed/0.json"));
      assert.match(String(await rejection(runTask(job, 2))), /there are 2 tasks/);
    },
  },
  {
    name:
      "a job in a bucket, of shards in a bucket, whose answers are lost and whose puts meet others",
    async run() {
      const inputs = await makeInputs(3);
      const objects: Record<string, Uint8Array<ArrayBuffer>> = {};
      for (const [name, bytes] of inputs) objects[name] = new Uint8Array(bytes);
      const host = new S3Host(objects, { pageSize: 2 });
      const faults = new Map([["/b/out/s1.tar.idx", "lost"], ["/b/out/s2.tar.idx", "conflict"]]);
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const path = new URL(String(input)).pathname;
        const fault = init?.method === "PUT" ? faults.get(path) : undefined;
        if (fault !== undefined) faults.delete(path);
        if (fault === "conflict") return new Response("<Error/>", { status: 409 });
        const answer = await host.fetch(input, init);
        if (fault === "lost") throw new TypeError("connection reset");
        return answer;
      };
      const access = { fetch, s3: { endpoint: "http://127.0.0.1:9" } };
      const urls = [...inputs.keys()].map((name) => `s3://b/${name}`);
      const options = { operation: "index", access } as const;
      const job = await planJob(urls, "s3://b/out", options);
      assert.deepEqual(job.plan.inputs.map(({ url }) => url), urls);
      const opened = await openJob("s3://b/out/.wdstream/plan.json", { access });
      assert.equal(opened.key, job.key);
      for (const rank of [0, 1]) await runJob(opened, { rank, world: 2 });
      assert.equal(faults.size, 0);
      assert.deepInclude(await readStatus(job), { done: 3, isMerged: true, failed: [] });
      const files = new JobStore();
      await runJob(await plan(inputs, files.process(), { operation: "index" }));
      for (const [name, bytes] of files.files) {
        if (/\.split$/.test(name)) assert.deepEqual(host.objects.get(`out/${name}`), bytes, name);
      }
      assert.isTrue(host.objects.has("out/s2.tar.idx"));
    },
  },
  {
    name: "nothing secret comes into plans, receipts, words of failures and errors",
    async run() {
      const secret = "s3cr3t";
      const url =
        `https://user:${secret}@host.example/a.tar?token=${secret}&X-Amz-Signature=${secret}`;
      const store = new JobStore();
      const fetch = (): Promise<Response> =>
        Promise.resolve(new Response("no", { status: 403, headers: { etag: '"1"' } }));
      const access = { fetch, token: secret };
      const first = await rejection(
        planJob([url], store.process(), { operation: "index", access }),
      ) as WdsError;
      assert.equal(first.code, "source/unauthorized");
      const known = [{ url: "https://host.example/a.tar", sizeBytes: 10 }];
      const job = await planJob(known, store.process(), { operation: "index", access });
      const { failed } = await runJob(job);
      await recordFailure(job, 0, new Error(`fetch ${url} failed`));
      assert.equal(failed.length, 1);
      const all = JSON.stringify([store.all, first.message, failed, String(first.cause)]);
      assert.include(all, "host.example");
      assert.notInclude(all, secret);
    },
  },
];

const PYTHON = {
  text: '{"a":{"Z":"x","z":1,"é":2},"b":[1,2.5,null,true,"ü\\"\\n"],"c":{}}',
  sha256: "e6bb84fe3822da4b1ee6741efa320352d13d3d6ce355f5e909f4ab1288bcdc7b",
};
