/**
 * Tables that say something of images, a row each: CSV, TSV, JSON lines, Parquet.
 *
 * @module
 */
import { SampleError, SourceError, WdsError } from "../errors.ts";
import { parseJsonText } from "../sample/json.ts";
import type { Source } from "../storage/source.ts";
import { openParquet, type Row } from "./parquet.ts";
import { loadPackage } from "./table_packages.ts";

/** What a table is read as, by the end of its name. */
export const TABLE_NAME = /\.(csv|tsv|jsonl|parquet)$/i;

const MAX_TABLE_BYTES = 2 ** 30;

/** Letters that are parsed at a time. */
const PART_LETTERS = 2 ** 22;

/** A line, or a row with all of its line breaks, has fewer letters. */
const MAX_LETTERS = 2 ** 28;

/** A table that is read part by part. */
export interface TableStream {
  /** Its columns, where the beginning says them. */
  readonly columns?: readonly string[];
  /**
   * Reads it.
   *
   * @param isWanted Which columns are; others may be passed over.
   * @throws {SampleError} `sample/bad-field` if it is no such table.
   */
  rows(isWanted?: (column: string) => boolean): AsyncGenerator<Row[]>;
}

/**
 * Reads a table as a whole, up to 1 GiB of text.
 *
 * @throws {SampleError} `sample/bad-field` if it is no such table.
 * @throws {SourceError} `source/unsupported` if a package that it takes cannot be loaded; `source/too-large`.
 */
export async function readTable(source: Source, signal: AbortSignal | undefined): Promise<Row[]> {
  const all: Row[] = [];
  const { rows } = await openTable(source, { signal, maxBytes: MAX_TABLE_BYTES });
  for await (const some of rows()) for (const row of some) all.push(row);
  return all;
}

/** What {@linkcode openTable} takes. */
export interface TableOptions {
  /** Most bytes of text. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Opens a table, of which no more than a part is held.
 *
 * CSV is read by the package `papaparse`, whose values are all texts; Parquet by {@linkcode openParquet}, without the
 * images in it.
 *
 * @throws {SampleError} `sample/bad-field` if it is no such table.
 * @throws {SourceError} `source/unsupported` if a package that it takes cannot be loaded.
 */
export async function openTable(source: Source, options: TableOptions): Promise<TableStream> {
  const { signal } = options;
  const kind = TABLE_NAME.exec(source.name)?.[1].toLowerCase();
  if (kind === "parquet") return await openRows(source, signal);
  const texts = readTexts(source, options);
  if (kind === "jsonl") return { rows: () => guard(source, signal, readLines(texts)) };
  const { default: csv } = await loadPackage(
    "papaparse",
    source.name,
    () => import("papaparse") as unknown as Promise<{ readonly default: CsvPackage }>,
  );
  const delimiter = kind === "tsv" ? "\t" : ",";
  return { rows: () => guard(source, signal, readCsv(csv, texts, delimiter)) };
}

/** Gives rows; what is wrong with them says of which table they are. */
async function* guard(
  source: Source,
  signal: AbortSignal | undefined,
  rows: AsyncGenerator<Row[]>,
): AsyncGenerator<Row[]> {
  try {
    yield* rows;
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

/** The text of a table in parts, the last of which may be empty. */
async function* readTexts(
  source: Source,
  { maxBytes = Infinity, signal }: TableOptions,
): AsyncGenerator<string> {
  const { body } = await source.open({ signal });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      if (bytes > maxBytes) {
        throw new SourceError("source/too-large", {
          action: `read "${source.name}"`,
          reason: `it has more than the limit of ${maxBytes} bytes`,
          shard: source.name,
        });
      }
      text += decoder.decode(value, { stream: true });
      if (text.length < PART_LETTERS) continue;
      yield text;
      text = "";
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  yield text + decoder.decode();
}

async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<Row[]> {
  let number = 0;
  let rest = "";
  const parse = (line: string): Row[] => {
    number++;
    if (line.trim() === "") return [];
    let row: unknown;
    try {
      row = parseJsonText(line);
    } catch (cause) {
      throw new Error(`line ${number}: ${(cause as Error).message}`, { cause });
    }
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new Error(`line ${number} is no object`);
    }
    return [row as Row];
  };
  for await (const text of texts) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LETTERS) throw new Error(`line ${number + lines.length + 1} is too long`);
    yield lines.flatMap(parse);
  }
  yield parse(rest);
}

/** What is used of `papaparse`. */
interface CsvPackage {
  parse(text: string, options: object): {
    readonly data: Row[];
    readonly errors: readonly CsvError[];
    readonly meta: { readonly linebreak: string; readonly fields?: readonly string[] };
  };
  unparse(
    rows: { readonly fields: readonly string[]; readonly data: readonly [] },
    options: object,
  ): string;
}

interface CsvError {
  readonly code?: string;
  readonly message: string;
  readonly row?: number;
}

async function* readCsv(
  csv: CsvPackage,
  texts: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<Row[]> {
  let rest = "";
  let count = 0;
  /** The first row, and how lines end: known once a part was read. */
  let head = "";
  let newline: string | undefined;
  const parse = (text: string, isLast: boolean): Row[] | undefined => {
    const options = { header: true, skipEmptyLines: true, delimiter, newline };
    const { data, errors, meta } = csv.parse(head + text, options);
    // The part ends within quotes.
    if (!isLast && errors.some(({ code }) => code === "MissingQuotes")) return undefined;
    const [error] = errors;
    // Rows are counted without the head.
    if (error !== undefined) {
      throw new Error(`row ${count + (error.row ?? 0) + 1}: ${error.message}`);
    }
    if (newline === undefined && meta.fields !== undefined) {
      newline = meta.linebreak;
      const { fields } = meta;
      head = csv.unparse({ fields, data: [] }, { delimiter, newline }) + newline;
    }
    count += data.length;
    return data;
  };
  let tried = 0;
  for await (const text of texts) {
    rest += text;
    if (rest.length > MAX_LETTERS) {
      throw new Error(`row ${count + 1} is too long, or has no end of quotes`);
    }
    // What was in vain is tried again when there is twice as much.
    if (rest.length < 2 * tried) continue;
    const end = rest.lastIndexOf("\n") + 1 || rest.lastIndexOf("\r") + 1;
    // A line break at the end may be the first half of one.
    const isSure = end < rest.length || rest.endsWith("\n");
    const rows = end > 0 && isSure ? parse(rest.slice(0, end), false) : undefined;
    tried = rows === undefined ? rest.length : 0;
    if (rows === undefined) continue;
    rest = rest.slice(end);
    yield rows;
  }
  yield parse(rest, true)!;
}

async function openRows(source: Source, signal: AbortSignal | undefined): Promise<TableStream> {
  const file = await openParquet(source, signal);
  const names = file.columns.map(({ name }) => name);
  return {
    columns: names,
    async *rows(isWanted = () => true) {
      const columns = names.filter(isWanted);
      for (let group = 0; group < file.groups.length; group++) {
        yield (await file.read(group, { columns, withoutImages: true })).map(plainRow);
      }
    },
  };
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
