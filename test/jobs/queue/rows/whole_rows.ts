/**
 * Whole datasets: shards are resized by workers of three runtimes that are killed and stopped, while the server is killed,
 * too. What they leave has the bytes of one process that nobody disturbed.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "../../../../src/numbers/mod.ts";
import { type Job, nameJob, planJob, runJob, submitJob } from "../../../../src/jobs/mod.ts";
import { readLedger } from "../../../../src/jobs/ledger.ts";
import { fixturePath } from "../../../fixtures.ts";
import { runProcess } from "../../../cli/capture.ts";
import { makeShard } from "../../../dataset/shards.ts";
import { runChaos } from "../chaos.ts";
import { type Context, demand, type Row, withQueue } from "../context.ts";
import { type RuntimeName, WorkerProcess } from "../fleet.ts";
import type { ServerKind } from "../servers.ts";

interface Amount {
  readonly shards: number;
  readonly kills: number;
  readonly stops: number;
  readonly serverKills: number;
}

const SAMPLES = 6;
const LOCK_MS = 2000;
const WORKERS: readonly RuntimeName[] = ["node", "deno", "bun", "node"];

async function writeShards(folder: string, count: number): Promise<string> {
  await mkdir(folder);
  const pictures = await Promise.all(
    ["420_42x32", "444_42x32"].map(async (name) =>
      new Uint8Array(await readFile(fixturePath(`jpeg/baseline/${name}.jpg`)))
    ),
  );
  for (let shard = 0; shard < count; shard++) {
    const members: [string, string | Uint8Array][] = [];
    for (let i = 0; i < SAMPLES; i++) {
      const key = `s${shard}-${i}`;
      members.push([`${key}.cls`, String((shard + i) % 10)]);
      members.push([`${key}.jpg`, pictures[(shard + i) % pictures.length]]);
    }
    const name = `train-${String(shard).padStart(4, "0")}.tar`;
    await writeFile(join(folder, name), await makeShard(members));
  }
  return join(folder, `train-{0000..${String(count - 1).padStart(4, "0")}}.tar`);
}

/** All files of a folder but the ledger's, by their names. */
async function readOutputs(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of await readdir(folder)) {
    if (name !== ".wdstream") {
      files.set(name, (await readFile(join(folder, name))).toString("latin1"));
    }
  }
  return files;
}

const OPTIONS = { short: 24, info: true };

/** Compares what lies there with what one process makes. */
async function compareWithOne(
  job: Job,
  shards: string,
  out: string,
  alone: string,
): Promise<number> {
  await runJob(await planJob([shards], alone, { operation: "resize", options: OPTIONS }));
  const last = await runJob(job);
  demand(last.isMerged && last.made === 0, `${last.made} were not done`);
  const [ours, theirs] = [await readOutputs(out), await readOutputs(alone)];
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  const wrong = [...names].filter((name) => ours.get(name) !== theirs.get(name));
  demand(wrong.length === 0, `${wrong.length} files differ: ${wrong.slice(0, 5)}`);
  demand(ours.size > job.taskCount, `${ours.size} files`);
  const drafts = await readdir(join(out, ".wdstream/tmp"));
  demand(drafts.length === 0, `${drafts.length} drafts are left`);
  return names.size;
}

/** Shares without a server and workers of a queue at one plan, at the same time. */
async function mix({ folder, shared }: Context, count: number): Promise<string> {
  const shards = await writeShards(join(folder, "in"), count);
  const out = join(folder, "out");
  const job = await planJob([shards], out, { operation: "resize", options: OPTIONS });
  const queued = await nameJob(job, out);
  const server = await shared("redis");
  const queue = { name: "mixed", lockMs: LOCK_MS };
  await withQueue(server, queue, (each) => submitJob(job, out, each));
  const orders = { url: server.url, queue, untilDry: true };
  const workers = await Promise.all(
    (["node", "bun"] as const).map((runtime) => WorkerProcess.start(runtime, orders)),
  );
  const shares = [0, 1].map((rank) => {
    const share = ["--rank", String(rank), "--world", "2", "--quiet"];
    return runProcess(["work", queued.plan, ...share], ["--allow-all"]);
  });
  const codes = await Promise.all(workers.map(({ ended }) => ended));
  demand(codes.every((code) => code === 0), workers.map(({ notes }) => notes).join("\n"));
  for (const { code, notes } of await Promise.all(shares)) demand(code === 0, notes.join("\n"));
  const files = await compareWithOne(job, shards, out, join(folder, "alone"));
  const made = workers.map(({ notes }) => notes.split("made ").length - 1);
  return `${made.join(" and ")} of ${count} by the queue's workers, ${files} files alike`;
}

async function disturb(
  { folder, own, seed }: Context,
  kind: ServerKind,
  amount: Amount,
): Promise<string> {
  const shards = await writeShards(join(folder, "in"), amount.shards);
  const out = join(folder, "out");
  const job = await planJob([shards], out, { operation: "resize", options: OPTIONS });
  const queued = await nameJob(job, out);
  const server = await own(kind);
  const queueName = "whole";
  const report = await withQueue(server, { name: queueName }, (queue) =>
    runChaos(
      {
        server,
        queueName,
        tasks: amount.shards,
        orders: {},
        async submit() {
          const { added, again } = await submitJob(job, out, queue);
          return added + again;
        },
        async count() {
          return (await readLedger(job.store, job.taskCount)).done.size;
        },
        async isQueueEmpty() {
          const { waiting, running } = await queue.counts(queued);
          return waiting + running === 0;
        },
      },
      { ...amount, workers: WORKERS, lockMs: LOCK_MS, limitMs: 500_000 },
      seededRandom(seed, { epoch: 1, shard: 0, index: 0 }),
    ));
  // Whoever was last has merged; drafts of those who were killed are gone with that.
  const { isMerged } = await readLedger(job.store, job.taskCount);
  const files = await compareWithOne(job, shards, out, join(folder, "alone"));
  return `${report.seconds.toFixed(0)} s, ${report.starts} processes, ${files} files alike, ` +
    `${report.resubmits} submitted again, ${
      isMerged ? "merged by the last one" : "merged by hand"
    }`;
}

function wholeRow(kind: ServerKind, amount: Amount, isQuick: boolean): Row {
  const { shards, kills, stops, serverKills } = amount;
  return {
    name:
      `${kind}: ${shards} shards are resized by 4 workers of three runtimes, ${kills} of them killed, ${stops} ` +
      `stopped, the server killed ${serverKills} times: the bytes of one process`,
    isQuick,
    needs: [kind],
    run: (context) => disturb(context, kind, amount),
  };
}

export const rows: Row[] = [
  wholeRow("redis", { shards: 1088, kills: 50, stops: 20, serverKills: 5 }, false),
  wholeRow("postgres", { shards: 1088, kills: 50, stops: 20, serverKills: 5 }, false),
  wholeRow("redis", { shards: 60, kills: 4, stops: 1, serverKills: 1 }, true),
  {
    name:
      "redis: workers of a queue and static shares, at one plan at the same time: the bytes of one process",
    isQuick: false,
    needs: ["redis"],
    run: (context) => mix(context, 200),
  },
];
