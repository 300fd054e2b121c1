import { assert } from "chai";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestCase } from "../case.ts";
import { measureArguments } from "./collect.ts";
import type { MemoryReport } from "./stream_main.ts";

const SHARD_BYTES = 4_400_000_000;

// Measured on the three runtimes: growth of up to 30 MB and peaks of 240 to 440 MB, of which the
// samples that are repeated are 17. A leak of 5% of the data makes it grow by 110 MB or more.
const MAX_GROWTH_BYTES = 80e6;
const MAX_PEAK_BYTES = 700e6;

// A worker has a heap and a kernel of its own, and what was read ahead for it.
const WORKER_BYTES = 150e6;

/** Streams a generated shard in a process of its own. */
async function streamShard(leakedShare: number, workers: number): Promise<MemoryReport> {
  const script = fileURLToPath(new URL("./stream_main.ts", import.meta.url));
  const sizes = [SHARD_BYTES, leakedShare, workers].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...measureArguments(script),
    ...sizes,
  ]);
  return JSON.parse(stdout);
}

/** Growth from one half to the other, of the lesser and of the greater peaks: a leak raises both. */
function growthOf([first, second, third, fourth]: readonly number[]): number {
  const least = Math.min(third, fourth) - Math.min(first, second);
  const greatest = Math.max(third, fourth) - Math.max(first, second);
  // One collection that came late, or a heap that was still growing at first, does not count.
  return Math.min(least, greatest);
}

/** What is wrong with the memory that a run took, or undefined. */
function faultOf(report: MemoryReport, workers: number): string | undefined {
  const limit = MAX_PEAK_BYTES + workers * WORKER_BYTES;
  // What the engine holds says it on any machine; of workers, and of what is outside of it, only the system knows.
  const grown = Math.max(growthOf(report.liveBytes), growthOf(report.peakBytes));
  if (grown >= MAX_GROWTH_BYTES) return `it grows: ${JSON.stringify(report)}`;
  const peak = Math.max(...report.peakBytes);
  return peak >= limit ? `more than ${limit} bytes: ${JSON.stringify(report)}` : undefined;
}

// What an allocator keeps is its own affair, so one run in two may be the flat one. A leak shows in every run: the last case makes sure of that.
const ATTEMPTS = 2;

const flat = [0, 2].map((workers): TestCase => ({
  name:
    `webdataset() streams 4.4 GB and decodes 2048 images in flat memory with ${workers} workers`,
  async run(): Promise<void> {
    const faults: string[] = [];
    while (faults.length < ATTEMPTS) {
      const report = await streamShard(0, workers);
      console.log(`memory with ${workers} workers: ${JSON.stringify(report)}`);
      assert.isAtLeast(report.bytes, SHARD_BYTES);
      assert.equal(report.images, 2048);
      assert.isAbove(Math.min(...report.peakBytes), 20e6);
      const fault = faultOf(report, workers);
      if (fault === undefined) return;
      faults.push(fault);
    }
    assert.fail(faults.join("; "));
  },
}));

export const cases: TestCase[] = [
  ...flat,
  {
    name: "the test of flat memory notices a leak of 5% of the data, each time",
    async run(): Promise<void> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const report = await streamShard(0.05, 0);
        assert.isDefined(faultOf(report, 0), JSON.stringify(report));
      }
    },
  },
];
