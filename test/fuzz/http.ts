/**
 * Readings from a host that fails at random: `deno task fuzz:http [COUNT] [SEED]`. Each must give the exact bytes of
 * one version or one typed error, and leave nothing open.
 */
import process from "node:process";
import { runFaults } from "../storage/faults.ts";

const [count = "20000", seed = "1"] = process.argv.slice(2);
const started = performance.now();
const codes: Record<string, number> = {};
const broken: string[] = [];
const numbers = Array.from({ length: Number(count) }, (_, i) => Number(seed) + i);

// Many at a time: most of their time is waiting.
await Promise.all(Array.from({ length: 64 }, async () => {
  for (let each = numbers.pop(); each !== undefined; each = numbers.pop()) {
    const outcome = await runFaults(each);
    codes[outcome.code] = (codes[outcome.code] ?? 0) + 1;
    if (outcome.broken !== undefined) broken.push(`seed ${each}: ${outcome.broken}`);
  }
}));

const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${count} readings in ${seconds} s: ${JSON.stringify(codes)}`);
for (const each of broken.slice(0, 20)) console.log(`BROKEN: ${each}`);
console.log(`${broken.length === 0 ? 1 : 0} passed, ${broken.length} failed`);
process.exit(broken.length > 0 ? 1 : 0);
