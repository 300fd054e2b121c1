/** `wdstream bench`: what it counts, and what it says of it. */

import { assert } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { runCli } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());

export const cases: TestCase[] = [
  {
    name: "wdstream bench tells what is read and transformed a second, and what limits it",
    async run(): Promise<void> {
      const { code, lines, notes } = await runCli(
        "bench",
        SAMPLE,
        "--seconds",
        "0",
        "--workers",
        "2",
      );
      assert.equal(code, 0, notes.join("\n"));
      const rate = " +[\\d.]+ samples\\/s +[\\d.]+ MB\\/s$";
      assert.match(lines[0], new RegExp(`^reading${rate}`));
      assert.match(lines[1], new RegExp(`^transforming, one thread${rate}`));
      assert.match(lines[2], new RegExp(`^transforming, 2 workers${rate}`));
      assert.match(
        lines[3],
        /^limited by (reading|the processors): at \d+% .* [\d.]+ times as fast$/,
      );
    },
  },
  {
    name: "wdstream bench --json has all samples of each stage, and their bytes",
    async run(): Promise<void> {
      const options = ["--seconds", "0", "--workers", "0", "--json"];
      const { lines } = await runCli("bench", SAMPLE, SAMPLE, ...options);
      const { stages, limit } = JSON.parse(lines[0]);
      assert.include(["reading", "transforming"], limit);
      assert.lengthOf(stages, 2);
      const { length } = await readFile(SAMPLE);
      for (const { samples, seconds, samplesPerSecond, bytesPerSecond } of stages) {
        assert.equal(samples, 72);
        assert.closeTo(samplesPerSecond * seconds, 72, 1e-6);
        assert.closeTo(bytesPerSecond * seconds, 2 * length, 1);
      }
    },
  },
  {
    name: "wdstream bench stops at a damaged shard, or goes on without what is damaged",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.tar");
        const bytes = await readFile(SAMPLE);
        await writeFile(path, bytes.subarray(0, bytes.length >> 1));
        const options = ["--seconds", "0", "--workers", "0"];
        const stopped = await runCli("bench", path, ...options);
        assert.equal(stopped.code, 1);
        const skipped = await runCli("bench", path, ...options, "--on-error", "skip");
        assert.equal(skipped.code, 0, skipped.notes.join("\n"));
        assert.match(skipped.notes[0], /^left out: .*a\.tar/);
      }),
  },
];
