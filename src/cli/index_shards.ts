import { stat } from "node:fs/promises";
import { baseName, indexShard } from "../index/build.ts";
import { formatIndex } from "../index/text.ts";
import { formatShardList, type ListedShard } from "../index/wids.ts";
import type { Source } from "../storage/source.ts";
import { WINDOWS_PATH } from "../storage/braces.ts";
import { nameText } from "../storage/redact.ts";
import {
  END_HELP,
  parseArguments,
  readChoice,
  readEndOfArchive,
  readSources,
  readText,
} from "./arguments.ts";
import { type Command, type CommandOutput, UsageError } from "./command.ts";
import { STDIN_NAME } from "./stdin.ts";
import { writeFileWhole } from "./write_file.ts";

const FORMATS = ["wdstream", "dali", "wids"] as const;

const HELP = `wdstream index SHARDS… [options]

Writes an index beside each shard, NAME.tar.idx: with it, any sample takes one range request.

  --format F             wdstream (default), dali (wds2idx v1.2), or wids: one list of all shards
  --output PATH          write there instead: a folder, a file if there is one shard (or with wids),
                         or - for standard output; shards on a host and standard input (-) take it
${END_HELP}
  --token-env NAME       send the access token in this environment variable to the shards' host
  --verbose              print the cause and the stack of an error
  --help                 print this

Permissions of Deno: --allow-read and --allow-write for the shards' folder, --allow-net=HOST for shards
on a host, --allow-env=NAME for --token-env.`;

/** `wdstream index`: where the samples of shards lie. */
export const indexCommand: Command = {
  help: HELP,
  async run(args: string[], output: CommandOutput): Promise<number> {
    const parsed = parseArguments(args, {
      "token-env": { type: "string" },
      format: { type: "string" },
      output: { type: "string" },
      "end-of-archive": { type: "string" },
    });
    if (parsed.positionals.length === 0) throw new UsageError("index needs a shard");
    const format = readChoice(parsed, "format", FORMATS) ?? "wdstream";
    const to = readText(parsed, "output");
    const sources = readSources(parsed);
    const place = await choosePlace(sources, to, format === "wids");
    const endOfArchive = readEndOfArchive(parsed);
    const list: ListedShard[] = [];
    for (const source of sources) {
      const index = await indexShard(source, { endOfArchive });
      const { sizeBytes } = index;
      list.push({ url: fileName(source.name), sampleCount: index.samples.length, sizeBytes });
      if (format === "wids") continue;
      const path = place(source);
      await write(path, formatIndex(index, format), output);
      if (path !== "-") await output.writeNote(`${path}: ${index.samples.length} samples`);
    }
    if (format === "wids") await write(place(sources[0]), formatShardList(list), output);
    return 0;
  },
};

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
