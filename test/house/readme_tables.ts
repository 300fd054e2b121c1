/**
 * The README's tables of commands, options and routes, as their descriptions have them. `deno task write:tables`
 * writes them.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { type Command, listOptions } from "../../src/cli/command.ts";
import { loadCommands } from "../../src/cli/commands.ts";
import { ROUTES } from "../../src/edge/routes.ts";
import { describeEffect, describeOption, describeUsage } from "../../src/cli/help.ts";

const README = new URL("../../README.md", import.meta.url);

type Row = readonly string[];

/** Tables by the first cell of their heads; each row's cells, the head first. */
export async function makeTables(): Promise<Map<string, readonly Row[]>> {
  const commands = await loadCommands();
  const tables = [
    [
      ["Command", "Does"],
      ...commands.map((command) => [code(describeUsage(command)), escape(command.summary)]),
    ],
    [["Option", "Of", "Does"], ...makeOptionRows(commands)],
    [["Route", "Answer"], ...makeRouteRows()],
  ];
  return new Map(tables.map((rows) => [rows[0][0], rows]));
}

function makeOptionRows(commands: readonly Command[]): Row[] {
  const users = new Map<string, string[]>();
  for (const command of commands) {
    for (const [name, option] of listOptions(command)) {
      const key = JSON.stringify([code(describeOption(name, option)), describeEffect(option)]);
      users.set(key, [...users.get(key) ?? [], code(command.name)]);
    }
  }
  // What all commands have stands last.
  const isCommon = ([, names]: [string, string[]]): number =>
    Number(names.length === commands.length);
  return [...users].sort((a, b) => isCommon(a) - isCommon(b)).map(([key, names]) => {
    const [option, effect] = JSON.parse(key) as [string, string];
    return [
      option,
      names.length === commands.length ? "all commands" : names.join(", "),
      escape(effect),
    ];
  });
}

function makeRouteRows(): Row[] {
  // What browsers ask for by themselves is nobody's to call.
  const routes = ROUTES.filter(({ path }) => path !== "/favicon.ico");
  return routes.map(({ path, parameters = [], summary }) => {
    const query = parameters.map((name) => `${name}=`).join("&");
    return [code(query === "" ? path : `${path}?${query}`), escape(summary)];
  });
}

function code(text: string): string {
  return `\`${escape(text)}\``;
}

/** A text within a table, where a bar would end the cell. */
function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The tables of a text in Markdown by the first cell of their heads. */
export function readTables(markdown: string): Map<string, readonly Row[]> {
  const tables = markdown.matchAll(TABLE);
  return new Map([...tables].map(([text]) => {
    const rows = text.trimEnd().split("\n").filter((_, i) => i !== 1).map(readRow);
    return [rows[0][0], rows];
  }));
}

const TABLE = /(?:^\|.*\|\n)+/gm;

function readRow(line: string): Row {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}

/** The same text with other tables in place of those that have their heads. */
export function replaceTables(
  markdown: string,
  tables: ReadonlyMap<string, readonly Row[]>,
): string {
  return markdown.replace(TABLE, (text) => {
    const rows = tables.get(readRow(text.slice(0, text.indexOf("\n")))[0]);
    if (rows === undefined) return text;
    const [head, ...others] = rows;
    return [head, head.map(() => "-"), ...others].map((row) => `| ${row.join(" | ")} |\n`).join("");
  });
}

if (import.meta.main) {
  const markdown = await readFile(README, "utf8");
  await writeFile(README, replaceTables(markdown, await makeTables()));
}
