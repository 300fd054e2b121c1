/**
 * The command line: `wdstream run | digest | ls | info | index`.
 *
 * @module
 */
import process from "node:process";
import { type Command, type CommandOutput, UsageError } from "./command.ts";
import { describeError } from "./describe_error.ts";
import { digestCommand } from "./digest.ts";
import { indexCommand } from "./index_shards.ts";
import { infoCommand } from "./info.ts";
import { isEntryPoint } from "./is_entry_point.ts";
import { lsCommand } from "./ls.ts";
import { ClosedPipeError, openTerminal } from "./output.ts";
import { runCommand } from "./run.ts";
import { nameText } from "../storage/redact.ts";

export type { CommandOutput } from "./command.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  run: runCommand,
  digest: digestCommand,
  ls: lsCommand,
  info: infoCommand,
  index: indexCommand,
};

const HELP = `wdstream: WebDataset shards to tensors, byte for byte as Python

  wdstream run [SHARDS…]       stream, decode, transform and batch; without SHARDS, the built-in sample
  wdstream digest FILES…       SHA-256 of every image's pixels or tensor, to compare with Python
  wdstream ls SHARDS…          keys, fields, sizes and offsets of the samples
  wdstream info FILES…         facts about JPEG files and shards
  wdstream index SHARDS…       an index beside each shard, for access to single samples

SHARDS and FILES are paths, URLs, brace patterns ("train-{000..127}.tar") and - for standard input.
"wdstream COMMAND --help" explains a command, its options and the permissions it needs.
Exit codes: 0 fine, 1 faults in the data, 2 mistakes in the arguments.`;

/**
 * Runs the command line.
 *
 * @param args Arguments after the program's name.
 * @param output Where results and notes go; standard output and standard error by default.
 * @returns The exit code: 0 fine, 1 faults in the data, 2 mistakes in the arguments.
 *
 * @example Usage
 * ```ts
 * import { main } from "@wdstream/wdstream/cli";
 *
 * if (await main(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export async function main(
  args: readonly string[],
  output: CommandOutput = openTerminal(),
): Promise<number> {
  const verbose = args.includes("--verbose");
  try {
    return await dispatch([...args], output);
  } catch (error) {
    if (error instanceof ClosedPipeError) return 0;
    const isUsage = error instanceof UsageError;
    const hint = isUsage ? '; see "wdstream --help"' : "";
    await output.writeNote(describeError(error, verbose) + hint).catch(() => {});
    return isUsage ? 2 : 1;
  }
}

async function dispatch([name, ...args]: string[], output: CommandOutput): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    await output.writeLine(HELP);
    return name === undefined ? 2 : 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new UsageError(`there is no command "${nameText(name)}"`);
  }
  const command = COMMANDS[name];
  if (args.includes("--help") || args.includes("-h")) {
    await output.writeLine(command.help);
    return 0;
  }
  return await command.run(args, output);
}

if (isEntryPoint(import.meta)) process.exitCode = await main(process.argv.slice(2));
