#!/usr/bin/env bash
# Deno 2.9.6, node:child_process: `child.kill()` sends its first signal alone. Each further one returns false and sends nothing,
# although the child lives: after `kill("SIGSTOP")` it can neither be continued nor killed, after a `kill("SIGTERM")` that it
# handles, no SIGKILL reaches it. Node and Bun send each. `process.kill(child.pid, …)` sends each on Deno, too.
#
# So what stops a process for a while leaves it stopped for ever on Deno, and the usual "SIGTERM, then SIGKILL after some
# seconds" leaves orphans. wdstream's tests signal by the process number for this.
#
# Seen (what the second kill returned, state of the child afterwards; T is stopped, S sleeps):
#   node "true S", bun "true S", deno "false T"; with process.kill: "true S" on all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 bun@1.4.5 deno@2.9.6 >/dev/null
export NO_COLOR=1
cat > ask.mjs <<'END'
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
const child = spawn("sleep", ["100"], { stdio: "ignore" });
const send = (name) => process.argv[2] === "child" ? child.kill(name) : process.kill(child.pid, name);
await pause();
send("SIGSTOP");
await pause();
const sent = send("SIGCONT");
await pause();
console.log(`${sent} ${readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" ")[2]}`);
process.kill(child.pid, "SIGKILL");
END
bin=node_modules/.bin
for how in child process; do
  node=$("$bin/node" ask.mjs $how)
  bun=$("$bin/bun" ask.mjs $how)
  deno=$("$bin/deno" run --quiet --no-prompt -A ask.mjs $how)
  echo "$how: node \"$node\", bun \"$bun\", deno \"$deno\""
  if [ $how = child ]; then wanted="false T"; else wanted="true S"; fi
  [ "$node" = "true S" ] && [ "$bun" = "true S" ] && [ "$deno" = "$wanted" ] || { echo "changed"; exit 1; }
done
echo "as described"
