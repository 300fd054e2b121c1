#!/usr/bin/env bash
# Deno 2.9.6, node:child_process: once `child.kill("SIGTERM")` was called, the "close" event says that the child died of that
# signal, code null, although the child has a handler, ended in peace and gave an exit code of its own. Node and Bun give the code.
# With `process.kill(child.pid, "SIGTERM")` in its place Deno gives the code too, so it is what the parent asked for that is
# reported, not what the child did.
#
# So a supervisor on Deno cannot tell a worker that saved its state and left from one that was torn down, and a test of a
# graceful end fails there alone. wdstream's tests signal by the process number for this.
#
# Seen (code, signal): child.kill: node "7 null", bun "7 null", deno "null SIGTERM"; process.kill: "7 null" on all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 bun@1.4.5 deno@2.9.6 >/dev/null
export NO_COLOR=1
cat > ask.mjs <<'END'
import { spawn } from "node:child_process";
import process from "node:process";
const script = "trap 'exit 7' TERM; echo up; while :; do sleep 0.1; done";
const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
child.stdout.once("data", () => {
  if (process.argv[2] === "child") child.kill("SIGTERM");
  else process.kill(child.pid, "SIGTERM");
});
child.on("close", (code, signal) => console.log(`${code} ${signal}`));
END
bin=node_modules/.bin
for how in child process; do
  node=$("$bin/node" ask.mjs $how)
  bun=$("$bin/bun" ask.mjs $how)
  deno=$("$bin/deno" run --allow-all ask.mjs $how)
  echo "$how.kill: node $node, bun $bun, deno $deno"
  [ $how = child ] && wanted="null SIGTERM" || wanted="7 null"
  [ "$node" = "7 null" ] && [ "$bun" = "7 null" ] && [ "$deno" = "$wanted" ] || { echo "changed"; exit 1; }
done
echo "as described"
