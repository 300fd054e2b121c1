/**
 * Numbers with their nouns.
 *
 * @module
 */

/** `1 shard`, `2 shards`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
