/** Arguments, beside Node's own reading of them. */

import { assert } from "chai";
import { parseArgs } from "node:util";
import { readTokens, type Token } from "../../src/cli/tokens.ts";
import type { TestCase } from "../case.ts";

const WORDS = [
  "--limit",
  "--limit=3",
  "--limit=",
  "--json",
  "--json=a=b",
  "--other",
  "--other=1",
  "--=1",
  "--",
  "---",
  "-",
  "-l",
  "-lj",
  "-1",
  "",
  "a.tar",
];

/** As Node reads them; nothing follows an option of one letter, of which commands have none. */
function readByNode(args: readonly string[]): Token[] {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: { limit: { type: "string" }, json: { type: "boolean" } },
  });
  const read: Token[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") read.push({ value: token.value });
    if (token.kind !== "option") continue;
    const { rawName: name, value, inlineValue } = token;
    read.push({ name, value, isInline: inlineValue === true });
    if (/^-[^-]/.test(name)) break;
  }
  return read;
}

function readOurs(args: readonly string[]): Token[] {
  const read: Token[] = [];
  for (const token of readTokens(args, (name) => name === "--limit")) {
    read.push(token);
    if (token.name !== undefined && /^-[^-]/.test(token.name)) break;
  }
  return read;
}

export const cases: TestCase[] = [
  {
    name: "readTokens() reads every three of sixteen arguments as Node's parseArgs does",
    run(): void {
      for (let i = 0; i < WORDS.length ** 3; i++) {
        const args = [i, Math.floor(i / 16), Math.floor(i / 256)].map((n) => WORDS[n % 16]);
        const [ours, node] = [readOurs(args), readByNode(args)];
        if (JSON.stringify(ours) !== JSON.stringify(node)) assert.deepEqual(ours, node, `${args}`);
      }
    },
  },
];
