/** Plans and submits many tasks, on any runtime, and says how long that took and how much memory. */
import process from "node:process";
import { planJob, submitJob } from "../../../src/jobs/mod.ts";
import { openQueue } from "../../../src/jobs/bullmq/mod.ts";

interface Orders {
  readonly url: string;
  readonly name: string;
  readonly out: string;
  readonly tasks: number;
}

const { url, name, out, tasks }: Orders = JSON.parse(process.argv[2]);
const queue = await openQueue(url, { name });
let startedMs = performance.now();
const lap = (): number => {
  const ms = Math.round(performance.now() - startedMs);
  startedMs = performance.now();
  return ms;
};
const peak = (): number => process.resourceUsage().maxRSS * 1024;
const inputs = Array.from({ length: tasks }, (_, i) => ({
  url: `https://data.example/train/shard-${String(i).padStart(6, "0")}.tar`,
  sizeBytes: 100_000_000 + i,
  etag: `"${i.toString(16).padStart(32, "0")}"`,
}));
const job = await planJob(inputs, out, { operation: "verify" });
const planMs = lap();
const plannedBytes = peak();
const { added } = await submitJob(job, out, queue);
const submitMs = lap();
const second = await submitJob(job, out, queue);
const againMs = lap();
await queue.close();
const peakBytes = peak();
const again = second.added + second.again;
console.log(JSON.stringify({ planMs, submitMs, againMs, added, again, plannedBytes, peakBytes }));
