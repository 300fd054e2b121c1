/**
 * Whether an index is that of its shard.
 *
 * @module
 */
import type { IndexedSample, ShardIndex } from "../index/shard_index.ts";

/**
 * Compares an index with one that was made of the shard itself.
 *
 * @returns What is different, the first of it; `undefined` where nothing is.
 */
export function compareIndexes(found: ShardIndex, made: ShardIndex): string | undefined {
  if (found.sizeBytes !== undefined && found.sizeBytes !== made.sizeBytes) {
    return `it is of a shard of ${found.sizeBytes} bytes, and this one has ${made.sizeBytes}`;
  }
  if (found.samples.length !== made.samples.length) {
    return `it has ${found.samples.length} samples, and the shard ${made.samples.length}`;
  }
  for (const [i, sample] of found.samples.entries()) {
    const why = compareSamples(sample, made.samples[i]);
    if (why !== undefined) return `of sample ${i}, ${why}`;
  }
  return undefined;
}

function compareSamples(found: IndexedSample, made: IndexedSample): string | undefined {
  const key = JSON.stringify(made.key);
  if (found.key !== "" && found.key !== made.key) {
    return `it has the key ${JSON.stringify(found.key)}, and the shard ${key}`;
  }
  if (found.cls !== undefined && found.cls !== made.cls) {
    return `${key}, it has the class ${found.cls}, and the shard ${made.cls}`;
  }
  if (found.fields.length !== made.fields.length) {
    return `${key}, it has ${found.fields.length} fields, and the shard ${made.fields.length}`;
  }
  for (const [j, { extension, offsetBytes, sizeBytes }] of found.fields.entries()) {
    const own = made.fields[j];
    const isSame = extension === own.extension && offsetBytes === own.offsetBytes &&
      sizeBytes === own.sizeBytes;
    if (isSame) continue;
    return `${key}, it has "${extension}" of ${sizeBytes} bytes at byte ${offsetBytes}, and the shard ` +
      `"${own.extension}" of ${own.sizeBytes} at byte ${own.offsetBytes}`;
  }
  return undefined;
}
