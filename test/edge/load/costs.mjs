// Many clients at once on the handler in workerd, on Node. Arguments: seconds, clients, miniflare's entry, the bundle,
// the kernel, shards. Prints the figures as JSON on the last line.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import { indexShards, startWorker } from "../r2.mjs";

const [seconds, clients, miniflare, bundle, wasm, ...shards] = process.argv.slice(2);
const indexes = await indexShards(shards);
const started = performance.now();
const worker = await startWorker(
  miniflare,
  bundle,
  wasm,
  shards,
  indexes,
  // The cache of this imitation of the platform keeps answers in the memory that is watched here.
  { CACHE: "off" },
);
const origin = String(await worker.ready).replace(/\/$/, "");
const workerd = Number(execFileSync("pgrep", ["-n", "workerd"], { encoding: "utf8" }));

const rss = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerd}/status`, "utf8"))[1]) / 1024;
/** CPU time of workerd in milliseconds; the kernel counts in hundredths of a second. */
const cpu = () => {
  const fields = readFileSync(`/proc/${workerd}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
};
const pathOf = (n) => {
  const shard = n % shards.length;
  return `/v1/all/${basename(shards[shard])}/${
    Math.floor(n / shards.length) % indexes[shard].samples.length
  }`;
};
const ask = async (path) => {
  const response = await fetch(origin + path);
  const bytes = await response.arrayBuffer();
  if (response.status !== 200) {
    throw new Error(`${path}: ${response.status} ${new TextDecoder().decode(bytes).slice(0, 300)}`);
  }
  return bytes.byteLength;
};

// The first answer, and then the cost of each kind alone, one request after the other.
const coldStart = performance.now();
await ask(`${pathOf(0)}?size=160&fit=cover`);
const cold = performance.now() - coldStart;
const KINDS = {
  "png thumbnail": "size=160&fit=cover",
  "png, the crop": "size=224&fit=evaluation",
  tensor: "as=f32",
  "new jpeg": "as=jpeg&size=160",
  json: "as=json",
  stored: "as=jpeg",
};
const costs = {};
for (const [name, query] of Object.entries(KINDS)) {
  for (let n = 0; n < 30; n++) await ask(`${pathOf(n)}?${query}`);
  const before = cpu(), count = 300;
  for (let n = 0; n < count; n++) await ask(`${pathOf(n)}?${query}&`.replace(/&$/, ""));
  costs[name] = (cpu() - before) / count;
}

// Then all clients at once, for as long as asked.
const MIX = [
  "size=160&fit=cover",
  "size=96",
  "as=json",
  "as=f32&size=160",
  "as=jpeg",
  "size=224&fit=evaluation",
];
const end = performance.now() + 1000 * Number(seconds);
const latencies = [], memory = [];
let errors = 0, busy = 0, bytes = 0, next = 0, firstError;
const sampling = setInterval(() => memory.push(rss()), 500);
await Promise.all(Array.from({ length: Number(clients) }, async () => {
  while (performance.now() < end) {
    const n = next++;
    const begin = performance.now();
    try {
      const response = await fetch(`${origin}${pathOf(n * 7)}?${MIX[n % MIX.length]}`);
      bytes += (await response.arrayBuffer()).byteLength;
      // Beyond its limit the handler says so at once, which is what it should do.
      if (response.status === 503) {
        busy++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      } else if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
      else latencies.push(performance.now() - begin);
    } catch (error) {
      errors++;
      firstError ??= String(error);
    }
  }
}));
clearInterval(sampling);
latencies.sort((a, b) => a - b);
const quantile = (q) => latencies[Math.floor(q * (latencies.length - 1))];
const half = memory.slice(memory.length / 2);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(JSON.stringify({
  clients: Number(clients),
  seconds: Number(seconds),
  answers: latencies.length,
  busy,
  errors,
  firstError,
  perSecond: latencies.length / Number(seconds),
  megabytes: bytes / 1e6,
  medianMs: quantile(0.5),
  p99Ms: quantile(0.99),
  rssMb: {
    thirdQuarter: mean(half.slice(0, half.length / 2)),
    lastQuarter: mean(half.slice(half.length / 2)),
    most: Math.max(...memory),
  },
  coldStartMs: cold,
  startToReadyMs: coldStart - started,
  cpuMs: costs,
}));
await worker.dispose();
process.exit(0);
