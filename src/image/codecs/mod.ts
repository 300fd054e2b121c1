/**
 * The codecs that are built in: a new one is a file here, and its line below.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { jpeg } from "./jpeg.ts";

/** The codecs, in the order in which they are asked. */
export const CODECS: readonly Codec[] = [
  jpeg,
];

/** Of a built-in codec, what it makes a file a tensor by in one pass: workers have the same. */
export function findFused(name: string): Codec["transform"] {
  return CODECS.find((codec) => codec.name === name)?.transform;
}
