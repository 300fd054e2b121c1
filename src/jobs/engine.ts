/**
 * What a queue is for jobs: it hands tasks to workers, again where one is lost, and nothing else. What is done is said by
 * the receipts beside the output, never by a queue.
 *
 * @module
 */

/** A job, as a queue knows it: two that write the same into two folders are two. */
export interface QueuedJob {
  /** URL or path of the job's `.wdstream/plan.json`. */
  readonly plan: string;
  /** SHA-256 of the plan, in hexadecimal digits. */
  readonly key: string;
}

/** A task, as a queue carries it: JSON below 1 KB, with nothing secret in it. */
export interface TaskMessage extends QueuedJob {
  /** Number of the task in the plan, from 0. */
  readonly task: number;
}

/** A task that is run. */
export interface TaskRun {
  /**
   * Aborts when the job is cancelled or the worker is to end: the task is to stop at once.
   */
  readonly signal: AbortSignal;
  /** How often the task was tried, with this time. */
  readonly attempt: number;
  /** Says how far the task is, in any number that grows: samples. The queue is told once a second at most. */
  progress(done: number): void;
}

/** How many tasks of a job a queue knows. */
export interface QueueCounts {
  /** Those that wait for a worker, or for another try. */
  readonly waiting: number;
  /** Those that a worker has. */
  readonly running: number;
  /** Those that the queue has given up. */
  readonly failed: number;
  /** Those that a worker has ended well. */
  readonly done: number;
}

/** A task that a worker has. */
export interface RunningTask {
  /** Number of the task. */
  readonly task: number;
  /** Name of the worker: its host and process. */
  readonly worker?: string;
  /** When it began, in milliseconds since 1970. */
  readonly startedMs?: number;
  /** What {@linkcode TaskRun.progress} was last told. */
  readonly progress?: number;
}

/** A task that a queue has given up. */
export interface FailedTask {
  /** Number of the task. */
  readonly task: number;
  /** What it was given up for. */
  readonly reason: string;
}

/** What {@linkcode Engine.submit} takes. */
export interface SubmitOptions {
  /** Stops between two parcels of tasks; what was submitted stays. */
  readonly signal?: AbortSignal;
  /** Is told how many tasks were looked at. */
  readonly onProgress?: (tasks: number) => void;
}

/** What {@linkcode Engine.submit} has done. */
export interface SubmitReport {
  /** Tasks that the queue did not know. */
  readonly added: number;
  /** Tasks that it had given up or taken for done, and that wait again. */
  readonly again: number;
}

/** What {@linkcode Engine.work} takes. */
export interface WorkOptions {
  /**
   * Tasks at a time. Each takes memory and, unless it waits for storage, a processor.
   *
   * @default {1}
   */
  readonly concurrency?: number;
  /** Ends the work: tasks that run are given back, and wait for another worker at once. */
  readonly signal?: AbortSignal;
  /**
   * Whether to end when no task waits or runs anywhere, in place of waiting for tasks to come.
   *
   * @default {false}
   */
  readonly untilDry?: boolean;
  /**
   * Is called each time nothing of a job waits or runs any more, or this worker has gone on to another job, for jobs that
   * it has had tasks of; it is waited for. The job need not be done: tasks may have been given up, or a queue may have
   * lost them. The receipts say.
   */
  readonly onDry?: (job: QueuedJob) => void | Promise<void>;
  /** Is told of each task that has ended well. */
  readonly onTask?: (message: TaskMessage) => void;
  /** Is told of each try that has failed, and waited for where the queue has given the task up (`isLast`). */
  readonly onFail?: (
    message: TaskMessage,
    error: Error,
    isLast: boolean,
  ) => void | Promise<void>;
  /** Is told of what is no fault of a task: a lost connection, a lock that is another's. */
  readonly onWarning?: (message: string) => void;
}

/** A queue that tasks go through. */
export interface Engine {
  /**
   * Adds tasks that are not done. Those that wait or run already stay as they are; those that were given up, or are
   * counted as done although their receipts are missing, wait again. A job that was cancelled goes on.
   */
  submit(
    tasks: AsyncIterable<TaskMessage> | Iterable<TaskMessage>,
    options?: SubmitOptions,
  ): Promise<SubmitReport>;
  /**
   * Runs tasks until it is told to stop or, with `untilDry`, nothing is left.
   *
   * @param run Does a task; may be called for one that is done, or at the same time as another worker's for the same
   *   one. What it throws is tried again, unless that cannot help. It has to let timers run four times a second.
   */
  work(
    run: (message: TaskMessage, run: TaskRun) => Promise<void>,
    options?: WorkOptions,
  ): Promise<void>;
  /** Counts the tasks of a job. */
  counts(job: QueuedJob): Promise<QueueCounts>;
  /** Lists the tasks of a job that workers have. */
  running(job: QueuedJob): Promise<RunningTask[]>;
  /** Lists the tasks of a job that were given up. */
  failures(job: QueuedJob): Promise<FailedTask[]>;
  /** Takes all tasks of a job out of the queue; those that run are stopped within a second, wherever. */
  cancel(job: QueuedJob): Promise<void>;
  /** Ends connections. */
  close(): Promise<void>;
}
