/**
 * Numbers with their nouns, and texts of others.
 *
 * @module
 */

/** `1 shard`, `2 shards`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A text on one line, without what a terminal would take for a command: names in shards are anybody's. */
export function plainText(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex -- These are what is looked for.
    /[\0-\x1f\x7f-\x9f]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
