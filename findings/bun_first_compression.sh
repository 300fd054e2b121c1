#!/usr/bin/env bash
# Bun 1.4.5: the first CompressionStream of a process gives other bytes for the same input than every later one, of any
# format. Both are valid, and the first is larger. Node, Deno and browsers give the same bytes each time.
#
# So bytes that a server compresses on the fly are no version of anything: a digest of a PNG or of a .gz that was taken
# in a fresh process does not match the next one, and a strong entity tag on them is wrong. wdstream's handler tags
# what it compresses weakly for this.
#
# Seen (bytes of 77,000 compressed): deflate 17282, 17131, 17131; gzip 17294 (12 more than the first), deflate 17131, 17131.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" bun@1.4.5 >/dev/null
cat > pack.mjs <<'END'
const input = new Uint8Array(77_000).map((_, i) => (i * i * 31) >> 7);
const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
const sizes = [];
for (const format of process.argv.slice(2)) {
  const packed = await through(input, new CompressionStream(format));
  const plain = await through(packed, new DecompressionStream(format));
  if (!plain.every((byte, i) => byte === input[i]) || plain.length !== input.length) throw new Error("damaged");
  sizes.push(packed.length);
}
console.log(sizes.join(" "));
END
bun=node_modules/.bin/bun
"$bun" --version
first=$("$bun" pack.mjs deflate deflate deflate)
later=$("$bun" pack.mjs gzip deflate deflate deflate)
echo "deflate three times:             $first"
echo "gzip, then deflate three times:  $later"
read -r a b c <<<"$first"
[ "$a" -ne "$b" ] && [ "$b" -eq "$c" ] || { echo "changed: the first is like the others"; exit 1; }
[ "$later" = "$((a + 12)) $b $b $b" ] || { echo "changed: after another format"; exit 1; }
echo "as described"
