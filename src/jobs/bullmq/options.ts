/**
 * How BullMQ is set up for jobs.
 *
 * @module
 */
import { checkCount } from "../../check.ts";

/** What {@linkcode openQueue} takes. */
export interface QueueOptions {
  /**
   * Name of the queue: workers take tasks of all jobs that go through it.
   *
   * @default {"wdstream"}
   */
  readonly name?: string;
  /**
   * Milliseconds for which a worker has a task without saying that it is still there. After a worker was lost, its task
   * comes back when these and two checks are over, at the latest.
   *
   * @default {30000}
   */
  readonly lockMs?: number;
  /**
   * How often workers look for tasks whose worker is gone, in milliseconds.
   *
   * @default {a third of lockMs}
   */
  readonly checkMs?: number;
  /**
   * How often a task is tried that fails with what may pass: a host that does not answer.
   *
   * @default {3}
   */
  readonly attempts?: number;
  /**
   * Milliseconds before the second try; each further one waits twice as long.
   *
   * @default {5000}
   */
  readonly backoffMs?: number;
  /**
   * How often a task may lose its worker before it is given up: it may be what ends them.
   *
   * @default {3}
   */
  readonly maxLost?: number;
  /** Is told what the server's settings put at risk, and of connections that were lost. */
  readonly onWarning?: (message: string) => void;
  /** Stops connecting. */
  readonly signal?: AbortSignal;
}

/** The same, with what holds where nothing was said. */
export type QueueSettings =
  & Required<Omit<QueueOptions, "onWarning" | "signal">>
  & Pick<QueueOptions, "signal">
  & { readonly warn: (message: string) => void };

/** @throws {TypeError|RangeError} If an option is none that it can be. */
export function readQueueOptions(options: QueueOptions): QueueSettings {
  const { name = "wdstream", lockMs = 30_000, attempts = 3, backoffMs = 5000, maxLost = 3 } =
    options;
  const { checkMs = Math.ceil(lockMs / 3), onWarning = () => {}, signal } = options;
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    throw new TypeError("The name of a queue has letters, digits, dots, dashes: 64 at most");
  }
  checkCount("lockMs", lockMs, 100);
  checkCount("checkMs", checkMs, 50);
  checkCount("attempts", attempts, 1);
  checkCount("backoffMs", backoffMs, 0);
  checkCount("maxLost", maxLost, 0);
  return { name, lockMs, checkMs, attempts, backoffMs, maxLost, signal, warn: onWarning };
}
