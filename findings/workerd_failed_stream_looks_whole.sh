#!/usr/bin/env bash
# workerd (miniflare 4.20260426.0): an answer whose ReadableStream fails in the middle ends as if it were whole. The
# Content-Length that the Worker set is dropped from any answer whose body is a stream of JavaScript's, and the chunked
# body gets its regular last chunk: no client, proxy or cache can tell that bytes are missing. Node, Deno and Bun break the
# connection. A FixedLengthStream in between keeps the length and breaks the connection where it is not reached.
#
# wdstream's handler sends what it cannot make at once through a FixedLengthStream, and lets nobody keep it.
#
# Seen: plain: 200, no content-length, 1000 bytes of 5000, ended well; fixed: the connection is reset.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" miniflare@4.20260426.0 >/dev/null
cat > run.mjs <<'END'
import { get } from "node:http";
import { Miniflare } from "miniflare";
const worker = new Miniflare({
  modules: true,
  compatibilityDate: "2026-01-01",
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  script: `export default { fetch(request) {
    let pulls = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (pulls++ > 0) throw new Error("the storage broke off");
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const headers = { "content-length": "5000" };
    if (new URL(request.url).pathname === "/plain") return new Response(body, { headers });
    const fixed = new FixedLengthStream(5000);
    body.pipeTo(fixed.writable).catch(() => {});
    return new Response(fixed.readable, { headers });
  } };`,
});
const origin = String(await worker.unsafeGetDirectURL()).replace(/\/$/, "");
const ask = (path) => new Promise((resolve) => {
  let bytes = 0;
  const request = get(origin + path, (response) => {
    response.on("data", (chunk) => bytes += chunk.length);
    response.on("error", () => {});
    response.on("close", () => resolve(
      `${response.statusCode} ${response.headers["content-length"] ?? "no length"} ${bytes} ${response.complete ? "whole" : "broken"}`,
    ));
  });
  request.on("error", (error) => resolve(error.code));
});
console.log("plain:", await ask("/plain"));
console.log("fixed:", await ask("/fixed"));
await worker.dispose();
process.exit(0);
END
output=$(node run.mjs 2>/dev/null)
echo "$output"
grep -q '^plain: 200 no length 1000 whole$' <<<"$output" || { echo "changed: the plain stream"; exit 1; }
grep -qE '^fixed: (ECONNRESET|200 5000 [0-9]+ broken)$' <<<"$output" || { echo "changed: the fixed one"; exit 1; }
echo "as described"
