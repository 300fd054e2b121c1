// Runs what wrangler bundled in workerd, on Node. Arguments: miniflare's entry, the folder of the bundle, a shard and its
// number of samples. Prints the digests of all tensors.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

const [miniflare, folder, shard, count] = process.argv.slice(2);
const { Miniflare } = await import(miniflare);
const modules = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name)).sort((a, b) =>
  a < b ? 1 : -1
);
const main = modules.find((name) => name.endsWith(".js"));
const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules: [
    { type: "ESModule", path: main, contents: readFileSync(`${folder}/${main}`, "utf8") },
    ...modules.filter((name) => name.endsWith(".wasm"))
      .map((path) => ({ type: "CompiledWasm", path, contents: readFileSync(`${folder}/${path}`) })),
  ],
  r2Buckets: ["BUCKET"],
});
try {
  await (await worker.getR2Bucket("BUCKET")).put("sample.tar", new Uint8Array(readFileSync(shard)));
  const digests = [];
  for (let n = 0; n < Number(count); n++) {
    const response = await worker.dispatchFetch(`http://worker/v1/all/0/${n}?as=f32`);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    digests.push(
      createHash("sha256").update(Buffer.from(await response.arrayBuffer())).digest("hex"),
    );
  }
  console.log(JSON.stringify(digests));
} finally {
  await worker.dispose();
}
