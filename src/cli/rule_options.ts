/**
 * Options that say which samples are kept when shards are written anew, and which of their fields.
 *
 * @module
 */
import { namesRow, parseCondition, parseExpression } from "../tools/expression.ts";
import type { SampleRules } from "../tools/sample_rules.ts";
import { type OptionValues, UsageError } from "./command.ts";
import { text } from "./options.ts";

/** Which samples are kept, and which of their fields. */
export const RULE_OPTIONS = {
  classes: text("LIST", 'keep the samples of these classes alone: "0,5,10-19"'),
  "key-pattern": text("PATTERN", "keep the samples alone whose keys match, * for any text"),
  where: text("CONDITION", 'keep the samples alone that meet it: "json.width >= 256"'),
  "drop-fields": text("LIST", 'leave these fields out: "json,txt"'),
  "keep-fields": text("LIST", "leave all other fields out"),
  add: text("FIELDS", 'add fields: "cls=json.label; txt=json.caption"'),
} as const;

/**
 * The rules, as {@linkcode SampleRules} has them.
 *
 * @param withTable Whether a table is joined, whose columns may be named.
 * @throws {UsageError} If one is not what it should be.
 */
export function readRules(
  values: OptionValues<typeof RULE_OPTIONS>,
  { withTable = false }: { readonly withTable?: boolean } = {},
): SampleRules {
  const { classes, where, "key-pattern": keyPattern } = values;
  const rules = {
    classes: classes === undefined ? undefined : parseClasses(classes),
    keyPattern,
    where: where === undefined ? undefined : checkCondition(where),
    dropFields: parseFields(values["drop-fields"]),
    keepFields: parseFields(values["keep-fields"]),
    addFields: parseAdded(values.add),
  };
  if (!withTable) {
    refuseRow("where", rules.where === undefined ? [] : [rules.where]);
    refuseRow("add", Object.values(rules.addFields ?? {}));
  }
  return rules;
}

function refuseRow(name: string, texts: readonly string[]): void {
  if (!texts.some(namesRow)) return;
  throw new UsageError(`--${name} has a column of a table, and there is no --add-from`);
}

/** Numbers of classes and ranges of them. */
function parseClasses(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [, first, last = first] = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(part) ?? [];
    const count = Number(last) - Number(first) + 1;
    if (!(count >= 1 && count <= 1_000_000)) {
      throw new UsageError(`--classes takes numbers and ranges such as "0,5,10-19", not "${part}"`);
    }
    return Array.from({ length: count }, (_, i) => Number(first) + i);
  });
}

function parseFields(list: string | undefined): string[] | undefined {
  return list?.split(",").map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
}

/** Fields and their expressions, with semicolons between them. */
function parseAdded(list: string | undefined): Record<string, string> | undefined {
  if (list === undefined) return undefined;
  const fields: Record<string, string> = {};
  // A semicolon in quotes is one of a text.
  const pattern = /(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^;"'])+/gs;
  const parts = list.match(pattern) ?? [];
  if (/["']/.test(list.replace(pattern, ""))) {
    throw new UsageError("--add has a text without its end");
  }
  for (const part of parts) {
    if (part.trim() === "") continue;
    const [, name, expression] = /^\s*([^\s=/"']+)\s*=(?!=)\s*(.+)$/s.exec(part) ?? [];
    if (name === undefined) {
      throw new UsageError(`--add takes fields such as "cls=json.label", not "${part.trim()}"`);
    }
    const field = name.toLowerCase();
    if (Object.hasOwn(fields, field)) throw new UsageError(`--add has "${field}" twice`);
    try {
      parseExpression(expression);
    } catch (cause) {
      throw new UsageError(`--add ${field}: ${(cause as Error).message}`, { cause });
    }
    fields[field] = expression.trim();
  }
  if (Object.keys(fields).length > 0) return fields;
  throw new UsageError('--add takes fields such as "cls=json.label"');
}

function checkCondition(where: string): string {
  try {
    parseCondition(where);
  } catch (cause) {
    throw new UsageError(`--where is no condition: ${(cause as Error).message}`, { cause });
  }
  return where;
}
