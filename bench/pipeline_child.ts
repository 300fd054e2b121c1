/**
 * One process of the pipeline: shards on disk to batches. Reads a number of workers and shards a
 * line, as JSON; for each writes what it took.
 */
import process from "node:process";
import { evaluation, init, webdataset } from "../mod.ts";

const transform = evaluation({ resize: 256, size: 224, interpolation: "bicubic" });
await init();
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const line of lines) {
  const { workers, shards } = JSON.parse(line);
  const [before, from] = [process.cpuUsage(), performance.now()];
  let images = 0;
  for await (const batch of webdataset(shards, { workers }).transform(transform).batch(64)) {
    images += batch.size;
  }
  const wallSeconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ images, wallSeconds, cpuSeconds: (user + system) / 1e6 }));
}
