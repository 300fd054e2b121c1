/**
 * Jobs: a plan, the store that it lies in, and how its inputs are opened.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import { JobError, SourceError } from "../errors.ts";
import { KERNEL_DIGEST } from "../image/kernel_digest.ts";
import { expandShards } from "../storage/braces.ts";
import { nameText } from "../storage/redact.ts";
import { readAll } from "../storage/read_all.ts";
import { MAX_REQUESTS } from "../storage/request_pool.ts";
import type { Source } from "../storage/source.ts";
import { accessOf, type AccessOptions } from "../storage/source_options.ts";
import type { Store } from "../storage/store.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import { type StoreInput, toStore } from "../storage/to_store.ts";
import { absoluteAddress } from "./address.ts";
import { type Json, type JsonObject, sha256 } from "./canonical.ts";
import { changedError, planError } from "./errors.ts";
import { factsOf } from "./input.ts";
import { isThere, readLedger } from "./ledger.ts";
import type { Operation } from "./operation.ts";
import { loadOperation, type OperationName } from "./operations.ts";
import {
  checkPlan,
  countTasks,
  formatPlan,
  type JobInput,
  type JobPlan,
  otherPlanError,
  parsePlan,
  PLAN_NAME,
} from "./plan.ts";
import { putText, readText } from "./receipt.ts";

/** How a job reaches what it reads and writes: none of it is in the plan. */
export interface JobOptions {
  /** Opens an input by its URL in the plan; absent where that says all. */
  readonly open?: (url: string) => ShardInput;
  /** How inputs and the store of the job are reached, where they are given by their URLs: tokens, signers. */
  readonly access?: AccessOptions;
  /**
   * Threads, for operations that decode images; with 0 the calling one does all. The output is the same.
   *
   * @default {0}
   */
  readonly workers?: number;
  /** Gives a user's module in the place of the one that is loaded by its URL. */
  readonly loadModule?: (url: string) => Promise<unknown>;
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode openJob} takes. */
export interface OpenJobOptions extends JobOptions {
  /** Key that the plan must have. */
  readonly key?: string;
}

/** What {@linkcode planJob} takes. */
export interface PlanJobOptions extends JobOptions {
  /** What is done. */
  readonly operation: OperationName;
  /** How: as the operation's function takes it, as far as that is plain data. */
  readonly options?: JsonObject;
  /** URL or path of a user's module, for `map`. */
  readonly module?: string;
  /**
   * What becomes of another plan that lies there, of which no task is done.
   *
   * @default {"refuse"}
   */
  readonly unstarted?: "refuse" | "replace";
}

/** A job that is opened. */
export interface Job {
  /** What is done to which shards. */
  readonly plan: JobPlan;
  /** SHA-256 of the plan. */
  readonly key: string;
  /** Where the plan, receipts and outputs lie. */
  readonly store: Store;
  /** Number of tasks. */
  readonly taskCount: number;
  /** How it was opened. */
  readonly options: JobOptions;
  /** What is done. */
  readonly operation: Operation;
  /** What operations keep from one task to the next. */
  readonly kept: Map<string, { close(): Promise<void> | void }>;
  /** An input; nothing is opened yet. */
  openInput(number: number): Source;
  /** Ends threads and whatever else is kept from one task to the next. */
  close(): Promise<void>;
}

/** Of a hundred million shards, with their URLs. */
const MAX_PLAN_BYTES = 1024 * 1024 * 1024;

/**
 * Plans a job, and puts the plan into the store that its outputs go to: `.wdstream/plan.json`. Where that plan is there
 * already, the job is opened that it is of, with what is done of it.
 *
 * What the plan has of an input tells its version: size, entity tag, and of files the time of the last change. A task
 * that meets another version throws.
 *
 * @param shards URLs and paths, with braces; nothing secret in them comes into the plan.
 * @param to Where outputs go: the path or URL of a folder, or any store with `put` or `create`.
 * @throws {JobError} `job/plan` if another plan lies there.
 * @throws {SourceError} If an input is not there.
 * @throws {TypeError|RangeError} If an option is none that it can be, or two outputs have one name.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, type Store, toSource } from "@wdstream/wdstream";
 * import { planJob, runJob } from "@wdstream/wdstream/jobs";
 *
 * const files = new Map<string, Uint8Array>();
 * const store: Store = {
 *   open: (name) => toSource(files.get(name) ?? `./missing/${name}`, { name }),
 *   async put(name, body, { ifAbsent } = {}) {
 *     if (ifAbsent && files.has(name)) return false;
 *     files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
 *     return true;
 *   },
 * };
 * const open = () => sampleShard();
 * const job = await planJob(["sample.tar"], store, { operation: "stats", open });
 * const { made, isMerged } = await runJob(job);
 * if (made !== 1 || !isMerged || !files.has("statistics.json")) throw new Error("not done");
 * ```
 */
export async function planJob(
  shards: readonly string[] | readonly JobInput[],
  to: StoreInput,
  options: PlanJobOptions,
): Promise<Job> {
  const { operation: name, module, unstarted = "refuse", signal } = options;
  const operation = await loadOperation(name);
  const checked = operation.readOptions(options.options ?? {});
  const store = openStore(to, options);
  const inputs = await listInputs(shards, options);
  if (inputs.length === 0) throw new TypeError("A job needs a shard");
  // Sources of a hundred thousand shards take more memory than their plan.
  const own = await operation.survey?.(
    inputs.map(({ url }) => openUrl(url, options)),
    checked,
    signal ?? new AbortController().signal,
  ) ?? checked;
  if ((operation.hasModule ?? false) !== (module !== undefined)) {
    throw new TypeError(`"${name}" takes ${operation.hasModule ? "a" : "no"} module`);
  }
  const plan: JobPlan = {
    wdstream: "job",
    version: 1,
    operation: name,
    options: own,
    ...(operation.usesKernel ? { kernel: KERNEL_DIGEST } : {}),
    ...(module === undefined ? {} : { module: await readModule(module, options) }),
    inputs,
    outputs: operation.nameOutputs(inputs.map(({ url }) => url), own),
  };
  const bytes = formatPlan(plan);
  checkPlan(plan as unknown as Json);
  const put = (ifAbsent: boolean): Promise<boolean> =>
    putText(store, PLAN_NAME, bytes, { ifAbsent, owner: "m", signal });
  let there = await readText(store, PLAN_NAME, signal);
  if (there === undefined && operation.isFresh) await checkFree(store, plan, signal);
  if (there === undefined && !await put(true)) there = await readText(store, PLAN_NAME, signal);
  if (there !== undefined && there !== new TextDecoder().decode(bytes)) {
    const isFree = unstarted === "replace" && await isUnstarted(store, there, plan, signal);
    if (!isFree) throw otherPlanError(parseTolerantly(there), plan);
    await put(false);
  }
  return makeJob(plan, await sha256(bytes), store, operation, options);
}

/**
 * Opens a job that was planned.
 *
 * @param at The URL or path of its `.wdstream/plan.json`, or whatever its folder can be given as.
 * @throws {JobError} `job/plan` if the plan is damaged, of a version or a kernel that this release does not know, or has
 *   another key than the one that is meant.
 * @throws {SourceError} `source/not-found` if there is none.
 *
 * @example Usage
 * ```ts
 * import { openJob, runTask } from "@wdstream/wdstream/jobs";
 *
 * async function work({ plan, key, task }: { plan: string; key: string; task: number }) {
 *   const job = await openJob(plan, { key });
 *   return (await runTask(job, task)).outcome;
 * }
 * console.log(work.name);
 * ```
 */
export async function openJob(at: StoreInput, options: OpenJobOptions = {}): Promise<Job> {
  const { key: expected, signal } = options;
  const store = openStore(at, options);
  const bytes = await readAll(store.open(PLAN_NAME), MAX_PLAN_BYTES, signal);
  const key = await sha256(bytes);
  if (expected !== undefined && key !== expected) {
    throw planError(
      "it is not the one that the task is of; another job was planned for the folder",
    );
  }
  const plan = parsePlan(new TextDecoder().decode(bytes));
  return makeJob(plan, key, store, await loadOperation(plan.operation), options);
}

function makeJob(
  plan: JobPlan,
  key: string,
  store: Store,
  operation: Operation,
  options: JobOptions,
): Job {
  if (options.workers !== undefined) checkCount("workers", options.workers, 0);
  const kept: Job["kept"] = new Map();
  return {
    plan,
    key,
    store,
    taskCount: countTasks(plan),
    options,
    operation,
    kept,
    openInput: (number) => openUrl(plan.inputs[number].url, options),
    async close() {
      const all = [...kept.values()];
      kept.clear();
      for (const each of all) await each.close();
    },
  };
}

function openStore(at: StoreInput, { access = {} }: JobOptions): Store {
  const folder = typeof at === "string" && at.endsWith(`/${PLAN_NAME}`)
    ? at.slice(0, -PLAN_NAME.length)
    : at === PLAN_NAME
    ? ""
    : at;
  const store = toStore(folder, access);
  if (store.put !== undefined || store.create !== undefined) return store;
  throw new SourceError("source/unsupported", {
    action: "keep a job there",
    reason: "nothing can be put into such a store",
  });
}

function openUrl(url: string, { open, access = {} }: JobOptions): Source {
  return open === undefined ? toSource(url, access) : toSource(open(url), accessOf(access));
}

/** The inputs with what tells their versions. */
async function listInputs(
  shards: readonly (string | JobInput)[],
  options: JobOptions,
): Promise<JobInput[]> {
  const named: JobInput[] = [];
  for (const shard of shards) {
    // What is known already is not asked for again.
    if (typeof shard !== "string") named.push(shard);
    else {
      for (const url of options.open === undefined ? expandShards(shard) : [shard]) {
        named.push({ url: options.open === undefined ? await absoluteAddress(url) : url });
      }
    }
  }
  const isKnown = ({ sizeBytes, etag }: JobInput): boolean =>
    sizeBytes !== undefined || etag !== undefined;
  const inputs: JobInput[] = [];
  let next = 0;
  const ask = async (): Promise<void> => {
    while (next < named.length) {
      const number = next++;
      const input = named[number];
      options.signal?.throwIfAborted();
      inputs[number] = isKnown(input) ? input : await statInput(input.url, options);
    }
  };
  await Promise.all(Array.from({ length: MAX_REQUESTS }, ask));
  return inputs;
}

async function statInput(url: string, options: JobOptions): Promise<JobInput> {
  const facts = await openUrl(url, options).stat?.({ signal: options.signal });
  return { url, ...factsOf(facts ?? {}) };
}

/** A user's module has a digest: what it imports has none. */
const MAX_MODULE_BYTES = 64 * 1024 * 1024;

async function readModule(
  module: string,
  options: JobOptions,
): Promise<{ url: string; sha256: string }> {
  const url = options.loadModule === undefined ? await absoluteAddress(module) : module;
  return { url, sha256: await digestModule(url, options) };
}

async function digestModule(url: string, options: JobOptions): Promise<string> {
  // What is given as a function has no file.
  if (options.loadModule !== undefined) return await sha256(url);
  const bytes = await readAll(toSource(url, options.access), MAX_MODULE_BYTES, options.signal);
  return await sha256(bytes);
}

/**
 * Loads a user's module.
 *
 * @throws {JobError} `job/changed` if it is not the one that was planned.
 */
export async function loadJobModule({ plan, options }: Job): Promise<unknown> {
  const { url, sha256: planned } = plan.module!;
  if (options.loadModule !== undefined) return await options.loadModule(url);
  if (await digestModule(url, options) !== planned) {
    throw changedError(nameText(url), "the module has other text than it had");
  }
  const isPath = !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(url);
  if (!isPath) return await import(/* @vite-ignore */ url);
  const { pathToFileURL } = await import("node:url");
  return await import(/* @vite-ignore */ pathToFileURL(url).href);
}

/** Throws where something has a name that is to be written, and no job has begun. */
async function checkFree(
  store: Store,
  { outputs }: JobPlan,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await findOutput(store, new Set(outputs), signal);
  if (found === undefined) return;
  throw new SourceError("source/exists", {
    action: `write "${found}"`,
    reason: "it is there already; write elsewhere, or take it away",
    shard: found,
  });
}

/** The first output that is there; of stores that cannot be listed, only the first of all is asked for. */
async function findOutput(
  store: Store,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (store.list === undefined) {
    const [first] = names;
    return first !== undefined && await isThere(store, first, signal) ? first : undefined;
  }
  try {
    for await (const { name } of store.list("", { signal, isFlat: true })) {
      if (names.has(name)) return name;
    }
  } catch (error) {
    if (!(error instanceof SourceError && error.code === "source/not-found")) throw error;
  }
  return undefined;
}

/** Whether a folder has a plan alone: one that was mistyped. */
async function isUnstarted(
  store: Store,
  text: string,
  { outputs }: JobPlan,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const there = parseTolerantly(text);
  const { done, isMerged } = await readLedger(store, countTasks(there), signal);
  if (done.size > 0 || isMerged) return false;
  const names = new Set([...outputs, ...there.outputs]);
  return await findOutput(store, names, signal) === undefined;
}

/** A plan as it is there, whichever release has written it. */
function parseTolerantly(text: string): JobPlan {
  try {
    return JSON.parse(text);
  } catch {
    throw new JobError("job/plan", {
      action: "plan the job",
      reason: `"${PLAN_NAME}" is there, and is no JSON; take it away, or write elsewhere`,
    });
  }
}
