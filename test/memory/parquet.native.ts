import { assert } from "chai";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestCase } from "../case.ts";
import { measureArguments } from "./collect.ts";

const FILE_BYTES = 200e6;

// Measured on the three runtimes: 13 to 31 MB in its order, most of it modules and the same for groups of 0.5 to 4 MB and
// files of half the size; 45 to 74 MB where 20 MB are mixed.
const LIMITS = { "as-is": 60e6, mixed: 110e6 } as const;

const ATTEMPTS = 3;

async function measureGrowth(order: keyof typeof LIMITS, groupRows: number): Promise<number> {
  const script = fileURLToPath(new URL("./parquet_main.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...measureArguments(script),
    ...[order, FILE_BYTES, groupRows, 20e6].map(String),
  ]);
  return Number(stdout);
}

export const cases: TestCase[] = [
  ...(["as-is", "mixed"] as const).map((order): TestCase => ({
    name: `packTables() packs 200 MB of row groups of 2 MB, ${order}, and holds as many as it may`,
    async run(): Promise<void> {
      const growths: number[] = [];
      while (growths.length < ATTEMPTS) {
        growths.push(await measureGrowth(order, 20));
        console.log(`memory of packTables(), ${order}: ${growths.at(-1)}`);
        if (growths[growths.length - 1] < LIMITS[order]) return;
      }
      assert.fail(`it grows by ${growths.join(", ")} bytes`);
    },
  })),
  {
    name: "the measure of packTables() sees a row group that is as large as the file",
    async run(): Promise<void> {
      assert.isAbove(await measureGrowth("as-is", 2000), FILE_BYTES * 0.9);
    },
  },
];
