/**
 * `wdstream pack`: folders of files to shards.
 *
 * @module
 */
import { type Command, defineCommand, UsageError } from "../command.ts";
import { choice, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { openFolder, READ_OPTIONS } from "../shard_options.ts";
import { readAll } from "../../storage/read_all.ts";
import { toSource } from "../../storage/to_source.ts";
import { pack, type PackReport } from "../../tools/pack.ts";
import { countText } from "../words.ts";
import { OUT_PERMISSION, runWriting, WRITE_OPTIONS, writtenOptions } from "../write_options.ts";

// Files are no archives.
const { "end-of-archive": _, ...ACCESS_OPTIONS } = READ_OPTIONS;

const MAX_CLASSES_BYTES = 16 * 1024 * 1024;

/** Packs class folders, flat folders, images with captions. */
export const command: Command = defineCommand({
  name: "pack",
  summary:
    "a folder of files to shards: folders that are classes, files of one name, images with captions",
  details: [
    "Packs the files of FOLDER into shards in OUT, folders or s3://BUCKET/PATH, in a random order that the seed decides. Folders that are classes " +
    "are numbered in the order of their names, as torchvision's ImageFolder does; NAME.classes.txt lists them. In " +
    "other folders, files of one name are one sample. With captions.csv, .tsv, .jsonl or .parquet (or metadata.…), " +
    "each row is a sample: its caption becomes txt, and all of it json.",
    "The output depends on the files, the seed and the options alone. Shards appear when they are whole, and " +
    "NAME.pack.json says which are: after Ctrl-C or a crash the same command goes on from there.",
  ],
  operands: { name: "FOLDER", last: "OUT", required: "a folder, and where to write" },
  options: {
    ...WRITE_OPTIONS,
    layout: choice("how the folder is laid out (default: what it looks like)", {
      classes: "folders are classes",
      flat: "files of one name are a sample",
      captions: "a table names images",
    }),
    classes: text("FILE", "number the classes by this list of names, a line each", {
      isPath: true,
    }),
    captions: text("NAME", "the table in the folder (default: captions.csv or the like)"),
    "file-column": text("COLUMN", "column that names files (default: file_name, or the like)"),
    "caption-column": text("COLUMN", "column that becomes txt (default: caption, text, …)"),
    ...ACCESS_OPTIONS,
  },
  permissions: [...sourcePermissions("files"), OUT_PERMISSION],
  examples: [
    "pack imagenet/train shards --split train --max-count 1250 --info",
    "pack imagenet/val shards --split val --classes shards/train.classes.txt",
    "pack photos shards --captions captions.parquet --caption-column text",
  ],
  async run({ values, operands }, output) {
    if (operands.length !== 2) {
      throw new UsageError("pack takes a folder, and where to write");
    }
    const [folder, out] = operands;
    const { layout, captions } = values;
    const options = writtenOptions(values);
    const classes = values.classes === undefined ? undefined : await readClasses(values.classes);
    const from = await openFolder(folder, values, output);
    const to = await openFolder(out, values, output);
    let report: PackReport | undefined;
    const code = await runWriting(
      values,
      output,
      () => Promise.resolve({}),
      async (callbacks) =>
        report = await pack(from, to, {
          ...options,
          layout,
          classes,
          captions,
          fileColumn: values["file-column"],
          captionColumn: values["caption-column"],
          onError: values["on-error"],
          ...callbacks,
        }),
    );
    if (report !== undefined && !values.quiet) {
      const parts = report.classes === undefined
        ? []
        : [countText(report.classes.length, "class", "classes")];
      if (report.ignored > 0) parts.push(`${countText(report.ignored, "file")} of no sample`);
      if (parts.length > 0) await output.writeNote(parts.join(", "));
    }
    return code;
  },
});

async function readClasses(path: string): Promise<string[]> {
  const bytes = await readAll(toSource(path), MAX_CLASSES_BYTES);
  return new TextDecoder().decode(bytes).split(/\r?\n/).filter((line) => line !== "");
}
