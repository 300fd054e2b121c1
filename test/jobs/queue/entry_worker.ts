/** A worker's process, on any runtime: takes its orders as JSON, and ends when nothing is left or it is told to. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { PLAN_NAME, type TaskMessage, type TaskRun, workQueue } from "../../../src/jobs/mod.ts";
import { openQueue, type QueueOptions } from "../../../src/jobs/bullmq/mod.ts";
import { type Source, toSource } from "../../../src/storage/mod.ts";
import { wrap } from "../../../src/storage/wrap.ts";
import { type FakeTask, runFake } from "./fake_task.ts";

/** What a worker's process is to do. */
export interface WorkerOrders {
  readonly url: string;
  readonly queue: QueueOptions;
  /** Tasks without data; absent where real jobs come. */
  readonly fake?: Omit<FakeTask, "out">;
  readonly concurrency?: number;
  /** Whether it ends when nothing is left. */
  readonly untilDry?: boolean;
  /** File whose bytes all shards have, from memory; absent where shards are what their names say. */
  readonly memory?: string;
  /** What opening a shard does, by a part of its name: ends the process, never comes to an end, fails. */
  readonly poison?: Readonly<Record<string, "kills" | "hangs" | "throws">>;
  readonly timeoutMs?: number;
}

const orders: WorkerOrders = JSON.parse(process.argv[2]);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

const control = new AbortController();
process.on("SIGTERM", () => control.abort());
const { concurrency, untilDry, fake, timeoutMs, memory, poison = {} } = orders;
const bytes = memory === undefined ? undefined : new Uint8Array(await readFile(memory));

/** Opens a shard as these orders have it. */
function open(url: string): Source {
  const name = basename(url);
  const source = toSource(bytes ?? url, { name: url });
  const deed = Object.entries(poison).find(([part]) => name.includes(part))?.[1];
  return wrap(source, {
    async open(options) {
      note(`opened ${name}`);
      if (deed === "kills") process.kill(process.pid, "SIGKILL");
      if (deed === "throws") throw new Error("the way to it is closed");
      if (deed === "hangs") {
        await new Promise((_, reject) =>
          options?.signal?.addEventListener("abort", () => reject(options.signal!.reason))
        );
      }
      return await source.open(options);
    },
  });
}

const queue = await openQueue(orders.url, { ...orders.queue, onWarning: note });
const common = { concurrency, untilDry, signal: control.signal, onWarning: note };
const tellFailure = ({ task }: TaskMessage, error: Error, isLast: boolean): void =>
  note(`${isLast ? "gave up" : "tries again"} ${task}: ${error.message}`);
process.stdout.write("ready\n");
if (fake === undefined) {
  await workQueue(queue, {
    ...common,
    open,
    timeoutMs,
    onTask: ({ task }, { outcome }) => note(`${outcome} ${task}`),
    onFail: tellFailure,
  });
} else {
  const run = ({ plan, task }: TaskMessage, { signal }: TaskRun): Promise<void> =>
    runFake({ ...fake, out: plan.slice(0, -PLAN_NAME.length - 1) }, task, signal);
  await queue.work(run, { ...common, onFail: tellFailure });
}
await queue.close();
process.stdout.write("ended\n");
