// Runs a bundled handler in Vercel's edge-runtime, on Node. Arguments as of host_workerd.mjs.
import { readFile } from "node:fs/promises";
import process from "node:process";

const [edge, bundle, wasm, fixtures, groups, more] = process.argv.slice(2);
const { EdgeRuntime } = (await import(edge)).default;
const kernel = await WebAssembly.compile(await readFile(wasm));
const encoder = await WebAssembly.compile(
  await readFile(wasm.replace(/wdstream\.wasm$/, "encoder.wasm")),
);
const runtime = new EdgeRuntime({
  // As the real one: neither eval nor compiling.
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, { KERNEL: kernel, ENCODER: encoder }),
  initialCode: await readFile(bundle, "utf8"),
});
const query = new URLSearchParams(more);
query.append("fixtures", fixtures);
const ask = async (path) => {
  const response = await runtime.dispatchFetch(`http://edge/${path}?${query}`);
  if (response.status !== 200) {
    throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`);
  }
  return await response.json();
};
const results = [];
for (const group of groups.split(",")) results.push(...await ask(group));
// The runtime keeps the process alive.
process.stdout.write(
  `${JSON.stringify({ results, digests: await ask("digests") })}\n`,
  () => process.exit(0),
);
