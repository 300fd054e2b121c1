/**
 * What a job does to its shards: the interface that each operation has.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import type { AccessOptions } from "../storage/source_options.ts";
import type { Source } from "../storage/source.ts";
import type { Store } from "../storage/store.ts";
import type { WorkerState } from "../workers/state.ts";
import type { JsonObject } from "./canonical.ts";
import type { JobPlan } from "./plan.ts";
import type { Receipt } from "./receipt.ts";
import type { TaskOutput } from "./commit.ts";

/** What is the same for all tasks that one process runs of a job. */
export interface Workshop {
  /** What is done to which shards. */
  readonly plan: JobPlan;
  /** Threads. */
  readonly workers: number;
  /** How what is not in the plan by its bytes is reached: modules. */
  readonly access: AccessOptions;
  /** What an operation keeps from one task to the next, made when it is first asked for. */
  keep<T extends { close(): Promise<void> | void }>(name: string, make: () => T): T;
  /** Loads a user's module, whose digest the plan has. */
  loadModule(): Promise<unknown>;
}

/** One task, as an operation sees it. */
export interface TaskContext extends Workshop {
  /** Number of the task. */
  readonly number: number;
  /** The input of the number of the task, as it was planned: of another version, reading it throws. */
  readonly source: Source;
  /** All inputs, likewise. */
  readonly sources: readonly Source[];
  /** Aborts when the task is to stop at once. */
  readonly signal: AbortSignal | undefined;
  /**
   * Begins an output. It has its name when it is finished, and stands for what is there by its name if that has the same
   * bytes.
   */
  create(name: string): Promise<TaskOutput>;
  /** Writes an output in one piece. */
  put(name: string, bytes: Uint8Array | string): Promise<void>;
  /** Has what workers do told with each step. */
  watch(workers: readonly WorkerState[] | undefined): void;
  /** Tells that a sample is done, and lets timers have their turn. */
  step(samples: number): Promise<void>;
  /**
   * Tells of a fault that was left out.
   *
   * @throws It, where it says nothing of the data: the next try may read what this one could not.
   */
  skip(error: WdsError): void;
  /** What reading an input has failed with last. */
  readonly lastFault: unknown;
}

/** What a task has found out. */
export interface TaskResult {
  /** Numbers that add up. */
  readonly counts: Readonly<Record<string, number>>;
  /** Whatever the merge takes. */
  readonly result?: JsonObject;
}

/** What a merge is given. */
export interface MergeContext {
  /** What was done to which shards. */
  readonly plan: JobPlan;
  /** Receipts in the order of the plan; those of tasks that are not done are left out. */
  readonly receipts: readonly Receipt[];
  /** Where the merge writes: what is there already must have the same bytes. */
  readonly store: Store;
  /** Aborts when the merge is to stop at once. */
  readonly signal: AbortSignal | undefined;
}

/** What a job does to its shards. */
export interface Operation {
  /** Whether what it makes depends on the kernel, which is in the plan then. */
  readonly usesKernel: boolean;
  /** Whether each task may read all inputs, and not that of its number alone. */
  readonly readsAll?: boolean;
  /** Whether what it makes must not be there before the job is planned. */
  readonly isFresh?: boolean;
  /** Whether it takes a user's module. */
  readonly hasModule?: boolean;
  /**
   * Checks options, and spells out those that were not given.
   *
   * @throws {TypeError|RangeError} If one is none that it can be.
   */
  readOptions(options: JsonObject): JsonObject;
  /**
   * Finds out what has to be known of the inputs before tasks can be planned.
   *
   * @returns The options with it.
   */
  survey?(
    sources: readonly Source[],
    options: JsonObject,
    signal: AbortSignal,
  ): Promise<JsonObject>;
  /**
   * Names of what the tasks make, one a task; none where they write receipts alone, of which there is one for each
   * input.
   *
   * @throws {TypeError} If two are the same.
   */
  nameOutputs(inputs: readonly string[], options: JsonObject): readonly string[];
  /** Whether it makes the same bytes each time. */
  isExact(options: JsonObject): boolean;
  /** Does a task. */
  run(task: TaskContext): Promise<TaskResult>;
  /**
   * Puts together what all tasks have found out.
   *
   * @returns What is to be added to the sums of the receipts, if anything is.
   */
  merge(merging: MergeContext): Promise<TaskResult["counts"] | void>;
}
