/**
 * Workers that are killed and stopped, and a server that is killed, while a job is done. What counts is what lies in the
 * folder afterwards.
 */
import type { RandomSource } from "../../../src/numbers/random_source.ts";
import type { WorkerOrders } from "./entry_worker.ts";
import { pause, type RuntimeName, WorkerProcess } from "./fleet.ts";
import type { TestServer } from "./servers.ts";

/** What is done to workers and server. */
export interface ChaosPlan {
  readonly workers: readonly RuntimeName[];
  readonly kills: number;
  /** How often a worker is stopped for twice the time of a lock. */
  readonly stops: number;
  readonly serverKills: number;
  readonly lockMs: number;
  readonly limitMs: number;
}

/** What a job is, for who torments those that do it. */
export interface ChaosJob {
  readonly server: TestServer;
  readonly orders: Omit<WorkerOrders, "url" | "queue" | "untilDry">;
  readonly queueName: string;
  /** Submits what is not done; says how many tasks that are. */
  submit(): Promise<number>;
  /** How many tasks are done. */
  count(): Promise<number>;
  /** Whether nothing waits or runs, as the queue has it. */
  isQueueEmpty(): Promise<boolean>;
  readonly tasks: number;
}

/** What came about. */
export interface ChaosReport {
  readonly seconds: number;
  readonly starts: number;
  /** How often what the queue had lost was submitted again. */
  readonly resubmits: number;
}

type Deed = "kill" | "stop" | "server";

/** Has a job done to its end. */
export async function runChaos(
  job: ChaosJob,
  plan: ChaosPlan,
  random: RandomSource,
): Promise<ChaosReport> {
  const startedMs = performance.now();
  const deeds = listDeeds(plan, random);
  const total = deeds.length;
  const orders: WorkerOrders = {
    ...job.orders,
    url: job.server.url,
    queue: { name: job.queueName, lockMs: plan.lockMs, backoffMs: 100, maxLost: 100 },
    untilDry: true,
  };
  let starts = 0;
  const start = (runtime: RuntimeName): Promise<WorkerProcess> => {
    starts++;
    return WorkerProcess.start(runtime, orders);
  };
  await job.submit();
  const fleet = await Promise.all(plan.workers.map(start));
  const waiting: Promise<void>[] = [];
  let resubmits = 0;
  let isServerDown = false;
  try {
    for (;;) {
      if (performance.now() - startedMs > plan.limitMs) {
        const notes = fleet.map(({ runtime, notes }) => `${runtime}: ${notes.slice(-2000)}`);
        throw new Error(`${await job.count()} of ${job.tasks} tasks in time\n${notes.join("\n")}`);
      }
      await pause(40);
      const done = await job.count();
      // Spread over the whole job, the last ones over its end.
      const isDue = deeds.length > 0 && done / job.tasks >= (total - deeds.length) / (total + 1);
      if (isDue) {
        const victim = fleet[random.below(fleet.length)];
        const deed = deeds.pop()!;
        if (deed === "kill") victim.signal("SIGKILL");
        else if (deed === "stop") waiting.push(stopFor(victim, 2 * plan.lockMs));
        else {
          isServerDown = true;
          await job.server.kill();
          waiting.push(
            pause(300).then(() => job.server.start()).then(() => {
              isServerDown = false;
            }),
          );
        }
      }
      for (const [i, worker] of fleet.entries()) {
        if (worker.isGone && done < job.tasks && !isServerDown) {
          fleet[i] = await start(worker.runtime);
        }
      }
      if (fleet.every(({ isGone }) => isGone) && !isServerDown) {
        if (done === job.tasks) break;
      }
      // A queue that has lost what it was told says that nothing is left: whoever asks the folder knows better.
      if (!isServerDown && deeds.length === 0 && done < job.tasks && await job.isQueueEmpty()) {
        if (await job.submit() > 0) resubmits++;
      }
    }
    await Promise.all(waiting);
  } finally {
    for (const worker of fleet) worker.signal("SIGKILL");
    await Promise.all(fleet.map(({ ended }) => ended));
    await Promise.allSettled(waiting);
  }
  return { seconds: (performance.now() - startedMs) / 1000, starts, resubmits };
}

/** What is done, in the order from its end. */
function listDeeds({ kills, stops, serverKills }: ChaosPlan, random: RandomSource): Deed[] {
  const deeds: Deed[] = [
    ...Array.from({ length: kills }, (): Deed => "kill"),
    ...Array.from({ length: stops }, (): Deed => "stop"),
    ...Array.from({ length: serverKills }, (): Deed => "server"),
  ];
  for (let i = deeds.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [deeds[i], deeds[j]] = [deeds[j], deeds[i]];
  }
  return deeds;
}

/** A worker that stands still, as a machine does that is asleep, and goes on as if nothing had been. */
async function stopFor(worker: WorkerProcess, ms: number): Promise<void> {
  worker.signal("SIGSTOP");
  await pause(ms);
  worker.signal("SIGCONT");
}
