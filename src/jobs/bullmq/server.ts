/**
 * The servers that BullMQ runs on, and the packages that speak with them: loaded when a queue is opened, by nobody else.
 *
 * @module
 */
import type { BackendFactory, IQueueBackend } from "bullmq";
import { JobError } from "../../errors.ts";
import type { QueueSettings } from "./options.ts";

/** The package. */
export type BullMq = typeof import("bullmq");

/** A connection, as classes of BullMQ take it. */
export interface Link {
  // Each server has a type of its own here, which nobody but its part of BullMQ looks at.
  // deno-lint-ignore no-explicit-any
  readonly connection: any;
  /** What speaks with the server; BullMQ's own for Redis where absent. */
  // deno-lint-ignore no-explicit-any
  readonly backend?: BackendFactory<IQueueBackend, any>;
}

/** A server that is connected and checked. */
export interface Server {
  /** For what asks and tells: fails where the server is away for long. */
  readonly link: Link;
  /** For a worker: waits for the server to come back. */
  openWorkerLink(): Link & { close(): void };
  close(): Promise<void>;
}

/** Connects to the server of a URL, by its scheme. */
export async function connectServer(
  url: URL,
  bullmq: BullMq,
  settings: QueueSettings,
): Promise<Server> {
  switch (url.protocol) {
    case "redis:":
    case "rediss:":
      return await (await import("./redis.ts")).connectRedis(url, settings);
    case "postgres:":
    case "postgresql:":
      return await (await import("./postgres.ts")).connectPostgres(url, bullmq, settings);
  }
  throw new TypeError("The URL of a queue begins with redis:, rediss:, postgres: or postgresql:");
}

/** Loads a package that is installed by those who need it. */
export async function loadPackage<Module>(
  name: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw queueError(`the package "${name}" cannot be loaded; is it installed?`, error);
  }
}

/** The error where a queue cannot be used. */
export function queueError(reason: string, cause?: unknown): JobError {
  return new JobError("job/queue", { action: "use the queue", reason, cause });
}

/** The error where a server cannot be reached; nothing of its URL but the host is named. */
export function connectError(url: URL, cause: unknown): JobError {
  return queueError(`"${url.protocol}//${url.host}" does not answer: ${tell(cause)}`, cause);
}

/** How long what was told is not told again. */
const QUIET_MS = 30_000;

/** Tells each thing once in a while: each try to connect again fails, and says so. */
export function onceInAWhile(tell: (message: string) => void): (message: string) => void {
  const told = new Map<string, number>();
  return (message) => {
    const now = performance.now();
    if (now - (told.get(message) ?? -Infinity) < QUIET_MS) return;
    // Nobody keeps what many different things were.
    if (told.size > 100) told.clear();
    told.set(message, now);
    tell(message);
  };
}

/** What an error says; those of several addresses of a host say it one by one, and nothing themselves. */
export function tell(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return tell(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as { code?: string }).code || error.name;
}
