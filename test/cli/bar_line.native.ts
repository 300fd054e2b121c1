/** The line of a bar, and what it says of workers. */

import { assert } from "chai";
import { describeWorkers, layOutLine } from "../../src/cli/bar_line.ts";
import { WorkerStates } from "../../src/workers/state.ts";
import type { TestCase } from "../case.ts";
import { sampleShard } from "../../src/dataset/mod.ts";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "../temporary.ts";
import { noTerminal, runOnTerminal } from "../tools/terminal.ts";
import { runCli } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());
const TEXT = "543 samples, 200 samples/s, 24.1 MB/s, 00:00:12 left";

export const cases: TestCase[] = [
  {
    name: "the line of a bar is never wider than its terminal, and says what there is room for",
    run(): void {
      const more = ["workers: 290 257 (waits)", "2 workers"];
      for (const part of [0, 0.004, 0.5, 0.999, 1, undefined]) {
        for (let columns = 62; columns < 200; columns++) {
          const line = layOutLine(part, TEXT, more, columns);
          assert.isBelow(line.length, columns, line);
          assert.include(line, TEXT);
        }
      }
      // A terminal that is narrower than the text has no bar; its end is cut off by the terminal.
      assert.equal(layOutLine(0.5, TEXT, more, 40), `50% | ${TEXT}`);
      const bar = `${"█".repeat(20)}${"░".repeat(20)}`;
      assert.equal(layOutLine(0.5, TEXT, more, 160), `${bar} 50% | ${TEXT} | ${more[0]}`);
      assert.match(layOutLine(0.5, TEXT, more, 90), /^█+░+ 50% \| .* left \| 2 workers$/);
      assert.equal(layOutLine(undefined, TEXT, [], 160), TEXT);
    },
  },
  {
    name: "what workers are doing is said of each: images, waiting, long at one, started anew",
    run(): void {
      const states = new WorkerStates(3);
      const [a, b, c] = [states.begin(), states.begin(), states.begin()];
      assert.deepEqual(states.all, [a, b, c]);
      Object.assign(a, { images: 12, busySinceMs: 9000 });
      Object.assign(b, { images: 7 });
      Object.assign(c, { images: 5, busySinceMs: 2400 });
      assert.deepEqual(describeWorkers(states.all, 10_000), [
        "workers: 12 7 (waits) 5 (8 s at one)",
        "3 workers, 1 of them waiting",
      ]);
      states.end(c);
      const again = states.begin();
      assert.equal(again, c, "another one takes its place");
      again.busySinceMs = 9999;
      assert.equal(
        describeWorkers(states.all, 10_000)[0],
        "workers: 12 7 (waits) 5 (started 2 times)",
      );
      assert.deepEqual(describeWorkers([], 0), []);
    },
  },
  {
    name: "wdstream verify and stats say on a terminal what each of their workers does",
    skip: noTerminal,
    async run(): Promise<void> {
      for (const command of ["verify", "stats"]) {
        const args = [command, ...Array<string>(12).fill(SAMPLE), "--workers", "2"];
        const shown = await runOnTerminal(args);
        assert.match(shown, /\d+% \| \d+ samples?, \d+ samples\/s/);
        assert.match(shown, / \| (workers: \d+|2 workers)/, command);
      }
    },
  },
  {
    name: "wdstream stream, bench and work say on a terminal what each of their workers does",
    skip: noTerminal,
    run: () =>
      withFolder(async (folder) => {
        const shards = Array<string>(8).fill(SAMPLE);
        const streamed = await runOnTerminal(["stream", ...shards, "--workers", "2"]);
        assert.match(streamed, /\d+% \| \d+ images, \d+ images\/s, [\d.]+ MB\/s/);
        assert.match(streamed, / \| (workers: \d+|2 workers)/, "stream");
        assert.match(streamed, / 100% \| 288 images, /, "the end is drawn");

        const options = ["--workers", "2", "--seconds", "1"];
        const measured = await runOnTerminal(["bench", SAMPLE, ...options]);
        assert.match(measured, /\d+% \| reading: \d+ samples?, /);
        assert.match(measured, /transforming: .* \| (workers: \d+|2 workers)/, "bench");
        // The bar has gone from the line that says what came of it.
        assert.include(measured, "\x1b[2Ktransforming, 2 workers ");

        const out = join(folder, "out");
        for (const operation of ["verify", "stats", "resize"]) {
          const to = join(out, operation);
          const planned = await runCli("submit", operation, SAMPLE, to);
          assert.equal(planned.code, 0, planned.notes.join("\n"));
          const plan = join(to, ".wdstream", "plan.json");
          const permissions = ["--allow-read", "--allow-write", "--allow-env=RANK,WORLD_SIZE"];
          const args = ["work", plan, "--workers", "2", "--rank", "0", "--world", "1"];
          const shown = await runOnTerminal(args, permissions);
          assert.match(shown, /\d+% \| \d+ samples?, \d+ samples\/s/);
          assert.match(shown, / \| (workers: \d+|2 workers)/, operation);
        }
      }),
  },
  {
    name: "what is found stands above the bar, whole, on lines of its own",
    skip: noTerminal,
    run: () =>
      withFolder(async (folder) => {
        const bytes = await readFile(SAMPLE);
        const path = join(folder, `${"a".repeat(100)}.tar`);
        for (let offset = 100_000; offset < bytes.length; offset += 100_000) {
          bytes.fill(0xff, offset, offset + 64);
        }
        await writeFile(path, bytes);
        const { lines, code } = await runCli("verify", path);
        assert.equal(code, 1);
        assert.isAbove(lines.length, 5);
        const shown = await runOnTerminal(["verify", path]);
        const clear = "\r\x1b[2K";
        for (const line of lines.slice(0, -1)) {
          const at = shown.indexOf(`${line}\r\n`);
          assert.isAtLeast(at, 0, line);
          const before = shown.slice(0, at);
          const isClear = before.endsWith(clear) || before.endsWith("\r\n");
          assert.isTrue(isClear, `after ${JSON.stringify(before.slice(-80))}`);
        }
        assert.notInclude(shown, "\x1b[?7l", "a terminal that cuts lines off would cut these, too");
        assert.notInclude(shown, "\x1b8", "the cursor stays below what was written");
      }),
  },
  {
    name: "--quiet shows nothing of how far stream and bench are",
    skip: noTerminal,
    async run(): Promise<void> {
      for (
        const args of [["stream", SAMPLE], ["bench", SAMPLE, "--seconds", "0", "--workers", "0"]]
      ) {
        const shown = await runOnTerminal([...args, "--quiet"]);
        assert.notMatch(shown, /[█░]/, args[0]);
        assert.match(shown, /MB\/s/, args[0]);
      }
    },
  },
];
