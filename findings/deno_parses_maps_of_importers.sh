#!/usr/bin/env bash
# Deno 2.9.6: a script that has a source map beside it (`//# sourceMappingURL=a.js.map`) and that is the first one to import
# another module has its map read and parsed before anything runs, though nothing fails and no stack is asked for. The map of a
# bundle of 10,000 lines (one megabyte) takes a start ten milliseconds and more. Where the entry imports the other module too, before
# or behind the bundle, the bundle is not the first one to import it, and its map is left alone; so is that of a module without
# imports.
#
# So the position of an import seems to be mapped for an error that is never thrown. wdstream's package names all files that an
# entry loads in the entry itself, whose map is short.
#
# Seen (which maps are opened): "bundle first: bundle.js.map", "entry first:" and nothing. Start, least of 20 on a busy machine: 72 and 48 ms.
set -euo pipefail
command -v strace >/dev/null || { echo "skipped: there is no strace"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" deno@2.9.6 >/dev/null
export NO_COLOR=1 DENO_DIR="$folder/cache"
python3 - <<'END'
import json
lines = [f"export const value{i} = {i};" for i in range(10000)]
text = "\n".join(['import "./leaf.js";', *lines, "//# sourceMappingURL=bundle.js.map", ""])
open("bundle.js", "w").write(text)
mappings = ";".join(["AAAA"] + ["AACA,MAAM,CAAC"] * 10000)
json.dump(
    {"version": 3, "file": "bundle.js", "sources": ["bundle.ts"], "names": [], "mappings": mappings, "sourcesContent": [text * 3]},
    open("bundle.js.map", "w"),
)
open("leaf.js", "w").write("export const leaf = 1;\n")
open("bundle_first.js", "w").write('import "./bundle.js";\n')
open("entry_first.js", "w").write('import "./bundle.js";\nimport "./leaf.js";\n')
END
deno=$(readlink -f node_modules/.bin/deno)
binary=$(find node_modules -name deno -type f -size +10M | head -n 1)
maps() {
  "${binary:-$deno}" run --no-check "$1" # makes the caches
  strace -f -e trace=open,openat -o trace.txt "${binary:-$deno}" run --no-check "$1"
  grep -o '[a-z]*\.js\.map"' trace.txt | tr -d '"' | sort -u | tr '\n' ' ' || true
}
first=$(maps bundle_first.js)
entry=$(maps entry_first.js)
echo "bundle first: $first"
echo "entry first: $entry"
cat > time.py <<'END'
import subprocess, sys, time
least = {}
for _ in range(20):
    for name in ["bundle_first.js", "entry_first.js"]:
        before = time.perf_counter()
        subprocess.run([sys.argv[1], "run", "--no-check", name], check=True)
        least[name] = min(least.get(name, 1e9), (time.perf_counter() - before) * 1000)
print(*(f"{name}: {ms:.1f} ms" for name, ms in least.items()), sep=", ")
END
python3 time.py "${binary:-$deno}"
[ "$first" = "bundle.js.map " ] || { echo "changed: the bundle's map is not read"; exit 1; }
[ -z "$entry" ] || { echo "changed: a map is read all the same"; exit 1; }
echo "as described"
