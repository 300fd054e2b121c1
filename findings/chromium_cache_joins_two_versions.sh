#!/usr/bin/env bash
# Chromium 156.0.8078.108 (Debian's; needs one at /usr/bin/chromium): a download that breaks off is kept in the browser's own cache
# as far as it came, and what is fetched of the same URL next is asked for as the rest of it, `Range` with `If-Range: "1"`. A host
# that has a new version by then, and that does not heed If-Range, sends the end of that one: 206, `ETag: "2"`. Chromium compares
# neither tag nor date then, and `fetch` is told the headers of what was kept:
#
# - asked for all (no Range): one body, 469 bytes of version 1 and 555 of version 2, under ETag "1", without an error;
# - asked for the rest (`Range: bytes=469-`, after a range that broke off there): 555 bytes of version 2 under ETag "1".
#
# The second is what whoever goes on with a download does, and comparing tags, as it must, does not help: the tag is the old one. So
# bytes of two versions are put together by a client that did everything right. That a host does not heed If-Range is its fault
# (RFC 9110, section 13.1.5), but a client that sends none does not depend on it. With `cache: "no-store"` no such request is sent, and
# the tag is the version's; wdstream asks so in pages since.
#
# Seen: all, default: 469x1 555x2 "1"; rest, default: 555x2 "1"; all, no-store: 1024x2 "2"; rest, no-store: 555x2 "2".
set -euo pipefail
chromium=${CHROMIUM:-/usr/bin/chromium}
[ -x "$chromium" ] || { echo "no Chromium at $chromium"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts playwright-core@1.64.1 >/dev/null
cat > look.mjs <<'END'
import net from "node:net";
import process from "node:process";
import { chromium } from "playwright-core";
const SIZE = 1024, BREAK = 469;
const counts = new Map();
// Gives version 1 once, and breaks off; then version 2. Heeds Range, and not If-Range.
const server = net.createServer((socket) => {
  socket.on("error", () => {});
  let text = "";
  socket.on("data", (data) => {
    text += data;
    for (let end; (end = text.indexOf("\r\n\r\n")) >= 0; text = text.slice(end + 4)) {
      const head = text.slice(0, end);
      const path = head.split(" ")[1];
      if (!path.startsWith("/object")) {
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\n ");
        continue;
      }
      const count = (counts.get(path) ?? 0) + 1;
      counts.set(path, count);
      const version = count === 1 ? 1 : 2;
      const [, from, to] = /\nRange: bytes=(\d+)-(\d*)/i.exec(head) ?? [];
      const start = Number(from ?? 0), stop = to ? Number(to) + 1 : SIZE;
      const body = Buffer.alloc(stop - start, version);
      const lines = [`ETag: "${version}"`, `Content-Length: ${body.length}`];
      if (from !== undefined) lines.push(`Content-Range: bytes ${start}-${stop - 1}/${SIZE}`);
      socket.write(`HTTP/1.1 ${from === undefined ? "200 OK" : "206 Partial Content"}\r\n${lines.join("\r\n")}\r\n\r\n`);
      if (count > 1) socket.write(body);
      else socket.write(body.subarray(0, BREAK), () => setTimeout(() => socket.destroy(), 20));
    }
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
console.log(browser.version());
for (const cache of ["default", "no-store"]) {
  for (const kind of ["all", "rest"]) {
    const seen = await page.evaluate(async ([cache, kind, BREAK]) => {
      const read = async (range) => {
        const headers = range === undefined ? {} : { range };
        const response = await fetch(`/object?${cache}-${kind}`, { headers, cache });
        return [new Uint8Array(await response.arrayBuffer()), response.headers.get("etag")];
      };
      const all = kind === "all";
      await read(all ? undefined : "bytes=0-1023").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 200));
      const [bytes, etag] = await read(all ? undefined : `bytes=${BREAK}-1023`);
      const count = (version) => bytes.filter((byte) => byte === version).length;
      const parts = [1, 2].filter((version) => count(version) > 0);
      return `${parts.map((version) => `${count(version)}x${version}`).join(" ")} ${etag}`;
    }, [cache, kind, BREAK]);
    console.log(`${kind}, ${cache}: ${seen}`);
  }
}
await browser.close();
server.close();
END
seen=$(node look.mjs "$chromium")
echo "$seen"
wanted='all, default: 469x1 555x2 "1"
rest, default: 555x2 "1"
all, no-store: 1024x2 "2"
rest, no-store: 555x2 "2"'
[ "$(tail -n 4 <<< "$seen" | sort)" = "$(sort <<< "$wanted")" ] || { echo "changed"; exit 1; }
echo "as described"
