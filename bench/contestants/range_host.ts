/**
 * A host of the files of a folder, which knows ranges, as a process of its own: its CPU time is not ours. Prints its
 * port. `range_host.ts FOLDER`.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import process from "node:process";

const folder = process.argv[2];

const server = createServer(async (request, response) => {
  const path = join(folder, basename(request.url ?? ""));
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || !facts.isFile()) return response.writeHead(404).end();
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : Infinity, facts.size - 1);
  if (start > end) {
    return response.writeHead(416, { "content-range": `bytes */${facts.size}` }).end();
  }
  response.writeHead(range === null ? 200 : 206, {
    "content-length": end - start + 1,
    "accept-ranges": "bytes",
    etag: `"${facts.size}"`,
    ...(range === null ? {} : { "content-range": `bytes ${start}-${end}/${facts.size}` }),
  });
  const body = createReadStream(path, { start, end });
  // A reader may leave in the middle.
  response.on("close", () => body.destroy());
  body.pipe(response);
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
