/** `wdstream pack`, as it is used. */

import { assert } from "chai";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { TestCase } from "../case.ts";
import { runCli, runProcess } from "../cli/capture.ts";
import { withHeldHost } from "../storage/held_host.ts";
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
    name: "wdstream pack packs Parquet files by their names, from a folder and from a host",
    async run(fixtures) {
      const objects = new Map<string, Uint8Array>();
      for (const i of [0, 1]) {
        const bytes = await fixtures.read(`tables/hf-0000${i}-of-00002.parquet`);
        objects.set(`train-0000${i}-of-00002.parquet`, bytes);
      }
      await withFolder(async (folder) => {
        const data = join(folder, "data");
        await mkdir(data);
        for (const [name, bytes] of objects) await writeFile(join(data, name), bytes);
        const [named, listed, fetched] = ["1", "2", "3"].map((name) => join(folder, name));
        const permissions = ["--allow-read", `--allow-write=${named}`];
        const files = join(data, "train-*.parquet");
        const first = await runProcess(["pack", files, named, "--max-count", "4"], permissions);
        assert.equal(first.code, 0, first.notes.join());
        assert.match(first.lines.join(), /^3 shards, 10 samples, /);
        assert.deepEqual(first.notes, ["3 classes"]);
        const second = await runCli("pack", folder, listed, "--max-count", "4");
        assert.equal(second.code, 0, second.notes.join());
        await withHeldHost(objects, async ({ origin }) => {
          const urls = `${origin}/train-{00000..00001}-of-00002.parquet`;
          const third = await runCli("pack", urls, fetched, "--max-count", "4");
          assert.equal(third.code, 0, third.notes.join());
        });
        const all = await readFolder(named);
        assert.include([...all.keys()].join(), "train-000002.tar,");
        for (const out of [listed, fetched]) assert.deepEqual(await readFolder(out), all);
        const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
          [[files, "--layout", "flat"], /--layout is for a folder, and not for Parquet files/],
          [[files, "--captions", "a.csv"], /--captions is for a folder/],
          [[files, data], /pack takes one folder, or Parquet files/],
          [[files, "--max-buffered-bytes", "0"], /--max-buffered-bytes takes a positive integer/],
        ];
        for (const [args, message] of mistakes) {
          const { code, notes } = await runCli("pack", ...args, join(folder, "4"));
          assert.equal(code, 2);
          assert.match(notes[0], message);
        }
        const keyed = await runCli("pack", files, join(folder, "5"), "--key-column", "big");
        assert.equal(keyed.code, 0, keyed.notes.join());
        const { lines } = await runCli(
          "cat",
          join(folder, "5", "train-000000.tar"),
          "--fields",
          "cls",
        );
        assert.lengthOf(lines, 10);
        assert.match(lines[0], /"key":"11529215046068469\d\d"/);
      });
    },
  },
  {
    name:
      "wdstream pack goes on where OUT lies in the folder that is packed, and refuses the folder",
    async run() {
      await withFolder(async (folder) => {
        await writeFiles(folder, ["1.jpg", "2.jpg", "3.jpg", "in/4.jpg"]);
        const apart = join(dirname(folder), `${basename(folder)}-apart`);
        try {
          await symlink(join(folder, "in", "shards"), apart);
          for (const out of [join(folder, "shards"), join(folder, "in", "..", "in", "shards")]) {
            const first = await runCli("pack", folder, out, "--max-count", "2");
            assert.equal(first.code, 0, first.notes.join());
            const [, samples] = /, (\d+) samples/.exec(first.lines[0])!;
            const again = await runCli("pack", folder, out, "--max-count", "2");
            assert.equal(again.code, 0, again.notes.join());
            assert.equal(
              again.lines[0],
              `${first.lines[0]}, ${(Number(samples) + 1) / 2 | 0} shards of an earlier run`,
            );
            assert.deepEqual(again.notes, first.notes);
            await rm(join(folder, "shards"), { recursive: true, force: true });
          }
          // By another name it is the same place.
          const link = await runCli("pack", folder, apart, "--max-count", "2");
          assert.match(link.lines[0], /^2 shards, 4 samples, .* 2 shards of an earlier run$/);
        } finally {
          await rm(apart, { force: true });
        }
        for (const out of [folder, join(folder, "in", "..")]) {
          const { code, notes } = await runCli("pack", folder, out);
          assert.equal(code, 2);
          assert.match(notes[0], /OUT is the folder itself/);
        }
        const file = await runCli("pack", join(folder, "1.jpg"), join(folder, "out"));
        assert.equal(file.code, 1);
        assert.match(
          file.notes[0],
          /Cannot list ".*1\.jpg\/": it is no folder \(source\/not-found\)/,
        );
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
