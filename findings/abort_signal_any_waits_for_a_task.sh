#!/usr/bin/env bash
# AbortSignal.any, Node 24.21.0 and Deno 2.9.6: a signal that joins a long-lived one and a short-lived one is documented to
# be let go of by itself (it is held weakly). It is not while promises follow promises: each joined signal, its reason with the
# captured stack and what that reaches stay until the event loop comes to its next task, collect as often as one may.
# Bun 1.4.5 keeps none.
#
# Whoever reads from memory, a cache or a decoder in an async loop can go on for minutes without a task. wdstream's random
# pipelines filled a heap of 4 GB so: a reader of segments made one joined signal a shard, and an epoch that never ended gave
# none of its samples to anyone who would have waited for a timer. A listener that is removed by hand holds nothing.
#
# Seen (bytes that 30,000 joined signals leave in the heap, each; then after one task):
#   node 575, then 48; deno 1556, then 348; bun 0, 0. With a task after every 500: none on all three.
#   By hand, addEventListener and removeEventListener, in microtasks: none on all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 bun@1.4.5 deno@2.9.6 >/dev/null
export NO_COLOR=1
cat > ask.mjs <<'END'
import process from "node:process";
const [how, tasks] = process.argv.slice(2);
const long = new AbortController();
const task = () => new Promise((resolve) => setTimeout(resolve, 0));
async function once() {
  const own = new AbortController();
  const follow = () => own.abort(long.signal.reason);
  const joined = how === "any" ? AbortSignal.any([long.signal, own.signal]) : own.signal;
  if (how !== "any") long.signal.addEventListener("abort", follow);
  await null;
  own.abort();
  long.signal.removeEventListener("abort", follow);
  return joined.aborted;
}
function heap() {
  if (globalThis.Bun) Bun.gc(true);
  else globalThis.gc();
  return process.memoryUsage().heapUsed;
}
const count = 30000;
for (let i = 0; i < 2000; i++) await once();
await new Promise((resolve) => setTimeout(resolve, 50));
const before = heap();
for (let i = 1; i <= count; i++) {
  await once();
  if (tasks === "tasks" && i % 500 === 0) await task();
}
const after = heap();
console.log(Math.round((after - before) / count));
END
bin=node_modules/.bin
for case in "any none" "any tasks" "hand none"; do
  read -r how tasks <<<"$case"
  node=$("$bin/node" --expose-gc ask.mjs $how $tasks)
  deno=$("$bin/deno" run --quiet --no-prompt -A --v8-flags=--expose-gc ask.mjs $how $tasks)
  bun=$("$bin/bun" ask.mjs $how $tasks)
  echo "$how, $tasks: node $node, deno $deno, bun $bun bytes each"
  if [ "$case" = "any none" ]; then
    [ "$node" -gt 300 ] && [ "$deno" -gt 300 ] && [ "$bun" -lt 100 ] || { echo "changed"; exit 1; }
  else
    [ "$node" -lt 100 ] && [ "$deno" -lt 100 ] && [ "$bun" -lt 100 ] || { echo "changed"; exit 1; }
  fi
done
echo "as described"
