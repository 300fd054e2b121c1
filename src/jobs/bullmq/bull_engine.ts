/**
 * Queues of BullMQ for jobs.
 *
 * @module
 */
import type { JobType, Queue } from "bullmq";
import type {
  Engine,
  FailedTask,
  QueueCounts,
  QueuedJob,
  RunningTask,
  SubmitOptions,
  SubmitReport,
  TaskMessage,
  TaskRun,
  WorkOptions,
} from "../engine.ts";
import { readPrefix, readTask, TaskIds } from "./ids.ts";
import type { QueueSettings } from "./options.ts";
import type { BullMq, Server } from "./server.ts";
import { runWorker } from "./run_worker.ts";

/** Tasks that are asked for, added or removed at once: more take more memory here, fewer more of it in PostgreSQL. */
const PARCEL = 500;

const WAITING: readonly JobType[] = ["wait", "delayed", "prioritized"];
const ENDED: readonly JobType[] = ["completed", "failed"];

/** How long a cancelled task is waited for. */
const STOP_MS = 5000;

/** What a task of the queue is called there. */
const TASK_NAME = "task";

/** A queue of BullMQ. */
export class BullEngine implements Engine {
  readonly ids: TaskIds = new TaskIds();
  /** Jobs that were cancelled, by their prefixes: tasks of a queue that nobody works at. */
  readonly #cancelled: Queue;
  readonly #queue: Queue<TaskMessage>;
  readonly #bullmq: BullMq;
  readonly #server: Server;
  readonly #settings: QueueSettings;

  constructor(bullmq: BullMq, server: Server, settings: QueueSettings) {
    this.#bullmq = bullmq;
    this.#server = server;
    this.#settings = settings;
    const { connection, backend } = server.link;
    const open = (name: string): Queue => {
      const queue = new bullmq.Queue(name, { connection }, backend as undefined);
      // Told by the connection already.
      queue.on("error", () => {});
      return queue;
    };
    this.#queue = open(settings.name);
    this.#cancelled = open(`${settings.name}.cancelled`);
  }

  async submit(
    tasks: AsyncIterable<TaskMessage> | Iterable<TaskMessage>,
    { signal, onProgress }: SubmitOptions = {},
  ): Promise<SubmitReport> {
    const known = new Map<string, Map<string, boolean>>();
    let [added, again, looked] = [0, 0, 0];
    let parcel: { id: string; data: TaskMessage }[] = [];
    const attempts = this.#settings.attempts;
    const backoff = { type: "exponential", delay: this.#settings.backoffMs };
    const flush = async (): Promise<void> => {
      signal?.throwIfAborted();
      await this.#queue.addBulk(
        parcel.map(({ id, data }) => ({
          name: TASK_NAME,
          data,
          opts: { jobId: id, attempts, backoff },
        })),
      );
      parcel = [];
      onProgress?.(looked);
    };
    for await (const { plan, key, task } of tasks) {
      const data: TaskMessage = { plan, key, task };
      const id = await this.ids.idOf(data);
      const prefix = readPrefix(id);
      let states = known.get(prefix);
      if (states === undefined) {
        states = await this.#readStates(prefix);
        known.set(prefix, states);
        await this.#cancelled.remove(prefix);
      }
      looked++;
      const isEnded = states.get(id);
      if (isEnded === false) continue;
      if (isEnded === undefined) added++;
      else {
        // It counts its tries from the beginning.
        await this.#queue.remove(id);
        again++;
        states.set(id, false);
      }
      parcel.push({ id, data });
      if (parcel.length === PARCEL) await flush();
    }
    await flush();
    return { added, again };
  }

  /** Which tasks of a job the queue knows, and whether they are through. */
  async #readStates(prefix: string): Promise<Map<string, boolean>> {
    const states = new Map<string, boolean>();
    for (const id of await this.listIds(ENDED, prefix)) states.set(id, true);
    for (const id of await this.listIds([...WAITING, "active"], prefix)) states.set(id, false);
    return states;
  }

  async work(
    run: (message: TaskMessage, run: TaskRun) => Promise<void>,
    options: WorkOptions = {},
  ): Promise<void> {
    await runWorker(run, options, {
      engine: this,
      bullmq: this.#bullmq,
      link: this.#server.openWorkerLink(),
      settings: this.#settings,
    });
  }

  async counts(job: QueuedJob): Promise<QueueCounts> {
    const prefix = await this.ids.prefixOf(job);
    const count = async (types: readonly JobType[]): Promise<number> =>
      (await this.listIds(types, prefix)).length;
    const [waiting, running, failed, done] = await Promise.all([
      count(WAITING),
      count(["active"]),
      count(["failed"]),
      count(["completed"]),
    ]);
    return { waiting, running, failed, done };
  }

  async running(job: QueuedJob): Promise<RunningTask[]> {
    const ids = await this.listIds(["active"], await this.ids.prefixOf(job));
    return await this.#describe(ids, ({ processedBy, processedOn, progress }, task) => ({
      task,
      worker: processedBy,
      startedMs: processedOn,
      ...(typeof progress === "number" ? { progress } : {}),
    }));
  }

  async failures(job: QueuedJob): Promise<FailedTask[]> {
    const ids = await this.listIds(["failed"], await this.ids.prefixOf(job));
    return await this.#describe(ids, ({ failedReason }, task) => ({ task, reason: failedReason }));
  }

  async #describe<Found extends { task: number }>(
    ids: readonly string[],
    describe: (
      job: NonNullable<Awaited<ReturnType<Queue<TaskMessage>["getJob"]>>>,
      task: number,
    ) => Found,
  ): Promise<Found[]> {
    const found: Found[] = [];
    await inParcels(ids, async (id) => {
      const job = await this.#queue.getJob(id);
      if (job !== undefined) found.push(describe(job, readTask(id)));
    });
    return found.sort((a, b) => a.task - b.task);
  }

  async cancel(job: QueuedJob): Promise<void> {
    const prefix = await this.ids.prefixOf(job);
    // First of all, so that whoever takes a task from here on stops it.
    await this.#cancelled.add("cancelled", { plan: job.plan }, { jobId: prefix });
    const startedMs = performance.now();
    for (;;) {
      const idle = await this.listIds([...WAITING, ...ENDED], prefix);
      await inParcels(idle, (id) => this.#queue.remove(id));
      const { length } = await this.listIds(["active"], prefix);
      // A worker that is gone does not stop: who gets its task next time drops it.
      if (length === 0 || performance.now() - startedMs > STOP_MS) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Prefixes of the jobs that were cancelled. */
  async listCancelled(): Promise<ReadonlySet<string>> {
    return new Set(await this.#cancelled.getRanges(["wait"], 0, -1));
  }

  /** Names of the tasks in some states, of a job or of all. */
  async listIds(types: readonly JobType[], prefix = ""): Promise<string[]> {
    const ids = await this.#queue.getRanges([...types], 0, -1);
    return prefix === "" ? ids : ids.filter((id) => id.startsWith(prefix));
  }

  /** Names of all tasks that are not through. */
  async listPending(): Promise<string[]> {
    return await this.listIds([...WAITING, "active"]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#queue.close(), this.#cancelled.close()]);
    await this.#server.close();
  }
}

async function inParcels(
  ids: readonly string[],
  use: (id: string) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < ids.length; i += PARCEL) {
    await Promise.all(ids.slice(i, i + PARCEL).map(use));
  }
}
