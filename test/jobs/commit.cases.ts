/** What a job leaves whose processes are killed at each step, come twice, or do not do the same twice. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { JobError } from "../../src/errors.ts";
import { putWhole } from "../../src/storage/store.ts";
import {
  type Job,
  mergeJob,
  openJob,
  planJob,
  type PlanJobOptions,
  runJob,
  runTask,
  type TaskContext,
} from "../../src/jobs/mod.ts";
import { rejection } from "../storage/bytes.ts";
import { type Inputs, makeInputs, opener } from "./inputs.ts";
import { type JobProcess, JobStore, Killed } from "./job_store.ts";

/** Plans and does a whole job, as the only process. */
async function runAll(
  inputs: Inputs,
  process: JobProcess,
  options: Partial<PlanJobOptions> = {},
): Promise<void> {
  const open = opener(inputs);
  const job = await planJob([...inputs.keys()], process, { operation: "index", open, ...options });
  const { isMerged } = await runJob(job, { onFailure: "throw" });
  assert.isTrue(isMerged);
}

/** Steps of the protocol: what is met of them before and after, a process was killed at. */
const STEPS = [
  "begin .wdstream/plan.json",
  "finish .wdstream/plan.json",
  "open .wdstream/done/N.json",
  "begin sN.tar.idx",
  "write sN.tar.idx",
  "finish sN.tar.idx",
  "open sN.tar.idx",
  "begin .wdstream/done/N.json",
  "write .wdstream/done/N.json",
  "finish .wdstream/done/N.json",
  "list .wdstream/",
  "begin sN.tar.split",
  "finish sN.tar.split",
  "begin .wdstream/merged.json",
  "finish .wdstream/merged.json",
  "remove .wdstream/tmp",
];

/** A writer without a protocol: straight to the name, and what is there counts as done. */
async function writeNaively(inputs: Inputs, process: JobProcess): Promise<void> {
  for (const [url, bytes] of inputs) {
    const name = `${url.slice(3)}.copy`;
    const isThere = await process.open(name).stat!().then(() => true, (error) => {
      if (error instanceof Killed) throw error;
      return false;
    });
    if (isThere) continue;
    for (const end of [bytes.length >> 1, bytes.length]) {
      await putWhole(await process.create(name), bytes.subarray(0, end));
    }
  }
}

/** Kills a process at each of its steps, and has another one go on. Gives the steps, and what was left differently. */
async function killEverywhere(
  inputs: Inputs,
  run: (inputs: Inputs, process: JobProcess) => Promise<void>,
): Promise<{ steps: Set<string>; kills: number; wrong: string[]; drafts: number }> {
  const whole = new JobStore();
  await run(inputs, whole.process());
  const steps = new Set<string>();
  const wrong: string[] = [];
  let drafts = 0;
  for (let killAt = 1;; killAt++) {
    const store = new JobStore();
    const first = store.process(killAt);
    const error = await run(inputs, first).then(() => undefined, (reason) => reason);
    if (!first.isKilled) return { steps, kills: killAt - 1, wrong, drafts };
    assert.instanceOf(error, Killed, String(error));
    const step = first.steps.at(-1)!;
    steps.add(step);
    // The one that goes on is killed once more: at the same number of steps, or at each.
    const isEach = /^after (finish|begin) s/.test(step);
    const left = isEach ? Array.from({ length: killAt + 9 }, (_, i) => i + 1) : [killAt];
    for (const again of left) {
      const copy = store.copy();
      const second = copy.process(again);
      await run(inputs, second)
        .catch((reason) => assert.instanceOf(reason, Killed, String(reason)));
      if (second.isKilled) steps.add(second.steps.at(-1)!);
      await run(inputs, copy.process());
      if (JSON.stringify(copy.all) !== JSON.stringify(whole.all)) wrong.push(step);
      drafts += copy.drafts.size;
    }
  }
}

/** A job whose tasks make something of their own. */
async function madeUp(
  store: JobStore,
  make: (task: TaskContext) => string,
  isExact = true,
): Promise<Job> {
  const inputs = await makeInputs(2);
  const open = opener(inputs);
  const job = await planJob([...inputs.keys()], store.process(), { operation: "index", open });
  return {
    ...job,
    operation: {
      ...job.operation,
      isExact: () => isExact,
      async run(task) {
        const output = await task.create(task.plan.outputs[task.number]);
        await output.write(new TextEncoder().encode(make(task)));
        await output.finish();
        return { counts: { samples: 1 } };
      },
    },
  };
}

export const cases: TestCase[] = [
  {
    name: "a job killed before and after each step, twice, leaves the bytes of one that was not",
    async run() {
      const { steps, kills, wrong, drafts } = await killEverywhere(await makeInputs(2), runAll);
      assert.deepEqual(wrong, []);
      assert.isAbove(kills, 50);
      assert.equal(drafts, 0, "drafts are left");
      for (const step of STEPS) {
        assert.isTrue(steps.has(`before ${step}`), `never killed before "${step}"`);
        assert.isTrue(steps.has(`after ${step}`), `never killed after "${step}"`);
      }
    },
  },
  {
    name: "the same kills find a writer without the protocol",
    async run() {
      const { wrong } = await killEverywhere(await makeInputs(2), writeNaively);
      assert.isAbove(wrong.length, 3);
    },
  },
  {
    name: "runTask() that comes twice at once makes one output and one receipt",
    async run() {
      const inputs = await makeInputs(3);
      const open = opener(inputs);
      const store = new JobStore();
      const options = { operation: "index", open } as const;
      const job = await planJob([...inputs.keys()], store.process(), options);
      for (let task = 0; task < 3; task++) {
        const runs = await Promise.all([1, 2, 3, 4].map(() => runTask(job, task)));
        const outcomes = runs.map(({ outcome }) => outcome).sort();
        assert.isAtLeast(outcomes.filter((outcome) => outcome === "made").length, 1);
        assert.notInclude(outcomes, "there");
        for (const { receipt } of runs) assert.deepEqual(receipt, runs[0].receipt);
        assert.equal((await runTask(job, task)).outcome, "there");
      }
      await mergeJob(job);
      const alone = new JobStore();
      await runAll(inputs, alone.process());
      assert.deepEqual(store.all, alone.all);
    },
  },
  {
    name:
      "an operation that does not make the same each time is found by the first task that comes twice",
    async run() {
      const store = new JobStore();
      let calls = 0;
      const job = await madeUp(store, () => `call ${++calls}`);
      await runTask(job, 0);
      // One that was killed between its output and its receipt.
      store.files.delete(".wdstream/done/0.json");
      const error = await rejection(runTask(job, 0)) as JobError;
      assert.equal(error.code, "job/differs");
      const digests = error.message.match(/[0-9a-f]{64}/g)!;
      assert.equal(new Set(digests).size, 2, error.message);
      assert.equal(error.shard, "s0.tar.idx");
      assert.isTrue(store.files.has(".wdstream/failed/0.json"));
      assert.equal(new TextDecoder().decode(store.files.get("s0.tar.idx")), "call 1");
    },
  },
  {
    name: "what need not be the same each time is what the first has made",
    async run() {
      const store = new JobStore();
      let calls = 0;
      const job = await madeUp(store, () => `call ${++calls}`, false);
      const { receipt } = await runTask(job, 0);
      store.files.delete(".wdstream/done/0.json");
      const again = await runTask(job, 0);
      assert.equal(again.outcome, "made");
      assert.deepEqual(again.receipt, receipt);
      assert.equal(calls, 2);
    },
  },
  {
    name: "an output that was taken away is made again, and one that was changed is an error",
    async run() {
      const inputs = await makeInputs(2);
      const store = new JobStore();
      await runAll(inputs, store.process());
      const all = store.all;
      store.files.delete("s1.tar.idx");
      await runAll(inputs, store.process());
      assert.deepEqual(store.all, all);
      store.files.set("s1.tar.idx", new TextEncoder().encode("something else"));
      const error = await rejection(runAll(inputs, store.process())) as JobError;
      assert.equal(error.code, "job/differs");
    },
  },
  {
    name: "a task whose draft is swept away by a merge finds that it is done",
    async run() {
      const inputs = await makeInputs(1);
      const open = opener(inputs);
      const store = new JobStore();
      const job = await planJob([...inputs.keys()], store.process(), { operation: "index", open });
      let isSwept = false;
      // Stopped for long: meanwhile another one does the task and merges.
      const slow: Job = {
        ...job,
        operation: {
          ...job.operation,
          async run(task) {
            const output = await task.create("s0.tar.idx");
            await output.write(new Uint8Array(3));
            await runJob(job);
            isSwept = store.drafts.size === 0;
            await output.finish();
            return { counts: {} };
          },
        },
      };
      const { outcome, receipt } = await runTask(slow, 0);
      assert.isTrue(isSwept);
      assert.equal(outcome, "lost-race");
      assert.deepEqual(receipt, (await runTask(job, 0)).receipt);
    },
  },
  {
    name:
      "merging leaves drafts of tasks that are not done, and takes those away that are older than a day",
    async run() {
      const inputs = await makeInputs(2);
      const open = opener(inputs);
      const store = new JobStore();
      const job = await planJob([...inputs.keys()], store.process(), { operation: "index", open });
      await runTask(job, 0);
      const day = 24 * 3600 * 1000;
      const drafts = new Map([["0-a", 0], ["1-young", day / 2], ["1-old", 1.5 * day]]);
      for (const name of drafts.keys()) {
        store.drafts.set(`.wdstream/tmp/${name}`, new Uint8Array(1));
      }
      const { list } = job.store;
      const timed: Job = {
        ...job,
        store: Object.assign(Object.create(job.store), {
          async *list(...given: Parameters<NonNullable<typeof list>>) {
            for await (const object of list!.apply(job.store, given)) {
              const age = drafts.get(object.name.replace(".wdstream/tmp/", ""));
              yield age === undefined ? object : { ...object, lastModifiedMs: Date.now() - age };
            }
          },
          open: (name: string) => job.store.open(name),
          create: (...given: Parameters<JobProcess["create"]>) => job.store.create!(...given),
          remove: (name: string) => job.store.remove!(name),
        }),
      };
      const { swept, missing } = await mergeJob(timed, { allowMissing: true });
      assert.deepEqual(missing, [1]);
      assert.equal(swept, 2);
      assert.deepEqual([...store.drafts.keys()], [".wdstream/tmp/1-young"]);
    },
  },
  {
    name: "openJob() refuses a plan of another key, and one that is damaged",
    async run() {
      const inputs = await makeInputs(1);
      const store = new JobStore();
      await runAll(inputs, store.process());
      const other = await rejection(openJob(store.process(), { key: "0".repeat(64) })) as JobError;
      assert.equal(other.code, "job/plan");
      const plan = new TextDecoder().decode(store.files.get(".wdstream/plan.json"));
      for (
        const damaged of [
          "{",
          "[]",
          plan.replace('"version":1', '"version":2'),
          plan.replace('"index"', '"indexing"'),
          plan.replace("s0.tar.idx", "../s0.tar.idx"),
          plan.replace("s0.tar.idx", ".wdstream/plan.json"),
          plan.replace(/"inputs":\[.*?\]/, '"inputs":3'),
        ]
      ) {
        assert.notEqual(damaged, plan);
        store.files.set(".wdstream/plan.json", new TextEncoder().encode(damaged));
        const error = await rejection(openJob(store.process())) as JobError;
        assert.equal(error.code, "job/plan", damaged);
      }
    },
  },
];
