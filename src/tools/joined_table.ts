/**
 * Tables whose rows say something of samples that there are, by their keys.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import { SampleError, SourceError } from "../errors.ts";
import { WordHash } from "../order/word_hash.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import { IMAGE_NAME, keyOf } from "./file_key.ts";
import type { Row } from "./parquet.ts";
import { RowStore, writeValue } from "./row_store.ts";
import { openTable, TABLE_NAME } from "./table.ts";
import {
  CAPTION_COLUMNS,
  CLASS_COLUMNS,
  columnError,
  FILE_COLUMNS,
  findColumn,
} from "./table_columns.ts";

/** A table that is joined to samples. */
export interface JoinOptions {
  /**
   * CSV, TSV, JSON lines or Parquet, by the end of its name. Its rows are held as text, without bytes that are no text:
   * of columns that are named in `addFields` and `where` alone, or where `addFields` names none, of all.
   */
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
  /**
   * Bytes of memory that its rows may take: their text, and up to 40 bytes more for each.
   *
   * @default {1073741824}
   */
  readonly maxBytes?: number;
}

const KEY_COLUMNS = ["key", "__key__", ...FILE_COLUMNS];

/** Keys that are shown where one is not found. */
const SHOWN_KEYS = 3;

/** Bytes of memory that rows may take. */
const MAX_BYTES = 2 ** 30;

/** A table by its keys. */
export class JoinedTable {
  readonly #name: string;
  readonly #rows: RowStore;
  readonly #columns: DefaultColumns;
  /** What tells it from other tables: its rows and where their keys are. */
  readonly print: string;

  private constructor(name: string, rows: RowStore, columns: DefaultColumns, print: string) {
    this.#name = name;
    this.#rows = rows;
    this.#columns = columns;
    this.print = print;
  }

  /**
   * Reads a table.
   *
   * @param isWanted Which columns are held; all of them where it is not given.
   * @throws {SampleError} `sample/bad-field` if it is none, a row has no key, or two rows have one; `sample/no-field` if
   *   there is no column with keys; `sample/empty` if it has no rows.
   * @throws {SourceError} `source/too-large` if its rows take more memory than they may.
   */
  static async read(
    { table, keyColumn, maxBytes = MAX_BYTES }: JoinOptions,
    signal: AbortSignal | undefined,
    isWanted: (column: string) => boolean = () => true,
  ): Promise<JoinedTable> {
    checkCount("maxBytes", maxBytes, 1);
    const source = toSource(table);
    const { name } = source;
    if (!TABLE_NAME.test(name)) {
      const reason = "its name ends in none of .csv, .tsv, .jsonl and .parquet";
      throw tableError(name, "sample/bad-field", reason);
    }
    const stream = await openTable(source, { signal });
    const columns = new Set(stream.columns);
    const findKey = (): string => {
      const found = findColumn({ table: name, columns }, keyColumn, KEY_COLUMNS);
      if (found !== undefined) return found;
      throw columnError(name, `none of its columns ${[...columns].join(", ")} has keys; name one`);
    };
    let key = stream.columns === undefined ? undefined : findKey();
    const rows = new RowStore();
    const hash = new WordHash();
    for await (const some of stream.rows((column) => column === key || isWanted(column))) {
      for (const row of some) for (const column in row) columns.add(column);
      // Of lines of JSON, the first ones say which columns there are.
      if (some.length > 0) key ??= findKey();
      for (const row of some) {
        const number = rows.size + 1;
        const text = readKey(row[key!]);
        if (text === undefined) {
          const reason = `its row ${number} has no key in "${key}"`;
          throw tableError(name, "sample/bad-field", reason);
        }
        const kept = Object.entries(row).filter(([column]) => column === key || isWanted(column));
        const own = Object.fromEntries(kept);
        const before = rows.add(text, own);
        if (before !== undefined) {
          const reason = `its rows ${before + 1} and ${number} have the key "${text}" both`;
          throw tableError(name, "sample/bad-field", reason);
        }
        hash.addText(text).addText(writeValue(own));
        if (rows.bytes > maxBytes) throw sizeError(name, maxBytes, rows.size);
      }
    }
    if (rows.size === 0) throw tableError(name, "sample/empty", "it holds no rows");
    columns.delete(key!);
    const others = { table: name, columns };
    return new JoinedTable(
      name,
      rows,
      {
        txt: findColumn(others, undefined, CAPTION_COLUMNS),
        cls: findColumn(others, undefined, CLASS_COLUMNS),
        key: key!,
      },
      hash.add(rows.size).toString(),
    );
  }

  /** The row of a key. */
  find(key: string): Row | undefined {
    return this.#rows.find(key);
  }

  /** Rows whose keys were not asked for. */
  get unused(): number {
    return this.#rows.size - this.#rows.usedCount;
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
    const keys = this.#rows.listKeys(SHOWN_KEYS).map((name) => `"${name}"`);
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

function sizeError(name: string, maxBytes: number, rows: number): SourceError {
  return new SourceError("source/too-large", {
    action: `read "${name}" as a table`,
    reason:
      `the first ${rows} of its rows take more than the limit of ${maxBytes} bytes of memory; ` +
      "add some of its columns alone, or raise the limit",
    shard: name,
  });
}
