/** What papers say of the code, where the code can say it itself. */

import { assert } from "chai";
import { readFile } from "node:fs/promises";
import type { TestCase } from "../case.ts";
import { makeTables, readTables, replaceTables } from "./readme_tables.ts";

const ROOT = new URL("../../", import.meta.url);

interface Task {
  readonly description?: string;
  readonly command?: string;
}

export const cases: TestCase[] = [
  {
    name: "README's tables of commands, options and routes are those of the code",
    async run(): Promise<void> {
      const tables = readTables(await readFile(new URL("README.md", ROOT), "utf8"));
      for (const [head, rows] of await makeTables()) {
        assert.deepEqual(tables.get(head), rows, `run \`deno task write:tables\` for ${head}`);
      }
    },
  },
  {
    name: "the check of README's tables reads what is written, and sees what differs",
    run(): void {
      const rows = [["Command", "Does"], ["`a x\\|y`", "one"]];
      const text = replaceTables(
        "a\n\n| Command | Does |\n| - | - |\n| old | old |\n\nb\n",
        new Map([
          ["Command", rows],
          ["Option", []],
        ]),
      );
      assert.equal(text, "a\n\n| Command | Does |\n| - | - |\n| `a x\\|y` | one |\n\nb\n");
      assert.deepEqual(readTables(text).get("Command"), rows);
      assert.notDeepEqual(readTables(text.replace("one", "two")).get("Command"), rows);
    },
  },
  {
    name: "every task of deno.json has a command and says what it is for",
    async run(): Promise<void> {
      const { tasks } = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8"));
      const entries = Object.entries(tasks as Record<string, Task | string>);
      assert.isAbove(entries.length, 10);
      const silent = entries.filter(([, task]) =>
        typeof task === "string" || !task.command || !task.description
      );
      assert.deepEqual(silent.map(([name]) => name), []);
    },
  },
];
