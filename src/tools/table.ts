/**
 * Tables that say something of images, a row each: CSV, TSV, JSON lines, Parquet.
 *
 * @module
 */
import { SampleError, WdsError } from "../errors.ts";
import { parseJsonText } from "../sample/json.ts";
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";
import { openParquet, type Row } from "./parquet.ts";
import { loadPackage } from "./table_packages.ts";

/** What a table is read as, by the end of its name. */
export const TABLE_NAME = /\.(csv|tsv|jsonl|parquet)$/i;

const MAX_TABLE_BYTES = 2 ** 30;

/**
 * Reads a table as a whole.
 *
 * CSV is read by the package `papaparse`, whose values are all texts; Parquet by {@linkcode openParquet}, without the
 * images in it.
 *
 * @throws {SampleError} `sample/bad-field` if it is no such table.
 * @throws {SourceError} `source/unsupported` if a package that it takes cannot be loaded.
 */
export async function readTable(source: Source, signal: AbortSignal | undefined): Promise<Row[]> {
  const kind = TABLE_NAME.exec(source.name)?.[1].toLowerCase();
  try {
    if (kind === "parquet") return await readParquet(source, signal);
    const text = new TextDecoder().decode(await readAll(source, MAX_TABLE_BYTES, signal));
    if (kind === "jsonl") return readLines(text);
    const loaded = await loadPackage(
      "papaparse",
      source.name,
      () => import("papaparse") as unknown as Promise<{ readonly default: CsvPackage }>,
    );
    return readCsv(loaded.default, text, kind === "tsv" ? "\t" : ",");
  } catch (cause) {
    if (cause instanceof WdsError) throw cause;
    signal?.throwIfAborted();
    throw new SampleError("sample/bad-field", {
      action: `read "${source.name}" as a table`,
      reason: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function readLines(text: string): Row[] {
  return text.split("\n").flatMap((line, i): Row[] => {
    if (line.trim() === "") return [];
    let row: unknown;
    try {
      row = parseJsonText(line);
    } catch (cause) {
      throw new Error(`line ${i + 1}: ${(cause as Error).message}`, { cause });
    }
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new Error(`line ${i + 1} is no object`);
    }
    return [row as Row];
  });
}

/** What is used of `papaparse`. */
interface CsvPackage {
  parse(text: string, options: object): {
    readonly data: Row[];
    readonly errors: readonly { readonly type: string; readonly message: string; row?: number }[];
  };
}

function readCsv({ parse }: CsvPackage, text: string, delimiter: string): Row[] {
  const { data, errors } = parse(text, { header: true, skipEmptyLines: true, delimiter });
  const [error] = errors;
  // Rows are counted without the head.
  if (error !== undefined) throw new Error(`row ${(error.row ?? 0) + 1}: ${error.message}`);
  return data;
}

async function readParquet(source: Source, signal: AbortSignal | undefined): Promise<Row[]> {
  const file = await openParquet(source, signal);
  const rows: Row[] = [];
  for (let group = 0; group < file.groups.length; group++) {
    for (const row of await file.read(group, { withoutImages: true })) rows.push(plainRow(row));
  }
  return rows;
}

/** A row of Parquet with values that JSON has, whatever its columns are called. */
export function plainRow(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toPlain(value)]));
}

/** A value of Parquet as one that JSON has. A time beyond the years of `Date` is null. Bytes that are UTF-8 are text, as old writers store it; others are left out. */
export function toPlain(value: unknown): unknown {
  if (value instanceof Date) return isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return decodeText(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, toPlain(inner)]),
  );
}

/** Whether bytes are left out where a value becomes one that JSON has. */
export function losesBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return decodeText(value) === undefined;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).some(losesBytes);
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
