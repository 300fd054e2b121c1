/**
 * Streams a Blob of 600 MiB and prints by how many bytes the resident memory grew meanwhile. A process of its
 * own, whose memory nothing else uses.
 */

import process from "node:process";
import { webdataset } from "../../src/dataset/mod.ts";
import { makeShard } from "../dataset/shards.ts";
import { measureResident } from "./collect.ts";

const MEMBERS = 600;

/** Parts of a shard of members of 1 MiB: all of them are the same two pieces of memory. */
async function listParts(): Promise<Uint8Array<ArrayBuffer>[]> {
  const body = new Uint8Array(1 << 20).fill(1);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0; i < MEMBERS; i++) {
    const header = (await makeShard([[`${i}.bin`, ""]])).slice(0, 512);
    // The size of the body, and the checksum that goes with it.
    header.set(new TextEncoder().encode("00004000000"), 124);
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    parts.push(header, body);
  }
  return [...parts, new Uint8Array(1024)];
}

const parts = await listParts();
let blob = new Blob(parts);
if (process.argv[2] === "one") blob = new Blob([await blob.arrayBuffer()]);
const before = measureResident();
let most = before;
let samples = 0;
for await (const _ of webdataset(blob)) {
  if (samples++ % 20 === 0) most = Math.max(most, measureResident());
}
if (samples !== MEMBERS) throw new Error(`${samples} samples`);
console.log(most - before);
