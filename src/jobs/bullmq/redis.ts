/**
 * Redis, and what speaks its language.
 *
 * @module
 */
import type { Redis } from "ioredis";
import type { QueueSettings } from "./options.ts";
import { connectError, type Link, loadPackage, queueError, type Server, tell } from "./server.ts";

/** For how long a first connection is waited for. */
const CONNECT_MS = 10_000;
/** Pause before the next try to connect again, at most. */
const MAX_PAUSE_MS = 1000;

/**
 * Connects, and looks at the settings that jobs depend on.
 *
 * @throws {JobError} `job/queue` if it does not answer, or may take away what it was given.
 */
export async function connectRedis(url: URL, settings: QueueSettings): Promise<Server> {
  const { Redis } = await loadPackage("ioredis", () => import("ioredis"));
  const client = new Redis(url.href, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // A server that is started again answers within some seconds.
    maxRetriesPerRequest: 10,
    retryStrategy: (tries) => Math.min(50 * 2 ** tries, MAX_PAUSE_MS),
  });
  const link = listen(client, settings);
  try {
    await client.connect();
    await checkSettings(client, settings);
  } catch (error) {
    client.disconnect();
    throw (error as { code?: string }).code === "job/queue"
      ? error
      : connectError(url, link.lastError ?? error);
  }
  return {
    link,
    openWorkerLink() {
      const own = client.duplicate({ lazyConnect: false, maxRetriesPerRequest: null });
      return { ...listen(own, settings), close: () => own.disconnect() };
    },
    close: () => Promise.resolve(client.disconnect()),
  };
}

function listen(client: Redis, { warn }: QueueSettings): Link & { lastError?: Error } {
  const link: Link & { lastError?: Error } = { connection: client };
  // Each try to connect again fails, and says so: once is enough.
  let isThere = false;
  client.on("error", (error) => {
    link.lastError = error;
    if (isThere) warn(`the connection to Redis is lost: ${tell(error)}`);
    isThere = false;
  });
  client.on("ready", () => isThere = true);
  return link;
}

/** What hosts that sell Redis do not let one set or see by CONFIG stands in INFO. */
async function checkSettings(client: Redis, { warn }: QueueSettings): Promise<void> {
  const info = await client.info();
  const read = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const policy = read("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    throw queueError(
      `Redis may take away what it was given: its maxmemory-policy is "${policy}", and has to be "noeviction"`,
    );
  }
  if (read("aof_enabled") === "0") {
    warn(
      "Redis writes no append-only file: when it ends, it forgets what came after its last snapshot. " +
        'No output is lost by that; "submit" again adds what is missing. "appendonly yes" avoids it',
    );
  }
}
