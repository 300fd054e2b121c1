/**
 * `wdstream pack`: folders of files, and Parquet files with images, to shards.
 *
 * @module
 */
import { type Command, type CommandOutput, defineCommand, UsageError } from "../command.ts";
import { choice, count, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { type AccessValues, listSources, openFolder, READ_OPTIONS } from "../shard_options.ts";
import { findWithin, leaveOut } from "../places.ts";
import { readAll } from "../../storage/read_all.ts";
import { toSource } from "../../storage/to_source.ts";
import { pack, type PackOptions, type PackReport } from "../../tools/pack.ts";
import { packTables } from "../../tools/pack_tables.ts";
import type { WrittenReport } from "../../tools/written.ts";
import type { Store } from "../../storage/store.ts";
import { countText } from "../words.ts";
import {
  type Callbacks,
  OUT_PERMISSION,
  runWriting,
  splitOperands,
  WRITE_OPTIONS,
  writtenOptions,
} from "../write_options.ts";

// Files are no archives.
const { "end-of-archive": _, ...ACCESS_OPTIONS } = READ_OPTIONS;

const MAX_CLASSES_BYTES = 16 * 1024 * 1024;

/** What is Parquet, as a path or URL, with or without braces. */
const PARQUET = /\.parquet\}?(?:\?[^/]*)?$/i;

/** Options that say how a folder is laid out, which Parquet files are not. */
const FOLDER_OPTIONS = ["layout", "captions", "file-column"] as const;

/** Packs class folders, flat folders, images with captions, Parquet files with images. */
export const command: Command = defineCommand({
  name: "pack",
  summary:
    "a folder of files to shards: folders that are classes, files of one name, images with captions; Parquet with images",
  details: [
    "Packs the files of FOLDER into shards in OUT, folders or s3://BUCKET/PATH, in a random order that the seed decides. Folders that are classes " +
    "are numbered in the order of their names, as torchvision's ImageFolder does; NAME.classes.txt lists them. In " +
    "other folders, files of one name are one sample. With captions.csv, .tsv, .jsonl or .parquet (or metadata.…), " +
    "each row is a sample: its caption becomes txt, and all of it json.",
    "Parquet files that have the images in them, as Hugging Face's datasets store them, are named in the place of " +
    "FOLDER, in their order, or lie in it: of data/train-00000-of-00005.parquet those that --split names. Each row is " +
    "a sample: its image as it is, a label as cls with the names in NAME.classes.txt, a caption as txt, all else json. " +
    "They are read row group by row group, and as many are mixed at a time as --max-buffered-bytes holds.",
    "The output depends on the files, the seed and the options alone. Shards appear when they are whole, and " +
    "NAME.pack.json says which are: after Ctrl-C or a crash the same command goes on from there.",
  ],
  operands: {
    name: "FOLDER|PARQUET",
    last: "OUT",
    required: "a folder, or Parquet files, and where to write",
  },
  options: {
    ...WRITE_OPTIONS,
    layout: choice("how the folder is laid out (default: what it looks like)", {
      classes: "folders are classes",
      flat: "files of one name are a sample",
      captions: "a table names images",
      parquet: "Parquet files have the images in them",
    }),
    classes: text("FILE", "number the classes by this list of names, a line each", {
      isPath: true,
    }),
    captions: text("NAME", "the table in the folder (default: captions.csv or the like)"),
    "file-column": text("COLUMN", "column that names files (default: file_name, or the like)"),
    "caption-column": text("COLUMN", "column that becomes txt (default: caption, text, …)"),
    "label-column": text("COLUMN", "column that becomes cls (default: cls, label, class)"),
    "image-column": text(
      "COLUMN",
      "column that has the images (default: the only one, or image, …)",
    ),
    "key-column": text(
      "COLUMN",
      "column that becomes the key (default: the images' paths, or row numbers)",
    ),
    "max-buffered-bytes": count("mix N bytes of Parquet rows at a time (default: 134217728)"),
    ...ACCESS_OPTIONS,
  },
  permissions: [...sourcePermissions("files"), OUT_PERMISSION],
  examples: [
    "pack imagenet/train shards --split train --max-count 1250 --info",
    "pack imagenet/val shards --split val --classes shards/train.classes.txt",
    "pack photos shards --captions captions.parquet --caption-column text",
    'pack "data/train-*.parquet" shards --max-count 1000 --info',
    "pack food101 shards --split validation --label-column label --key-column id",
  ],
  async run({ values, operands }, output) {
    const [inputs, out] = splitOperands(operands, "a folder, or Parquet files");
    const classes = values.classes === undefined ? undefined : await readClasses(values.classes);
    const options = {
      ...writtenOptions(values),
      layout: values.layout,
      classes,
      captions: values.captions,
      fileColumn: values["file-column"],
      captionColumn: values["caption-column"],
      labelColumn: values["label-column"],
      imageColumn: values["image-column"],
      keyColumn: values["key-column"],
      maxBufferedBytes: values["max-buffered-bytes"],
      onError: values["on-error"],
    };
    const work = await openInputs(inputs, out, options, values, output);
    const to = await openFolder(out, values, output);
    let report: Partial<PackReport> | undefined;
    const code = await runWriting(
      values,
      output,
      () => Promise.resolve({}),
      async (callbacks) => report = await work(to, callbacks),
    );
    if (report !== undefined && !values.quiet) {
      const parts = report.classes === undefined
        ? []
        : [countText(report.classes.length, "class", "classes")];
      if (report.keyOrigin === "row" && values.keys === "as-is") {
        parts.push("keys are the numbers of the rows");
      }
      if (report.leftOut !== undefined && report.leftOut.length > 0) {
        parts.push(`bytes in ${report.leftOut.join(", ")} are left out`);
      }
      if (report.ignored !== undefined && report.ignored > 0) {
        parts.push(`${countText(report.ignored, "file")} of no sample`);
      }
      if (parts.length > 0) await output.writeNote(parts.join(", "));
    }
    return code;
  },
});

/** What packs the inputs: one folder, or Parquet files. */
async function openInputs(
  inputs: readonly string[],
  out: string,
  options: PackOptions,
  values: AccessValues & Readonly<Record<string, unknown>>,
  output: CommandOutput,
): Promise<(to: Store, callbacks: Callbacks) => Promise<WrittenReport>> {
  if (inputs.every((name) => PARQUET.test(name))) {
    for (const name of FOLDER_OPTIONS) {
      if (values[name] === undefined || values[name] === "parquet") continue;
      throw new UsageError(`--${name} is for a folder, and not for Parquet files`);
    }
    const sources = await listSources(inputs, values, output);
    return (to, callbacks) => packTables(sources, to, { ...options, ...callbacks });
  }
  if (inputs.length > 1) {
    throw new UsageError("pack takes one folder, or Parquet files, and where to write");
  }
  const [folder] = inputs;
  const inner = await findWithin(folder, out);
  if (inner === "") {
    throw new UsageError("what is written would be packed the next time: OUT is the folder itself");
  }
  const whole = await openFolder(folder, values, output);
  // What an earlier run has written there is none of the files.
  const from = inner === undefined ? whole : leaveOut(whole, inner);
  return (to, callbacks) => pack(from, to, { ...options, ...callbacks });
}

async function readClasses(path: string): Promise<string[]> {
  const bytes = await readAll(toSource(path), MAX_CLASSES_BYTES);
  return new TextDecoder().decode(bytes).split(/\r?\n/).filter((line) => line !== "");
}
