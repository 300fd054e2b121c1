/**
 * Options of operations, which come as JSON.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
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
