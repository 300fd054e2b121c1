/**
 * Which Pillow is followed where its versions differ.
 *
 * @module
 */
import { oneOf } from "../check.ts";
import type { Reference } from "./types.ts";

/** The versions of Pillow that are followed, the default first. */
export const REFERENCES: readonly Reference[] = ["pillow-12.2", "pillow-9.4"];

/** Whether the former Pillow is followed. */
export function isFormer(reference: Reference = "pillow-12.2"): boolean {
  return oneOf("reference", REFERENCES, reference) === "pillow-9.4";
}
