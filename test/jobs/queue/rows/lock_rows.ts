/** Tasks from memory that take as long as several locks: their lock is kept, because they let timers fire. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleShard } from "../../../../src/dataset/mod.ts";
import { planJob, runTask, submitJob } from "../../../../src/jobs/mod.ts";
import { readTar, type TarEntry, writeTar } from "../../../../src/tar/mod.ts";
import { toSource } from "../../../../src/storage/mod.ts";
import { type Context, demand, FakeJob, type Row, withQueue } from "../context.ts";
import { pause, type RuntimeName, RUNTIMES, until, WorkerProcess } from "../fleet.ts";

/** Twice what a busy machine takes to compile what the first task needs, which lets no timer fire either. */
const LOCK_MS = 2000;
const LOCKS = 3.5;
const WORKERS = 2;

/** A shard whose images are those of the built-in sample, several times. */
async function writeCopies(path: string, copies: number): Promise<void> {
  const members: TarEntry[] = [];
  for await (const entry of readTar(new Blob([await readFile(sampleShard())]).stream())) {
    members.push(entry);
  }
  const chunks: Uint8Array[] = [];
  const all = Array.from(
    { length: copies },
    (_, copy) => members.map(({ path, bytes }) => ({ path: `${copy}-${path}`, bytes })),
  ).flat();
  for await (const chunk of writeTar(all)) chunks.push(chunk);
  await writeFile(path, chunks.length === 0 ? "" : Buffer.concat(chunks));
}

/** How long the built-in sample takes, once all is compiled. */
async function measure(folder: string): Promise<number> {
  const bytes = new Uint8Array(await readFile(sampleShard()));
  const inputs = [0, 1, 2].map((i) => ({ url: `m${i}.tar`, sizeBytes: bytes.length }));
  const job = await planJob(inputs, join(folder, "measured"), {
    operation: "verify",
    open: () => toSource(bytes),
  });
  let ms = 0;
  for (const task of [0, 1, 2]) {
    const startedMs = performance.now();
    await runTask(job, task);
    ms = performance.now() - startedMs;
  }
  await job.close();
  return ms;
}

async function runReal(
  { folder, shared }: Context,
  runtime: RuntimeName,
): Promise<string> {
  const memory = join(folder, "big.tar");
  const copies = Math.ceil(LOCKS * LOCK_MS / await measure(folder));
  await writeCopies(memory, copies);
  const { length } = await readFile(memory);
  const out = join(folder, "out");
  const inputs = [0, 1].map((i) => ({ url: `big-${i}.tar`, sizeBytes: length }));
  const job = await planJob(inputs, out, { operation: "verify", open: () => toSource(memory) });
  const server = await shared("redis");
  const name = `lock-${runtime}`;
  await withQueue(server, { name }, (queue) => submitJob(job, out, queue));
  const orders = { url: server.url, queue: { name, lockMs: LOCK_MS }, memory, untilDry: true };
  const startedMs = performance.now();
  const fleet = await Promise.all(
    Array.from({ length: WORKERS }, () => WorkerProcess.start(runtime, orders)),
  );
  const codes = await Promise.all(fleet.map(({ ended }) => ended));
  const seconds = (performance.now() - startedMs) / 1000;
  const notes = fleet.map((worker) => worker.notes).join("");
  const starts = notes.split("opened big").length - 1;
  demand(codes.every((code) => code === 0), `ended with ${codes}: ${notes}`);
  demand(starts === 2, `2 tasks were begun ${starts} times: ${notes}`);
  demand(notes.split("made ").length - 1 === 2, `not made: ${notes}`);
  return `${copies * 36} images a task, ${seconds.toFixed(1)} s, ${starts} starts of 2 tasks`;
}

export const rows: Row[] = [
  ...RUNTIMES.map((runtime): Row => ({
    name:
      `lock, ${runtime}: verifying from memory for ${LOCKS} locks, two workers, each task begins once`,
    isQuick: runtime === "node",
    needs: ["redis"],
    run: (context) => runReal(context, runtime),
  })),
  ...(["always", "yielding"] as const).map((blocks): Row => ({
    name: blocks === "always"
      ? "lock: a task that lets no timer fire is begun again and again, as the same check sees"
      : "lock: the same task with a timer each tenth of a second begins once",
    isQuick: false,
    needs: ["redis"],
    async run({ folder, shared }): Promise<string> {
      const job = await FakeJob.make(folder, 1);
      const server = await shared("redis");
      const name = `lock-${blocks}`;
      const queue = { name, lockMs: LOCK_MS, maxLost: 100 };
      await withQueue(server, queue, (each) => each.submit(job.missing()));
      const sliceMs = LOCKS * LOCK_MS / 10;
      const orders = { url: server.url, queue, fake: { sliceMs, blocks } };
      const fleet = await Promise.all(
        Array.from({ length: WORKERS }, () => WorkerProcess.start("node", orders)),
      );
      try {
        await until("a task is done", async () => await job.count() === 1, 20_000);
        await pause(2 * LOCKS * LOCK_MS);
      } finally {
        for (const worker of fleet) worker.signal("SIGKILL");
        await Promise.all(fleet.map(({ ended }) => ended));
      }
      const { starts } = await job.check();
      demand(blocks === "always" ? starts > 1 : starts === 1, `begun ${starts} times`);
      return `begun ${starts} times`;
    },
  })),
];
