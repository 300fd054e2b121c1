/**
 * Folders of files to shards.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import { WdsError } from "../errors.ts";
import { permute, randomFor } from "../numbers/seeded_random.ts";
import { WordHash } from "../order/word_hash.ts";
import type { Store } from "../storage/store.ts";
import { readAll } from "../storage/read_all.ts";
import { type StoreInput, toStore } from "../storage/to_store.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import {
  findLayout,
  isParquet,
  listItems,
  listNames,
  type PackItem,
  type PackLayout,
  type PackList,
} from "./pack_items.ts";
import {
  packTables,
  type PackTablesOptions,
  type PackTablesReport,
  putClasses,
} from "./pack_tables.ts";
import { pickSplit } from "./parquet_splits.ts";
import {
  checkWritten,
  type SampleFeed,
  writeFeed,
  type WrittenOptions,
  type WrittenReport,
} from "./written.ts";

/** What {@linkcode pack} takes. */
export interface PackOptions
  extends
    WrittenOptions,
    Pick<PackTablesOptions, "imageColumn" | "keyColumn" | "maxBufferedBytes"> {
  /**
   * How the folder is laid out: folders that are classes, files of one name that are samples, images with a table of
   * captions, or Parquet files that have the images in them, of which {@linkcode packTables} tells more.
   *
   * @default {captions where there is a table; parquet where there are such files and no images; classes where images lie in folders alone; else flat}
   */
  readonly layout?: PackLayout;
  /**
   * Names of the classes in the order of their numbers: those of another split, so that both number alike.
   *
   * @default {the folders, in the order of their names}
   */
  readonly classes?: readonly string[];
  /**
   * Name of the table in the folder.
   *
   * @default {the first that there is of captions.parquet, .jsonl, .csv, .tsv, metadata.parquet, …}
   */
  readonly captions?: string;
  /**
   * Column of the table that names files.
   *
   * @default {the first that there is of file_name, filename, file, filepath, image_path, image, path}
   */
  readonly fileColumn?: string;
  /**
   * Column of the table that becomes `txt`.
   *
   * @default {the first that there is of caption, text, txt, TEXT, prompt, description}
   */
  readonly captionColumn?: string;
  /**
   * Column of the table that becomes `cls`.
   *
   * @default {the first that there is of cls, label, class}
   */
  readonly labelColumn?: string;
  /**
   * What to do about a file that is missing or cannot be read.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip";
  /**
   * Largest file in bytes.
   *
   * @default {268435456}
   */
  readonly maxFileBytes?: number;
}

/** What {@linkcode pack} has written. */
export interface PackReport extends WrittenReport {
  /** How the folder was laid out. */
  readonly layout: PackLayout;
  /** Names of the classes, where folders are classes, or tables have names for them. */
  readonly classes?: readonly string[];
  /** What the keys of the rows of Parquet files are made of. */
  readonly keyOrigin?: PackTablesReport["keyOrigin"];
  /** Columns of Parquet files with bytes that are neither images nor text. */
  readonly leftOut?: PackTablesReport["leftOut"];
  /** Files that belong to no sample. */
  readonly ignored: number;
}

/** Files of samples that are read ahead, so that no host need be waited for each time. */
const READ_AHEAD = 8;

const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Packs a folder of files into shards.
 *
 * - Folders that are classes: `n01440764/x.JPEG` becomes the sample `n01440764/x` with `jpeg` and `cls`, the number of
 *   its folder in the order of the names; `NAME.classes.txt` lists these. Exact: torchvision's `ImageFolder`.
 * - Flat folders: files of one name up to its first dot are one sample, as in a shard.
 * - Images with `captions.csv`, `.tsv`, `.jsonl` or `.parquet`: the caption becomes `txt`, a class in the column `cls`,
 *   `label` or `class` becomes `cls`, and the row without the name of its file `json`.
 * - Parquet files that have the images in them: as {@linkcode packTables}, those of the split alone where their names say
 *   of which split they are: `data/train-00000-of-00005.parquet`.
 *
 * Samples of files are mixed by default: all of them are permuted by the seed, for which the list of the files is held, and
 * nothing of them. How it goes on after a crash is said of {@linkcode reshard}: `NAME.pack.json` tells.
 *
 * @param folder The path of a folder, or any store that lists its objects.
 * @param to Where shards go: the path of a folder, or any store with `put` or `create`.
 * @throws {WdsError} `sample/empty` if there is nothing to pack; `sample/unwritable` if two files make one key
 *   (`keys: "numbered"` helps); `source/not-found` if a table names a file that is not there; `source/exists`,
 *   `order/changed` as of {@linkcode reshard}.
 *
 * @example Usage
 * ```ts
 * import { type Store, toSource } from "@wdstream/wdstream";
 * import { pack } from "@wdstream/wdstream/tools";
 *
 * const files = new Map<string, Uint8Array>();
 * const store: Store = {
 *   open: (name) => toSource(files.get(name) ?? `./missing/${name}`, { name }),
 *   async *list() {
 *     for (const name of files.keys()) yield { name };
 *   },
 *   async put(name, body) {
 *     files.set(`out/${name}`, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
 *     return true;
 *   },
 * };
 * for (const name of ["dog/1.jpg", "cat/1.jpg", "cat/2.jpg"]) files.set(name, new Uint8Array(9));
 * const { classes, samples } = await pack(store, store, { seed: 7 });
 * if (classes?.join() !== "cat,dog" || samples !== 3) throw new Error("mispacked");
 * ```
 */
export async function pack(
  folder: StoreInput,
  to: StoreInput,
  options: PackOptions = {},
): Promise<PackReport> {
  checkWritten(options);
  const { split = "train", order = "mixed", seed = 0, keys, signal, onError } = options;
  const { maxFileBytes = MAX_FILE_BYTES } = options;
  checkCount("maxFileBytes", maxFileBytes, 1);
  const from = toStore(folder);
  const names = await listNames(from, signal);
  const layout = findLayout(names, options);
  if (layout === "parquet") return await packFolder(from, to, names, options);
  const areKeysFree = keys === "numbered";
  const list = await listItems(from, names, { ...options, layout, areKeysFree });
  const { items, classes, ignored } = list;
  const turns = order === "mixed"
    ? permute(items.length, randomFor(seed, { purpose: "samples" }))
    : undefined;
  let taken = 0;
  let bytes = 0;
  let skipped = 0;
  const read = async (item: PackItem): Promise<SampleInput> => {
    const sample = await readItem(from, item, maxFileBytes, signal);
    for (const body of Object.values(sample.bytes!)) bytes += body.length;
    return sample;
  };
  const feed: SampleFeed<number> = {
    async *open(start = 0) {
      taken = start;
      const ahead: Promise<SampleInput | WdsError>[] = [];
      for (let next = start; taken < items.length;) {
        while (next < items.length && ahead.length < READ_AHEAD) {
          const item = items[turns?.[next] ?? next];
          ahead.push(
            read(item).catch((error) => {
              if (error instanceof WdsError && onError === "skip") return error;
              throw error;
            }),
          );
          // Whoever is first in the row is awaited; the others must not end the process meanwhile.
          ahead.at(-1)!.catch(() => {});
          next++;
        }
        const sample = await ahead.shift()!;
        taken++;
        if (!(sample instanceof WdsError)) yield sample;
        else {
          skipped++;
          options.onSkip?.(sample);
        }
      }
    },
    state: () => taken,
    skipped: () => skipped,
    bytes: () => bytes,
    total: () => items.length,
  };
  const print = {
    input: hashItems(list),
    layout,
    order,
    ...(order === "mixed" ? { seed } : {}),
    onError,
  };
  const store = toStore(to);
  const report = await writeFeed(store, feed, { ...options, tool: "pack", print });
  if (classes !== undefined) await putClasses(store, split, classes);
  return { ...report, layout, ...(classes === undefined ? {} : { classes }), ignored };
}

/** Parquet files of a folder. */
async function packFolder(
  from: Store,
  to: StoreInput,
  names: readonly string[],
  options: PackOptions,
): Promise<PackReport> {
  const picked = pickSplit(names.filter(isParquet), options.split ?? "train");
  const report = await packTables(picked.map((name) => from.open(name)), to, options);
  return { ...report, layout: "parquet", ignored: names.length - picked.length };
}

async function readItem(
  store: Store,
  { key, files, values }: PackItem,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<SampleInput> {
  const bytes: Record<string, Uint8Array> = {};
  for (const [extension, name] of files) {
    bytes[extension] = await readAll(store.open(name), maxBytes, signal);
  }
  return { key, fields: values, bytes };
}

/** What tells one list of samples from another: names, keys and values. */
function hashItems({ items, classes = [] }: PackList): string {
  const hash = new WordHash().add(items.length);
  for (const { key, files, values } of items) {
    hash.addText(key);
    for (const file of files) hash.addText(file.join(" "));
    hash.addText(
      JSON.stringify(values, (_, value) => {
        return typeof value === "bigint" ? String(value) : value;
      }) ?? "",
    );
  }
  for (const name of classes) hash.addText(name);
  return hash.toString();
}
