/**
 * Checks random pipelines, with workers: `deno task test:pipelines [COUNT] [FROM]`, 500 from the first one by default.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { checkPipelines } from "./pipelines.ts";

const [count = 500, from = 0] = process.argv.slice(2).map(Number);
if (![count, from].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error("Usage: deno task test:pipelines [COUNT] [FROM]");
  process.exit(2);
}
const jpeg = await readFile(new URL("../fixtures/jpeg/baseline/420_16x16.jpg", import.meta.url));
const begun = performance.now();
const counts = await checkPipelines(from, count, new Uint8Array(jpeg), true);
console.log(JSON.stringify(counts));
console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
console.log(`${counts.pipelines} passed, 0 failed`);
process.exit(0);
