/**
 * Jobs over BullMQ: tasks go through Redis or PostgreSQL to any number of workers, on any runtime. The packages `bullmq`
 * and `ioredis` or `pg` are loaded when a queue is opened, and are to be installed for it.
 *
 * ```ts
 * import { openQueue } from "@wdstream/wdstream/jobs/bullmq";
 *
 * async function count(plan: string, key: string) {
 *   const queue = await openQueue("redis://127.0.0.1");
 *   const { waiting, running } = await queue.counts({ plan, key });
 *   await queue.close();
 *   return waiting + running;
 * }
 * console.log(count.name);
 * ```
 *
 * @module
 */
import type { Engine } from "../engine.ts";
import { type QueueOptions, readQueueOptions } from "./options.ts";
import { connectServer, loadPackage, onceInAWhile } from "./server.ts";

export type { QueueOptions } from "./options.ts";
export type { Engine, SubmitOptions, SubmitReport, WorkOptions } from "../engine.ts";
export type { FailedTask, QueueCounts, QueuedJob, RunningTask } from "../engine.ts";
export type { TaskMessage, TaskRun } from "../engine.ts";

/**
 * Opens a queue on Redis (`redis:`, `rediss:`) or PostgreSQL from 13 on (`postgres:`, `postgresql:`). BullMQ's tables are
 * made in PostgreSQL where they are not there.
 *
 * @param url Where the server is, with user, password and database where it has some.
 * @throws {JobError} `job/queue` if a package is not installed, the server does not answer, or Redis may take away what
 *   it was given (its `maxmemory-policy` is not `noeviction`).
 * @throws {TypeError|RangeError} If the URL or an option is none that it can be.
 *
 * @example Usage
 * ```ts
 * import { openQueue } from "@wdstream/wdstream/jobs/bullmq";
 *
 * async function work(url: string, signal: AbortSignal) {
 *   const queue = await openQueue(url, { onWarning: console.warn });
 *   try {
 *     await queue.work(async ({ plan, task }) => console.log(plan, task), { signal });
 *   } finally {
 *     await queue.close();
 *   }
 * }
 * console.log(work.name);
 * ```
 */
export async function openQueue(url: string | URL, options: QueueOptions = {}): Promise<Engine> {
  const settings = readQueueOptions(options);
  const text = String(url);
  // The text may have a password in it.
  if (!URL.canParse(text)) throw new TypeError("The address of a queue is no URL");
  settings.signal?.throwIfAborted();
  const bullmq = await loadPackage("bullmq", () => import("bullmq"));
  const warn = onceInAWhile(settings.warn);
  const server = await connectServer(new URL(text), bullmq, { ...settings, warn });
  const { BullEngine } = await import("./bull_engine.ts");
  return new BullEngine(bullmq, server, settings);
}
