// Hosts of another origin, as they are: with ranges and leave to read them, without either, and one that stops answering.
import { createServer } from "node:http";

/** Serves a shard; gives the origin, and what makes the host that hangs go on. */
export async function startHosts(shard) {
  let waiting = [];
  let isReleased = false;
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    requests.push(`${request.method} ${pathname}`);
    const headers = { "content-type": "application/x-tar", etag: '"1"' };
    if (pathname !== "/closed.tar") headers["access-control-allow-origin"] = "*";
    if (pathname === "/open.tar" || pathname === "/hangs.tar" || pathname === "/never.tar") {
      headers["access-control-expose-headers"] = "Content-Range, ETag";
    }
    if (request.method === "OPTIONS") {
      response.writeHead(204, { ...headers, "access-control-allow-headers": "range" });
      return response.end();
    }
    if (pathname === "/missing.tar" || pathname.endsWith(".idx")) {
      return response.writeHead(404, headers).end();
    }
    if (pathname === "/private.tar") return response.writeHead(403, headers).end();
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const isWhole = from === undefined || pathname === "/whole.tar";
    const start = isWhole ? 0 : Number(from);
    const end = isWhole || to === "" ? shard.length : Math.min(shard.length, Number(to) + 1);
    const answer = () => {
      if (!isWhole) headers["content-range"] = `bytes ${start}-${end - 1}/${shard.length}`;
      response.writeHead(isWhole ? 200 : 206, { ...headers, "content-length": end - start });
      response.end(request.method === "HEAD" ? undefined : shard.subarray(start, end));
    };
    if (pathname === "/never.tar" && start > 0) return;
    if (pathname === "/hangs.tar" && start > 0 && !isReleased) return waiting.push(answer);
    answer();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    release() {
      isReleased = true;
      for (const answer of waiting) answer();
      waiting = [];
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
