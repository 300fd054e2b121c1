/**
 * Requests that no polite client sends, to a handler over storage and shards that fail: `deno task fuzz:edge
 * [REQUESTS] [SEED]`. Whatever is asked, the answer must keep what every answer promises.
 */
import process from "node:process";
import { fileFixtures } from "../fixtures.ts";
import { runEdgeFuzz } from "./edge_requests.ts";

const [count = "20000", seed = "1"] = process.argv.slice(2);
const started = performance.now();
const { requests, statuses, broken } = await runEdgeFuzz(fileFixtures, Number(count), Number(seed));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${requests} requests in ${seconds} s: ${JSON.stringify(statuses)}`);
for (const each of broken.slice(0, 20)) console.log(`BROKEN: ${each}`);
console.log(`${broken.length === 0 ? 1 : 0} passed, ${broken.length} failed`);
process.exit(broken.length > 0 ? 1 : 0);
