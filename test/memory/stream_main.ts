/**
 * Streams a generated shard through tar, samples and decoding, and prints as one line of JSON what it
 * read and the largest resident memory in each quarter. A process of its own, whose memory nothing else uses.
 */

import process from "node:process";
import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import { evaluation } from "../../src/image/mod.ts";
import { measureMemory } from "./collect.ts";
import { GeneratedShard } from "./generated_shard.ts";

/** What the process prints. */
export interface MemoryReport {
  readonly bytes: number;
  readonly images: number;
  /** Largest resident memory in each quarter of the shard, in bytes. */
  readonly peakBytes: readonly number[];
  /** Least memory that the engine held in each quarter, in bytes: what it never let go of is in all. */
  readonly liveBytes: readonly number[];
  readonly seconds: number;
}

const workers = Number(process.argv[4] ?? 0);
/** Share of the data that a stage of the test's own keeps for ever, to show that it is noticed. */
const leakedShare = Number(process.argv[3] ?? 0);
const shard = await GeneratedShard.make(await readPictures(), Number(process.argv[2]));
const peakBytes = [0, 0, 0, 0];
const liveBytes = Array<number>(4).fill(Infinity);
const leaked: Uint8Array[] = [];
let images = 0;
let mapped = 0;
const start = performance.now();

const dataset = webdataset(shard, { workers });
const batches = dataset
  .map((sample) => {
    const { bin } = sample.fields;
    if (leakedShare > 0) leaked.push(new Uint8Array(bin.length * leakedShare).fill(1));
    const quarter = Math.min(3, Math.floor((4 * dataset.stats.bytes) / shard.sizeBytes));
    if (mapped++ % 64 === 0) {
      const { resident, live } = measureMemory();
      peakBytes[quarter] = Math.max(peakBytes[quarter], resident);
      liveBytes[quarter] = Math.min(liveBytes[quarter], live);
    }
    return sample;
  })
  .transform(evaluation({ size: 224 }))
  .batch(32);
for await (const { size } of batches) images += size;

const report: MemoryReport = {
  bytes: batches.stats.bytes,
  images,
  peakBytes,
  liveBytes,
  seconds: (performance.now() - start) / 1000,
};
console.log(JSON.stringify(report));

async function readPictures(): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = [];
  for await (const { fields } of webdataset(sampleShard()).take(8)) {
    pictures.push(fields.jpg.slice());
  }
  return pictures;
}
