/** `index --split`: one file for all shards, by which a dataset knows them. */

import { assert } from "chai";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import { parseSplit } from "../../src/index/mod.ts";
import type { TestCase } from "../case.ts";
import { runCli } from "./capture.ts";

export const cases: TestCase[] = [
  {
    name:
      "index --split writes lengths, sizes and classes beside the first shard, and orders use it",
    async run(): Promise<void> {
      const folder = await mkdtemp(join(tmpdir(), "wdstream-"));
      try {
        const paths = ["a-0.tar", "a-1.tar"].map((name) => join(folder, name));
        for (const path of paths) await copyFile(fileURLToPath(sampleShard()), path);
        const { code, notes } = await runCli("index", ...paths, "--split");
        assert.equal(code, 0);
        assert.match(notes.at(-1)!, /a-0\.tar\.split: 72 samples/);
        const { shards, classes } = parseSplit(await readFile(`${paths[0]}.split`));
        const { length } = await readFile(paths[0]);
        assert.deepEqual(
          shards,
          ["a-0.tar", "a-1.tar"].map((url) => ({ url, sampleCount: 36, sizeBytes: length })),
        );
        let i = 0;
        for await (const { bytes } of webdataset(paths)) {
          assert.equal(classes![i++], Number(new TextDecoder().decode(bytes.cls)));
        }
        assert.equal(i, 72);
        const explained = await webdataset(paths).shuffle().explain();
        assert.equal(explained.samples, 72);
        assert.equal(explained.bytes, 2 * length);
        // Of compressed shards, too, whose samples have no offsets that an index of theirs could tell.
        const packed = join(folder, "b.tar.gz");
        await writeFile(packed, gzipSync(await readFile(paths[0])));
        assert.equal((await runCli("index", packed, "--split")).code, 0);
        assert.isFalse((await readdir(folder)).includes("b.tar.gz.idx"));
        const order = webdataset(packed).shuffle({ lanes: 3, window: 2 });
        assert.equal((await order.explain()).share.samples, 36);
        const keys = new Set<string>();
        for await (const { key } of order) keys.add(key);
        assert.equal(keys.size, 36);
        const refused: string[][] = [
          ["index", ...paths, "--split", "--format", "wids"],
          ["index", paths[0], "--split", "--output", join(folder, "x")],
          ["index", paths[0], "--split", "--output", "-"],
        ];
        for (const args of refused) assert.equal((await runCli(...args)).code, 2, args.join(" "));
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
];
