// Runs a Worker that wrangler bundled in workerd, on Node. Arguments: miniflare's entry, the folder of the bundle, a file
// that is sent to it. Prints what it answers.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

const [miniflare, folder, file] = process.argv.slice(2);
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
});
try {
  const body = new Uint8Array(readFileSync(file));
  const response = await worker.dispatchFetch("http://worker/", { method: "POST", body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  console.log(text);
} finally {
  await worker.dispose();
}
