/** Several fields of a sample by workers, with real ones that have all formats. */

import { assert } from "chai";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestCase } from "../case.ts";

const main = fileURLToPath(new URL("./tensors_main.ts", import.meta.url));

export const cases: TestCase[] = [
  {
    name: "Dataset.transform() of several fields gives the same for any number of workers",
    async run(): Promise<void> {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...(process.versions.deno === undefined ? [] : ["run", "--allow-read"]), main],
        { env: { ...process.env, NO_COLOR: "1" } },
      );
      const [alone, ...lines] = stdout.trim().split("\n");
      assert.deepEqual(lines.splice(0, 4), [
        "s17 seg.png sample/bad-field",
        "s23 seg.png image/truncated",
        // In a batch's fields, and among the images.
        "s4 undefined sample/no-field",
        "s4 undefined sample/no-image",
      ]);
      assert.deepEqual(lines, [alone, alone]);
    },
  },
];
