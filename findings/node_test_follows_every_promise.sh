#!/usr/bin/env bash
# node:test, Node 24.21.0: as soon as a file registers one test, Node follows every promise of the process through async_hooks
# (creation and destruction, so that an error that comes late can be told to its test), also those of code that knows
# nothing of tests. Code that awaits a lot takes many times as much CPU time inside a test as outside: a million awaits of
# nothing 18 times, a web stream of small chunks 4 to 5 times. The same file under Deno's and Bun's own node:test costs
# nothing extra. A suite that is slow on Node alone may have nothing wrong with it, and a benchmark inside a test measures
# its runner.
#
# wdstream's suite had a case that reads 300 MB in chunks of 700 bytes: 7 s on Deno, 55 s on Node; with chunks of 64 KiB 1
# and 3 s. Its benchmarks never run inside tests.
#
# Seen (ms of CPU time outside, inside, ratio):
#   node  awaits 112, 2063, 18.4; stream 246, 1177, 4.8
#   deno  awaits 42, 47, 1.1; stream 116, 145, 1.2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 deno@2.9.6 >/dev/null
export NO_COLOR=1
cat > work.mjs <<'JS'
import process from "node:process";
const cpu = async (work) => {
  await work(10_000);
  const began = process.cpuUsage();
  await work(work.count);
  const { user, system } = process.cpuUsage(began);
  return Math.round((user + system) / 1000);
};
const awaits = Object.assign(async (count) => {
  for (let i = 0; i < count; i++) await undefined;
}, { count: 1_000_000 });
const stream = Object.assign(async (count) => {
  const chunks = new ReadableStream({
    pull: (controller) => count-- > 0 ? controller.enqueue(count) : controller.close(),
  }, { highWaterMark: 0 });
  for await (const _ of chunks);
}, { count: 200_000 });
export const measure = async () => console.log(`measured ${await cpu(awaits)} ${await cpu(stream)}`);
JS
cat > outside.mjs <<'JS'
import { measure } from "./work.mjs";
await measure();
JS
cat > inside.mjs <<'JS'
import { test } from "node:test";
import { measure } from "./work.mjs";
test("a test", measure);
JS
read_times() { sed -nE 's/.*measured ([0-9]+) ([0-9]+).*/\1 \2/p'; }
node=$folder/node_modules/.bin/node deno=$folder/node_modules/.bin/deno
read -r node_awaits node_stream < <("$node" outside.mjs | read_times)
read -r node_test_awaits node_test_stream < <("$node" inside.mjs | read_times)
read -r deno_awaits deno_stream < <("$deno" run -A --quiet outside.mjs | read_times)
read -r deno_test_awaits deno_test_stream < <("$deno" test -A --no-check inside.mjs 2>&1 | read_times)
echo "node  awaits $node_awaits, $node_test_awaits; stream $node_stream, $node_test_stream"
echo "deno  awaits $deno_awaits, $deno_test_awaits; stream $deno_stream, $deno_test_stream"
[ "$node_test_awaits" -gt $((5 * node_awaits)) ]
[ "$node_test_stream" -gt $((2 * node_stream)) ]
[ "$deno_test_awaits" -lt $((3 * deno_awaits)) ]
[ "$deno_test_stream" -lt $((3 * deno_stream)) ]
echo "as described"
