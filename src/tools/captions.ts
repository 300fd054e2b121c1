/**
 * Tables that say something of images, a row each: CSV, TSV, JSON lines, Parquet.
 *
 * @module
 */
import { SampleError, SourceError } from "../errors.ts";
import { parseJsonText } from "../sample/json.ts";
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";

/** A row of a table, by its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** What a table is read as, by the end of its name. */
export const TABLE_NAME = /\.(csv|tsv|jsonl|parquet)$/i;

const MAX_TABLE_BYTES = 2 ** 30;

/**
 * Reads a table as a whole.
 *
 * CSV is read by the package `papaparse`, whose values are all texts; Parquet by `hyparquet`, not packed, packed with
 * Snappy or gzip. Both are loaded only here.
 *
 * @throws {SampleError} `sample/bad-field` if it is no such table.
 */
export async function readTable(source: Source, signal: AbortSignal | undefined): Promise<Row[]> {
  const kind = TABLE_NAME.exec(source.name)?.[1].toLowerCase();
  try {
    if (kind === "parquet") return await readParquet(source, signal);
    const text = new TextDecoder().decode(await readAll(source, MAX_TABLE_BYTES, signal));
    return kind === "jsonl" ? readLines(text) : await readCsv(text, kind === "tsv" ? "\t" : ",");
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
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

async function readCsv(text: string, delimiter: string): Promise<Row[]> {
  const loaded = await import("papaparse") as unknown as { readonly default: CsvPackage };
  const options = { header: true, skipEmptyLines: true, delimiter };
  const { data, errors } = loaded.default.parse(text, options);
  const [error] = errors;
  // Rows are counted without the head.
  if (error !== undefined) throw new Error(`row ${(error.row ?? 0) + 1}: ${error.message}`);
  return data;
}

/** What is used of `hyparquet`. */
interface ParquetPackage {
  parquetReadObjects(options: {
    readonly file: {
      readonly byteLength: number;
      slice(start: number, end?: number): Promise<ArrayBuffer>;
    };
    readonly compressors: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>>;
  }): Promise<Row[]>;
}

async function readParquet(source: Source, signal: AbortSignal | undefined): Promise<Row[]> {
  const { parquetReadObjects } = await import("hyparquet") as unknown as ParquetPackage;
  const { loadPako } = await import("../storage/inflate.ts");
  const { ungzip } = await loadPako();
  const { sizeBytes } = await source.stat?.({ signal }) ?? {};
  const whole = sizeBytes === undefined
    ? await readAll(source, MAX_TABLE_BYTES, signal)
    : undefined;
  const byteLength = sizeBytes ?? whole!.length;
  const slice = async (start: number, end = byteLength): Promise<ArrayBuffer> => {
    if (whole !== undefined) return whole.slice(start, end).buffer;
    const { body } = await source.open({ offset: start, length: end - start, signal });
    return await new Response(body as BodyInit).arrayBuffer();
  };
  const rows = await parquetReadObjects({
    file: { byteLength, slice },
    compressors: { GZIP: (bytes) => ungzip(bytes) },
  });
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toPlain(value)]))
  );
}

/** A value of Parquet as one that JSON has; bytes are left out. */
function toPlain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return undefined;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, toPlain(inner)]),
  );
}
