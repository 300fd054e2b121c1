/**
 * The `_info.json` of the shards that a command is given.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { parseCatalogue } from "../index/catalogue.ts";
import type { ListedShard } from "../index/wids.ts";
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";
import type { CommandOutput } from "./command.ts";
import { type AccessValues, listSources } from "./shard_options.ts";
import { STDIN_NAME } from "./stdin.ts";

const NAME = "_info.json";
const MAX_BYTES = 64 * 1024 * 1024;

/** What a list of shards says of their lengths. */
export interface ShardInfo {
  readonly name: string;
  readonly shards: readonly ListedShard[];
}

/**
 * Reads a list of shards: the one that is named, or that which lies beside the first shard, if there is one.
 *
 * @throws {WdsError} If it is damaged, or the one that is named cannot be read.
 */
export async function findInfo(
  given: string | undefined,
  [first]: readonly Source[],
  values: AccessValues,
  output: CommandOutput,
): Promise<ShardInfo | undefined> {
  const name = given ?? nameBeside(first);
  if (name === undefined) return undefined;
  // A name is no pattern.
  const pattern = given ?? name.replace(/[\\{}*?[\]]/g, (sign) => `\\${sign}`);
  let bytes: Uint8Array;
  try {
    const [source] = await listSources([pattern], values, output);
    bytes = await readAll(source, MAX_BYTES, undefined);
  } catch (error) {
    // Hosts that do not tell who may not list them what is missing say "forbidden".
    const isMissing = error instanceof WdsError &&
      (error.code === "source/not-found" || error.code === "source/unauthorized");
    if (given === undefined && isMissing) return undefined;
    throw error;
  }
  // Some hosts answer whatever they are asked for with a page.
  if (given === undefined && bytes[0] === 0x3c) return undefined;
  return { name, shards: parseCatalogue(bytes, name).shards };
}

function nameBeside({ name, isOnce }: Source): string | undefined {
  if (isOnce || name === STDIN_NAME || name.includes("?")) return undefined;
  return name.slice(0, Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1) + NAME;
}
