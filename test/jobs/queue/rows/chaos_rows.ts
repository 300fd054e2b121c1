/** Workers on each runtime and both servers, killed and stopped; and a naive program, of which the same check finds fault. */
import { seededRandom } from "../../../../src/numbers/mod.ts";
import { type ChaosReport, runChaos } from "../chaos.ts";
import { type Context, demand, demandWhole, FakeJob, type Row, withQueue } from "../context.ts";
import { type RuntimeName, RUNTIMES } from "../fleet.ts";
import type { ServerKind } from "../servers.ts";

interface Amount {
  readonly tasks: number;
  readonly sliceMs: number;
  readonly kills: number;
  readonly stops: number;
  readonly serverKills: number;
  readonly isNaive?: boolean;
}

const WHOLE: Amount = { tasks: 200, sliceMs: 30, kills: 20, stops: 10, serverKills: 3 };
const QUICK: Amount = { tasks: 60, sliceMs: 20, kills: 6, stops: 2, serverKills: 1 };
const LOCK_MS = 1500;
const WORKERS = 4;
/** Of a test that hangs. */
const LIMIT_MS = 240_000;

async function torment(
  { folder, own, seed }: Context,
  kind: ServerKind,
  runtimes: readonly RuntimeName[],
  amount: Amount,
): Promise<{ job: FakeJob; report: ChaosReport }> {
  const job = await FakeJob.make(folder, amount.tasks);
  const server = await own(kind);
  const queueName = "chaos";
  const report = await withQueue(server, { name: queueName }, (queue) =>
    runChaos(
      {
        server,
        queueName,
        tasks: amount.tasks,
        orders: { fake: { sliceMs: amount.sliceMs, isNaive: amount.isNaive } },
        async submit() {
          const { added, again } = await queue.submit(job.missing());
          return added + again;
        },
        count: () => job.count(),
        async isQueueEmpty() {
          const { waiting, running } = await queue.counts(job);
          return waiting + running === 0;
        },
      },
      {
        ...amount,
        workers: Array.from({ length: WORKERS }, (_, i) => runtimes[i % runtimes.length]),
        lockMs: LOCK_MS,
        limitMs: LIMIT_MS,
      },
      seededRandom(seed, { epoch: 0, shard: 0, index: 0 }),
    ));
  return { job, report };
}

function chaosRow(
  kind: ServerKind,
  runtimes: readonly RuntimeName[],
  amount: Amount,
  isQuick: boolean,
): Row {
  const { tasks, kills, stops, serverKills } = amount;
  return {
    name: `${kind}, ${runtimes.join(" and ")}: ${tasks} tasks, ${kills} workers killed, ${stops} ` +
      `stopped for two locks, the server killed ${serverKills} times: none lost, wrong or doubled`,
    isQuick,
    needs: [kind],
    async run(context): Promise<string> {
      const { job, report } = await torment(context, kind, runtimes, amount);
      const outcome = await job.check();
      demandWhole(outcome);
      return `${
        report.seconds.toFixed(1)
      } s, ${report.starts} processes, ${outcome.starts} tasks begun, ` +
        `${outcome.races} races lost, ${report.resubmits} submitted again`;
    },
  };
}

export const rows: Row[] = [
  chaosRow("redis", RUNTIMES, QUICK, true),
  chaosRow("postgres", RUNTIMES, QUICK, true),
  ...(["redis", "postgres"] as const).flatMap((kind) =>
    RUNTIMES.map((runtime) => chaosRow(kind, [runtime], WHOLE, false))
  ),
  chaosRow("redis", RUNTIMES, WHOLE, false),
  {
    name: "a naive program, which writes to the final name at once, fails the same check",
    isQuick: true,
    needs: ["redis"],
    async run(context): Promise<string> {
      const amount = { tasks: 60, sliceMs: 20, kills: 14, stops: 0, serverKills: 0, isNaive: true };
      const { job } = await torment(context, "redis", ["node"], amount);
      const { wrong, lost } = await job.check();
      demand(wrong.length + lost.length > 0, "all 60 outputs are whole");
      return `${wrong.length} of 60 outputs are wrong`;
    },
  },
];
