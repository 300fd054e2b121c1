/**
 * Which samples are kept when shards are written anew, and which of their fields.
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import { parseInteger } from "../sample/integer.ts";
import type { Sample } from "../sample/sample.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import { toJson } from "./describe_sample.ts";
import { findColumns, namesRow, parseCondition, parseExpression } from "./expression.ts";
import type { JoinedTable } from "./joined_table.ts";
import type { Row } from "./parquet.ts";

/** Which samples are kept, and which of their fields. */
export interface SampleRules {
  /** Classes (`cls`) whose samples are kept; absent where all are. */
  readonly classes?: readonly number[];
  /** Pattern of the keys that are kept, in which `*` stands for any text and `?` for one letter. */
  readonly keyPattern?: string;
  /** Condition of the samples that are kept, as {@linkcode parseCondition} reads it. */
  readonly where?: string;
  /** Fields that are left out, by their extensions. */
  readonly dropFields?: readonly string[];
  /** The only fields that are kept. */
  readonly keepFields?: readonly string[];
  /**
   * Fields that are added, by their extensions, and what is in them: expressions in the language of `where`, of the sample
   * as it was read: `{ cls: "json.label", txt: "json.caption" }`. Texts are written as they are, and everything else, or
   * all in `json`, as JSON. A field that the sample has, and that is not left out, is an error, and so is one without a
   * value.
   */
  readonly addFields?: Readonly<Record<string, string>>;
}

/**
 * Which samples are kept, with their rows where a table is joined to them.
 *
 * @throws {SyntaxError} If `where` is no condition.
 */
export function makeFilter(
  { classes, keyPattern, where }: SampleRules,
): (sample: Sample, row?: Row) => boolean {
  const tests: ((sample: Sample, row?: Row) => boolean)[] = [];
  if (keyPattern !== undefined) {
    const pattern = makePattern(keyPattern);
    tests.push(({ key }) => pattern.test(key));
  }
  if (classes !== undefined) {
    const wanted = new Set<unknown>(classes);
    tests.push(({ fields }) => fields.cls !== undefined && wanted.has(parseInteger(fields.cls)));
  }
  if (where !== undefined) {
    const isMet = parseCondition(where);
    tests.push(({ key, fields }, row) => isMet({ key, fields, row }));
  }
  return (sample, row) => tests.every((test) => test(sample, row));
}

/** A pattern with `*` and `?`, which match whole keys. */
function makePattern(pattern: string): RegExp {
  const parts = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", ".*").replaceAll(
    "?",
    ".",
  );
  return new RegExp(`^(?:${parts})$`, "su");
}

/**
 * Which columns of a table that is joined are needed; all of them where no field that is added names one.
 *
 * @throws {SyntaxError} If a rule is no expression.
 */
export function chooseColumns(
  { where, addFields = {} }: SampleRules,
): ((column: string) => boolean) | undefined {
  const added = Object.values(addFields);
  if (!added.some(namesRow)) return undefined;
  const asked = [...added, ...(where === undefined ? [] : [where])].map(findColumns);
  return (column) => asked.some((asks) => asks(column));
}

/**
 * Samples with the fields that are kept and added; nothing of one that has none.
 *
 * @param table A table that is joined to the samples. A sample without a row is given none of its fields.
 * @throws {SyntaxError} If a field that is added has no expression.
 */
export function makeTrimmer(
  { dropFields, keepFields, addFields = {} }: SampleRules,
  table?: JoinedTable,
): (sample: Sample, row?: Row) => SampleInput | undefined {
  const dropped = dropFields && new Set(dropFields);
  const kept = keepFields && new Set(keepFields);
  const added = Object.entries(addFields).map(([name, text]) => ({
    name,
    text,
    evaluate: parseExpression(text),
    isOfRow: table !== undefined && namesRow(text),
  }));
  const isNamed = added.some(({ isOfRow }) => isOfRow);
  return (sample, row) => {
    const { key, bytes, fields } = sample;
    const chosen: [string, Uint8Array][] = Object.entries(bytes).filter(([name]) =>
      dropped?.has(name) !== true && kept?.has(name) !== false
    );
    const names = new Set(chosen.map(([name]) => name));
    const add = (name: string, value: unknown): void => {
      if (names.has(name)) throw addError(sample, name, "it has one; leave that out first");
      names.add(name);
      chosen.push([name, writeValue(name, value)]);
    };
    for (const { name, text, evaluate, isOfRow } of added) {
      if (isOfRow && row === undefined) continue;
      const value = evaluate({ key, fields, row });
      if (value === undefined || value === null) {
        const has = names.has(name) ? "it has one; leave that out first" : undefined;
        throw addError(sample, name, has ?? `it has no ${text}; leave out such samples by "where"`);
      }
      add(name, value);
    }
    if (table !== undefined && !isNamed && row !== undefined) {
      for (const [name, value] of table.makeFields(row)) add(name, value);
    }
    return chosen.length === 0 ? undefined : { key, bytes: Object.fromEntries(chosen) };
  };
}

function writeValue(name: string, value: unknown): Uint8Array {
  const isText = typeof value === "string" && !/(?:^|\.)jsonl?$/.test(name);
  return new TextEncoder().encode(isText ? value : toJson(value));
}

function addError({ key, shard }: Sample, field: string, reason: string): SampleError {
  const action = `add the field "${field}" to sample "${key}" of "${shard}"`;
  return new SampleError("sample/unwritable", { action, reason, shard, key, field });
}
