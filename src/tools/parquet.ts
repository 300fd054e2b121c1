/**
 * Parquet files, a row group at a time.
 *
 * @module
 */
import { SampleError, SourceError } from "../errors.ts";
import { parseJson } from "../sample/json.ts";
import type { Source } from "../storage/source.ts";
import { type Features, readFeatures } from "./huggingface_features.ts";
import { type Compressors, findCompressors, type SnappyPackage } from "./parquet_compressors.ts";
import { type ChunkPlace, openBuffer, readChunks, readFooter } from "./parquet_file.ts";
import { loadPackage } from "./table_packages.ts";

/** A row of a table, by its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** A column of the first level. */
export interface ParquetColumn {
  readonly name: string;
  /**
   * What its values are: images as Hugging Face's datasets store them, `{ bytes, path }`, or lists of these; bytes that
   * nothing says of that they are text; text; whole numbers; anything else.
   */
  readonly kind: "image" | "images" | "binary" | "text" | "integer" | "other";
  /** Whether there are bytes in it, at whatever depth. */
  readonly hasBytes: boolean;
}

/** What is read at a time. */
export interface ParquetGroup {
  readonly rows: number;
  /** Bytes of it when it is unpacked. */
  readonly bytes: number;
}

/** A Parquet file whose footer was read. */
export interface ParquetFile {
  readonly name: string;
  readonly columns: readonly ParquetColumn[];
  readonly groups: readonly ParquetGroup[];
  /** What Hugging Face's datasets say of the columns. */
  readonly features: Features;
  /**
   * Reads a row group, or some of its columns.
   *
   * @throws {SampleError} `sample/bad-field` if it is damaged.
   */
  read(group: number, options?: ReadGroupOptions): Promise<Row[]>;
}

/** What is read of a group. */
export interface ReadGroupOptions {
  /** Names of columns; all of them where it is not given. */
  readonly columns?: readonly string[];
  /** Whether the bytes of images are passed over: not even fetched. */
  readonly withoutImages?: boolean;
}

/** Part of the footer, as `hyparquet` gives it. */
interface SchemaElement {
  readonly name: string;
  readonly type?: string;
  readonly type_length?: number;
  readonly repetition_type?: string;
  readonly converted_type?: string;
  readonly logical_type?: { readonly type: string };
  readonly num_children?: number;
}

interface SchemaTree {
  readonly element: SchemaElement;
  readonly children: readonly SchemaTree[];
}

interface ColumnChunk {
  readonly file_path?: string;
  readonly meta_data?: {
    readonly type: string;
    readonly path_in_schema: readonly string[];
    readonly codec: string;
    readonly num_values: bigint;
    readonly total_compressed_size: bigint;
    readonly data_page_offset: bigint;
    readonly dictionary_page_offset?: bigint;
    readonly total_uncompressed_size: bigint;
    statistics?: unknown;
  };
}

interface RowGroup {
  readonly columns: readonly ColumnChunk[];
  readonly num_rows: bigint;
}

interface Metadata {
  readonly schema: readonly SchemaElement[];
  readonly row_groups: readonly RowGroup[];
  readonly key_value_metadata?: readonly { readonly key: string; readonly value?: string }[];
}

/** What is used of `hyparquet`. */
interface ParquetPackage extends SnappyPackage {
  parquetMetadata(footer: Uint8Array): Metadata;
  parquetSchema(metadata: Metadata): SchemaTree;
  parquetReadObjects(options: object): Promise<Row[]>;
}

/** Rows of a group: sixteen times what pyarrow writes at most unless it is told to. */
const MAX_GROUP_ROWS = 2 ** 24;

// A text's first letter may be a byte order mark, which Python keeps.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && parseJson(bytes),
};

/**
 * Reads the footer of a Parquet file, by the package `hyparquet`, which is loaded only here. Of a source whose size is
 * not known all is read, up to 1 GiB.
 *
 * Pages are checked and unpacked here, and the package decodes what is sound: each group ends with its rows or an error.
 *
 * Columns may be packed with Snappy, gzip, and, where `hyparquet-compressors` is installed, Zstandard, LZ4 and Brotli.
 *
 * @throws {SampleError} `sample/bad-field` if it is no Parquet file.
 * @throws {SourceError} `source/unsupported` if a package that it takes cannot be loaded.
 */
export async function openParquet(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<ParquetFile> {
  const { name } = source;
  const loaded = await loadPackage(
    "hyparquet",
    name,
    () => import("hyparquet") as unknown as Promise<ParquetPackage>,
  );
  const file = await openBuffer(source, signal);
  const metadata = await guard(name, "", signal, async () => {
    const found = loaded.parquetMetadata(await readFooter(file));
    checkMetadata(found, loaded.parquetSchema(found));
    return found;
  });
  const tree = loaded.parquetSchema(metadata);
  const columns = tree.children.map((node): ParquetColumn => ({
    name: node.element.name,
    kind: kindOf(node),
    hasBytes: hasBytes(node),
  }));
  const codecs = new Set<string>();
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: facts } of columns) {
      if (facts === undefined) continue;
      codecs.add(facts.codec);
      // Of many files the footers are held: smallest and largest images in them are not needed.
      facts.statistics = undefined;
    }
  }
  const compressors = await findCompressors(codecs, name, loaded);
  const images = new Set(
    columns.filter(({ kind }) => kind === "image" || kind === "images").map(({ name }) => name),
  );
  const isImage = (path: readonly string[]): boolean =>
    path.length > 1 && path[path.length - 1] === "bytes" && images.has(path[0]);
  const schema = leaveOut(tree, isImage);
  let first = 0;
  const starts = metadata.row_groups.map(({ num_rows: rows }) => {
    const start = first;
    first += Number(rows);
    return start;
  });
  return {
    name,
    columns,
    groups: metadata.row_groups.map(({ columns, num_rows: rows }) => ({
      rows: Number(rows),
      bytes: columns.reduce((sum, { meta_data: facts }) => {
        return sum + Number(facts?.total_uncompressed_size ?? 0n);
      }, 0),
    })),
    features: readFeatures(
      metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value,
    ),
    async read(number, { columns, withoutImages = false } = {}) {
      const group = metadata.row_groups[number];
      const rows = Number(group.num_rows);
      // Names of no column at all are as many rows of nothing.
      if (rows === 0 || columns?.length === 0) return Array.from({ length: rows }, () => ({}));
      const where = `rows ${starts[number] + 1} to ${starts[number] + rows}: `;
      const wanted = columns === undefined ? undefined : new Set(columns);
      const chosen = group.columns.filter(({ meta_data: facts }) => {
        const path = facts?.path_in_schema ?? [];
        return !(withoutImages && isImage(path)) && (wanted?.has(path[0]) ?? true);
      });
      return await guard(name, where, signal, async () => {
        const read = await readChunks(
          file,
          chosen.map((chunk) => placeOf(chunk, rows, tree, compressors)),
        );
        signal?.throwIfAborted();
        const plain = chosen.map(({ meta_data: facts }, i) => ({
          meta_data: {
            ...facts,
            codec: "UNCOMPRESSED",
            data_page_offset: BigInt(read.places[i].start),
            dictionary_page_offset: undefined,
            total_compressed_size: BigInt(read.places[i].length),
          },
        }));
        return await loaded.parquetReadObjects({
          file: read,
          metadata: {
            ...metadata,
            ...(withoutImages ? { schema } : {}),
            row_groups: [{ ...group, columns: plain }],
          },
          columns,
          parsers: PARSERS,
          // What is not said to be text are bytes.
          utf8: false,
        });
      });
    },
  };
}

/** Where a column chunk lies, and what its pages have to hold. */
function placeOf(
  { meta_data: facts, file_path: other }: ColumnChunk,
  rows: number,
  tree: SchemaTree,
  compressors: Compressors,
): ChunkPlace {
  if (other) throw new Error(`a column lies in another file, "${other}"`);
  if (facts === undefined) throw new Error("it says nothing of a column");
  const { path_in_schema: path, codec } = facts;
  const name = path.join(".");
  const decompress = compressors[codec];
  if (codec !== "UNCOMPRESSED" && decompress === undefined) {
    throw new Error(`column "${name}" is packed with ${codec}, which is not read`);
  }
  let node = tree;
  let [maxDefinition, maxRepetition] = [0, 0];
  for (const part of path) {
    node = node.children.find(({ element }) => element.name === part)!;
    const { repetition_type: repetition } = node.element;
    if (repetition !== "REQUIRED") maxDefinition++;
    if (repetition === "REPEATED") maxRepetition++;
  }
  const { type, type_length: typeLength } = node.element;
  if (type !== facts.type) {
    throw new Error(`column "${name}" has values of ${facts.type}, and the schema of ${type}`);
  }
  const start = Number(facts.dictionary_page_offset || facts.data_page_offset);
  return {
    name,
    start,
    end: start + Number(facts.total_compressed_size),
    facts: {
      type: facts.type,
      typeLength,
      maxDefinition,
      maxRepetition,
      rows,
      values: Number(facts.num_values),
      unpackedBytes: Number(facts.total_uncompressed_size),
      decompress,
    },
  };
}

/**
 * Finds what the package would stumble over while it has already begun to read.
 *
 * @throws {Error} If a row group has too many rows, or a column that the schema does not have.
 */
function checkMetadata({ row_groups: groups }: Metadata, tree: SchemaTree): void {
  const leaves = new Set(listLeaves(tree));
  for (const { num_rows: rows, columns } of groups) {
    if (!(rows >= 0n && rows <= MAX_GROUP_ROWS)) {
      throw new Error(`a row group has ${rows} rows, and at most ${MAX_GROUP_ROWS} are read`);
    }
    for (const { meta_data: facts } of columns) {
      const path = facts?.path_in_schema.join("\0") ?? "";
      if (facts !== undefined && !leaves.has(path)) {
        throw new Error(`a row group has a column "${path}", which the schema has not`);
      }
    }
  }
}

/** The paths of the columns that have values. */
function listLeaves({ children }: SchemaTree, path: readonly string[] = []): string[] {
  return children.flatMap((child) => {
    const own = [...path, child.element.name];
    return child.children.length === 0 ? [own.join("\0")] : listLeaves(child, own);
  });
}

/** Errors of the package as one that says in which file, and where in it. */
async function guard<Value>(
  name: string,
  where: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Value> | Value,
): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SourceError) throw cause;
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SampleError("sample/bad-field", {
      action: `read "${name}" as a table`,
      reason: where + reason,
      shard: name,
      cause,
    });
  }
}

function kindOf({ element, children }: SchemaTree): ParquetColumn["kind"] {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (children.length > 0) {
    const [bytes, path] = ["bytes", "path"].map((name) =>
      children.find(({ element }) => element.name === name)
    );
    const isImage = children.length === 2 && bytes !== undefined && path !== undefined &&
      kindOf(bytes) === "binary" && ["text", "binary"].includes(kindOf(path));
    if (isImage) return "image";
    if (converted !== "LIST" && logical?.type !== "LIST") return "other";
    // Of three levels, as all write them today, or of two.
    const [items] = children;
    const [item] = items.children.length === 1 ? items.children : [items];
    return kindOf(item) === "image" ? "images" : "other";
  }
  if (converted === "UTF8" || logical?.type === "STRING") return "text";
  const isPlain = converted === undefined && logical === undefined;
  if (type === "BYTE_ARRAY" && isPlain) return "binary";
  if (type !== "INT32" && type !== "INT64") return "other";
  const isInteger = isPlain || /^U?INT_/.test(converted ?? "") || logical?.type === "INTEGER";
  return isInteger ? "integer" : "other";
}

function hasBytes(node: SchemaTree): boolean {
  const { element: { type, converted_type: converted, logical_type: logical }, children } = node;
  if (children.length > 0) return children.some(hasBytes);
  return kindOf(node) === "binary" ||
    (type === "FIXED_LEN_BYTE_ARRAY" && converted === undefined && logical === undefined);
}

/** The schema as a list again, without some leaves. */
function leaveOut(
  { element, children }: SchemaTree,
  isLeftOut: (path: readonly string[]) => boolean,
  path: readonly string[] = [],
): SchemaElement[] {
  const kept = children.filter((child) => !isLeftOut([...path, child.element.name]));
  const below = kept.flatMap((child) => leaveOut(child, isLeftOut, [...path, child.element.name]));
  return [children.length === 0 ? element : { ...element, num_children: kept.length }, ...below];
}
