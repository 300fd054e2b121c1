#!/usr/bin/env bash
# Deno 2.9.6: a script whose only line is `import "node:process"` takes almost half as long again to start as an empty one, and so
# does one that only reads the global `process.argv`, for the global is made by the same modules when it is first touched.
# Deno.args costs nothing that can be seen, and node:path half of it. It is the streams, terminals and files behind
# node:process and node:fs that are loaded. A command line that runs for 50 ms pays most of its time for its arguments.
#
# So a library that runs everywhere by "node: is there on all three" is slow to start on Deno alone. wdstream's command line and
# its files use Deno's own there; `wdstream ls` of a small shard took 284 ms of CPU before and 225 after, from the sources.
#
# Seen (CPU ms, least of 16): empty 82, Deno.args 85, node:path 102, node:process 117, process.argv 113, node:fs 140.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" deno@2.9.6 >/dev/null
export NO_COLOR=1 DENO_DIR="$folder/cache"
echo '' > empty.js
echo 'if (Deno.args.length > 9) throw 0;' > deno_args.js
echo 'import "node:path";' > node_path.js
echo 'import "node:process";' > node_process.js
echo 'if (process.argv.length > 9) throw 0;' > process_argv.js
echo 'import "node:fs";' > node_fs.js
cat > time.py <<'END'
import os, resource, subprocess, sys
names = sys.argv[2:]
least = dict.fromkeys(names, float("inf"))
def spent():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000
for _ in range(16):
    for name in names:
        before = spent()
        subprocess.run([sys.argv[1], "run", "--allow-all", name + ".js"], check=True)
        least[name] = min(least[name], spent() - before)
print(" ".join(f"{least[name]:.0f}" for name in names))
END
deno=$(readlink -f node_modules/.bin/deno)
binary=$(find node_modules -name deno -type f -size +10M | head -n 1)
names="empty deno_args node_path node_process process_argv node_fs"
times=$(python3 time.py "${binary:-$deno}" $names)
echo "$names: $times ms"
read -r empty args _ process argv fs <<<"$times"
for value in $process $argv $fs; do
  [ $((value * 100)) -gt $((empty * 120)) ] || { echo "changed: $value is not much more than $empty"; exit 1; }
done
[ $((args * 100)) -lt $((empty * 115)) ] || { echo "changed: Deno.args costs something too"; exit 1; }
echo "as described"
