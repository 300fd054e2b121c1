/** `wdstream resize`, as it is used: workers, kills, what it says. */

import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeImage } from "../../src/image/decode_image.ts";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { runCli, runProcess } from "../cli/capture.ts";
import { makeShard } from "../dataset/shards.ts";
import { withHeldHost } from "../storage/held_host.ts";
import { withFolder } from "../temporary.ts";
import { withFormats } from "../with_formats.ts";
import { readFolder, runKilled } from "./kill/killed_runs.ts";
import { makePng, resized } from "./resize.cases.ts";

const SAMPLE = fileURLToPath(sampleShard());

export const cases: TestCase[] = [
  {
    name: "resizeShards() converts small images too where a format is named",
    async run() {
      const pictures = [["a.png", await makePng(40, 20)], [
        "b.png",
        await makePng(40, 60),
      ]] as const;
      const shard = await makeShard(pictures);
      const { samples } = await resized({ "x.tar": shard }, { short: 20, format: "webp" });
      await withFormats(async () => {
        const pictures = await Promise.all(samples.map(({ fields }) => decodeImage(fields.webp)));
        const sizes = pictures.map(({ width, height }) => [width, height]);
        assert.deepEqual(sizes, [[40, 20], [20, 30]]);
      });
    },
  },
  {
    name: "wdstream resize writes the same with any number of workers, in a process of its own too",
    async run() {
      await withFolder(async (folder) => {
        const [none, three, own] = ["none", "three", "own"].map((name) => join(folder, name));
        const args = ["--short", "64", "--quality", "60", "--info"];
        const first = await runCli("resize", SAMPLE, none, ...args, "--workers", "0");
        assert.equal(first.code, 0, first.notes.join());
        assert.match(first.lines[0], /^1 shard, 36 samples, [0-9.]+ kB$/);
        assert.deepEqual(first.notes, ["35 images resized, 1 copied"]);
        const second = await runCli("resize", SAMPLE, three, ...args, "--workers", "3");
        assert.equal(second.code, 0, second.notes.join());
        const permissions = ["--allow-read", `--allow-write=${own}`];
        const third = await runProcess(["resize", SAMPLE, own, ...args], permissions);
        assert.equal(third.code, 0, third.notes.join());
        const files = await readFolder(none);
        assert.deepEqual(await readFolder(three), files);
        assert.deepEqual(await readFolder(own), files);
        const again = await runCli("resize", SAMPLE, own, ...args, "--json");
        assert.deepInclude(JSON.parse(again.lines[0]), { event: "done", kept: 1 });
      });
    },
  },
  {
    name:
      "wdstream resize, killed and started again, writes the bytes of a run that nothing stopped",
    async run() {
      await withFolder(async (folder) => {
        const bytes = new Uint8Array(await readFile(SAMPLE));
        const names = [0, 1, 2, 3, 4, 5].map((i) => `s${i}.tar`);
        await withHeldHost(new Map(names.map((name) => [name, bytes])), async (host) => {
          const shards = `${host.origin}/s{0..5}.tar`;
          const [whole, out] = [join(folder, "whole"), join(folder, "out")];
          const args = ["--short", "48", "--info", "--workers", "1"];
          assert.equal((await runCli("resize", shards, whole, ...args)).code, 0);
          const middles = ["s2.tar", "s5.tar"];
          const when = (): Promise<void> => host.hold(middles.shift()!, bytes.length >> 1);
          const { kills, kept } = await runKilled(["resize", shards, out, ...args], 2, when);
          assert.equal(kills, 2);
          assert.isAbove(kept, 0);
          assert.deepEqual(await readFolder(out), await readFolder(whole));
        });
      });
    },
  },
  {
    name: "wdstream resize names mistakes in its arguments",
    async run() {
      const mistakes: readonly (readonly [args: readonly string[], note: RegExp])[] = [
        [["a.tar"], /needs a shard, and where to write/],
        [["a.tar", "out", "--quality", "101"], /--quality takes 1 to 100/],
        [["a.tar", "out", "--short", "0"], /--short takes a positive integer/],
        [["a.tar", "out", "--format", "gif"], /--format takes jpeg, webp, png/],
      ];
      for (const [args, note] of mistakes) {
        const { code, notes } = await runCli("resize", ...args);
        assert.equal(code, 2, args.join(" "));
        assert.match(notes[0], note);
      }
    },
  },
];
