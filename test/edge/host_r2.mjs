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
  const jpeg = await ask(`/v1/all/0/3?as=jpeg&size=160&quality=70`);
  const isJpeg = jpeg[0] === 0xff && jpeg[1] === 0xd8 && jpeg.at(-1) === 0xd9;
  const name = "createHandler() encodes JPEG by @jsquash/jpeg";
  const results = [{ group: "edge", name, status: isJpeg ? "passed" : "failed" }];
  console.log(JSON.stringify({ results, digests }));
} finally {
  await worker.dispose();
}
