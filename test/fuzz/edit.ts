/** What mutations do to bytes. Nothing is changed in place. */
import type { RandomSource } from "../../src/numbers/random_source.ts";

/** A file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** One of several things. */
export function pick<T>(random: RandomSource, things: readonly T[]): T {
  return things[random.below(things.length)];
}

/** The codes of characters. */
export function text(characters: string): number[] {
  return Array.from(characters, (character) => character.charCodeAt(0));
}

/** Random bytes. */
export function noise(random: RandomSource, length: number): number[] {
  return Array.from({ length }, () => random.below(256));
}

/** Flips one bit of a byte. */
export function flip(bytes: Bytes, at: number, random: RandomSource): Bytes {
  return put(bytes, at, [bytes[at] ^ 1 << random.below(8)]);
}

/** Overwrites bytes; what lies behind the end is left out. */
export function put(bytes: Bytes, at: number, values: readonly number[]): Bytes {
  const out = bytes.slice();
  values.forEach((value, i) => out[at + i] = value);
  return out;
}

/** Removes bytes, and inserts others in their place. */
export function splice(
  bytes: Bytes,
  at: number,
  removed: number,
  inserted: ArrayLike<number> = [],
): Bytes {
  return join(bytes.subarray(0, at), inserted, bytes.subarray(at + removed));
}

/** One after the other. */
export function join(...parts: readonly ArrayLike<number>[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
