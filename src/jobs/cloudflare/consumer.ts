/**
 * The consumer of a queue: tasks, and the merge behind the last of them.
 *
 * @module
 */
import { checkCallback, checkLimit } from "../../check.ts";
import { concatenate } from "../../concatenate.ts";
import { JobError, SourceError } from "../../errors.ts";
import { init, type KernelSource } from "../../image/mod.ts";
import { type Store, within } from "../../storage/store.ts";
import { type StoreInput, toStore } from "../../storage/to_store.ts";
import type { JsonObject } from "../canonical.ts";
import type { TaskMessage } from "../engine.ts";
import { type Job, type JobOptions, openJob, planJob } from "../job.ts";
import { failureName, readLedger } from "../ledger.ts";
import { mergeJob } from "../merge.ts";
import type { OperationName } from "../operations.ts";
import { type JobInput, PLAN_NAME } from "../plan.ts";
import { runTask, type TaskOutcome } from "../run_task.ts";
import type { MessageBatchLike, MessageLike, QueueLike } from "./queue.ts";

/** What {@linkcode createConsumer} takes. */
export interface ConsumerOptions<Env> {
  /** The bucket that inputs lie in, by the names in the plan. */
  readonly source: (env: Env) => StoreInput;
  /** The bucket that jobs lie in, with their outputs. */
  readonly target: (env: Env) => StoreInput;
  /** The queue that is consumed, for the message that asks for the merge. */
  readonly queue: (env: Env) => QueueLike;
  /** The kernel as a module, which Workers must be given for images: `wdstream.wasm` of this package. */
  readonly kernel?: KernelSource;
  /**
   * Most bytes of one output: each is held in memory, of which a Worker has 128 MB.
   *
   * @default {67108864}
   */
  readonly maxOutputBytes?: number;
  /**
   * Seconds between two looks at whether all is done.
   *
   * @default {30}
   */
  readonly mergeDelaySeconds?: number;
  /**
   * Seconds before what has failed is tried again; each time twice as many, up to an hour.
   *
   * @default {10}
   */
  readonly retryDelaySeconds?: number;
  /** Is told of each task that is done, and waited for. */
  readonly onTask?: (message: TaskMessage, outcome: TaskOutcome) => void | Promise<void>;
  /** Is told of what a task, or a merge, has failed with. */
  readonly onError?: (message: unknown, error: unknown) => void;
}

/** What is submitted. */
export interface SubmitToQueue {
  /** Folder of the job in the target bucket, without a slash at its end. */
  readonly out: string;
  /** Names of shards in the source bucket, or what their names begin with. */
  readonly shards: readonly string[] | { readonly prefix: string };
  /** What is done. */
  readonly operation: OperationName;
  /** How. */
  readonly options?: JsonObject;
}

/** A Worker's part of a job. */
export interface Consumer<Env> {
  /** Does the tasks of messages; what a Worker's `queue()` is. */
  queue(batch: MessageBatchLike, env: Env): Promise<void>;
  /**
   * Plans a job and sends its tasks that are not done; again, those that are missing then.
   *
   * @returns The number of tasks that were sent.
   * @throws {JobError} `job/plan` if the folder has another job.
   */
  submit(job: SubmitToQueue, env: Env): Promise<number>;
}

/** Asks for the merge of a job. */
type MergeMessage = Omit<TaskMessage, "task"> & {
  readonly merge: true;
  /** Number of tasks that were done when it was asked for last. */
  readonly done?: number;
  /** How often it was asked for since, without another one. */
  readonly idle?: number;
};

/** Without another task that is done, the merge is asked for no more after a day: a task may be in the dead letters. */
const IDLE_SECONDS = 24 * 60 * 60;

/** What a queue takes at once. */
const MAX_BATCH = 100;

/** Nothing is tried again later than that. */
const MAX_DELAY_SECONDS = 3600;

/** What an object may have that a Worker holds. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Makes a consumer of a Cloudflare Queue. A message is one task, a few hundred bytes; the receipts in the bucket say what
 * is done, so that messages may come twice, late or never: `submit()` again sends what is missing.
 *
 * Give the queue a batch size of 1, and a dead-letter queue: a task whose data is damaged goes there when its tries are
 * used up, and its word lies in `OUT/.wdstream/failed`. A delayed message asks for the merge until all tasks are done, or
 * have failed, or none was done for a day: `onError` is told then.
 *
 * @throws {TypeError} If an option is none that it can be.
 *
 * @example Usage
 * ```ts
 * import { createConsumer, type QueueLike } from "@wdstream/wdstream/jobs/cloudflare";
 * import type { R2BucketLike } from "@wdstream/wdstream/storage";
 *
 * interface Env { readonly BUCKET: R2BucketLike; readonly TASKS: QueueLike }
 *
 * const consumer = createConsumer<Env>({
 *   source: ({ BUCKET }) => BUCKET,
 *   target: ({ BUCKET }) => BUCKET,
 *   queue: ({ TASKS }) => TASKS,
 * });
 * const worker = {
 *   queue: consumer.queue,
 *   async fetch(_: Request, env: Env) {
 *     const job = { out: "report", shards: { prefix: "train/" }, operation: "verify" } as const;
 *     return new Response(`${await consumer.submit(job, env)} tasks`);
 *   },
 * };
 * console.log(Object.keys(worker).join());
 * ```
 */
export function createConsumer<Env>(options: ConsumerOptions<Env>): Consumer<Env> {
  const { maxOutputBytes = MAX_OUTPUT_BYTES, mergeDelaySeconds = 30, onTask, onError } = options;
  const { retryDelaySeconds = 10 } = options;
  for (const name of ["source", "target", "queue"] as const) checkCallback(name, options[name]);
  checkCallback("onTask", onTask);
  checkCallback("onError", onError);
  checkLimit("maxOutputBytes", maxOutputBytes);
  checkLimit("mergeDelaySeconds", mergeDelaySeconds);
  checkLimit("retryDelaySeconds", retryDelaySeconds);

  /** How a job of these buckets is opened. */
  const reach = (env: Env): JobOptions => {
    const source = toStore(options.source(env));
    return { open: (url) => source.open(url) };
  };
  const openTarget = (env: Env, folder: string): Store =>
    limitOutputs(within(toStore(options.target(env)), folder), maxOutputBytes);

  async function doTask(job: Job, message: TaskMessage): Promise<void> {
    if (job.operation.usesKernel && options.kernel !== undefined) await init(options.kernel);
    const outcome = await runTask(job, message.task);
    await onTask?.(message, outcome);
  }

  async function tryMerge(job: Job, message: MergeMessage, env: Env): Promise<void> {
    const { done, failed, isMerged } = await readLedger(job.store, job.taskCount);
    if (isMerged) return;
    if (done.size === job.taskCount) return void await mergeJob(job);
    for (let task = 0; task < job.taskCount; task++) {
      if (done.has(task) || failed.has(task)) continue;
      const idle = message.done === done.size ? (message.idle ?? 0) + 1 : 0;
      if (idle * Math.max(1, mergeDelaySeconds) >= IDLE_SECONDS) {
        // Whoever submits it again asks for the merge, too.
        onError?.(message, idleError(done.size, job.taskCount));
        return;
      }
      const next: MergeMessage = { ...message, done: done.size, idle };
      await options.queue(env).send(next, { delaySeconds: mergeDelaySeconds });
      return;
    }
  }

  async function handle(message: MessageLike, env: Env): Promise<void> {
    const body = readMessage(message.body);
    const folder = body.plan.slice(0, -PLAN_NAME.length);
    const job = await openJob(openTarget(env, folder), { ...reach(env), key: body.key });
    try {
      await ("merge" in body ? tryMerge(job, body, env) : doTask(job, body));
    } finally {
      await job.close();
    }
  }

  return {
    async queue({ messages }, env) {
      for (const message of messages) {
        try {
          await handle(message, env);
          message.ack();
        } catch (error) {
          onError?.(message.body, error);
          const { attempts = 1 } = message;
          const delaySeconds = Math.min(MAX_DELAY_SECONDS, retryDelaySeconds * 2 ** (attempts - 1));
          message.retry({ delaySeconds });
        }
      }
    },
    async submit({ out, shards, operation, options: own }, env) {
      const folder = `${out}/`;
      const source = toStore(options.source(env));
      const inputs = "prefix" in shards ? await listInputs(source, shards.prefix) : shards;
      const job = await planJob(inputs, openTarget(env, folder), {
        ...reach(env),
        operation,
        options: own,
      });
      const { done, failed } = await readLedger(job.store, job.taskCount);
      // What is tried again has not failed: the merge waits for it.
      for (const task of failed) {
        if (!done.has(task)) await job.store.remove?.(failureName(task));
      }
      const named = { plan: folder + PLAN_NAME, key: job.key };
      const queue = options.queue(env);
      const tasks: { body: TaskMessage }[] = [];
      for (let task = 0; task < job.taskCount; task++) {
        if (!done.has(task)) tasks.push({ body: { ...named, task } });
      }
      for (let i = 0; i < tasks.length; i += MAX_BATCH) {
        await queue.sendBatch(tasks.slice(i, i + MAX_BATCH));
      }
      const merge: MergeMessage = { ...named, merge: true };
      await queue.send(merge, { delaySeconds: mergeDelaySeconds });
      return tasks.length;
    },
  };
}

/** Shards by a listing, which tells their versions at once. */
async function listInputs(source: Store, prefix: string): Promise<JobInput[]> {
  if (source.list === undefined) {
    throw new TypeError("The source cannot be listed: name its shards");
  }
  const inputs: JobInput[] = [];
  for await (const { name, sizeBytes, etag } of source.list(prefix)) {
    if (/\.tar(\.gz)?$/.test(name)) inputs.push({ url: name, sizeBytes, etag });
  }
  return inputs;
}

/**
 * What a message says.
 *
 * @throws {TypeError} If it is none of a job's.
 */
function readMessage(body: unknown): TaskMessage | MergeMessage {
  const { plan, key, task, merge, done, idle } = (body ?? {}) as Partial<
    TaskMessage & MergeMessage
  >;
  if (typeof plan === "string" && plan.endsWith(`/${PLAN_NAME}`) && typeof key === "string") {
    if (merge === true) return { plan, key, merge, done, idle };
    if (Number.isSafeInteger(task)) return { plan, key, task: task! };
  }
  throw new TypeError("The message is none of a job's");
}

/** A store whose objects are held until they are whole, up to a limit. */
function limitOutputs(store: Store, maxBytes: number): Store {
  const { put } = store;
  if (put === undefined) return store;
  return {
    ...store,
    create(name, options) {
      let parts: Uint8Array[] = [];
      let sizeBytes = 0;
      return Promise.resolve({
        write(bytes: Uint8Array): Promise<void> {
          sizeBytes += bytes.length;
          if (sizeBytes > maxBytes) return Promise.reject(largeError(name, maxBytes));
          parts.push(bytes.slice());
          return Promise.resolve();
        },
        finish: () => put(name, concatenate(parts.splice(0)), options),
        discard(): Promise<void> {
          parts = [];
          return Promise.resolve();
        },
      });
    },
  };
}

function idleError(done: number, tasks: number): JobError {
  return new JobError("job/incomplete", {
    action: "merge the job",
    reason: `${done} of ${tasks} tasks are done, and none more since a day; submit it again`,
  });
}

function largeError(name: string, maxBytes: number): SourceError {
  return new SourceError("source/too-large", {
    action: `write "${name}"`,
    reason: `it has more than the limit of ${maxBytes} bytes, which a Worker holds in memory`,
    shard: name,
  });
}
