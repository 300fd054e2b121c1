/**
 * How much memory a process has grown by, reading samples in an order: `order_memory.ts PATTERN SETTINGS`. Prints bytes.
 *
 * @module
 */
import process from "node:process";
import { webdataset } from "../../mod.ts";
import { webdatasetOrder } from "../../src/order/mod.ts";
import type { MemorySettings } from "./epochs.ts";

const [pattern, text] = process.argv.slice(2);
const { lanes, world = 1, buffer, samples }: MemorySettings = JSON.parse(text);

// What reading takes at all, in any order, is there before.
for await (const _ of webdataset(pattern).take(500));
const before = process.memoryUsage.rss();
const plain = webdataset(pattern).epochs(64);
const dataset = buffer !== undefined
  ? plain.shuffle(webdatasetOrder({ buffer, initial: buffer, seed: 7 }), { maxBufferedBytes: 4e9 })
  : lanes === undefined
  ? plain
  : plain.shuffle({ seed: 7, lanes, window: 1 }).split({ rank: 0, world, even: "drop" });
let most = before;
let seen = 0;
for await (const _ of dataset) {
  most = Math.max(most, process.memoryUsage.rss());
  if (++seen === samples) break;
}
if (seen !== samples) throw new Error(`${seen} samples, not ${samples}`);
console.log(most - before);
