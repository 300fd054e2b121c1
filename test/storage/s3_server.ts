/** A bucket of S3 on loopback, over sockets of its own: whoever reads it signs what goes over the wire. */

import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { S3Host } from "./s3_host.ts";

/** A running bucket. */
export interface S3Server {
  readonly origin: string;
  close(): Promise<void>;
}

/** As the owner of a bucket sets it for pages of other origins. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, PUT",
  "access-control-allow-headers":
    "authorization, content-type, if-none-match, range, x-amz-content-sha256, x-amz-date",
  "access-control-expose-headers": "content-range, etag",
};

/** Serves a bucket on a free port. */
export async function startS3Server(host: S3Host): Promise<S3Server> {
  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") return void response.writeHead(204, CORS).end();
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    // The host that was signed is the one that the client has sent.
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const headers = new Headers(request.headers as Record<string, string>);
    const body = new Uint8Array(Buffer.concat(parts));
    const answer = await host.answer(request.method!, url, headers, body);
    response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...CORS });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
