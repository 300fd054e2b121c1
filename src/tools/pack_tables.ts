/**
 * Parquet files with images in them to shards.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import { SampleError, WdsError } from "../errors.ts";
import { WordHash } from "../order/word_hash.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import { type StoreInput, toStore } from "../storage/to_store.ts";
import type { Source } from "../storage/source.ts";
import { createDraft, putWhole, type Store } from "../storage/store.ts";
import { compareCodePoints, type SampleInput } from "../writing/shard_writer.ts";
import { openParquet, type ParquetFile } from "./parquet.ts";
import {
  chooseColumns,
  columnError,
  type TableColumnOptions,
  type TableColumns,
} from "./table_columns.ts";
import {
  listGroups,
  planParcels,
  readColumn,
  readParcel,
  type TableGroup,
} from "./table_parcels.ts";
import { chooseKeys } from "./table_keys.ts";
import { type KeyOrigin, type LabelNumbers, makeSample } from "./table_samples.ts";
import {
  checkWritten,
  type SampleFeed,
  writeFeed,
  type WrittenOptions,
  type WrittenReport,
} from "./written.ts";

/** What {@linkcode packTables} takes. */
export interface PackTablesOptions extends WrittenOptions, TableColumnOptions {
  /**
   * Names of the classes in the order of their numbers: those of another split, so that both number alike.
   *
   * @default {the names that the files have for their ClassLabel; of a column of names these, in their order}
   */
  readonly classes?: readonly string[];
  /**
   * What to do about a row without an image, or a row group that cannot be read.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip";
  /**
   * Bytes of unpacked rows that are held to be mixed. As many row groups as go into that are mixed at a time, and one
   * at least.
   *
   * @default {134217728}
   */
  readonly maxBufferedBytes?: number;
  /**
   * Largest file in bytes, where rows name files in the place of images.
   *
   * @default {268435456}
   */
  readonly maxFileBytes?: number;
}

/** What {@linkcode packTables} has written. */
export interface PackTablesReport extends WrittenReport {
  /** Names of the classes, where there are any. */
  readonly classes?: readonly string[];
  /** What the keys are made of; numbers of rows count on through all files. */
  readonly keyOrigin: KeyOrigin;
  /** Columns with bytes that are neither images nor text, which this run has left out of `json`. */
  readonly leftOut: readonly string[];
}

const MAX_BUFFERED_BYTES = 128 * 1024 * 1024;

const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Footers that are read at a time. */
const OPENED_AT_ONCE = 8;

/**
 * Packs Parquet files that have images in them, as Hugging Face's datasets store them, into shards.
 *
 * Each row is a sample. Its image, a struct of `bytes` and `path` or a column of bytes, is written as it is, with the
 * extension of the format that it has; where there is a path and no bytes, the file of that path beside the table. A
 * column `cls`, `label` or `class`, or the only ClassLabel, becomes `cls`; `NAME.classes.txt` lists the names that the
 * file has for these. A column `caption`, `text` and the like becomes `txt`, further images fields such as
 * `depth.png`, lists of images `images.0.jpg`, `images.1.jpg`, and all other columns `json`, without bytes that are no text. Keys are the paths of the images where each
 * has one of its own, else the numbers of the rows, nine digits from `000000000` on.
 *
 * Files are read row group by row group, in their order, and mixed by default: row groups are permuted by the seed, and
 * the rows of as many as `maxBufferedBytes` holds are mixed at a time. No more is held than these. How it goes on after
 * a crash is said of {@linkcode reshard}: `NAME.pack.json` tells.
 *
 * @param tables The files, in their order.
 * @param to Where shards go: the path of a folder, or any store with `put` or `create`.
 * @throws {WdsError} `sample/no-field` if no column holds images, or one that is named is not there; `sample/empty` if
 *   there are no rows; `sample/no-image`, `sample/bad-field`, `sample/no-label` of a row; `sample/unwritable` if two
 *   rows of the column `keyColumn` have one key; `source/unsupported` if a package that the files take is not
 *   installed; `source/exists`, `order/changed` as of {@linkcode reshard}.
 *
 * @example Usage
 * ```ts
 * import { toStore, WdsError } from "@wdstream/wdstream";
 * import { packTables } from "@wdstream/wdstream/tools";
 *
 * const cut = new TextEncoder().encode("PAR1, and then nothing");
 * const error = await packTables(cut, toStore(() => cut)).catch((error) => error);
 * if (!(error instanceof WdsError) || error.code !== "sample/bad-field") throw error;
 * ```
 */
export async function packTables(
  tables: ShardInput | readonly ShardInput[],
  to: StoreInput,
  options: PackTablesOptions = {},
): Promise<PackTablesReport> {
  checkWritten(options);
  const { split = "train", order = "mixed", seed = 0, signal, onError } = options;
  const { maxBufferedBytes = MAX_BUFFERED_BYTES, maxFileBytes = MAX_FILE_BYTES } = options;
  checkCount("maxBufferedBytes", maxBufferedBytes, 1);
  checkCount("maxFileBytes", maxFileBytes, 1);
  const inputs = isList(tables) ? tables : [tables];
  const sources = inputs.map((input) => toSource(input));
  const files = await openAll(sources, signal);
  const columns = files.length === 0 ? undefined : chooseColumns(files[0], options);
  const groups = listGroups(sources, files);
  if (columns === undefined || groups.length === 0) {
    const reason = files.length === 0 ? "there are none" : "they hold no rows";
    throw new SampleError("sample/empty", { action: "pack tables", reason });
  }
  for (const file of files) checkColumns(file, columns);
  const areNumbered = options.keys === "numbered";
  const isStrict = onError !== "skip";
  const keys = areNumbered ? "row" : await chooseKeys(groups, columns, isStrict);
  const { labels, classes } = await numberLabels(groups, columns, options);
  const parcels = planParcels(groups, order === "mixed" ? { seed, maxBufferedBytes } : undefined);
  const leftOut = new Set<string>();
  const onLeftOut = (column: string): void => void leftOut.add(column);
  const rules = { columns, keys, labels, maxFileBytes, onLeftOut, signal };
  let taken = 0;
  let bytes = 0;
  let skipped = 0;
  const skip = (error: unknown): void => {
    if (!(error instanceof WdsError) || isStrict) throw error;
    signal?.throwIfAborted();
    skipped++;
    options.onSkip?.(error);
  };
  const feed: SampleFeed<number> = {
    async *open(start = 0) {
      taken = start;
      for await (const { row, place } of readParcels()) {
        taken++;
        if (row === undefined) continue;
        let sample: SampleInput;
        try {
          sample = await makeSample(row, place, rules);
        } catch (error) {
          skip(error);
          continue;
        }
        for (const body of Object.values(sample.bytes!)) bytes += body.length;
        yield sample;
      }
      async function* readParcels(): ReturnType<typeof readParcel> {
        let first = 0;
        for (const parcel of parcels) {
          if (first + parcel.rows > taken) yield* readParcel(parcel, columns!, taken - first, skip);
          first += parcel.rows;
        }
      }
    },
    state: () => taken,
    skipped: () => skipped,
    bytes: () => bytes,
    total: () => groups.reduce((sum, { rows }) => sum + rows, 0),
  };
  const print = {
    input: hashInput(groups, columns, classes),
    layout: "parquet",
    order,
    ...(order === "mixed" ? { seed, maxBufferedBytes } : {}),
    keyOrigin: keys,
    onError,
  };
  const store = toStore(to);
  const report = await writeFeed(store, feed, { ...options, tool: "pack", print });
  if (classes !== undefined) await putClasses(store, split, classes);
  const facts = { keyOrigin: keys, leftOut: [...leftOut].sort(compareCodePoints) };
  return { ...report, ...(classes === undefined ? {} : { classes }), ...facts };
}

/** Writes the names of classes, a line each. */
export async function putClasses(
  store: Store,
  split: string,
  classes: readonly string[],
): Promise<void> {
  const draft = await createDraft(store, `${split}.classes.txt`, { ifAbsent: false });
  const text = classes.map((name) => `${name}\n`).join("");
  await putWhole(draft, new TextEncoder().encode(text));
}

function isList(input: ShardInput | readonly ShardInput[]): input is readonly ShardInput[] {
  return Array.isArray(input);
}

async function openAll(
  sources: readonly Source[],
  signal: AbortSignal | undefined,
): Promise<ParquetFile[]> {
  const files: ParquetFile[] = [];
  for (let i = 0; i < sources.length; i += OPENED_AT_ONCE) {
    const some = sources.slice(i, i + OPENED_AT_ONCE);
    files.push(...await Promise.all(some.map((source) => openParquet(source, signal))));
  }
  return files;
}

/** Of what is one dataset, all files have the columns that the first one has. */
function checkColumns({ name, columns: own }: ParquetFile, columns: TableColumns): void {
  const { image, label, caption, key, furtherImages } = columns;
  for (const column of [image, label, caption, key, ...furtherImages]) {
    if (column === undefined || own.some(({ name }) => name === column)) continue;
    throw columnError(name, `it has no column "${column}", which the first table has`);
  }
}

/** How labels become numbers, and the names of these. */
async function numberLabels(
  groups: readonly TableGroup[],
  { label }: TableColumns,
  { classes: given, onError }: PackTablesOptions,
): Promise<{ readonly labels: LabelNumbers; readonly classes?: readonly string[] }> {
  if (label === undefined) return { labels: {} };
  const [{ file }] = groups;
  const own = file.features.labels.get(label);
  for (const { file: other } of groups) {
    if (JSON.stringify(other.features.labels.get(label)) === JSON.stringify(own)) continue;
    const reason = `its classes in "${label}" are not those of "${file.name}"`;
    throw columnError(other.name, reason);
  }
  const isText = file.columns.find(({ name }) => name === label)!.kind === "text";
  const classes = given ?? own ??
    (isText ? await listNames(groups, label, onError !== "skip") : undefined);
  if (classes === undefined) return { labels: {} };
  const byName = new Map(classes.map((name, number) => [name, number]));
  const isNumbered = !isText && (given === undefined || own === undefined);
  return {
    labels: isNumbered ? { own: classes } : { own, byName },
    classes,
  };
}

/** The names in a column, in their order. */
async function listNames(
  groups: readonly TableGroup[],
  column: string,
  isStrict: boolean,
): Promise<string[]> {
  const names = new Set<string>();
  for await (const { rows } of readColumn(groups, column, isStrict)) {
    for (const { [column]: name } of rows) if (typeof name === "string") names.add(name);
  }
  return [...names].sort(compareCodePoints);
}

/** What tells one set of tables from another: their names, row groups and columns. */
function hashInput(
  groups: readonly TableGroup[],
  columns: TableColumns,
  classes: readonly string[] = [],
): string {
  const hash = new WordHash().add(groups.length);
  for (const { source, rows, bytes } of groups) {
    hash.addText(source.name.replace(/^.*[/\\]/s, "")).add(rows).add(bytes);
  }
  hash.addText(JSON.stringify(columns));
  for (const name of classes) hash.addText(name);
  return hash.toString();
}
