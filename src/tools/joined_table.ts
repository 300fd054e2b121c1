/**
 * Tables whose rows say something of samples that there are, by their keys.
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import { WordHash } from "../order/word_hash.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import { IMAGE_NAME, keyOf } from "./file_key.ts";
import type { Row } from "./parquet.ts";
import { readTable, TABLE_NAME } from "./table.ts";
import {
  CAPTION_COLUMNS,
  CLASS_COLUMNS,
  columnError,
  FILE_COLUMNS,
  findColumn,
} from "./table_columns.ts";
import { toJson } from "./describe_sample.ts";

/** A table that is joined to samples. */
export interface JoinOptions {
  /** CSV, TSV, JSON lines or Parquet, by the end of its name. All of its rows are held, without bytes that are no text. */
  readonly table: ShardInput;
  /**
   * Column that has the keys of samples. A number is compared by its digits; of names of image files the ending is left
   * out.
   *
   * @default {the first that there is of key, __key__, and of those that name files: file_name, filename, …}
   */
  readonly keyColumn?: string;
  /**
   * What becomes of samples that no row has the key of: an error, left out, or kept without what the table would add.
   *
   * @default {"error"}
   */
  readonly missing?: "error" | "skip" | "keep";
}

const KEY_COLUMNS = ["key", "__key__", ...FILE_COLUMNS];

/** Keys that are shown where one is not found. */
const SHOWN_KEYS = 3;

/** A table by its keys. */
export class JoinedTable {
  readonly #name: string;
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #columns: DefaultColumns;
  readonly #used = new Set<string>();
  /** What tells it from other tables: its rows and where their keys are. */
  readonly print: string;

  private constructor(name: string, rows: ReadonlyMap<string, Row>, columns: DefaultColumns) {
    this.#name = name;
    this.#rows = rows;
    this.#columns = columns;
    const hash = new WordHash().add(rows.size);
    for (const [key, row] of rows) hash.addText(key).addText(toJson(row));
    this.print = hash.toString();
  }

  /**
   * Reads a table.
   *
   * @throws {SampleError} `sample/bad-field` if it is none, a row has no key, or two rows have one; `sample/no-field` if
   *   there is no column with keys; `sample/empty` if it has no rows.
   */
  static async read(
    { table, keyColumn }: JoinOptions,
    signal: AbortSignal | undefined,
  ): Promise<JoinedTable> {
    const source = toSource(table);
    const { name } = source;
    if (!TABLE_NAME.test(name)) {
      const reason = "its name ends in none of .csv, .tsv, .jsonl and .parquet";
      throw tableError(name, "sample/bad-field", reason);
    }
    const list = await readTable(source, signal);
    if (list.length === 0) throw tableError(name, "sample/empty", "it holds no rows");
    const columns = new Set<string>();
    for (const row of list) for (const name in row) columns.add(name);
    const named = { table: name, columns };
    const key = findColumn(named, keyColumn, KEY_COLUMNS);
    if (key === undefined) {
      throw columnError(name, `none of its columns ${[...columns].join(", ")} has keys; name one`);
    }
    const rows = new Map<string, Row>();
    list.forEach((row, i) => {
      const text = readKey(row[key]);
      if (text === undefined) {
        const reason = `its row ${i + 1} has no key in "${key}"`;
        throw tableError(name, "sample/bad-field", reason);
      }
      if (rows.has(text)) {
        const first = list.findIndex((other) => readKey(other[key]) === text);
        const reason = `its rows ${first + 1} and ${i + 1} have the key "${text}" both`;
        throw tableError(name, "sample/bad-field", reason);
      }
      rows.set(text, row);
    });
    columns.delete(key);
    const others = { table: name, columns };
    return new JoinedTable(name, rows, {
      txt: findColumn(others, undefined, CAPTION_COLUMNS),
      cls: findColumn(others, undefined, CLASS_COLUMNS),
      key,
    });
  }

  /** The row of a key. */
  find(key: string): Row | undefined {
    const row = this.#rows.get(key);
    if (row !== undefined) this.#used.add(key);
    return row;
  }

  /** Rows whose keys were not asked for. */
  get unused(): number {
    return this.#rows.size - this.#used.size;
  }

  /** What a row adds where nothing else is said: its caption `txt`, its number of a class `cls`, and all else `json`. */
  makeFields(row: Row): [field: string, value: unknown][] {
    const { txt, cls, key } = this.#columns;
    const fields: [string, unknown][] = [];
    const left = new Set([key]);
    if (txt !== undefined && isThere(row[txt])) {
      fields.push(["txt", row[txt]]);
      left.add(txt);
    }
    if (cls !== undefined && /^-?\d{1,15}$/.test(String(row[cls]))) {
      fields.push(["cls", row[cls]]);
      left.add(cls);
    }
    const rest = Object.entries(row).filter(([name, value]) =>
      !left.has(name) && value !== undefined && (isThere(value) || (name !== txt && name !== cls))
    );
    if (rest.length > 0) fields.push(["json", Object.fromEntries(rest)]);
    return fields;
  }

  /** Says that there is no row of a key, and which keys there are. */
  missingError(key: string, shard: string | undefined): SampleError {
    const keys = [...this.#rows.keys()].slice(0, SHOWN_KEYS).map((name) => `"${name}"`);
    return new SampleError("sample/no-field", {
      action: `add to sample "${key}"${shard === undefined ? "" : ` of "${shard}"`}`,
      reason: `"${this.#name}" has no row of its key, but of ${keys.join(", ")}` +
        (this.#rows.size > SHOWN_KEYS ? " and so on" : ""),
      key,
      shard,
    });
  }
}

/** Columns with a meaning. */
interface DefaultColumns {
  readonly txt?: string;
  readonly cls?: string;
  readonly key: string;
}

/** Whether a cell has a value. An empty one of CSV has none. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function readKey(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") {
    return undefined;
  }
  const text = String(value);
  if (text === "") return undefined;
  return IMAGE_NAME.test(text) ? keyOf(text.replace(/^\.\//, "")) : text;
}

function tableError(
  name: string,
  code: "sample/bad-field" | "sample/empty",
  reason: string,
): SampleError {
  return new SampleError(code, { action: `read "${name}" as a table`, reason, shard: name });
}
