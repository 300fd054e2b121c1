/**
 * `wdstream index`: where the samples of shards lie.
 *
 * @module
 */
import {
  type Command,
  type CommandOutput,
  defineCommand,
  type Permission,
  UsageError,
} from "../command.ts";
import { choice, flag, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { listSources, READ_OPTIONS } from "../shard_options.ts";
import { stat } from "node:fs/promises";
import { baseName, countShard, indexShard } from "../../index/build.ts";
import { SPLIT_SUFFIX } from "../../index/catalogue.ts";
import { formatSplit } from "../../index/split_index.ts";
import { formatIndex } from "../../index/text.ts";
import { formatShardList, type ListedShard } from "../../index/wids.ts";
import type { Source } from "../../storage/source.ts";
import { WINDOWS_PATH } from "../../storage/braces.ts";
import { nameText } from "../../storage/redact.ts";
import { STDIN_NAME } from "../stdin.ts";
import { countText } from "../words.ts";
import { writeFileWhole } from "../write_file.ts";

const WRITE_PERMISSION: Permission = {
  flag: "--allow-write",
  purpose: "for their indexes",
  exact: ({ values: { output, format } }) =>
    output === "-" || (output === undefined && format === "wids") ? undefined : "--allow-write",
};

/** Makes indexes. */
export const command: Command = defineCommand({
  name: "index",
  summary: "an index beside each shard, also in the formats of DALI and wids",
  details: [
    "Writes an index beside each shard, NAME.tar.idx: with it, any sample takes one range request. With --split, also " +
    "one for all of them, beside the first: the numbers of samples, sizes and classes, by which orders, shares and " +
    "selections are planned.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: {
    format: choice("", {
      wdstream: "an index with every field",
      dali: "NVIDIA DALI's (wds2idx v1.2)",
      wids: "one list of all shards",
    }, { default: "wdstream" }),
    split: flag("also write the index of the split, of all shards together: FIRST.tar.split"),
    output: text(
      "PATH",
      "write there instead: a folder, a file if there is one shard (or with wids), or - for standard output; " +
        "shards on a host and standard input (-) take it",
      { isPath: true, isOutput: true },
    ),
    ...READ_OPTIONS,
  },
  permissions: [...sourcePermissions(), WRITE_PERMISSION],
  examples: [
    "index train-0000.tar",
    'index "train-{0000..1023}.tar" --split',
    'index "train-{0000..1023}.tar" --format wids --output list.json',
  ],
  async run({ values, operands }, output) {
    const { format, split, "end-of-archive": endOfArchive } = values;
    if (split && format === "wids") {
      throw new UsageError(
        "--split does not go with --format wids, which has the same in another format",
      );
    }
    const sources = await listSources(operands, values, output);
    const place = await choosePlace(sources, values.output, format === "wids");
    if (split && sources.length === 1 && !place(sources[0]).endsWith(".idx")) {
      throw new UsageError("--split takes a folder for --output, as it writes two files");
    }
    const list: ListedShard[] = [];
    const classes: number[] = [];
    for (const source of sources) {
      const index = await (split ? countShard : indexShard)(source, { endOfArchive });
      const { sizeBytes } = index;
      list.push({ url: fileName(source.name), sampleCount: index.samples.length, sizeBytes });
      if (split) { for (const { cls = -1 } of index.samples) classes.push(cls); }
      if (format === "wids") continue;
      // Of a compressed one, the split's index alone is of use.
      if ("isPacked" in index && index.isPacked) continue;
      const path = place(source);
      await write(path, formatIndex(index, format), output);
      if (path !== "-") {
        await output.writeNote(`${path}: ${countText(index.samples.length, "sample")}`);
      }
    }
    if (split) {
      const path = place(sources[0]).replace(/\.idx$/, SPLIT_SUFFIX);
      const isLabelled = classes.some((label) => label >= 0);
      await writeFileWhole(path, formatSplit({ shards: list, ...(isLabelled && { classes }) }));
      await output.writeNote(`${path}: ${countText(classes.length, "sample")}`);
    }
    if (format === "wids") await write(place(sources[0]), formatShardList(list), output);
    return 0;
  },
});

type Place = (source: Source) => string;

/** Where the index of a shard goes. */
async function choosePlace(
  sources: readonly Source[],
  to: string | undefined,
  isList: boolean,
): Promise<Place> {
  if (to === "-" || (to === undefined && isList)) return () => "-";
  if (to === undefined) {
    // What has no files beside it, or none that can be written.
    const remote = sources.find(({ name }) => /^[a-z][a-z0-9+.-]+:/i.test(name));
    if (remote !== undefined) {
      throw new UsageError(`"${remote.name}" is on a host: name a folder or a file with --output`);
    }
    if (sources.some(({ name }) => name === STDIN_NAME)) {
      throw new UsageError("there is nothing beside standard input: name a file with --output");
    }
    return ({ name }) => `${name}.idx`;
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(to)) {
    throw new UsageError(`--output takes a path, not the URL "${nameText(to)}"`);
  }
  const isFolder = await stat(to).then((found) => found.isDirectory(), () => false);
  if (isFolder && !isList) return ({ name }) => `${to.replace(/\/$/, "")}/${fileName(name)}.idx`;
  if (isFolder || (sources.length > 1 && !isList)) {
    throw new UsageError(`--output takes a ${isList ? "file" : "folder"} here, not "${to}"`);
  }
  return () => to;
}

/** The last part of a path or a URL. */
function fileName(name: string): string {
  return WINDOWS_PATH.test(name) ? name.split(/[/\\]/).pop()! : baseName(name);
}

async function write(path: string, text: string, output: CommandOutput): Promise<void> {
  if (path === "-") return await output.writeLine(text.trimEnd());
  await writeFileWhole(path, text);
}
