/**
 * Which samples are kept, and which of their fields, as a plan says it.
 *
 * @module
 */
import { checkInteger } from "../../numbers/check_integer.ts";
import { makeFilter, makeTrimmer, type SampleRules } from "../../tools/sample_rules.ts";
import type { JsonObject } from "../canonical.ts";

/** Options of which samples are kept, and which of their fields. */
export const RULE_NAMES = [
  "classes",
  "keyPattern",
  "where",
  "dropFields",
  "keepFields",
  "addFields",
] as const;

/**
 * Reads which samples are kept, and which of their fields: those that were given, and no other.
 *
 * @throws {TypeError|RangeError} If one is not what it should be.
 */
export function readRules(options: JsonObject): JsonObject & SampleRules {
  const rules = Object.fromEntries(
    RULE_NAMES.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined),
  );
  const { classes, keyPattern, where, dropFields, keepFields, addFields } = rules;
  for (const label of readList("classes", classes)) checkInteger("classes", label as number, 0);
  for (const [name, value] of Object.entries({ keyPattern, where })) {
    if (value !== undefined && typeof value !== "string") {
      throw new TypeError(`${name} must be a string`);
    }
  }
  const names = [...readList("dropFields", dropFields), ...readList("keepFields", keepFields)];
  const isMap = addFields === undefined ||
    (typeof addFields === "object" && addFields !== null && !Array.isArray(addFields));
  if (!isMap) throw new TypeError("addFields must be expressions by the names of fields");
  const expressions = Object.values(addFields ?? {});
  if (![...names, ...expressions].every((name) => typeof name === "string")) {
    throw new TypeError("dropFields, keepFields and addFields must have strings");
  }
  try {
    makeFilter(rules as SampleRules);
    makeTrimmer(rules as SampleRules);
  } catch (cause) {
    // The plan refuses it as it refuses every other option.
    throw new TypeError(`a rule is no expression: ${(cause as Error).message}`, { cause });
  }
  return rules as JsonObject & SampleRules;
}

function readList(name: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new TypeError(`${name} must be a list`);
}
