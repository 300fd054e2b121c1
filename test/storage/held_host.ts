/** A host that stops in the middle of an object, so that whoever reads it is certainly not done. */

import type { ServerResponse } from "node:http";
import { sendBody, withServer } from "./server.ts";

/** A running host. */
export interface HeldHost {
  readonly origin: string;
  /**
   * Sends so many bytes of an object to the next one who asks for it, and then no more; later ones get all of it.
   *
   * @returns Ends when they are sent.
   */
  hold(name: string, bytes: number): Promise<void>;
}

interface Hold {
  readonly bytes: number;
  readonly reached: () => void;
}

/** Serves objects by their names while `use` runs. */
export async function withHeldHost(
  objects: ReadonlyMap<string, Uint8Array>,
  use: (host: HeldHost) => Promise<void>,
): Promise<void> {
  const holds = new Map<string, Hold>();
  const stop = (response: ServerResponse, body: Uint8Array, { bytes, reached }: Hold): void => {
    response.writeHead(200, { "content-length": body.length });
    response.flushHeaders();
    if (bytes === 0) reached();
    else response.write(body.subarray(0, bytes), () => reached());
  };
  await withServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    const body = objects.get(name);
    if (body === undefined) return void response.writeHead(404).end();
    response.setHeader("etag", `"${name}-${body.length}"`);
    const hold = holds.get(name);
    if (hold === undefined || request.method === "HEAD") return sendBody(request, response, body);
    holds.delete(name);
    stop(response, body, hold);
  }, ({ origin }) =>
    use({
      origin,
      hold: (name, bytes) => new Promise((reached) => void holds.set(name, { bytes, reached })),
    }));
}
