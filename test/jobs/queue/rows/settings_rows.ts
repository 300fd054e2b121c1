/** What servers are to be like, and how a queue grows. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openQueue } from "../../../../src/jobs/bullmq/mod.ts";
import { demand, type Row, withQueue } from "../context.ts";
import { runtimeCommand, RUNTIMES } from "../fleet.ts";
import type { ServerKind } from "../servers.ts";

const SUBMITTER = fileURLToPath(new URL("../entry_submit.ts", import.meta.url));
const TASKS = 100_000;
/** What a client takes at most, with the list of inputs that the script makes: 45 MB. */
const MOST_CLIENT_BYTES = 345e6;
/**
 * V8 lets garbage grow with the memory that the machine has, on Node to 490 MB where that is plenty: so it is told to be
 * as sparing as it is by itself in a container of half a gigabyte. It takes no more time.
 */
const HEAP_LIMIT = "--max-old-space-size=192";
const MOST_TASK_BYTES = 1024;

/** How much a server keeps. */
async function measureServer(kind: ServerKind, url: string): Promise<number> {
  if (kind === "redis") {
    const { Redis } = await import("ioredis");
    const client = new Redis(url);
    const info = await client.info("memory");
    client.disconnect();
    return Number(/used_memory:(\d+)/.exec(info)![1]);
  }
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("SELECT pg_database_size(current_database()) AS bytes");
  await client.end();
  return Number(rows[0].bytes);
}

function growthRow(kind: ServerKind): Row {
  return {
    name:
      `${kind}: ${TASKS} tasks are added once, by a client of 300 MB, and take 1 KB each in the server`,
    isQuick: false,
    needs: [kind],
    async run({ folder, own }): Promise<string> {
      const server = await own(kind);
      // With its tables.
      await withQueue(server, {}, () => Promise.resolve());
      const emptyBytes = await measureServer(kind, server.url);
      const found: string[] = [];
      for (const runtime of RUNTIMES) {
        const [program, ...args] = await runtimeCommand(runtime, SUBMITTER);
        const name = `growth-${runtime}`;
        const out = join(folder, runtime);
        const orders = JSON.stringify({ url: server.url, name, out, tasks: TASKS });
        const limits: Record<string, string[]> = { node: [HEAP_LIMIT], bun: [] };
        const [script, ...before] = [...args].reverse();
        const flags = limits[runtime] ?? [`--v8-flags=${HEAP_LIMIT}`];
        const { stdout } = await promisify(execFile)(program, [
          ...before.reverse(),
          ...flags,
          script,
          orders,
        ]);
        const { planMs, submitMs, againMs, added, again, plannedBytes, peakBytes } = JSON.parse(
          stdout,
        );
        demand(added === TASKS && again === 0, `${added} were added, then ${again}`);
        const said =
          `${runtime}: planned in ${planMs} ms, submitted in ${submitMs} ms, again in ${againMs} ms, ` +
          `${(plannedBytes / 1e6).toFixed(0)} and then ${(peakBytes / 1e6).toFixed(0)} MB`;
        demand(peakBytes <= MOST_CLIENT_BYTES, said);
        found.push(said);
      }
      const each = (await measureServer(kind, server.url) - emptyBytes) / (TASKS * RUNTIMES.length);
      demand(each <= MOST_TASK_BYTES, `${each.toFixed(0)} bytes a task`);
      return `${found.join("; ")}; ${each.toFixed(0)} bytes a task in the server`;
    },
  };
}

export const rows: Row[] = [
  {
    name:
      "redis: one that may take away what it was given is refused; one without an append-only file is warned of",
    isQuick: true,
    needs: ["redis"],
    async run({ own }): Promise<string> {
      const policies = ["allkeys-lru", "volatile-lru", "allkeys-random", "volatile-ttl"];
      for (const policy of policies) {
        const { url } = await own("redis", ["--maxmemory-policy", policy]);
        const error = await openQueue(url).then(
          async (queue) => {
            await queue.close();
            return undefined;
          },
          (caught) => caught,
        );
        demand(
          error?.code === "job/queue" && error.message.includes(policy),
          `${policy}: ${error}`,
        );
      }
      const warnings: string[] = [];
      const onWarning = (message: string): void => void warnings.push(message);
      const forgetful = await own("redis", ["--appendonly", "no"]);
      await withQueue(forgetful, { onWarning }, () => Promise.resolve());
      demand(warnings.length === 1 && /append-only/.test(warnings[0]), warnings.join("\n"));
      await withQueue(await own("redis"), { onWarning }, () => Promise.resolve());
      demand(warnings.length === 1, warnings.join("\n"));
      return `${policies.length} policies refused`;
    },
  },
  {
    name:
      "postgres: eight who come first at once make one set of tables, and who may make none is told so",
    isQuick: true,
    needs: ["postgres"],
    async run({ own }): Promise<string> {
      const server = await own("postgres");
      const { default: pg } = await import("pg");
      const admin = new pg.Client({ connectionString: server.url });
      await admin.connect();
      await admin.query("CREATE ROLE guest LOGIN; REVOKE CREATE ON DATABASE postgres FROM PUBLIC");
      const guest = server.url.replace("wdstream@", "guest@");
      const error = await openQueue(guest).catch((caught) => caught);
      demand(error?.code === "job/queue" && /permission denied/.test(error.message), `${error}`);
      const queues = await Promise.all(Array.from({ length: 8 }, () => openQueue(server.url)));
      const job = { plan: "p", key: "0".repeat(64) };
      const reports = await Promise.all(
        queues.map((queue) => queue.submit([0, 1, 2].map((task) => ({ ...job, task })))),
      );
      const counts = await queues[0].counts(job);
      await Promise.all(queues.map((queue) => queue.close()));
      demand(counts.waiting === 3, JSON.stringify(counts));
      // Who may use the tables need not be one who may make them.
      await admin.query(
        "GRANT USAGE ON SCHEMA bullmq TO guest; GRANT ALL ON ALL TABLES IN SCHEMA bullmq TO guest; " +
          "GRANT ALL ON ALL SEQUENCES IN SCHEMA bullmq TO guest",
      );
      await admin.end();
      const seen = await withQueue({ ...server, url: guest }, {}, (queue) => queue.counts(job));
      demand(seen.waiting === 3, JSON.stringify(seen));
      return `${reports.length} at once, 3 tasks once`;
    },
  },
  growthRow("redis"),
  growthRow("postgres"),
];
