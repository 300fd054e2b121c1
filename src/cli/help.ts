/**
 * What `--help` prints, from the descriptions of commands.
 *
 * @module
 */
import { type Command, listOptions, type Option } from "./command.ts";

const WIDTH = 110;
const INDENT = "  ";

/** A command with its operands: `stream [SHARDS…]`. */
export function describeUsage({ name, operands }: Command): string {
  if (operands === undefined) return name;
  const last = operands.last === undefined ? "" : ` ${operands.last}`;
  const words = operands.choices?.join("|") ?? `${operands.name}…${last}`;
  return operands.required === undefined ? `${name} [${words}]` : `${name} ${words}`;
}

/** An option's name with what it takes: `--on-error throw|skip`. */
export function describeOption(name: string, { placeholder }: Option<unknown>): string {
  return placeholder === undefined ? name : `${name} ${placeholder}`;
}

/** What an option does, what its words mean, and what holds without it. */
export function describeEffect({ summary, choices, default: fallback }: Option<unknown>): string {
  const meanings = [...choices ?? []].filter(([, meaning]) => meaning !== undefined)
    .map(([word, meaning]) => `${word}: ${meaning}${word === fallback ? " (default)" : ""}`);
  if (meanings.length > 0) return [summary, meanings.join("; ")].filter(Boolean).join(": ");
  return fallback === undefined ? summary : `${summary} (default: ${fallback})`;
}

/** The permissions that a command takes, in one sentence. */
export function describePermissions({ permissions }: Command): string {
  if (permissions.length === 0) return "Permissions of Deno: none.";
  const list = permissions.map(({ flag, purpose }) => `${flag} ${purpose}`);
  return `Permissions of Deno: ${list.join(", ")}.`;
}

/** Help for one command. */
export function describeCommand(command: Command): string {
  const { details, examples } = command;
  return [
    `wdstream ${describeUsage(command)} [options]`,
    ...details.map((paragraph) => wrap(paragraph, "")),
    columns(
      listOptions(command).map(([name, option]) => [
        describeOption(name, option),
        describeEffect(option),
      ]),
    ),
    ["Examples:", ...examples.map((example) => `${INDENT}wdstream ${example}`)].join("\n"),
    wrap(describePermissions(command), ""),
  ].join("\n\n");
}

/** Help for all commands. */
export function describeProgram(commands: readonly Command[]): string {
  return [
    "wdstream: WebDataset shards to tensors, byte for byte as Python",
    columns(commands.map((each) => [`wdstream ${describeUsage(each)}`, each.summary])),
    wrap(
      'SHARDS and FILES are paths, URLs, brace patterns ("train-{000..127}.tar") and - for standard input. ' +
        '"wdstream COMMAND --help" explains a command, its options and the permissions it needs. ' +
        "Exit codes: 0 fine, 1 faults in the data, 2 mistakes in the arguments.",
      "",
    ),
  ].join("\n\n");
}

/** Two columns, the second broken into lines. */
function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)));
  const gap = " ".repeat(INDENT.length + width + 2);
  return rows.map(([left, right]) => {
    const lines = wrap(right, gap);
    return left.length > width
      ? `${INDENT}${left}\n${lines}`
      : `${INDENT}${left.padEnd(width)}  ${lines.slice(gap.length)}`;
  }).join("\n");
}

/** Breaks a text into lines, each after the same indent. */
function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${indent}${each}`).join("\n");
}
