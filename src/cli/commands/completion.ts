/**
 * `wdstream completion`: a script that completes command lines.
 *
 * @module
 */
import { type Command, defineCommand } from "../command.ts";
import { loadCommands } from "../commands.ts";
import { SCRIPTS } from "../completion.ts";

const SHELLS = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];

/** Prints the script of a shell. */
export const command: Command = defineCommand({
  name: "completion",
  summary: "a script by which a shell completes wdstream's commands, options and words",
  details: [
    "Prints a script that completes wdstream's commands, options and the words that they take. bash and zsh read it " +
    'by eval "$(wdstream completion bash)" in ~/.bashrc or ~/.zshrc, fish by wdstream completion fish | source in ' +
    "its config.fish.",
  ],
  operands: { name: "SHELL", required: "a shell: bash, zsh or fish", choices: SHELLS },
  options: {},
  permissions: [],
  examples: ["completion bash"],
  async run({ operands: [shell] }, output) {
    const script = SCRIPTS[shell as keyof typeof SCRIPTS];
    await output.writeLine(script(await loadCommands()));
    return 0;
  },
});
