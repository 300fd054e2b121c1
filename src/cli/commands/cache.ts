/**
 * `wdstream cache`: what a cache in a folder holds.
 *
 * @module
 */
import { checkFolder, clearCache, listCached, verifyCache } from "../../storage/cache/inspect.ts";
import { type Command, type CommandOutput, defineCommand, UsageError } from "../command.ts";
import { readPermission } from "../permissions.ts";
import { countText } from "../words.ts";

type Action = (folder: string, output: CommandOutput) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = { info, verify, clear };

/** Looks at a cache, or removes it. */
export const command: Command = defineCommand({
  name: "cache",
  summary: "what a cache in a folder holds, whether it is sound, and its end",
  details: [
    "info lists the objects of which something is kept, with the bytes of it and of all of the object. verify reads " +
    "everything and compares it with its length and its checksum; what is damaged is listed, and gives exit code 1. " +
    "(Who reads shards does not believe it either, and fetches it anew.) clear removes everything that is kept, and " +
    "nothing else from the folder.",
  ],
  operands: { name: "info|verify|clear FOLDER", required: "info, verify or clear, and a folder" },
  options: {},
  permissions: [readPermission("the folder"), {
    flag: "--allow-write",
    purpose: "for clear",
    exact: ({ operands: [action, folder] }) =>
      action === "clear" ? `--allow-write=${folder}` : undefined,
  }],
  examples: ["cache info ./shards-cache", "cache verify ./shards-cache"],
  async run({ operands: [action, folder, more] }, output) {
    if (!Object.hasOwn(ACTIONS, action)) {
      throw new UsageError(`cache takes info, verify or clear, not "${action}"`);
    }
    if (folder === undefined) throw new UsageError(`cache ${action} needs a folder`);
    if (more !== undefined) throw new UsageError(`cache ${action} does not take "${more}"`);
    await checkFolder(folder);
    return await ACTIONS[action](folder, output);
  },
});

async function info(folder: string, output: CommandOutput): Promise<number> {
  const objects = await listCached(folder);
  let segments = 0;
  let bytes = 0;
  for (const { name = "(unknown)", sizeBytes, segments: own, keptBytes } of objects) {
    segments += own;
    bytes += keptBytes;
    if (own === 0) continue;
    const size = sizeBytes === undefined ? "" : ` of ${sizeBytes}`;
    await output.writeLine(`${name}\t${keptBytes}${size} bytes`);
  }
  const count = objects.filter(({ segments }) => segments > 0).length;
  const counts = [countText(count, "object"), countText(segments, "segment"), `${bytes} bytes`];
  await output.writeLine(counts.join(", "));
  return 0;
}

async function verify(folder: string, output: CommandOutput): Promise<number> {
  const { sound, soundBytes, damaged } = await verifyCache(folder);
  for (const name of damaged) await output.writeLine(`damaged: ${name}`);
  const counts = [`${sound} sound`, `${damaged.length} damaged`, `${soundBytes} bytes`];
  await output.writeLine(counts.join(", "));
  return damaged.length > 0 ? 1 : 0;
}

async function clear(folder: string, output: CommandOutput): Promise<number> {
  const objects = await listCached(folder);
  await clearCache(folder);
  await output.writeLine(`removed what was kept of ${countText(objects.length, "object")}`);
  return 0;
}
