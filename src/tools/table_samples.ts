/**
 * Rows of Parquet files with images as samples.
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import { findFormat } from "../image/format.ts";
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import { IMAGE_NAME, keyOf, withoutDots } from "./file_key.ts";
import type { Row } from "./parquet.ts";
import { losesBytes, toPlain } from "./table.ts";
import type { TableColumns } from "./table_columns.ts";

/** What the keys of samples are made of: a column, the paths of the images, or the numbers of the rows. */
export type KeyOrigin = "column" | "path" | "row";

/** Where a row stands. */
export interface RowPlace {
  /** The file. */
  readonly source: Source;
  /** Its number in its file, from 1. */
  readonly number: number;
  /** Rows before it, those of the files before included. */
  readonly index: number;
}

/** How rows become samples. */
export interface RowRules {
  readonly columns: TableColumns;
  readonly keys: KeyOrigin;
  /** Numbers of classes: of those that the table numbers, and of those that it names. */
  readonly labels: LabelNumbers;
  readonly maxFileBytes: number;
  /** Is told of a column with bytes that `json` has no place for. */
  readonly onLeftOut: (column: string) => void;
  readonly signal?: AbortSignal;
}

/** How labels become numbers of classes. */
export interface LabelNumbers {
  /** Names of the table's own numbers, where it has any. */
  readonly own?: readonly string[];
  /** Numbers of names, where classes are numbered by a list, or the table has names alone. */
  readonly byName?: ReadonlyMap<string, number>;
}

/**
 * Makes the sample of a row. The images' bytes are those of the table.
 *
 * @throws {SampleError} `sample/no-image` if it has none; `sample/bad-field`, `sample/no-label` if a column holds
 *   something else than it should.
 * @throws {SourceError} `source/not-found` if its image is a file that is not there.
 */
export async function makeSample(
  row: Row,
  place: RowPlace,
  rules: RowRules,
): Promise<SampleInput> {
  const { label, caption, rest, withBytes } = rules.columns;
  const { bytes, json } = await readImages(row, place, rules);
  const fields: Record<string, unknown> = {};
  const text = caption === undefined ? undefined : toPlain(row[caption]);
  if (text !== undefined && text !== null) {
    if (typeof text === "object") {
      throw rowError(place, "sample/bad-field", `its column "${caption}" holds no text`);
    }
    fields.txt = String(text);
  }
  const cls = label === undefined ? undefined : numberOf(row[label], label, place, rules.labels);
  if (cls !== undefined) fields.cls = cls;
  for (const name of rest) {
    const value = toPlain(row[name]);
    if (value !== undefined) json[name] = value;
    if (withBytes.has(name) && losesBytes(row[name])) rules.onLeftOut(name);
  }
  if (Object.keys(json).length > 0) fields.json = json;
  return { key: makeKey(row, place, rules), fields, bytes };
}

/** The images of a row by their extensions, and paths that are no keys. */
async function readImages(
  row: Row,
  place: RowPlace,
  rules: RowRules,
): Promise<{ bytes: Record<string, Uint8Array>; json: Record<string, unknown> }> {
  const { columns: { image, furtherImages }, keys } = rules;
  const bytes: Record<string, Uint8Array> = {};
  const json: Record<string, unknown> = {};
  const read = async (value: unknown, column: string, prefix = ""): Promise<boolean> => {
    const found = await readImage(value, column, place, rules);
    if (found === undefined) return false;
    const name = prefix + found.extension;
    if (Object.hasOwn(bytes, name)) {
      throw rowError(place, "sample/bad-field", `two of its columns make the field "${name}"`);
    }
    bytes[name] = found.bytes;
    return true;
  };
  const main: unknown = row[image];
  const isList = Array.isArray(main);
  let hasImage = !isList && await read(main, image);
  const path = pathOf(main);
  if (path !== undefined && keys !== "path") json[image] = path;
  for (const column of isList ? [image, ...furtherImages] : furtherImages) {
    const prefix = column.toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, "_");
    const value: unknown = row[column];
    if (!Array.isArray(value)) {
      await read(value, column, `${prefix}.`);
      continue;
    }
    for (const [i, each] of value.entries()) {
      hasImage = await read(each, column, `${prefix}.${i}.`) || hasImage;
    }
    const paths = value.map((each) => pathOf(each) ?? null);
    if (paths.some((path) => path !== null)) json[column] = paths;
  }
  if (hasImage) return { bytes, json };
  const reason = isList ? "is a list of none" : "has neither bytes nor the path of a file";
  throw rowError(place, "sample/no-image", `its column "${image}" ${reason}`);
}

/** The key of a row; `undefined` where its images have no path. */
export function findKey(
  row: Row,
  { image, key }: TableColumns,
  keys: KeyOrigin,
): string | undefined {
  if (keys === "path") {
    const path = pathOf(row[image]);
    return path === undefined ? undefined : keyOf(path.replace(/^\.\//, ""));
  }
  const value = row[key!];
  if (value === undefined || value === null || value === "") return undefined;
  const text = String(value);
  return IMAGE_NAME.test(text) ? keyOf(text) : withoutDots(text);
}

/** Says what is wrong with a row. */
export function rowError(
  { source, number }: Pick<RowPlace, "source" | "number">,
  code: "sample/no-image" | "sample/bad-field" | "sample/no-label" | "sample/unwritable",
  reason: string,
): SampleError {
  const action = `pack row ${number} of "${source.name}"`;
  return new SampleError(code, { action, reason, shard: source.name });
}

function makeKey(row: Row, place: RowPlace, { columns, keys }: RowRules): string {
  if (keys === "row") return String(place.index).padStart(9, "0");
  const key = findKey(row, columns, keys);
  if (key !== undefined) return key;
  throw rowError(place, "sample/bad-field", "it has no key");
}

interface ReadImage {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

async function readImage(
  value: unknown,
  column: string,
  place: RowPlace,
  { maxFileBytes, signal }: RowRules,
): Promise<ReadImage | undefined> {
  const isPlain = value instanceof Uint8Array;
  const held = isPlain ? value : (value as Row | null | undefined)?.bytes;
  const path = pathOf(value);
  let bytes: Uint8Array;
  if (held instanceof Uint8Array) bytes = held;
  else if (path === undefined) return undefined;
  else bytes = await readAll(openBeside(path, column, place), maxFileBytes, signal);
  const extension = findFormat(bytes)?.extensions[0] ??
    /\.([a-z0-9]{1,10})$/i.exec(path ?? "")?.[1].toLowerCase();
  if (extension !== undefined && !/^(?:cls|txt|json)$/.test(extension)) return { extension, bytes };
  const reason = `its column "${column}" holds ${bytes.length} bytes of no known image format` +
    (isPlain ? "" : ", and no path with an ending");
  throw rowError(place, "sample/bad-field", reason);
}

/** A file that a row names in the place of bytes: in the folder of its table, or below that. */
function openBeside(path: string, column: string, place: RowPlace): Source {
  const parts = path.replace(/^\.\//, "").split("/");
  const isInside = !/^[a-z][a-z0-9+.-]*:|\\/i.test(path) &&
    parts.every((part) => part !== "" && part !== "." && part !== "..");
  const source = isInside ? place.source.beside?.(`/${parts.join("/")}`) : undefined;
  if (source !== undefined) return source;
  const reason =
    `its column "${column}" has no bytes, and "${path}" is no file in the table's folder`;
  throw rowError(place, "sample/no-image", reason);
}

function pathOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return undefined;
  const path = toPlain((value as Row).path);
  return typeof path === "string" && path !== "" ? path : undefined;
}

function numberOf(
  value: unknown,
  column: string,
  place: RowPlace,
  { own, byName }: LabelNumbers,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  const fail = (reason: string): SampleError =>
    rowError(place, "sample/no-label", `its column "${column}" has ${reason}`);
  let name = typeof value === "string" ? value : undefined;
  if (name === undefined) {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw fail(`${value}, which is the number of no class`);
    // What tests have whose labels are not told.
    if (own === undefined || number === -1) return number;
    name = own[number];
    if (name === undefined) {
      throw fail(`${value}, and there are the names of ${own.length} classes`);
    }
    if (byName === undefined) return number;
  }
  const number = byName?.get(name);
  if (number === undefined) throw fail(`"${name}", which is not in the list of classes`);
  return number;
}
