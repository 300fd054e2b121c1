/** Workers that are lost or told to go, and a server that has forgotten all: when tasks come again. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { planJob, readStatus, runJob, submitJob } from "../../../../src/jobs/mod.ts";
import { makeTextShard } from "../../../dataset/shards.ts";
import { type Context, demand, demandWhole, FakeJob, type Row, withQueue } from "../context.ts";
import { pause, RUNTIMES, until, WorkerProcess } from "../fleet.ts";
import type { ServerKind } from "../servers.ts";

/** Lines of a job's log that say that a task was begun. */
async function countStarts({ out }: FakeJob): Promise<number> {
  return (await readFile(join(out, "log"), "utf8")).split("start").length - 1;
}

/** How long a task takes to come to another worker after its own was killed. */
async function measureReturn(
  { folder, shared }: Context,
  kind: ServerKind,
  lockMs: number | undefined,
): Promise<number> {
  const job = await FakeJob.make(folder, 1);
  const server = await shared(kind);
  const queue = { name: `return-${lockMs ?? "default"}`, lockMs };
  await withQueue(server, queue, (each) => each.submit(job.missing()));
  const orders = { url: server.url, queue, fake: { sliceMs: 20_000 } };
  const first = await WorkerProcess.start("node", orders);
  let second: WorkerProcess | undefined;
  try {
    await until("the task is begun", async () => await countStarts(job) === 1, 20_000);
    second = await WorkerProcess.start("deno", { ...orders, fake: { sliceMs: 1 } });
    await second.ready;
    first.signal("SIGKILL");
    const killedMs = performance.now();
    await until("it is begun again", async () => await countStarts(job) === 2, 120_000);
    return performance.now() - killedMs;
  } finally {
    for (const worker of [first, second]) {
      worker?.signal("SIGKILL");
      await worker?.ended;
    }
  }
}

const SHORT_LOCK_MS = 1500;

function returnRow(kind: ServerKind, lockMs: number | undefined, mostMs: number): Row {
  const lock = lockMs === undefined ? "the usual lock" : `a lock of ${lockMs} ms`;
  return {
    name: `${kind}: the task of a killed worker is another's within ${
      mostMs / 1000
    } s, with ${lock}`,
    isQuick: lockMs !== undefined,
    needs: [kind],
    async run(context): Promise<string> {
      const ms = await measureReturn(context, kind, lockMs);
      context.demandWithin(ms, mostMs, "the return");
      return `${(ms / 1000).toFixed(1)} s`;
    },
  };
}

function goRow(kind: ServerKind): Row {
  return {
    name: `${kind}: a worker that is told to go gives its task back at once, on each runtime`,
    isQuick: true,
    needs: [kind],
    async run({ folder, shared, demandWithin }): Promise<string> {
      const server = await shared(kind);
      const found: string[] = [];
      for (const runtime of RUNTIMES) {
        const job = await FakeJob.make(folder, 1);
        const queue = { name: `go-${runtime}` };
        await withQueue(server, queue, async (each) => {
          await each.submit(job.missing());
          const orders = { url: server.url, queue, fake: { sliceMs: 500 } };
          const first = await WorkerProcess.start(runtime, orders);
          await until("the task is begun", async () => await countStarts(job) === 1, 20_000);
          const toldMs = performance.now();
          first.signal("SIGTERM");
          const code = await first.ended;
          const ms = performance.now() - toldMs;
          demand(code === 0, `it ended with ${code}: ${first.notes}`);
          // A slice of the task is not broken off.
          demandWithin(ms, 2000, "going");
          const { waiting, running } = await each.counts(job);
          demand(waiting === 1 && running === 0, `${waiting} wait, ${running} run`);
          demand((await readdir(join(job.out, "tmp"))).length === 0, "a draft is left");
          const fake = { sliceMs: 1 };
          const second = await WorkerProcess.start(runtime, { ...orders, fake, untilDry: true });
          demand(await second.ended === 0, second.notes);
          found.push(`${runtime} ${ms.toFixed(0)} ms`);
        });
        demandWhole(await job.check());
      }
      return found.join(", ");
    },
  };
}

const SHARDS = 200;

export const rows: Row[] = [
  returnRow("redis", SHORT_LOCK_MS, 2 * SHORT_LOCK_MS + 1000),
  returnRow("postgres", SHORT_LOCK_MS, 2 * SHORT_LOCK_MS + 1000),
  returnRow("redis", undefined, 50_000),
  returnRow("postgres", undefined, 50_000),
  goRow("redis"),
  goRow("postgres"),
  {
    name:
      "redis: what it has forgotten is missing by the receipts, is submitted again, and nothing is done twice",
    isQuick: true,
    needs: ["redis"],
    async run({ folder, own }): Promise<string> {
      const shards = join(folder, "in");
      await mkdir(shards);
      for (let i = 0; i < SHARDS; i++) {
        await writeFile(join(shards, `s${i}.tar`), await makeTextShard(`k${i}-`, 3));
      }
      const inputs = [join(shards, `s{0..${SHARDS - 1}}.tar`)];
      const [out, alone] = [join(folder, "out"), join(folder, "alone")];
      const job = await planJob(inputs, out, { operation: "stats" });
      const server = await own("redis");
      const queueOptions = { name: "forgets", lockMs: 1500 };
      const orders = { url: server.url, queue: queueOptions, untilDry: true };
      return await withQueue(server, queueOptions, async (queue) => {
        await submitJob(job, out, queue);
        const first = await WorkerProcess.start("node", orders);
        await until(
          "a third is done",
          async () => (await readStatus(job)).done > SHARDS / 3,
          60_000,
        );
        await forgetAll(server.url);
        demand(await first.ended === 0, `it did not see that nothing is left: ${first.notes}`);
        const { done, missing, isMerged } = await readStatus(job);
        demand(done + missing.length === SHARDS && missing.length > 0, `${done} are done`);
        demand(!isMerged, "it was merged with tasks missing");
        const again = await submitJob(job, out, queue);
        demand(
          again.added === missing.length,
          `${again.added} submitted, ${missing.length} missing`,
        );
        const second = await WorkerProcess.start("bun", orders);
        demand(await second.ended === 0, second.notes);
        const made = (first.notes + second.notes).split("made ").length - 1;
        demand(made === SHARDS, `${SHARDS} tasks were done ${made} times`);
        demand((await readStatus(job)).isMerged, "it was not merged");
        await runJob(await planJob(inputs, alone, { operation: "stats" }));
        const [ours, theirs] = await Promise.all(
          [out, alone].map((each) => readFile(join(each, "statistics.json"), "utf8")),
        );
        demand(ours === theirs, "the statistics differ from those of one process");
        return `${missing.length} of ${SHARDS} were forgotten`;
      });
    },
  },
];

async function forgetAll(url: string): Promise<void> {
  const { Redis } = await import("ioredis");
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
  await pause(100);
}
