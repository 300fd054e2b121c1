/**
 * What all tasks have found out, put together by whoever is last.
 *
 * @module
 */
import { JobError, SourceError } from "../errors.ts";
import { MAX_REQUESTS } from "../storage/request_pool.ts";
import type { Store } from "../storage/store.ts";
import { canonicalJson, isObject, type Json, sha256 } from "./canonical.ts";
import { differsError } from "./commit.ts";
import { digestObject } from "./digest.ts";
import { readFailure, type TaskFailure } from "./failure.ts";
import type { Job } from "./job.ts";
import { type Ledger, MERGED_NAME, readLedger } from "./ledger.ts";
import { putText, readReceipt, readText, type Receipt } from "./receipt.ts";

/** What {@linkcode mergeJob} takes. */
export interface MergeOptions {
  /**
   * Whether tasks may be missing. What they would have made is then in nothing that the merge writes; a merge after they
   * are done writes it anew.
   *
   * @default {false}
   */
  readonly allowMissing?: boolean;
  /** Gives up; its reason is thrown. The same call does it anew. */
  readonly signal?: AbortSignal;
}

/** What a merge has done. */
export interface MergeReport {
  /** Sums of what the tasks have counted: samples and so on. */
  readonly counts: Readonly<Record<string, number>>;
  /** Receipts in the order of the plan. */
  readonly receipts: readonly Receipt[];
  /** Numbers of the tasks that are missing. */
  readonly missing: readonly number[];
  /** Names of what it has written, or found there with the same bytes. */
  readonly written: readonly string[];
  /** How many drafts it has taken away. */
  readonly swept: number;
}

/** Drafts that are older are of processes that were killed. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** How many failures an error tells. */
const TOLD = 10;

/**
 * Puts together what all tasks have found out: lists of shards, indexes, statistics, findings, as the operation has
 * them. Sums are exact, and written in the order of the plan, so that it does not matter who was when. Several may merge
 * at the same time.
 *
 * Drafts are taken away of tasks that are done, and those older than a day.
 *
 * @throws {JobError} `job/incomplete` if tasks are not done; `job/differs` if something else is there by the name of
 *   what is written.
 *
 * @example Usage
 * ```ts
 * import { mergeJob, openJob } from "@wdstream/wdstream/jobs";
 *
 * async function merge(out: string) {
 *   const { counts, written } = await mergeJob(await openJob(out));
 *   return `${counts.samples} samples, ${written.join(", ")}`;
 * }
 * console.log(merge.name);
 * ```
 */
export async function mergeJob(job: Job, options: MergeOptions = {}): Promise<MergeReport> {
  for (let tries = 1;; tries++) {
    try {
      return await mergeOnce(job, options);
    } catch (error) {
      // Another one that merges is through, and has taken the drafts away that it found.
      const isSwept = error instanceof SourceError && error.code === "source/write";
      if (!isSwept || tries === MAX_TRIES) throw error;
    }
  }
}

const MAX_TRIES = 3;

async function mergeOnce(job: Job, options: MergeOptions): Promise<MergeReport> {
  const { allowMissing = false, signal } = options;
  const ledger = await readLedger(job.store, job.taskCount, signal);
  const missing = listMissing(job, ledger);
  if (missing.length > 0 && !allowMissing) throw await incompleteError(job, ledger, missing);
  const receipts = await readReceipts(job, ledger, signal);
  const replaces = await wasIncomplete(job, signal);
  const written = new Set<string>();
  const store = mergedStore(job.store, { replaces, written, signal });
  const more = await job.operation.merge({ plan: job.plan, receipts, store, signal });
  const text = canonicalJson({
    wdstream: "merged",
    version: 1,
    plan: job.key,
    missing,
    written: [...written],
  });
  await putText(job.store, MERGED_NAME, text, { ifAbsent: false, owner: "m", signal });
  const swept = await sweep(job, ledger, signal);
  const counts = sumCounts(more === undefined ? receipts : [...receipts, { counts: more }]);
  return { counts, receipts, missing, written: [...written], swept };
}

function listMissing({ taskCount }: Job, { done }: Ledger): number[] {
  const missing: number[] = [];
  for (let task = 0; task < taskCount; task++) if (!done.has(task)) missing.push(task);
  return missing;
}

/** The error of a merge that would lack tasks. */
async function incompleteError(
  job: Job,
  { failed }: Ledger,
  missing: readonly number[],
): Promise<JobError> {
  const failures: TaskFailure[] = [];
  for (const task of missing.filter((task) => failed.has(task)).slice(0, TOLD)) {
    const failure = await readFailure(job, task);
    if (failure !== undefined) failures.push(failure);
  }
  const told = failures.map(({ name, message }) => `; "${name}": ${message}`).join("");
  return new JobError("job/incomplete", {
    action: "merge the job",
    reason: `${missing.length} of ${job.taskCount} tasks are not done, the first is task ${
      missing[0]
    }${told}`,
  });
}

/** Receipts in the order of the plan. */
async function readReceipts(
  job: Job,
  { done }: Ledger,
  signal: AbortSignal | undefined,
): Promise<Receipt[]> {
  const tasks = [...done].sort((a, b) => a - b);
  const receipts: Receipt[] = [];
  let next = 0;
  const read = async (): Promise<void> => {
    while (next < tasks.length) {
      const number = next++;
      signal?.throwIfAborted();
      const receipt = await readReceipt(job.store, job.key, tasks[number], signal);
      if (receipt === undefined) {
        throw new JobError("job/incomplete", {
          action: "merge the job",
          reason: `the receipt of task ${tasks[number]} was taken away meanwhile`,
        });
      }
      receipts[number] = receipt;
    }
  };
  await Promise.all(Array.from({ length: MAX_REQUESTS }, read));
  return receipts;
}

/** Numbers of all receipts, added up. */
export function sumCounts(
  receipts: readonly Pick<Receipt, "counts">[],
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { counts } of receipts) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** Whether an earlier merge lacked tasks, so that what it has written is no longer right. */
async function wasIncomplete(job: Job, signal: AbortSignal | undefined): Promise<boolean> {
  const text = await readText(job.store, MERGED_NAME, signal);
  let merged: Json;
  try {
    merged = JSON.parse(text ?? "null");
  } catch {
    return true;
  }
  return isObject(merged) && Array.isArray(merged.missing) && merged.missing.length > 0;
}

interface Merging {
  readonly replaces: boolean;
  readonly written: Set<string>;
  readonly signal: AbortSignal | undefined;
}

/** What a merge writes into: the same bytes may be there. */
function mergedStore(store: Store, { replaces, written, signal }: Merging): Store {
  return {
    open: (name) => store.open(name),
    async put(name, body, { ifAbsent = false } = {}) {
      const bytes = body instanceof Blob ? new Uint8Array(await body.arrayBuffer()) : body;
      written.add(name);
      const put = (ifAbsent: boolean): Promise<boolean> =>
        putText(store, name, bytes, { ifAbsent, owner: "m", signal });
      if (await put(ifAbsent && !replaces)) return true;
      const own = { sizeBytes: bytes.length, sha256: await sha256(bytes) };
      const other = await digestObject(store.open(name), signal);
      if (own.sha256 !== other.sha256) throw differsError(name, own, other);
      return true;
    },
  };
}

/** Takes drafts away of tasks that are done, and old ones. */
async function sweep(
  { store, taskCount }: Job,
  { done, drafts }: Ledger,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (store.remove === undefined) return 0;
  let swept = 0;
  for (const draft of drafts) {
    const [, owner] = /\/(\d+|m)-[^/]*$/.exec(draft.name) ?? [];
    const isDone = owner === "m" ? done.size === taskCount : done.has(Number(owner ?? -1));
    if (!isDone && !await isOld(store, draft, signal)) continue;
    await store.remove(draft.name);
    swept++;
  }
  return swept;
}

async function isOld(
  store: Store,
  { name, lastModifiedMs }: Ledger["drafts"][number],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const changedMs = lastModifiedMs ??
    await store.open(name).stat?.({ signal }).then(
      (facts) => facts.lastModifiedMs,
      () => undefined,
    );
  return changedMs !== undefined && Date.now() - changedMs > DAY_MS;
}
