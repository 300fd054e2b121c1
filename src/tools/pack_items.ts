/**
 * Folders of files as the samples that are made of them.
 *
 * @module
 */
import { SampleError, SourceError } from "../errors.ts";
import { nameField } from "../sample/tally.ts";
import type { Store } from "../storage/store.ts";
import { compareCodePoints } from "../writing/shard_writer.ts";
import { toJson } from "./describe_sample.ts";
import { readTable, TABLE_NAME } from "./table.ts";
import { CAPTION_COLUMNS, CLASS_COLUMNS, FILE_COLUMNS, findColumn } from "./table_columns.ts";
import { extensionOf, IMAGE_NAME, keyOf } from "./file_key.ts";
import type { Row } from "./parquet.ts";

/** A sample that is to be packed: files by the fields that they become, and values. */
export interface PackItem {
  readonly key: string;
  /** Names of files in the folder, by extension. */
  readonly files: readonly (readonly [extension: string, name: string])[];
  /** Values besides, by extension. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** How a folder is laid out. */
export type PackLayout = "classes" | "flat" | "captions" | "parquet";

/** What was found in a folder. */
export interface PackList {
  readonly items: readonly PackItem[];
  /** Names of the classes, in the order of their numbers, where folders are classes. */
  readonly classes?: readonly string[];
  /** Files that belong to no sample. */
  readonly ignored: number;
}

/** What {@linkcode listItems} takes. */
export interface ListItemsOptions {
  readonly layout: PackLayout;
  /** Names of the classes, where folders are to be numbered by a list and not by what there is. */
  readonly classes?: readonly string[];
  /** Name of the table of captions. */
  readonly captions?: string;
  readonly fileColumn?: string;
  readonly captionColumn?: string;
  readonly labelColumn?: string;
  /** Whether two samples may have one key, because keys are numbered later. */
  readonly areKeysFree: boolean;
  readonly signal?: AbortSignal;
}

/** Files that a shell's pattern passes over. A constant: Vite fails at an expression right after `for await (…)`. */
const HIDDEN = /(?:^|\/)\./;

/** Tables that are looked for, in this order. */
const TABLES = ["captions", "metadata"].flatMap((name) =>
  ["parquet", "jsonl", "csv", "tsv"].map((ending) => `${name}.${ending}`)
);

/**
 * Lists the files of a folder in their order, without hidden ones.
 *
 * @throws {SourceError} `source/unsupported` if the folder cannot be listed.
 */
export async function listNames(store: Store, signal: AbortSignal | undefined): Promise<string[]> {
  if (store.list === undefined) {
    throw new SourceError("source/unsupported", {
      action: "pack a folder",
      reason: "its files cannot be listed",
    });
  }
  const names: string[] = [];
  for await (const { name } of store.list("", { signal })) {
    if (!HIDDEN.test(name)) names.push(name);
  }
  return names.sort(compareNames);
}

/** What a folder looks like, by the names of its files. */
export function findLayout(
  names: readonly string[],
  { layout, captions }: { readonly layout?: PackLayout; readonly captions?: string },
): PackLayout {
  if (layout !== undefined) return layout;
  if (captions !== undefined || TABLES.some((name) => names.includes(name))) return "captions";
  const images = names.filter((name) => IMAGE_NAME.test(name));
  if (images.length === 0) return names.some(isParquet) ? "parquet" : "flat";
  return images.every((name) => name.includes("/")) ? "classes" : "flat";
}

/** Whether a file is said to be a Parquet file. */
export function isParquet(name: string): boolean {
  return /\.parquet$/i.test(name);
}

/**
 * Lists the samples of a folder, in the order of their files.
 *
 * @param names What {@linkcode listNames} gives.
 * @throws {SampleError} `sample/empty` if there is none; `sample/unwritable` if two have one key.
 */
export async function listItems(
  store: Store,
  names: readonly string[],
  options: ListItemsOptions,
): Promise<PackList> {
  const { layout } = options;
  const table = options.captions ?? TABLES.find((name) => names.includes(name));
  const list = layout === "classes"
    ? listClasses(names, options.classes)
    : layout === "flat"
    ? listGroups(names)
    : await listCaptions(store, names, table, options);
  if (list.items.length === 0) {
    throw new SampleError("sample/empty", {
      action: "pack a folder",
      reason: `it holds nothing of what the layout "${layout}" asks for`,
    });
  }
  if (!options.areKeysFree) checkKeys(list.items);
  return list;
}

/** Folder by folder, each with its own files before those below it: the order of Python's `sorted(os.walk(…))`. */
function compareNames(a: string, b: string): number {
  const [left, right] = [a.lastIndexOf("/") + 1, b.lastIndexOf("/") + 1];
  return compareCodePoints(a.slice(0, left), b.slice(0, right)) ||
    compareCodePoints(a.slice(left), b.slice(right));
}

/**
 * Folders that are classes, numbered in the order of their names.
 *
 * Exact: torchvision, `ImageFolder.find_classes` and `make_dataset`.
 */
function listClasses(
  names: readonly string[],
  given: readonly string[] | undefined,
): PackList {
  const images = names.filter((name) => name.includes("/") && IMAGE_NAME.test(name));
  const found = new Set(images.map((name) => name.slice(0, name.indexOf("/"))));
  const classes = given ?? [...found].sort(compareCodePoints);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const items = images.map((name): PackItem => {
    const folder = name.slice(0, name.indexOf("/"));
    const cls = numbers.get(folder);
    if (cls === undefined) {
      throw new SampleError("sample/no-label", {
        action: `pack "${name}"`,
        reason: `"${folder}" is not in the list of classes`,
      });
    }
    return { key: keyOf(name), files: [[extensionOf(name), name]], values: { cls } };
  });
  return { items, classes, ignored: names.length - items.length };
}

/** Files of one name up to its first dot, which are one sample. */
function listGroups(names: readonly string[]): PackList {
  const groups = new Map<string, [string, string][]>();
  let ignored = 0;
  for (const name of names) {
    const field = nameField(name);
    if (field === undefined) {
      ignored++;
      continue;
    }
    const group = groups.get(field.key);
    if (group === undefined) groups.set(field.key, [[field.extension, name]]);
    else if (!group.some(([extension]) => extension === field.extension)) {
      group.push([field.extension, name]);
    } else {
      throw new SampleError("sample/duplicate-field", {
        action: `pack "${name}"`,
        reason: `"${field.key}" has two files with the extension "${field.extension}"`,
        key: field.key,
        field: field.extension,
      });
    }
  }
  return { items: [...groups].map(([key, files]) => ({ key, files })), ignored };
}

/** Images with what a table says of them. */
async function listCaptions(
  store: Store,
  names: readonly string[],
  table: string | undefined,
  { fileColumn, captionColumn, labelColumn, signal }: ListItemsOptions,
): Promise<PackList> {
  const fail = (reason: string): SampleError =>
    new SampleError("sample/no-field", { action: `pack by "${table}"`, reason });
  if (table === undefined || !TABLE_NAME.test(table)) {
    throw new SampleError("sample/no-field", {
      action: "pack captions",
      reason: "there is no table captions.csv, .tsv, .jsonl or .parquet",
    });
  }
  const rows = await readTable(store.open(table), signal);
  const columns = new Set(rows.flatMap((row) => Object.keys(row)));
  const find = (named: string | undefined, usual: readonly string[]): string | undefined =>
    findColumn({ table, columns }, named, usual);
  const file = find(fileColumn, FILE_COLUMNS);
  if (file === undefined) {
    throw fail(`none of its columns ${[...columns].join(", ")} names files`);
  }
  const caption = find(captionColumn, CAPTION_COLUMNS);
  const cls = find(labelColumn, CLASS_COLUMNS);
  const items = rows.map((row, i): PackItem => {
    const name = row[file];
    if (typeof name !== "string" || name === "") throw fail(`its row ${i + 1} names no file`);
    return makeCaptioned(name.replace(/^\.\//, ""), row, { file, caption, cls });
  });
  const used = new Set(items.flatMap(({ files }) => files.map(([, name]) => name)));
  const ignored = names.filter((name) => name !== table && !used.has(name)).length;
  return { items, ignored };
}

function makeCaptioned(
  name: string,
  row: Row,
  { file, caption, cls }: { file: string; caption?: string; cls?: string },
): PackItem {
  const text = caption === undefined ? undefined : row[caption];
  const label = cls === undefined ? undefined : row[cls];
  const isLabel = /^-?\d{1,15}$/.test(String(label ?? ""));
  const { [file]: _, ...json } = row;
  return {
    key: keyOf(name),
    files: [[extensionOf(name), name]],
    values: {
      // Several captions, or one with more in it, are as they are read.
      ...(text === undefined || text === null
        ? {}
        : { txt: typeof text === "object" ? toJson(text) : String(text) }),
      ...(isLabel ? { cls: Number(label) } : {}),
      json,
    },
  };
}

function checkKeys(items: readonly PackItem[]): void {
  const keys = new Set<string>();
  for (const { key, files } of items) {
    if (!keys.has(key)) {
      keys.add(key);
      continue;
    }
    throw new SampleError("sample/unwritable", {
      action: `pack "${files[0][1]}"`,
      reason: `another sample has the key "${key}" already; number the keys`,
      key,
    });
  }
}
