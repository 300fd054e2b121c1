/**
 * Checks random orders: `deno task test:order [COUNT] [FROM]`, 5,000 from the first one by default.
 */
import process from "node:process";
import { checkPlans } from "./property.ts";

const [count = 5000, from = 0] = process.argv.slice(2).map(Number);
const begun = performance.now();
const counts = checkPlans(from, count);
console.log(JSON.stringify(counts));
console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
console.log(`${counts.plans} passed, 0 failed`);
