/**
 * A small shard on a host that fails, over real connections: `deno task fuzz:host [EVERY]`. Each fault is met at every
 * byte of it, or at every so-many-th one; what is read must be exact, or one typed error, and nothing may stay open.
 */
import process from "node:process";
import { meetAllFaults } from "../storage/fault_server.native.ts";

const [every = "1"] = process.argv.slice(2);
const started = performance.now();
const codes = await meetAllFaults(Number(every));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const count = Object.values(codes).reduce((sum, each) => sum + each, 0);
console.log(`${count} readings in ${seconds} s: ${JSON.stringify(codes)}`);
