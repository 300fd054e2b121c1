/** What lies where in the repository. */

import { assert } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { TestCase } from "../case.ts";

const ROOT = new URL("../../", import.meta.url);
const MAX_LINES = 500;

/** Generated modules, whose length says nothing. */
const GENERATED = [
  "src/kernel/bytes.ts",
  "src/kernel/encoder_bytes.ts",
  "wasm/jpeg/blocks.ts",
  "wasm/jpeg/idct.ts",
];

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(fileURLToPath(new URL(folder, ROOT)), { recursive: true });
  return entries.map((entry) => `${folder}${entry.replaceAll("\\", "/")}`);
}

export const cases: TestCase[] = [
  {
    name: "source files are named in snake_case and have at most 500 lines",
    async run(): Promise<void> {
      const folders = await Promise.all(["src/", "wasm/", "test/"].map(listFiles));
      const paths = folders.flat().filter((path) =>
        path.endsWith(".ts") && !path.includes("node_modules/") && !GENERATED.includes(path)
      );
      assert.isAbove(paths.length, 50);
      const faults: string[] = [];
      for (const path of paths) {
        const name = path.slice(path.lastIndexOf("/") + 1);
        if (!/^[a-z0-9_]+(\.cases|\.native|\.d)?\.ts$/.test(name)) faults.push(path);
        const lines = (await readFile(new URL(path, ROOT), "utf8")).split("\n").length;
        if (lines > MAX_LINES + 1) faults.push(`${path}: ${lines} lines`);
      }
      assert.deepEqual(faults, []);
    },
  },
  {
    name: "outside src/image/, nobody asks for a transform's kind or spells out number formats",
    async run(): Promise<void> {
      const question =
        /\btransform\.kind\b|\bkind\s*[!=]==?\s*"(?:evaluation|training|processor)"|[!=]==?\s*"(?:float32|float16|uint8)"/;
      assert.match('if (transform.kind === "training") {', question);
      assert.match('type === "float16" ? 2 : 4', question);
      const paths = (await listFiles("src/")).filter((path) =>
        path.endsWith(".ts") && !path.startsWith("src/image/")
      );
      assert.isAbove(paths.length, 50);
      const faults: string[] = [];
      for (const path of paths) {
        if (question.test(await readFile(new URL(path, ROOT), "utf8"))) faults.push(path);
      }
      assert.deepEqual(faults, []);
    },
  },
];
