#!/usr/bin/env bash
# Vite 7.3.1: a module that is valid and that Vite itself has minified cannot be built: "[vite:build-import-analysis] … Parse error".
# The source has nothing unusual, a loop that leaves some names out:
#
#   for await (const name of names) if (!/\./.test(name)) kept.push(name);
#
# esbuild's minifier makes of it `for await(…)/\./.test(name)||kept.push(name)`. es-module-lexer, by which Vite finds imports in what
# it has minified, knows that a slash behind `for (…)`, `if (…)` and `while (…)` begins an expression, and takes one behind
# `for await (…)` for a division. It then reads the expression as code. Whether that fails depends on what the expression holds: with
# a bracket, a quote mark or an escaped slash it does. The same loop without `await`, or with the expression in a constant, is built,
# and so is all of it with `build.minify: false`. The error names a place far from the loop, in the minified file.
#
# So a library that works in Deno, Node and Bun, and that passes its own tests, may break the build of whoever bundles it.
# wdstream's packer had such a loop; it names the expression now, and a test builds all modules by Vite.
#
# Seen: vite 7.3.1 with esbuild 0.27: for await: Parse error; for: built; a constant: built; not minified: built.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund vite@7.3.1 >/dev/null
cat > await.js <<'END'
export async function keep(names, kept) {
  for await (const name of names) if (!/(?:^|\/)\./.test(name)) kept.push(name);
  return (await import("./other.js")).sort(kept);
}
END
sed 's/for await (/for (/' await.js > plain.js
sed -e '1i const HIDDEN = /(?:^|\\/)\\./;' -e 's#/(?:^|\\/)\\./\.test#HIDDEN.test#' await.js > constant.js
echo 'export const sort = (names) => names.sort();' > other.js
build() {
  local name=$1 minify=$2
  echo "<script type=\"module\">import { keep } from './$name.js'; console.log(await keep(['a'], []));</script>" > index.html
  echo "export default { build: { target: 'esnext', minify: $minify, modulePreload: true } };" > vite.config.js
  if npx vite build --logLevel error > log 2>&1; then echo built; else grep -o "Parse error" log | head -n 1; fi
}
seen="for await: $(build await '"esbuild"'); for: $(build plain '"esbuild"'); a constant: $(build constant '"esbuild"'); not minified: $(build await false)"
echo "$seen"
[ "$seen" = "for await: Parse error; for: built; a constant: built; not minified: built" ] || { echo "changed"; exit 1; }
echo "as described"
