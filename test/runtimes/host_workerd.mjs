// Runs a bundled Worker in workerd through miniflare, on Node. Arguments: miniflare's entry, the bundle, the kernel
// (the encoder lies beside it), the fixtures' origin, groups, and a query with shards. Prints the report as the last
// line.
import { readFile } from "node:fs/promises";
import process from "node:process";

const [miniflare, bundle, wasm, fixtures, groups, more] = process.argv.slice(2);
const { Miniflare } = await import(miniflare);
const worker = new Miniflare({
  compatibilityDate: "2026-01-01",
  modules: [
    { type: "ESModule", path: "worker.js", contents: await readFile(bundle, "utf8") },
    { type: "CompiledWasm", path: "wdstream.wasm", contents: await readFile(wasm) },
    {
      type: "CompiledWasm",
      path: "encoder.wasm",
      contents: await readFile(wasm.replace(/wdstream\.wasm$/, "encoder.wasm")),
    },
  ],
});
const query = new URLSearchParams(more);
query.append("fixtures", fixtures);
const ask = async (path) => {
  const response = await worker.dispatchFetch(`http://worker/${path}?${query}`);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`);
  return await response.json();
};
try {
  const results = [];
  for (const group of groups.split(",")) results.push(...await ask(group));
  console.log(JSON.stringify({ results, digests: await ask("digests") }));
} finally {
  await worker.dispose();
}
