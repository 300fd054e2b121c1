/**
 * What samples are searched for: words in keys, names of classes and captions, and a field of their JSON. The gallery's
 * script asks the same of what it has loaded (`gallery/filters.ts`).
 *
 * @module
 */
import type { IndexedSample } from "../index/shard_index.ts";
import { MAX_VALUE_BYTES } from "./describe.ts";
import { type Parameters, readChoice, readText } from "./parameters.ts";
import { Problem } from "./problem.ts";

/** How the value of a field is compared. */
export const OPERATORS = ["is", "not", "has", "min", "max", "any"] as const;

/** A field of the JSON, and what its value must be. */
export interface FieldCondition {
  /** Its path: `exif.Make`; of `x.json` beside it `x.json: Make`. */
  readonly field: string;
  readonly operator: typeof OPERATORS[number];
  readonly value: string;
}

/** What is searched for. */
export interface Search {
  /** Each of them in the key, the class's name or a caption, whatever the case. In lower case. */
  readonly words: readonly string[];
  readonly condition?: FieldCondition;
}

/** A field whose value is known. */
export interface ReadField {
  readonly extension: string;
  readonly value: unknown;
}

/** Values of one sample's JSON that are compared, and how deep they may lie. */
const MAX_VALUES = 200;
const MAX_DEPTH = 6;

/** Bytes of a class index. */
const MAX_CLASS_BYTES = 20;

/**
 * Reads what is searched for.
 *
 * @returns Absent where nothing is.
 * @throws {Problem} If the parameters do not go together.
 */
export function readSearch(parameters: Parameters): Search | undefined {
  const text = readText(parameters, "search") ?? "";
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const condition = readCondition(parameters);
  if (words.length === 0 && condition === undefined) return undefined;
  return { words, ...(condition && { condition }) };
}

function readCondition(parameters: Parameters): FieldCondition | undefined {
  const field = readText(parameters, "field");
  const operator = readChoice(parameters, "op", OPERATORS);
  const value = readText(parameters, "value");
  if (field === undefined) {
    for (const name of ["op", "value"]) {
      if (parameters.has(name)) throw refusal(`"${name}" has no meaning without a field.`);
    }
    return undefined;
  }
  if (operator === "any") {
    if (value !== undefined) throw refusal('"value" has no meaning with "any".');
    return { field, operator, value: "" };
  }
  if (value === undefined) throw refusal('"field" takes a "value" to compare with, or op=any.');
  if ((operator === "min" || operator === "max") && Number.isNaN(Number(value))) {
    throw refusal(`"value" must be a number with "${operator}".`);
  }
  return { field, operator: operator ?? "is", value };
}

function refusal(detail: string): Problem {
  return new Problem(400, "bad-parameter", detail);
}

/** Whether a field is a text for people. */
export function isCaption(extension: string): boolean {
  return /(^|\.)(txt|text|caption)$/.test(extension);
}

function isJson(extension: string): boolean {
  return /(^|\.)json$/.test(extension);
}

/** Whether each word is in one of some texts. */
export function hasWords(words: readonly string[], texts: readonly string[]): boolean {
  const lower = texts.map((text) => text.toLowerCase());
  return words.every((word) => lower.some((text) => text.includes(word)));
}

/** Fields that have to be read to know whether a sample is what is searched for. */
export interface Wanted {
  /** By their numbers in the sample. */
  readonly fields: readonly number[];
  /** Whether others would have to be, which are too long for that. */
  readonly isCut: boolean;
}

/** Lists the fields of a sample that say more: captions, JSON and the class, each only if it is asked for. */
export function listWanted(
  { fields, cls }: IndexedSample,
  { condition }: Search,
  asks: { readonly words: boolean; readonly label: boolean },
): Wanted {
  const wanted: number[] = [];
  let isCut = false;
  for (const [i, { extension, sizeBytes, sparseBytes }] of fields.entries()) {
    const isClass = extension === "cls" && cls === undefined && asks.label &&
      sizeBytes <= MAX_CLASS_BYTES;
    const isText = (asks.words && isCaption(extension)) ||
      (condition !== undefined && isJson(extension));
    if (!isClass && !isText) continue;
    if (sizeBytes > MAX_VALUE_BYTES || sparseBytes !== undefined) isCut = true;
    else wanted.push(i);
  }
  return { fields: wanted, isCut };
}

/** Whether the JSON of a sample has the field, and the value that is asked for. */
export function meets(condition: FieldCondition, fields: readonly ReadField[]): boolean {
  const values = flatten(fields);
  if (!values.has(condition.field)) return false;
  const own = values.get(condition.field);
  const [text, wanted] = [String(own).toLowerCase(), condition.value.toLowerCase()];
  const isNone = own === "" || own === null || typeof own === "boolean";
  const number = isNone ? NaN : Number(own);
  switch (condition.operator) {
    case "is":
      return text === wanted;
    case "not":
      return text !== wanted;
    case "has":
      return text.includes(wanted);
    case "min":
      return number >= Number(condition.value);
    case "max":
      return number <= Number(condition.value);
    case "any":
      return true;
  }
}

/** The values in a sample's JSON by their paths, as the gallery names them. */
function flatten(fields: readonly ReadField[]): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  const walk = (value: unknown, path: string, depth: number): void => {
    if (values.size >= MAX_VALUES) return;
    if (!isObject(value) || depth >= MAX_DEPTH) {
      const isLeaf = typeof value !== "object" || value === null;
      if (!values.has(path)) values.set(path, isLeaf ? value : JSON.stringify(value));
      return;
    }
    for (const [name, each] of Object.entries(value)) {
      const separator = path === "" || path.endsWith(": ") ? "" : ".";
      walk(each, path + separator + name, depth + 1);
    }
  };
  for (const { extension, value } of fields) {
    if (value === undefined || !isJson(extension)) continue;
    const prefix = isObject(value) ? `${extension}: ` : extension;
    walk(value, extension === "json" && isObject(value) ? "" : prefix, 0);
  }
  return values;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
