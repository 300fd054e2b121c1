/** `wdstream pack`, as it is used. */

import { assert } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestCase } from "../case.ts";
import { runCli, runProcess } from "../cli/capture.ts";
import { withFolder } from "../temporary.ts";
import { readFolder } from "./kill/killed_runs.ts";

async function writeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name);
  }
}

export const cases: TestCase[] = [
  {
    name:
      "wdstream pack packs class folders of two splits alike, with no more permissions than it says",
    async run() {
      await withFolder(async (folder) => {
        await writeFiles(folder, ["train/dog/1.jpg", "train/cat/1.jpg", "val/dog/2.jpg"]);
        const out = join(folder, "out");
        const permissions = ["--allow-read", `--allow-write=${out}`];
        const train = await runProcess(["pack", join(folder, "train"), out, "--info"], permissions);
        assert.equal(train.code, 0, train.notes.join());
        assert.deepEqual(train.lines, ["1 shard, 2 samples, 10.2 kB"]);
        assert.deepEqual(train.notes, ["2 classes"]);
        const classes = join(out, "train.classes.txt");
        const args = ["pack", join(folder, "val"), out, "--split", "val", "--classes", classes];
        const val = await runCli(...args, "--info");
        assert.equal(val.code, 0, val.notes.join());
        const files = await readFolder(out);
        const { splits } = JSON.parse(files.get("_info.json")!);
        assert.deepEqual(Object.keys(splits), ["train", "val"]);
        const { lines } = await runCli("ls", join(out, "val-000000.tar"), "--json");
        assert.equal(JSON.parse(lines[0]).key, "dog/2");
        assert.include(files.get("val-000000.tar")!, "\x001");
      });
    },
  },
  {
    name: "wdstream pack names mistakes in its arguments",
    async run() {
      await withFolder(async (folder) => {
        for (const args of [[], ["a"], ["a", "b", "c"]]) {
          const { code, notes } = await runCli("pack", ...args);
          assert.equal(code, 2);
          assert.match(notes[0], /and where to write/);
        }
        const { code, notes } = await runCli("pack", join(folder, "none"), join(folder, "out"));
        assert.equal(code, 1);
        assert.match(notes[0], /Cannot list .*source\/not-found/);
      });
    },
  },
];
