/**
 * The size of all shards together.
 *
 * @module
 */
import type { Source } from "../storage/source.ts";

// Asking a host for the sizes of more shards than this would take longer than the first of them.
const MAX_REMOTE = 16;

/** Size in bytes of all shards together, where each tells its own. */
export async function sumSizes(sources: readonly Source[]): Promise<number | undefined> {
  const isNear = sources.every(({ isLocal }) => isLocal === true);
  if (sources.length > MAX_REMOTE && !isNear) return undefined;
  // A shard that cannot be opened is reported when its turn comes.
  const sizes = await Promise.all(
    sources.map((source) =>
      source.stat?.().then(({ sizeBytes }) => sizeBytes).catch(() => undefined)
    ),
  );
  return sizes.reduce(
    (sum, size) => sum === undefined || size === undefined ? undefined : sum + size,
    0,
  );
}
