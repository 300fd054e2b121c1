/**
 * The codecs that are built in, and those that an entry of the package has registered: a new one is a file here, and a
 * line below or an entry in `formats/`.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { jpeg } from "./jpeg.ts";

/** The codecs that are always there, in the order in which they are asked. */
export const CODECS: readonly Codec[] = [
  jpeg,
];

let registered: readonly Codec[] = [];

/** Has all transforms find a codec; of two with one name the first stays. */
export function registerCodec(codec: Codec): void {
  if (!registered.some(({ name }) => name === codec.name)) {
    registered = [...registered, codec];
  }
}

/** The codecs that were registered so far. */
export function listRegistered(): readonly Codec[] {
  return registered;
}

/** Registers others in place of those that are, for tests; gives those. */
export function replaceRegistered(codecs: readonly Codec[]): readonly Codec[] {
  const before = registered;
  registered = codecs;
  return before;
}

/** A codec that workers have too, by its name: one that is built in or was registered. */
export function findShared(name: string): Codec | undefined {
  return [...CODECS, ...registered].find((codec) => codec.name === name);
}
