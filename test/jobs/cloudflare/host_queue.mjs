// Jobs in workerd, by a queue and a bucket of miniflare: doubled messages, faults before and after the commit, poison.
// Arguments: miniflare's entry, the bundle, the kernel. Prints a report as the last line.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { planJob, runJob } from "../../../src/jobs/mod.ts";
import { toSource } from "../../../src/storage/mod.ts";
import { makeShard, makeTextShard } from "../../dataset/shards.ts";
import { JobStore } from "../job_store.ts";

const TASKS = 150;
const POISON = 77;

const [miniflare, bundle, wasm] = process.argv.slice(2);
const { Miniflare } = await import(miniflare);
const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules: [
    { type: "ESModule", path: "worker.js", contents: await readFile(bundle, "utf8") },
    { type: "CompiledWasm", path: "wdstream.wasm", contents: await readFile(wasm) },
  ],
  r2Buckets: ["BUCKET"],
  queueProducers: { TASKS: { queueName: "tasks" }, DEAD: { queueName: "dead" } },
  queueConsumers: {
    tasks: { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 20, deadLetterQueue: "dead" },
    dead: { maxBatchSize: 10, maxBatchTimeout: 0 },
  },
});
const bucket = await worker.getR2Bucket("BUCKET");

/** Objects below a prefix, by what follows it. */
async function listBucket(prefix) {
  const names = [];
  let cursor;
  do {
    const page = await bucket.list({ prefix, cursor });
    names.push(...page.objects.map(({ key }) => key.slice(prefix.length)));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return names;
}

async function submit(out, prefix, operation = "index", options = {}) {
  const job = { out, shards: { prefix }, operation, options };
  const body = JSON.stringify(job);
  const response = await worker.dispatchFetch("http://edge/", { method: "POST", body });
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()).sent;
}

async function until(check) {
  for (let tries = 0; tries < 600; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it does not come to an end");
}

/** What one process makes of the same shards. */
async function makeExpected(shards) {
  const store = new JobStore();
  const open = (url) => toSource(shards.get(url), { name: url });
  const job = await planJob([...shards.keys()], store.process(), { operation: "index", open });
  await runJob(job);
  return store.files;
}

const results = [];
async function check(name, run) {
  try {
    await run();
    results.push({ group: "jobs", name, status: "passed" });
  } catch (error) {
    console.error(error);
    results.push({ group: "jobs", name, status: "failed", error: String(error) });
  }
}

const sound = new Map();
for (let i = 0; i < TASKS; i++) {
  const name = `in/s${String(i).padStart(3, "0")}.tar`;
  sound.set(name, await makeTextShard(`k${i}-`, 2));
  await bucket.put(name, sound.get(name));
  const damaged = sound.get(name).slice();
  if (i === POISON) damaged[512 + 200] ^= 1;
  if (i % 5 === POISON % 5) {
    await bucket.put(`bad/s${i}.tar`, i === POISON ? damaged.fill(7, 0, 512) : damaged);
  }
}

await check(
  "a job by a queue whose messages all come twice, over a bucket that fails, is that of one process",
  async () => {
    if (await submit("out", "in/") !== TASKS) throw new Error("not all tasks were sent");
    await until(async () => await bucket.head("out/.wdstream/merged.json") !== null);
    const expected = await makeExpected(sound);
    const names = (await listBucket("out/")).filter((name) => !name.startsWith(".wdstream/"));
    const own = [...expected.keys()].filter((name) => !name.startsWith(".wdstream/"));
    if (names.sort().join() !== own.sort().join()) throw new Error(`${names.length} objects`);
    for (const name of names.filter((name) => name.endsWith(".split"))) {
      const bytes = Buffer.from(await (await bucket.get(`out/${name}`)).arrayBuffer());
      if (!bytes.equals(Buffer.from(expected.get(name)))) throw new Error(`${name} differs`);
    }
    const done = await listBucket("out/.wdstream/done/");
    if (done.length !== TASKS) throw new Error(`${done.length} receipts`);
    if (await submit("out", "in/") !== 0) throw new Error("what is done was sent again");
  },
);

await check(
  "poison ends in the dead-letter queue and leaves word; the others are done",
  async () => {
    const sent = await submit("partly", "bad/");
    await until(async () => (await listBucket("dead/partly/")).length > 0);
    await until(async () => (await listBucket("partly/.wdstream/done/")).length === sent - 1);
    const failed = await listBucket("partly/.wdstream/failed/");
    if (failed.length !== 1) throw new Error(`${failed.length} failures`);
    const word = await (await bucket.get(`partly/.wdstream/failed/${failed[0]}`)).json();
    if (word.shard !== `bad/s${POISON}.tar` || word.offsetBytes !== 0) {
      throw new Error(
        JSON.stringify(word),
      );
    }
    const dead = await listBucket("dead/partly/");
    if (dead.join() !== String(word.task)) throw new Error(`dead: ${dead}`);
    if (await bucket.head("partly/.wdstream/merged.json") !== null) {
      throw new Error(
        "it was merged",
      );
    }
  },
);

await check(
  "what no further try can help goes to the dead letters at once, where these are told",
  async () => {
    const sent = await submit("direct", "bad/");
    await until(async () => (await listBucket("dead/direct/")).length > 0);
    await until(async () => (await listBucket("direct/.wdstream/done/")).length === sent - 1);
    const [dead] = await listBucket("dead/direct/");
    const word = await (await bucket.get(`direct/.wdstream/failed/${dead}.json`)).json();
    if (word.shard !== `bad/s${POISON}.tar`) throw new Error(JSON.stringify(word));
  },
);

await check(
  "a job writes shards larger than a part, whole, over a bucket that fails",
  async () => {
    const shards = new Map();
    for (let i = 0; i < 3; i++) {
      const own = Array.from({ length: 3 }, (_, n) => [
        `s${i}-${n}.bin`,
        new Uint8Array(3_000_000).map((_, at) => (at * (i + 2) + n * 7 + (at >> 8)) & 255),
      ]);
      shards.set(`big/b${i}.tar`, await makeShard(own));
    }
    const indexed = await makeExpected(shards);
    for (const [name, bytes] of [...shards, ...indexed]) {
      await bucket.put(name.startsWith("big/") ? name : `big/${name}`, bytes);
    }
    const options = { maxCount: 100, seed: 3 };
    if (await submit("large", "big/", "reshard", options) !== 1) throw new Error("tasks");
    await until(async () => await bucket.head("large/.wdstream/merged.json") !== null);
    const store = new JobStore();
    const open = (url) => toSource(shards.get(url), { name: url });
    await runJob(
      await planJob([...shards.keys()], store.process(), { operation: "reshard", options, open }),
    );
    const name = "train-000000.tar";
    const written = await bucket.get(`large/${name}`);
    const bytes = Buffer.from(await written.arrayBuffer());
    if (!bytes.equals(Buffer.from(store.files.get(name)))) throw new Error("it differs");
    if (bytes.length < 27_000_000) throw new Error(`${bytes.length} bytes`);
  },
);

console.log(JSON.stringify({ results, digests: {} }));
await worker.dispose();
