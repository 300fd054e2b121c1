/**
 * Options of operations, which come as JSON.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
import { checkReadOptions, type ReadOptions } from "../../sample/read_options.ts";
import type { JsonObject } from "../canonical.ts";

/**
 * Throws where there is an option that the operation does not take: one that is misspelt would do nothing.
 *
 * @throws {TypeError} If there is.
 */
export function checkNames(options: JsonObject, names: readonly string[]): void {
  const other = Object.keys(options).find((name) =>
    options[name] !== undefined && !names.includes(name)
  );
  if (other !== undefined) {
    throw new TypeError(`there is no option "${other}", only ${names.join(", ")}`);
  }
}

/** Whether archives must end with a block of zeros. */
export function readEnd(options: JsonObject): "required" | "optional" {
  const { endOfArchive = "required" } = options;
  return oneOf("endOfArchive", ["required", "optional"], endOfArchive as "required");
}

/** How samples are read, as far as what is made depends on it. */
export const READ_NAMES = [
  "onError",
  "endOfArchive",
  "maxEntryBytes",
  "maxSampleBytes",
  "maxSampleFields",
  "maxPaxBytes",
  "maxPaxHeaders",
] as const;

type Reading = Pick<ReadOptions, (typeof READ_NAMES)[number]>;

/** How samples are read. */
export function readReading(options: JsonObject | Reading): JsonObject & Reading {
  const reading = Object.fromEntries(
    READ_NAMES.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined),
  ) as JsonObject & Reading;
  const whole = { onError: "throw", endOfArchive: "required", ...reading } as JsonObject & Reading;
  checkReadOptions(whole);
  return whole;
}
