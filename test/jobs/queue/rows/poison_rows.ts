/** Tasks that cannot be done: the others are, the job says which and why, and they are done once they can be. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  nameJob,
  planJob,
  readStatus,
  submitJob,
  type TaskFailure,
} from "../../../../src/jobs/mod.ts";
import { makeTextShard } from "../../../dataset/shards.ts";
import { type Context, demand, demandWhole, FakeJob, type Row, withQueue } from "../context.ts";
import { pause, type RuntimeName, RUNTIMES, until, WorkerProcess } from "../fleet.ts";
import type { ServerKind } from "../servers.ts";

const SHARDS = 12;
const LOCK_MS = 1500;
/** What is wrong with some shards. */
const POISON = { "s3.tar": "throws", "s5.tar": "hangs", "s7.tar": "kills" } as const;
const DAMAGED = 9;

async function writeShards(folder: string): Promise<string> {
  await mkdir(folder);
  for (let i = 0; i < SHARDS; i++) {
    const bytes = await makeTextShard(`k${i}-`, 3);
    // A header in its middle whose checksum does not fit.
    if (i === DAMAGED) bytes[1024 + 150] ^= 1;
    await writeFile(join(folder, `s${i}.tar`), bytes);
  }
  return join(folder, `s{0..${SHARDS - 1}}.tar`);
}

async function poison(
  { folder, shared }: Context,
  kind: ServerKind,
  runtime: RuntimeName,
): Promise<string> {
  const out = join(folder, `out-${runtime}`);
  const shards = await writeShards(join(folder, `in-${runtime}`));
  const job = await planJob([shards], out, { operation: "index" });
  const server = await shared(kind);
  const queueOptions = { name: `poison-${runtime}`, lockMs: LOCK_MS, backoffMs: 50, maxLost: 2 };
  const orders = { url: server.url, queue: queueOptions, poison: POISON, timeoutMs: 1500 };
  const queued = await nameJob(job, out);
  return await withQueue(server, queueOptions, async (queue) => {
    await submitJob(job, out, queue);
    const fleet = await Promise.all([0, 1].map(() => WorkerProcess.start(runtime, orders)));
    let starts = 2;
    const isOver = async (): Promise<boolean> => {
      for (const [i, worker] of fleet.entries()) {
        if (!worker.isGone) continue;
        starts++;
        fleet[i] = await WorkerProcess.start(runtime, orders);
      }
      const { waiting, running } = await queue.counts(queued);
      return waiting + running === 0 && (await readStatus(job)).failed.length === 4;
    };
    try {
      await until("all others are done", isOver, 90_000);
    } finally {
      for (const worker of fleet) worker.signal("SIGTERM");
      await Promise.all(fleet.map(({ ended }) => ended));
    }
    const { failed, done, isMerged } = await readStatus(job);
    demand(done === SHARDS - 4 && !isMerged, `${done} are done: ${JSON.stringify(failed)}`);
    checkFailures(failed, fleet.map(({ notes }) => notes).join(""));
    const listed = await queue.failures(queued);
    demand(String(listed.map(({ task }) => task)) === "3,5,7,9", JSON.stringify(listed));
    // What was wrong is no more, but for the damaged shard.
    const again = await submitJob(job, out, queue);
    demand(again.again === 4 && again.added === 0, JSON.stringify(again));
    const healthy = { ...orders, poison: {}, untilDry: true };
    const last = await WorkerProcess.start(runtime, healthy);
    demand(await last.ended === 0, last.notes);
    const after = await readStatus(job);
    demand(String(after.missing) === String(DAMAGED), `missing: ${after.missing}`);
    return `${runtime}: ${starts} processes`;
  });
}

function checkFailures(failed: readonly TaskFailure[], notes: string): void {
  const say = (task: number): string => JSON.stringify(failed.find((each) => each.task === task));
  demand(/the way to it is closed/.test(say(3)), say(3));
  demand(/job\/timeout/.test(say(5)), say(5));
  demand(/its worker was lost each time/.test(say(7)), `${say(7)}\n${notes}`);
  const damaged = failed.find(({ task }) => task === DAMAGED);
  const isPlaced = damaged?.code === "tar/bad-header" && damaged.offsetBytes === 1024 &&
    damaged.shard !== undefined && damaged.isPermanent;
  demand(isPlaced, say(DAMAGED));
}

function poisonRow(kind: ServerKind, runtimes: readonly RuntimeName[], isQuick: boolean): Row {
  return {
    name:
      `${kind}, ${
        runtimes.join(" and ")
      }: tasks that throw, hang, end their worker or have damaged ` +
      "shards are told with their places, all others are done, and they are when they can be",
    isQuick,
    needs: [kind],
    async run(context): Promise<string> {
      const found: string[] = [];
      for (const runtime of runtimes) found.push(await poison(context, kind, runtime));
      return found.join(", ");
    },
  };
}

/** Half a second of ten slices: what is half written when the job is cancelled. */
const SLICE_MS = 100;
const TASKS = 40;

function cancelRow(kind: ServerKind): Row {
  return {
    name:
      `${kind}: a job that is cancelled stops within a second on each runtime, leaves nothing half-written, ` +
      "and goes on when it is submitted again",
    isQuick: true,
    needs: [kind],
    async run({ folder, shared, demandWithin }): Promise<string> {
      const job = await FakeJob.make(folder, TASKS);
      const other = await FakeJob.make(folder, 8);
      const server = await shared(kind);
      const name = "cancel";
      return await withQueue(server, { name }, async (queue) => {
        await queue.submit(job.missing());
        const fake = { sliceMs: SLICE_MS };
        const orders = { url: server.url, queue: { name }, fake };
        const fleet = await Promise.all(RUNTIMES.map((each) => WorkerProcess.start(each, orders)));
        const readLog = (): Promise<string> => readFile(join(job.out, "log"), "utf8");
        try {
          const isBusy = async (): Promise<boolean> => (await queue.running(job)).length === 3;
          await until("all three work", isBusy, 30_000);
          await pause(300);
          // Of another job, which is not cancelled.
          await queue.submit(other.missing());
          const startedMs = performance.now();
          await queue.cancel(job);
          const ms = performance.now() - startedMs;
          demandWithin(ms, 1000, "stopping");
          const before = await readLog();
          const { waiting, running } = await queue.counts(other);
          demand(waiting + running > 0, "the other job was cancelled, too");
          await pause(1500);
          demand(
            await readLog() === before,
            "a task was begun or ended after the job was cancelled",
          );
          const { lost, drafts, ...outcome } = await job.check();
          demandWhole({ ...outcome, lost: [], drafts });
          demand(drafts === 0 && lost.length > 0, `${drafts} drafts, ${lost.length} lost`);
          const again = await queue.submit(job.missing());
          demand(again.added === lost.length, `${again.added} of ${lost.length} were added`);
          await until("all is done", async () => await job.count() === TASKS, 60_000);
          demandWhole(await job.check());
          return `stopped in ${ms.toFixed(0)} ms, ${lost.length} of ${TASKS} left`;
        } finally {
          for (const worker of fleet) worker.signal("SIGKILL");
          await Promise.all(fleet.map(({ ended }) => ended));
        }
      });
    },
  };
}

export const rows: Row[] = [
  poisonRow("redis", ["node"], true),
  poisonRow("redis", ["deno", "bun"], false),
  poisonRow("postgres", RUNTIMES, false),
  cancelRow("redis"),
  cancelRow("postgres"),
];
