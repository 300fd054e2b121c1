/** `wdstream stats`: its lines, its JSON, its page, and what is merged. */

import { assert } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { fixturePath } from "../fixtures.ts";
import { withFolder } from "../temporary.ts";
import { interruptAt, noTerminal, runOnTerminal } from "../tools/terminal.ts";
import { runCli, runProcess } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());

export const cases: TestCase[] = [
  {
    name: "wdstream stats prints counts with bars, and mean and deviation of each channel",
    async run(): Promise<void> {
      const { code, lines, notes } = await runCli("stats", SAMPLE);
      assert.equal(code, 0);
      assert.deepEqual(notes, []);
      assert.equal(lines[0], "1 shard, 36 samples, 36 images");
      const text = lines.join("\n");
      assert.match(text, /Classes: 8\n {2}class 522 +█{32} 5 +13\.9%/);
      assert.match(text, /\n {2}red +0\.446083 +0\.226611\n/);
      assert.notMatch(text, /[ \t]+$/m);
    },
  },
  {
    name: "wdstream stats --json prints what NumPy and Pillow find, the same with workers",
    async run(): Promise<void> {
      const { sample } = JSON.parse(await readFile(fixturePath("statistics/golden.json"), "utf8"));
      const runs = await Promise.all([
        runCli("stats", SAMPLE, "--json"),
        runProcess(["stats", SAMPLE, "--json", "--workers", "2"]),
      ]);
      for (const { code, lines, notes } of runs) {
        assert.equal(code, 0, notes.join("\n"));
        const { mean, std, pixels, widths } = JSON.parse(lines[0]);
        assert.deepEqual(pixels, sample.histogram);
        assert.deepEqual(widths, sample.widths);
        for (let i = 0; i < 3; i++) {
          assert.closeTo(mean[i], sample.mean[i], 1e-14);
          assert.closeTo(std[i], sample.std[i], 1e-14);
        }
      }
      assert.equal(runs[0].lines[0], runs[1].lines[0]);
    },
  },
  {
    name: "wdstream stats --merge adds up what --json printed of parts",
    run: () =>
      withFolder(async (folder) => {
        const part = (await runCli("stats", SAMPLE, "--json")).lines[0];
        const [a, b] = ["a.json", "b.json"].map((name) => join(folder, name));
        await writeFile(a, part);
        await writeFile(b, part);
        const merged = JSON.parse((await runCli("stats", "--merge", a, b, "--json")).lines[0]);
        const both = await runCli("stats", SAMPLE, SAMPLE, "--json");
        assert.deepEqual(merged, JSON.parse(both.lines[0]));
        assert.equal(
          (await runCli("stats", "--merge", a, b)).lines[0],
          "2 shards, 72 samples, 72 images",
        );
        await writeFile(b, "{}");
        const { code, notes } = await runCli("stats", "--merge", a, b);
        assert.equal(code, 1);
        assert.match(notes[0], /b\.json" is not what --json prints: These are no statistics/);
      }),
  },
  {
    name: "wdstream stats --html writes one page with charts that takes nothing from elsewhere",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "stats.html");
        assert.equal((await runCli("stats", SAMPLE, "--html", path)).code, 0);
        const page = await readFile(path, "utf8");
        assert.isAtLeast(page.match(/<svg /g)!.length, 8);
        assert.notMatch(page, /https?:|<script|src=|url\(/);
        assert.include(page, "0.44608314");
      }),
  },
  {
    name: "wdstream stats tells of images that do not decode, and exits with 1",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "x.tar");
        await writeFile(path, await makeShard([["a.jpg", "no image"], ["a.cls", "1"]]));
        const { code, lines, notes } = await runCli("stats", path);
        assert.equal(code, 1);
        assert.match(notes.join("\n"), /^not counted: Cannot decode "a\.jpg"/);
        assert.equal(lines[0], "1 shard, 1 sample, 0 images, 1 that do not decode");
      }),
  },
  {
    name: "wdstream stats draws a bar on a terminal, and stops on Ctrl-C",
    skip: noTerminal,
    run: () =>
      withFolder(async (folder) => {
        assert.match(
          await runOnTerminal(["stats", SAMPLE]),
          /[█░]+ \d+% \| \d+ samples?, \d+ samples\/s/,
        );
        const bad = join(folder, "x.tar");
        await writeFile(bad, await makeShard([["a.jpg", "no image"]]));
        const many = [bad, ...Array.from({ length: 400 }, () => SAMPLE)];
        const { code, notes } = await interruptAt(["stats", ...many], undefined, ["--allow-read"]);
        assert.equal(code, 130, notes);
        assert.match(notes, /stopped after \d+ samples?/);
      }),
  },
];
