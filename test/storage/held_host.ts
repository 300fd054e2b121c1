/** A host that stops in the middle of an object, so that whoever reads it is certainly not done. */

import type { ServerResponse } from "node:http";
import { sendBody, withServer } from "./server.ts";

/** A running host. */
export interface HeldHost {
  readonly origin: string;
  /**
   * Sends so many bytes of an object to the next one who asks for it, and then no more; later ones get all of it.
   *
   * @param which Its name, or how many objects are asked for before it from now on.
   * @returns Ends when they are sent.
   */
  hold(which: string | number, bytes: number): Promise<void>;
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
  const holds = new Map<string | number, Hold>();
  let asked = 0;
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
    if (request.method === "HEAD") return sendBody(request, response, body);
    for (const which of [name, asked++]) {
      const hold = holds.get(which);
      if (hold === undefined) continue;
      holds.delete(which);
      return stop(response, body, hold);
    }
    sendBody(request, response, body);
  }, ({ origin }) =>
    use({
      origin,
      hold(which, bytes) {
        const key = typeof which === "number" ? asked + which : which;
        return new Promise((reached) => void holds.set(key, { bytes, reached }));
      },
    }));
}
