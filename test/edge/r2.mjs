// A Worker with the handler, over a bucket that has the given shards with their indexes. On Node.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { formatIndex, indexShard } from "../../mod.ts";

const ENCODER = new URL(
  "codec/enc/mozjpeg_enc.wasm",
  import.meta.resolve("@jsquash/jpeg/encode.js"),
);

/** The indexes of shards, without entity tags, which a bucket of its own gives. */
export async function indexShards(shards) {
  return await Promise.all(shards.map(async (path) => {
    const { shard, sizeBytes, samples } = await indexShard(path);
    return { shard, sizeBytes, samples };
  }));
}

/** Starts workerd; `indexes` go beside the shards, where there are any. */
export async function startWorker(miniflare, bundle, wasm, shards, indexes, bindings = {}) {
  const { Miniflare } = await import(miniflare);
  const worker = new Miniflare({
    compatibilityDate: "2026-01-01",
    host: "127.0.0.1",
    port: 0,
    modules: [
      { type: "ESModule", path: "worker.js", contents: await readFile(bundle, "utf8") },
      { type: "CompiledWasm", path: "wdstream.wasm", contents: await readFile(wasm) },
      { type: "CompiledWasm", path: "mozjpeg_enc.wasm", contents: await readFile(ENCODER) },
    ],
    r2Buckets: ["BUCKET"],
    // Without the proxy in between, which hides from the Worker that a client has left.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    bindings: { SHARDS: shards.map((path) => basename(path)).join(), ...bindings },
  });
  const bucket = await worker.getR2Bucket("BUCKET");
  for (const [i, path] of shards.entries()) {
    await bucket.put(basename(path), new Uint8Array(await readFile(path)));
    if (indexes[i] !== undefined) {
      await bucket.put(`${basename(path)}.idx`, formatIndex(indexes[i]));
    }
  }
  return worker;
}
