/** The fixtures of a runtime that has a file system. */

import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../src/dataset/sample_shard.ts";
import type { Fixtures } from "./case.ts";

const root = new URL("./fixtures/", import.meta.url);

/** Path of a file below `test/fixtures/`, or of the built-in `sample.tar`, for code that opens files by itself. */
export function fixturePath(path: string): string {
  return fileURLToPath(path === "sample.tar" ? sampleShard() : new URL(path, root));
}

/** Reads fixtures from the folder beside this module. */
export const fileFixtures: Fixtures = {
  async read(path) {
    return new Uint8Array(await readFile(fixturePath(path)));
  },
  async list(folder) {
    const entries = await readdir(fixturePath(folder), { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name).sort();
  },
};
