/**
 * What does a queue cost a task, beside BullMQ alone, and a job beside its static shares?
 *
 * @module
 */
import { Queue, Worker } from "bullmq";
import { createPostgresBackend } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";
import process from "node:process";
import { listShards } from "../corpus/imagenet.ts";
import type { Aim, Contestant, Cost, Effort, Question } from "../harness/question.ts";
import type { Engine } from "../../src/jobs/engine.ts";
import { openQueue } from "../../src/jobs/bullmq/mod.ts";
import { planJob, runJob, submitJob, workQueue } from "../../src/jobs/mod.ts";
import {
  type ServerKind,
  startServer,
  type TestServer,
  whyNoServer,
} from "../../test/jobs/queue/servers.ts";

const NAMES: Readonly<Record<ServerKind, string>> = { redis: "Redis", postgres: "PostgreSQL" };
const KINDS = Object.keys(NAMES) as ServerKind[];
/** Milliseconds that an empty task may take through a queue. */
const MOST_MS: Readonly<Record<ServerKind, number>> = { redis: 1, postgres: 4 };

const emptyBy = (kind: ServerKind): string => `empty tasks, wdstream, ${NAMES[kind]}`;
const bareBy = (kind: ServerKind): string => `empty tasks, BullMQ alone, ${NAMES[kind]}`;
const jobBy = (kind: ServerKind): string => `verify through a queue, ${NAMES[kind]}`;
const STATIC = "verify as a static share";

/** Times work of this process. */
async function time(work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const wallSeconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

/** From the first to the last of some empty tasks, one at a time. */
async function passEmpty(server: TestServer, tasks: number): Promise<Cost> {
  const queue = await openQueue(server.url, { name: `empty-${crypto.randomUUID()}` });
  try {
    await queue.submit(listMessages(tasks));
    return await time(() => drain(queue, tasks));
  } finally {
    await queue.close();
  }
}

function* listMessages(tasks: number): Generator<{ plan: string; key: string; task: number }> {
  for (let task = 0; task < tasks; task++) yield { plan: "/plan", key: "0".repeat(64), task };
}

async function drain(queue: Engine, tasks: number): Promise<void> {
  const control = new AbortController();
  let left = tasks;
  const working = queue.work(() => {
    if (--left === 0) control.abort();
    return Promise.resolve();
  }, { signal: control.signal });
  await new Promise<void>((resolve) => control.signal.addEventListener("abort", () => resolve()));
  await working;
}

/** The same, by BullMQ with its own defaults. */
async function passBare(kind: ServerKind, server: TestServer, tasks: number): Promise<Cost> {
  const name = `bare-${crypto.randomUUID()}`;
  const pool = kind === "postgres"
    ? new pg.Pool({ connectionString: server.url, max: 3, options: "-c search_path=bullmq" })
    : undefined;
  const client = pool === undefined
    ? new Redis(server.url, { maxRetriesPerRequest: null })
    : undefined;
  // deno-lint-ignore no-explicit-any
  const connection: any = pool ?? client;
  const backend = pool === undefined ? undefined : createPostgresBackend;
  const queue = new Queue(name, { connection }, backend as undefined);
  const jobs = Array.from({ length: tasks }, (_, i) => ({
    name: "task",
    data: { i },
    opts: { jobId: `t-${i}` },
  }));
  for (let i = 0; i < tasks; i += 1000) await queue.addBulk(jobs.slice(i, i + 1000));
  const cost = await time(async () => {
    let left = tasks;
    const worker: Worker = await new Promise((resolve) => {
      const made = new Worker(
        name,
        () => {
          if (--left === 0) resolve(made);
          return Promise.resolve();
        },
        { connection },
        backend as undefined,
      );
    });
    await worker.close();
  });
  await queue.close();
  client?.disconnect();
  await pool?.end();
  return cost;
}

interface Shards {
  readonly paths: readonly string[];
  readonly folder: string;
}

/** ImageNet's images that are here, several times by other names. */
async function linkShards(folder: string, { short }: Effort): Promise<Shards> {
  const shards = await listShards();
  const paths: string[] = [];
  for (let turn = 0; turn < (short ? 2 : 12); turn++) {
    for (const [i, { pathname }] of shards.entries()) {
      const path = `${folder}/${turn}-${i}.tar`;
      await Deno.symlink(decodeURIComponent(pathname), path);
      paths.push(path);
    }
  }
  return { paths, folder };
}

async function passStatic({ paths, folder }: Shards): Promise<Cost> {
  const job = await planJob(paths, `${folder}/${crypto.randomUUID()}`, { operation: "verify" });
  const cost = await time(async () => void await runJob(job));
  await job.close();
  return cost;
}

async function passQueued({ paths, folder }: Shards, server: TestServer): Promise<Cost> {
  const out = `${folder}/${crypto.randomUUID()}`;
  const job = await planJob(paths, out, { operation: "verify" });
  const queue = await openQueue(server.url, { name: `job-${crypto.randomUUID()}` });
  const control = new AbortController();
  try {
    await submitJob(job, out, queue);
    const cost = await time(async () =>
      void await workQueue(queue, {
        signal: control.signal,
        onJob: ({ merged }) => merged && control.abort(),
      })
    );
    return cost;
  } finally {
    await queue.close();
    await job.close();
  }
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const folder = await Deno.makeTempDir({ prefix: "wdstream-jobs-" });
  await Deno.chmod(folder, 0o755);
  const shards = await linkShards(folder, effort);
  const tasks = effort.short ? 200 : 2000;
  const servers = new Map<ServerKind, TestServer>();
  for (const kind of KINDS) {
    if (whyNoServer(kind) === undefined) servers.set(kind, await startServer(kind, folder));
  }
  const here = KINDS.filter((kind) => servers.has(kind));
  const contestants = here.flatMap((kind): Contestant[] => {
    const server = servers.get(kind)!;
    return [
      { name: emptyBy(kind), amount: tasks, pass: () => passEmpty(server, tasks) },
      {
        name: bareBy(kind),
        of: emptyBy(kind),
        amount: tasks,
        pass: () => passBare(kind, server, tasks),
      },
      {
        name: jobBy(kind),
        of: STATIC,
        amount: shards.paths.length,
        pass: () => passQueued(shards, server),
        note: "from the first task to the merge",
      },
    ];
  });
  const own: Contestant = {
    name: STATIC,
    of: STATIC,
    amount: shards.paths.length,
    pass: () => passStatic(shards),
  };
  const aims = here.flatMap((kind): Aim[] => [
    {
      what: `an empty task, one after the other, ${NAMES[kind]}`,
      against: bareBy(kind),
      ours: emptyBy(kind),
      goal: `at most ${MOST_MS[kind]} ms`,
      most: MOST_MS[kind],
      unit: " ms",
      value: (_, { wallSeconds }) => wallSeconds / tasks * 1000,
    },
    {
      what: `a job of ${shards.paths.length} shards through ${NAMES[kind]}, by the wall clock`,
      against: STATIC,
      ours: jobBy(kind),
      goal: "at most 1.05 of the static share",
      most: 1.05,
      value: (theirs, ours) => ours.wallSeconds / theirs.wallSeconds,
    },
  ]);
  return {
    title: "Jobs",
    task:
      `${tasks} empty tasks, one at a time, with the start and the end of a worker; and ${shards.paths.length} shards ` +
      "that are verified, in one process",
    unit: "tasks",
    amount: tasks,
    rounds: effort.short ? 2 : 5,
    contestants: [...contestants, own],
    absent: KINDS.filter((kind) => !servers.has(kind)).map((kind) => whyNoServer(kind)!),
    aims,
    async close() {
      await Promise.all([...servers.values()].map((server) => server.close()));
      await Deno.remove(folder, { recursive: true });
    },
  };
}
