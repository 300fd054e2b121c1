/**
 * Names of what is made of shards, by the shards' own.
 *
 * @module
 */
import { nameText } from "../../storage/redact.ts";

/**
 * File names of shards.
 *
 * @throws {TypeError} If two are the same.
 */
export function nameShards(inputs: readonly string[]): string[] {
  const names = inputs.map((url) => {
    const base = nameText(url).replace(/^.*[/\\]/s, "");
    return /\.tar(\.gz)?$/.test(base) ? base : `${base}.tar`;
  });
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new TypeError(`two shards are called "${name}"`);
    seen.add(name);
  }
  return names;
}
