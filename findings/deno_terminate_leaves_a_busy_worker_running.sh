#!/usr/bin/env bash
# Worker.terminate(), Deno 2.9.6: the HTML standard aborts whatever script the worker is running, and so do Node 24.21.0 (its
# promise resolves when the thread has ended) and Bun 1.4.5 (within milliseconds; 0.1 s of promises alone). On Deno a worker
# that is in a loop, or in promises without a task between them, goes on as if nothing had been said, for as long as the
# process lives (20 s were watched): it keeps a processor, and goes on writing into shared memory. It ends when it comes
# back to its event loop.
#
# Whoever stops a pool of workers that write into a SharedArrayBuffer, and then uses that memory for something else, finds
# old pixels in it. wdstream's pool raises a flag in shared memory that workers look at before each image, and waits for
# their last answers before it ends them.
#
# Seen (milliseconds after terminate() for which a counter in shared memory still grew, of 3000 that were watched):
#   deno: loop 3000, promises 3000, timers 0; node: 0, 0, 0; bun: 0 to 4, 0 to 110, 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 bun@1.4.5 deno@2.9.6 >/dev/null
export NO_COLOR=1
cat > worker.mjs <<'JS'
import { parentPort } from "node:worker_threads";
const port = globalThis.Deno || globalThis.Bun ? globalThis : parentPort;
async function count(data) {
  const [memory, how] = data;
  const counter = new Int32Array(memory);
  port.postMessage("begins");
  for (;;) {
    Atomics.add(counter, 0, 1);
    if (how === "promises") await null;
    if (how === "timers") await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
if (port === parentPort) port.on("message", count);
else port.onmessage = ({ data }) => void count(data);
JS
cat > watch.mjs <<'JS'
import process from "node:process";
const WATCHED = 3000;
const how = process.argv[2];
const url = new URL("worker.mjs", import.meta.url);
const memory = new SharedArrayBuffer(4);
const counter = new Int32Array(memory);
const isWeb = globalThis.Deno || globalThis.Bun;
const { Worker: NodeWorker } = isWeb ? {} : await import("node:worker_threads");
const worker = isWeb ? new Worker(url, { type: "module" }) : new NodeWorker(url);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
await new Promise((resolve) => {
  if (isWeb) worker.onmessage = resolve;
  else worker.once("message", resolve);
  worker.postMessage([memory, how]);
});
await pause(50);
await worker.terminate();
const start = performance.now();
let [last, until] = [Atomics.load(counter, 0), 0];
while (performance.now() - start < WATCHED) {
  const now = Atomics.load(counter, 0);
  if (now !== last) [last, until] = [now, performance.now() - start];
  await pause(5);
}
console.log(Math.round(until));
process.exit(0);
JS
bin=node_modules/.bin
for how in loop promises timers; do
  deno=$("$bin/deno" run --quiet --no-prompt -A watch.mjs $how)
  node=$("$bin/node" watch.mjs $how)
  bun=$("$bin/bun" watch.mjs $how)
  echo "$how: deno $deno, node $node, bun $bun ms"
  [ "$node" -lt 500 ] && [ "$bun" -lt 1000 ] || { echo "changed"; exit 1; }
  if [ "$how" = timers ]; then [ "$deno" -lt 500 ] || { echo "changed"; exit 1; }
  else [ "$deno" -gt 2500 ] || { echo "changed"; exit 1; }
  fi
done
echo "as described"
