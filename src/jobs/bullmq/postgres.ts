/**
 * PostgreSQL, from 13 on.
 *
 * @module
 */
import type { Pool, PoolClient } from "pg";
import type { QueueSettings } from "./options.ts";
import {
  type BullMq,
  connectError,
  type Link,
  loadPackage,
  queueError,
  type Server,
  tell,
} from "./server.ts";

/** BullMQ's own name: queues of other programs may lie beside. */
const SCHEMA = "bullmq";
/** One that listens, one for a task that ends, one for locks. */
const CONNECTIONS = 3;
const CONNECT_MS = 10_000;

/**
 * Connects, and makes BullMQ's tables where they are not there or of an older version.
 *
 * @throws {JobError} `job/queue` if it does not answer, is too old, or does not let one make tables.
 */
export async function connectPostgres(
  url: URL,
  bullmq: BullMq,
  { warn }: QueueSettings,
): Promise<Server> {
  const { default: pg } = await loadPackage("pg", () => import("pg"));
  const openPool = (): Pool => {
    const pool = new pg.Pool({
      connectionString: url.href,
      max: CONNECTIONS,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      options: `-c search_path=${SCHEMA}`,
    });
    // One that is lost while nobody uses it: the next query opens another.
    pool.on("error", (error) => warn(`a connection to PostgreSQL is lost: ${tell(error)}`));
    return pool;
  };
  const openLink = (pool: Pool): Link => ({
    connection: pool,
    backend: bullmq.createPostgresBackend,
  });
  const pool = openPool();
  try {
    await migrate(pool, url, bullmq);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    link: openLink(pool),
    openWorkerLink() {
      const own = openPool();
      return { ...openLink(own), close: () => void own.end().catch(() => {}) };
    },
    close: () => pool.end(),
  };
}

async function migrate(pool: Pool, url: URL, bullmq: BullMq): Promise<void> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw connectError(url, error);
  }
  try {
    // Whoever comes first makes the tables; a role that may not do so can still use them.
    const version = await bullmq.assertSchemaCompatibility(client, SCHEMA).catch((error) => {
      if (error instanceof bullmq.SchemaMigrationRequiredError) return 0;
      throw error;
    });
    if (version < bullmq.LATEST_SCHEMA_VERSION) await bullmq.runMigrations(client, SCHEMA);
  } catch (error) {
    throw queueError(`PostgreSQL cannot keep BullMQ's tables: ${tell(error)}`, error);
  } finally {
    client.release();
  }
}
