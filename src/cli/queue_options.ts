/**
 * Options of the commands that send jobs through queues, and the queues that they mean.
 *
 * @module
 */
import type { Engine } from "../jobs/engine.ts";
import { readEnvironment } from "../runtime.ts";
import { type CommandOutput, type Permission, UsageError } from "./command.ts";
import { text } from "./options.ts";

/** Which queue. */
export const QUEUE_OPTIONS = {
  queue: text("URL", "the server that jobs go through: redis://HOST or postgres://HOST/DATABASE"),
  "queue-env": text("NAME", "the same by an environment variable, for URLs with passwords"),
  "queue-name": text("NAME", "name of the queue on the server (default: wdstream)"),
} as const;

/** The values of {@linkcode QUEUE_OPTIONS}. */
export interface QueueValues {
  readonly queue: string | undefined;
  readonly "queue-env": string | undefined;
  readonly "queue-name": string | undefined;
}

/** What a queue takes. */
export const QUEUE_PERMISSION: Permission = {
  flag: "--allow-net --allow-env",
  purpose: "for --queue",
  exact: ({ values }) =>
    values.queue === undefined && values["queue-env"] === undefined
      ? undefined
      : "--allow-net --allow-env",
};

/** Whether a queue is named. */
export function hasQueue({ queue, "queue-env": variable }: QueueValues): boolean {
  return queue !== undefined || variable !== undefined;
}

/**
 * Opens the queue that is named, for as long as something is done with it.
 *
 * @param output Where it is said what the server's settings put at risk; absent where that concerns nobody.
 * @throws {UsageError} If none is named, or it cannot be one.
 * @throws {JobError} `job/queue` if it cannot be used.
 */
export async function withQueue<T>(
  values: QueueValues,
  output: CommandOutput | undefined,
  use: (queue: Engine) => Promise<T>,
): Promise<T> {
  const { openQueue } = await import("../jobs/bullmq/mod.ts");
  const url = readUrl(values);
  let queue: Engine;
  try {
    queue = await openQueue(url, {
      name: values["queue-name"],
      onWarning: (message) => void output?.writeNote(message).catch(() => {}),
    });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

function readUrl({ queue, "queue-env": variable }: QueueValues): string {
  if (variable === undefined) {
    if (queue === undefined) throw new UsageError("needs --queue redis://HOST or postgres://HOST");
    return queue;
  }
  if (queue !== undefined) throw new UsageError("--queue does not go with --queue-env");
  const url = readEnvironment(variable);
  if (url === undefined) throw new UsageError(`--queue-env names "${variable}", which is not set`);
  return url;
}
