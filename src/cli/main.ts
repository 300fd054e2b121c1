/**
 * The command line, `wdstream COMMAND`: `commands.ts` lists the commands.
 *
 * @module
 */
import { type Command, type CommandOutput, UsageError } from "./command.ts";
import { COMMANDS, loadCommands } from "./commands.ts";
import { describeError } from "./describe_error.ts";
import { describeCommand, describeProgram } from "./help.ts";
import { isEntryPoint } from "./is_entry_point.ts";
import { findNearest } from "./nearest.ts";
import { ClosedPipeError, openTerminal } from "./output.ts";
import { parseArguments } from "./parse.ts";
import { isRefusal, listPermissions } from "./permissions.ts";
import { checkOutputs } from "./places.ts";
import { denoScope, nodeProcess } from "../runtime.ts";
import { nameText } from "../storage/redact.ts";

export type { CommandOutput, HiddenLine } from "./command.ts";

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
  const [name, ...rest] = args;
  const isVerbose = args.includes("--verbose");
  const writeFault = async (error: unknown, advice: string): Promise<void> =>
    await output.writeNote(describeError(error, isVerbose) + advice).catch(() => {});
  try {
    const code = await dispatch(name, rest, output, writeFault);
    await output.flush?.();
    return code;
  } catch (error) {
    if (error instanceof ClosedPipeError) return 0;
    if (!(error instanceof UsageError)) {
      await writeFault(error, "");
      return 1;
    }
    const subject = Object.hasOwn(COMMANDS, name) ? `wdstream ${name}` : "wdstream";
    await writeFault(error, `; see "${subject} --help"`);
    return 2;
  }
}

async function dispatch(
  name: string | undefined,
  args: readonly string[],
  output: CommandOutput,
  writeFault: (error: unknown, advice: string) => Promise<void>,
): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    await output.writeLine(describeProgram(await loadCommands()));
    return name === undefined ? 2 : 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) throw unknownCommandError(name);
  const { command } = await COMMANDS[name]();
  if (args.includes("--help") || args.includes("-h")) {
    await output.writeLine(describeCommand(command));
    return 0;
  }
  return await runCommand(command, args, output, writeFault);
}

async function runCommand(
  command: Command,
  args: readonly string[],
  output: CommandOutput,
  writeFault: (error: unknown, advice: string) => Promise<void>,
): Promise<number> {
  const input = parseArguments(command, args);
  await checkOutputs(command, input);
  try {
    return await command.run(input, output);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const flags = listPermissions(command, input).join(" ");
    await writeFault(error, `; with these arguments Deno is to be given ${flags}`);
    return 1;
  }
}

function unknownCommandError(name: string): UsageError {
  const nearest = findNearest(name, Object.keys(COMMANDS));
  const advice = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  return new UsageError(`there is no command "${nameText(name)}"${advice}`);
}

if (await isEntryPoint(import.meta)) {
  const deno = denoScope();
  if (deno !== undefined) deno.exitCode = await main(deno.args);
  else nodeProcess().exitCode = await main(nodeProcess().argv.slice(2));
}
