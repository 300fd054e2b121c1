#!/usr/bin/env bash
# Node 24.21.0, Bun 1.4.5 and Deno 2.9.6: what a fetch has received when its connection breaks is given to the reader by
# Deno, and thrown away by Node and Bun unless the reader had already asked for it. A loop that is slower than the network
# (it decodes images) sees the error at once and not one of the 60,000 bytes that had arrived, although the same loop
# without its pause sees all of them. Web streams are specified so: an error empties the queue. (Bun keeps the bytes if
# the reader was taken before the pause, Node does not.)
#
# So how many bytes "came" before a break depends on the runtime and on how busy the reader is. A download that goes on
# from what its socket had counted leaves a hole; only what the reader was given counts. wdstream goes on from there, and
# its counter of bytes says what was given, not what was sent.
#
# Seen: a reader that asks at once: 60000 60000 60000; one that waits until the connection has broken: node 0, bun 0,
# deno 60000. All of them throw afterwards.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 bun@1.4.5 deno@2.9.6 >/dev/null
export NO_COLOR=1
cat > server.mjs <<'END'
// Promises 100,000 bytes, sends 60,000 of them, and resets the connection a little later.
import net from "node:net";
const server = net.createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    socket.write(Buffer.alloc(60_000, 65), () => setTimeout(() => socket.resetAndDestroy(), 500));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
END
cat > client.mjs <<'END'
import process from "node:process";
const [port, pauseMs] = process.argv.slice(2).map(Number);
const { body } = await fetch(`http://127.0.0.1:${port}/`);
await new Promise((resolve) => setTimeout(resolve, pauseMs));
const reader = body.getReader();
let count = 0;
try {
  while (true) {
    const { done, value } = await reader.read();
    if (done) throw new Error("no error");
    count += value.length;
  }
} catch (error) {
  console.log(error.message === "no error" ? "no error" : count);
}
process.exit(0);
END
bin=node_modules/.bin
"$bin/node" server.mjs > port &
server=$!
until [ -s port ]; do sleep 0.1; done
port=$(cat port)
for pause in 0 3000; do
  seen="$("$bin/node" client.mjs "$port" $pause) $("$bin/bun" client.mjs "$port" $pause)"
  seen="$seen $("$bin/deno" run --allow-net --allow-read client.mjs "$port" $pause)"
  echo "a pause of $pause ms: node, bun, deno read $seen"
  [ $pause -eq 0 ] && wanted="60000 60000 60000" || wanted="0 0 60000"
  [ "$seen" = "$wanted" ] || { echo "changed: $wanted was seen"; exit 1; }
done
echo "as described"
