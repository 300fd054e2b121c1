// The handler in workerd over a bucket. Arguments: one storage call in how many fails (0 for none), miniflare's entry,
// the bundle, the kernel, shards. Prints its origin as the first line.
import process from "node:process";
import { indexShards, startWorker } from "../r2.mjs";

const [every, miniflare, bundle, wasm, ...shards] = process.argv.slice(2);
const worker = await startWorker(miniflare, bundle, wasm, shards, await indexShards(shards), {
  CACHE: "off",
  ...(every === "0" ? {} : { FAULTS: every }),
});
await worker.ready;
console.log(String(await worker.unsafeGetDirectURL()).replace(/\/$/, ""));
// The Worker runs in a process of its own, which would go on.
process.once("SIGTERM", () => worker.dispose().finally(() => process.exit()));
