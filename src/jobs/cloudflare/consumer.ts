/**
 * The consumer of a queue: tasks, and the merge behind the last of them.
 *
 * @module
 */
import { checkCallback, checkLimit } from "../../check.ts";
import { JobError, SourceError } from "../../errors.ts";
import { init, type KernelSource } from "../../image/mod.ts";
import { createDraft, type Store, within } from "../../storage/store.ts";
import { type StoreInput, toStore } from "../../storage/to_store.ts";
import type { JsonObject } from "../canonical.ts";
import type { TaskMessage } from "../engine.ts";
import { isPermanent, planError } from "../errors.ts";
import { type Job, type JobOptions, openJob, planJob } from "../job.ts";
import { failureName, readLedger } from "../ledger.ts";
import { mergeJob } from "../merge.ts";
import type { OperationName } from "../operations.ts";
import { type JobInput, PLAN_NAME } from "../plan.ts";
import { runTask, type TaskOutcome } from "../run_task.ts";
import { beginChain, isLatest, type MergeTurn, noteSent } from "./merge_chain.ts";
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
   * A queue that messages are sent to, as they came, that no further try can help: damaged data, a shard that was changed,
   * what is no message of a job. Without it these use up their tries, and go where the queue's settings say.
   */
  readonly deadLetters?: (env: Env) => QueueLike;
  /**
   * Most bytes of one output.
   *
   * @default {none where the bucket takes parts, as R2's do; else 67108864, which a Worker can hold}
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
type MergeMessage = Omit<TaskMessage, "task"> & MergeTurn & {
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
 * Give the queue a batch size of 1, and a dead-letter queue, for tasks whose tries are used up; with `deadLetters`, a task
 * whose data is damaged goes there at its first. Its word lies in `OUT/.wdstream/failed`. A delayed message asks for the merge until all tasks are done, or
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
  const { maxOutputBytes, mergeDelaySeconds = 30, retryDelaySeconds = 10 } = options;
  const { deadLetters, onTask, onError } = options;
  for (const name of ["source", "target", "queue"] as const) checkCallback(name, options[name]);
  checkCallback("deadLetters", deadLetters);
  checkCallback("onTask", onTask);
  checkCallback("onError", onError);
  if (maxOutputBytes !== undefined) checkLimit("maxOutputBytes", maxOutputBytes);
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
    if (!await isLatest(job.store, message)) return;
    for (let task = 0; task < job.taskCount; task++) {
      if (done.has(task) || failed.has(task)) continue;
      const idle = message.done === done.size ? (message.idle ?? 0) + 1 : 0;
      if (idle * Math.max(1, mergeDelaySeconds) >= IDLE_SECONDS) {
        // Whoever submits it again asks for the merge, too.
        onError?.(message, idleError(done.size, job.taskCount));
        return;
      }
      const next: MergeMessage = { ...message, turn: message.turn + 1, done: done.size, idle };
      await options.queue(env).send(next, { delaySeconds: mergeDelaySeconds });
      await noteSent(job.store, next);
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

  /** Sends what no further try can help to where it belongs, if that is known. */
  async function giveUp(message: MessageLike, error: unknown, env: Env): Promise<boolean> {
    if (deadLetters === undefined || !isPermanent(error)) return false;
    try {
      await deadLetters(env).send(message.body);
    } catch (failure) {
      onError?.(message.body, failure);
      return false;
    }
    message.ack();
    return true;
  }

  return {
    async queue({ messages }, env) {
      for (const message of messages) {
        try {
          await handle(message, env);
          message.ack();
        } catch (error) {
          onError?.(message.body, error);
          if (await giveUp(message, error, env)) continue;
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
      const merge: MergeMessage = { ...named, merge: true, ...await beginChain(job.store) };
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
 * @throws {JobError} `job/plan` if it is none of a job's.
 */
function readMessage(body: unknown): TaskMessage | MergeMessage {
  const { plan, key, task, merge, chain = "", turn = 0, done, idle } = (body ?? {}) as Partial<
    TaskMessage & MergeMessage
  >;
  if (typeof plan === "string" && plan.endsWith(`/${PLAN_NAME}`) && typeof key === "string") {
    if (merge === true) return { plan, key, merge, chain, turn, done, idle };
    if (Number.isSafeInteger(task)) return { plan, key, task: task! };
  }
  throw planError("the message is none of a job's");
}

/** A store whose objects have a limit. */
function limitOutputs(store: Store, maxBytes: number | undefined): Store {
  if (store.put === undefined) return store;
  const most = maxBytes ?? (store.create === undefined ? MAX_OUTPUT_BYTES : Infinity);
  return {
    ...store,
    async create(name, options = {}) {
      const draft = await createDraft(store, name, options);
      let sizeBytes = 0;
      return {
        async write(bytes) {
          sizeBytes += bytes.length;
          if (sizeBytes > most) throw largeError(name, most);
          await draft.write(bytes);
        },
        finish: () => draft.finish(),
        discard: () => draft.discard(),
      };
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
    reason: `it has more than the limit of ${maxBytes} bytes`,
    shard: name,
  });
}
