/** The line of a bar, and what it says of workers. */

import { assert } from "chai";
import { describeWorkers, layOutLine } from "../../src/cli/bar_line.ts";
import { WorkerStates } from "../../src/workers/state.ts";
import type { TestCase } from "../case.ts";
import { sampleShard } from "../../src/dataset/mod.ts";
import { fileURLToPath } from "node:url";
import { noTerminal, runOnTerminal } from "../tools/terminal.ts";

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
];
