/**
 * What is done of a job, by one listing of its store.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import type { Store, StoredObject } from "../storage/store.ts";
import { receiptName } from "./receipt.ts";

/** Name of what the merge leaves when it is through. */
export const MERGED_NAME = ".wdstream/merged.json";

/** What lies in the ledger. */
export interface Ledger {
  /** Numbers of the tasks that have receipts. */
  readonly done: ReadonlySet<number>;
  /** Numbers of the tasks that have failed and left word; those that were done later, too. */
  readonly failed: ReadonlySet<number>;
  /** Whether it was merged. */
  readonly isMerged: boolean;
  /** Drafts of outputs, of processes that write or were killed. */
  readonly drafts: readonly StoredObject[];
}

const ENTRY = /^\.wdstream\/(done|failed)\/(\d+)\.json$/;

/**
 * Lists what is done of a job.
 *
 * @param taskCount How many tasks it has, for stores that cannot be listed: each is asked for then.
 */
export async function readLedger(
  store: Store,
  taskCount: number,
  signal?: AbortSignal,
): Promise<Ledger> {
  const done = new Set<number>();
  const failed = new Set<number>();
  const drafts: StoredObject[] = [];
  let isMerged = false;
  if (store.list === undefined) {
    for (let task = 0; task < taskCount; task++) {
      if (await isThere(store, receiptName(task), signal)) done.add(task);
      if (await isThere(store, failureName(task), signal)) failed.add(task);
    }
    isMerged = await isThere(store, MERGED_NAME, signal);
    return { done, failed, isMerged, drafts };
  }
  try {
    for await (const object of store.list(".wdstream/", { signal })) {
      const [, kind, number] = ENTRY.exec(object.name) ?? [];
      // What is no task of the plan is nobody's.
      if (kind !== undefined) {
        if (Number(number) < taskCount) (kind === "done" ? done : failed).add(Number(number));
      } else if (object.name === MERGED_NAME) isMerged = true;
      else if (object.name.startsWith(".wdstream/tmp/")) drafts.push(object);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return { done, failed, isMerged, drafts };
}

/** Name of what a task leaves that has failed. */
export function failureName(task: number): string {
  return `.wdstream/failed/${task}.json`;
}

/** Whether an object is there. */
export async function isThere(
  store: Store,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const source = store.open(name);
  try {
    if (source.stat !== undefined) await source.stat({ signal });
    else await (await source.open({ length: 1, signal })).body.cancel();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof SourceError && error.code === "source/not-found";
}
