/** A loopback server for tests of http sources. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** A running server. */
export interface TestServer {
  /** Its origin by number, `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The same port by name, which is another origin. */
  readonly otherOrigin: string;
  readonly seen: SeenRequest[];
  /** Connections that are open now. */
  countConnections(): Promise<number>;
  close(): Promise<void>;
}

/** Serves `handle` on a free port while `use` runs. */
export async function withServer(
  handle: (request: IncomingMessage, response: ServerResponse, server: TestServer) => void,
  use: (server: TestServer) => Promise<void>,
): Promise<void> {
  const seen: SeenRequest[] = [];
  const http = createServer((request, response) => {
    seen.push({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
    });
    handle(request, response, server);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const server: TestServer = {
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://localhost:${port}`,
    seen,
    countConnections: () =>
      new Promise((resolve, reject) =>
        http.getConnections((error, count) => error ? reject(error) : resolve(count))
      ),
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

/** Answers with a body, in the range that is asked for unless `ranges` is false. */
export function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
  ranges: boolean = true,
): void {
  const match = /^bytes=([0-9]+)-([0-9]*)$/.exec(request.headers.range ?? "");
  if (match === null || !ranges) {
    response.writeHead(200, { "content-length": body.length });
    response.end(request.method === "HEAD" ? undefined : body);
    return;
  }
  const start = Number(match[1]);
  if (start >= body.length) {
    response.writeHead(416, { "content-range": `bytes */${body.length}` });
    response.end();
    return;
  }
  const end = match[2] === "" ? body.length - 1 : Math.min(Number(match[2]), body.length - 1);
  response.writeHead(206, {
    "content-range": `bytes ${start}-${end}/${body.length}`,
    "content-length": end - start + 1,
  });
  response.end(body.subarray(start, end + 1));
}
