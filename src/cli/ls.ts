import { webdataset } from "../dataset/webdataset.ts";
import {
  parseArguments,
  readCount,
  readEndOfArchive,
  readSources,
  SHARD_HELP,
  SHARD_OPTIONS,
} from "./arguments.ts";
import { type Command, type CommandOutput, UsageError } from "./command.ts";

const HELP = `wdstream ls SHARDS… [options]

Lists the samples of shards: one line for each, with the size in bytes of every field.

  --json                 print JSON lines: key, shard, and size and offset of every field;
                         the offset is that of the member's tar header in the shard
${SHARD_HELP}

Permissions of Deno: --allow-read for the shards, --allow-net=HOST for shards on a host,
--allow-env=NAME for --token-env.`;

/** `wdstream ls`: the samples of shards. */
export const lsCommand: Command = {
  help: HELP,
  async run(args: string[], output: CommandOutput): Promise<number> {
    const parsed = parseArguments(args, { ...SHARD_OPTIONS, json: { type: "boolean" } });
    if (parsed.positionals.length === 0) throw new UsageError("ls needs a shard");
    const dataset = webdataset(readSources(parsed), { endOfArchive: readEndOfArchive(parsed) });
    const limit = readCount(parsed, "limit");
    const samples = limit === undefined ? dataset : dataset.take(limit);
    for await (const { key, shard, bytes, offsets } of samples) {
      const members = Object.entries(bytes);
      if (parsed.values.json) {
        const fields = Object.fromEntries(
          members.map(([extension, { length }]) => [
            extension,
            { sizeBytes: length, offsetBytes: offsets[extension] },
          ]),
        );
        await output.writeLine(JSON.stringify({ key, shard, fields }));
      } else {
        const sizes = members.map(([extension, { length }]) => `${extension} ${length}`);
        await output.writeLine(`${key}\t${sizes.join("\t")}`);
      }
    }
    return 0;
  },
};
