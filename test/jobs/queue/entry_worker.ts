/** A worker's process, on any runtime: takes its orders as JSON, and ends when nothing is left or it is told to. */
import process from "node:process";
import { workQueue } from "../../../src/jobs/mod.ts";
import { openQueue, type QueueOptions } from "../../../src/jobs/bullmq/mod.ts";
import { type FakeTask, runFake } from "./fake_task.ts";

/** What a worker's process is to do. */
export interface WorkerOrders {
  readonly url: string;
  readonly queue: QueueOptions;
  /** Tasks without data; absent where real jobs come. */
  readonly fake?: FakeTask;
  readonly concurrency?: number;
  /** Whether it ends when nothing is left. */
  readonly untilDry?: boolean;
  /** What becomes of some tasks, by their numbers. */
  readonly poison?: { readonly throws?: number; readonly kills?: number };
  readonly timeoutMs?: number;
}

const orders: WorkerOrders = JSON.parse(process.argv[2]);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

const control = new AbortController();
process.on("SIGTERM", () => control.abort());
const queue = await openQueue(orders.url, { ...orders.queue, onWarning: note });
const { concurrency, untilDry, fake, poison = {}, timeoutMs } = orders;
const common = { concurrency, untilDry, signal: control.signal, onWarning: note };
process.stdout.write("ready\n");
if (fake === undefined) {
  await workQueue(queue, {
    ...common,
    timeoutMs,
    onFail: ({ task }, error) => note(`task ${task}: ${error.message}`),
  });
} else {
  await queue.work(async ({ task }, { signal }) => {
    if (task === poison.throws) throw new Error("poison");
    if (task === poison.kills) process.kill(process.pid, "SIGKILL");
    await runFake(fake, task, signal);
  }, {
    ...common,
    onFail: ({ task }, error, isLast) =>
      note(`${isLast ? "gave up" : "tries again"} ${task}: ${error.message}`),
  });
}
await queue.close();
process.stdout.write("ended\n");
