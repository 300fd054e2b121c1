/**
 * What the columns of tables are usually called, and which of a table's are meant.
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import type { ParquetColumn, ParquetFile } from "./parquet.ts";

/** Columns that name files, in the order in which they are looked for; so are the others. */
export const FILE_COLUMNS: readonly string[] = [
  ...["file_name", "filename", "file", "filepath", "image_path", "image", "path"],
];

/** Columns that become `txt`. */
export const CAPTION_COLUMNS: readonly string[] = [
  ...["caption", "text", "txt", "TEXT", "prompt", "description"],
];

/** Columns that become `cls`. */
export const CLASS_COLUMNS: readonly string[] = ["cls", "label", "class"];

/** Columns that hold images as bytes. */
const IMAGE_COLUMNS = [
  ...["image", "img", "jpg", "jpeg", "png", "webp", "image_bytes", "bytes", "content", "data"],
];

/** A table whose columns are looked for. */
export interface NamedColumns {
  readonly table: string;
  readonly columns: Iterable<string>;
}

/**
 * The column that is named, or the first that there is of the usual ones.
 *
 * @throws {SampleError} `sample/no-field` if the one that is named is not there.
 */
export function findColumn(
  { table, columns }: NamedColumns,
  named: string | undefined,
  usual: readonly string[],
): string | undefined {
  const all = new Set(columns);
  if (named === undefined) return usual.find((column) => all.has(column));
  if (all.has(named)) return named;
  const reason = `it has no column "${named}", but ${[...all].join(", ") || "none at all"}`;
  throw columnError(table, reason);
}

/** Says what is wrong with the columns of a table. */
export function columnError(table: string, reason: string): SampleError {
  return new SampleError("sample/no-field", {
    action: `read the columns of "${table}"`,
    reason,
    shard: table,
  });
}

/** Columns that are named by the caller. */
export interface TableColumnOptions {
  /**
   * Column of the images: structs of `bytes` and `path`, as Hugging Face's datasets store them, lists of these, or bytes.
   *
   * @default {the only one; else the first that there is of image, img, jpg, …}
   */
  readonly imageColumn?: string;
  /**
   * Column that becomes `cls`: whole numbers, or names of classes.
   *
   * @default {of those with whole numbers the first that there is of cls, label, class; else the only ClassLabel}
   */
  readonly labelColumn?: string;
  /**
   * Column that becomes `txt`.
   *
   * @default {of those with texts the first that there is of caption, text, txt, TEXT, prompt, description}
   */
  readonly captionColumn?: string;
  /**
   * Column that becomes the samples' keys.
   *
   * @default {the paths of the images, where each has one of its own; else the numbers of the rows}
   */
  readonly keyColumn?: string;
}

/** What becomes of the columns of a Parquet file. */
export interface TableColumns {
  readonly image: string;
  /** Further columns of images, which become fields with their names before the extension. */
  readonly furtherImages: readonly string[];
  readonly label?: string;
  readonly caption?: string;
  readonly key?: string;
  /** Columns that become `json`. */
  readonly rest: readonly string[];
  /** Those of them that have bytes in them. */
  readonly withBytes: ReadonlySet<string>;
  /** Whether images have paths. */
  readonly hasPaths: boolean;
}

/**
 * Chooses among the columns of a Parquet file with images.
 *
 * @throws {SampleError} `sample/no-field` if none holds images, or one that is named is not there or is of another kind.
 */
export function chooseColumns(file: ParquetFile, options: TableColumnOptions): TableColumns {
  const { name: table, columns, features } = file;
  const names = columns.map(({ name }) => name);
  const find = (named: string | undefined, usual: readonly string[]): string | undefined =>
    findColumn({ table, columns: names }, named, usual);
  const ofKind = (...kinds: readonly ParquetColumn["kind"][]): string[] =>
    columns.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const structs = ofKind("image");
  const lists = ofKind("images");
  const bytes = ofKind("binary");
  const image = find(options.imageColumn, []) ??
    firstOf(IMAGE_COLUMNS, structs) ??
    structs[0] ??
    lists[0] ??
    [...features.images].find((name) => bytes.includes(name)) ??
    firstOf(IMAGE_COLUMNS, bytes) ??
    (bytes.length === 1 ? bytes[0] : undefined);
  if (image === undefined) {
    const reason = `none of its columns ${names.join(", ") || "(there are none)"} holds images`;
    throw columnError(table, reason);
  }
  if (![...structs, ...lists, ...bytes].includes(image)) {
    throw columnError(table, `its column "${image}" holds neither images nor bytes`);
  }
  const integers = ofKind("integer");
  const texts = ofKind("text");
  const classLabels = [...features.labels.keys()].filter((name) => integers.includes(name));
  const label = find(options.labelColumn, []) ??
    firstOf(CLASS_COLUMNS, integers) ??
    (classLabels.length === 1 ? classLabels[0] : undefined);
  if (label !== undefined && !integers.includes(label) && !texts.includes(label)) {
    throw columnError(table, `its column "${label}" holds neither whole numbers nor names`);
  }
  const caption = find(options.captionColumn, []) ?? firstOf(CAPTION_COLUMNS, texts);
  const key = find(options.keyColumn, []);
  if (key !== undefined && !integers.includes(key) && !texts.includes(key)) {
    throw columnError(
      table,
      `its column "${key}" holds neither texts nor whole numbers, which keys are`,
    );
  }
  const furtherImages = [...structs, ...lists].filter((name) => name !== image);
  const taken = new Set([image, label, caption, ...furtherImages]);
  const rest = names.filter((name) => !taken.has(name));
  const hasBytes = columns.filter(({ hasBytes }) => hasBytes).map(({ name }) => name);
  return {
    image,
    furtherImages,
    label,
    caption,
    key,
    rest,
    withBytes: new Set(hasBytes.filter((name) => rest.includes(name))),
    hasPaths: structs.includes(image),
  };
}

function firstOf(usual: readonly string[], there: readonly string[]): string | undefined {
  return usual.find((name) => there.includes(name));
}
