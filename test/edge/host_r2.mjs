// Digests of every sample, as pixels and as a tensor, through the handler in workerd. Arguments: miniflare's entry, the
// bundle, the kernel, shards. Prints a report as the last line.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import process from "node:process";
import { indexShards, startWorker } from "./r2.mjs";

const [miniflare, bundle, wasm, ...shards] = process.argv.slice(2);
const indexes = await indexShards(shards);
const worker = await startWorker(
  miniflare,
  bundle,
  wasm,
  shards,
  // Of the first shard, headers are walked.
  indexes.map((index, i) => i === 0 ? undefined : index),
);
const digests = {};
const ask = async (path) => {
  const response = await worker.dispatchFetch(`http://edge${path}`);
  if (response.status !== 200) {
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
  return Buffer.from(await response.arrayBuffer());
};
try {
  for (const [i, { samples }] of indexes.entries()) {
    for (const [n, { key }] of samples.entries()) {
      const at = `/v1/all/${basename(shards[i])}/${n}`;
      for (const [name, query] of [["rgb", "as=rgb"], ["f32", "as=f32&size=224"]]) {
        digests[`${key}.jpg ${name}`] = createHash("sha256").update(await ask(`${at}?${query}`))
          .digest("hex");
      }
    }
  }
  console.log(JSON.stringify({ results: [], digests }));
} finally {
  await worker.dispose();
}
