/**
 * The handler on Node's own servers.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { toNodeHandler } from "srvx/node";
import type { Handler } from "./options.ts";

/** What {@linkcode createListener} takes. */
export interface ListenerOptions<Env = unknown> {
  /** What the handler gets as its surroundings, for options that are functions of them. */
  readonly env?: Env;
}

/** What Node's servers call for each request. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * Makes a listener for `node:http`, `node:https` and `node:http2` of a fetch handler.
 *
 * No visitor ends the process: a request that is no URL is answered with 400, a body that fails breaks its
 * connection alone, and work for a client that has left is given up.
 *
 * @example Usage
 * ```ts ignore
 * import { createServer } from "node:http";
 * import { createHandler } from "@wdstream/wdstream/edge";
 * import { createListener } from "@wdstream/wdstream/node";
 *
 * const handler = createHandler({ store: "./shards", splits: { all: ["sample.tar"] } });
 * createServer(createListener(handler)).listen(8000);
 * ```
 */
export function createListener<Env = unknown>(
  handler: Handler<Env>,
  options: ListenerOptions<Env> = {},
): Listener {
  // Its types ask for what requests of both versions of HTTP have; it takes either.
  const listen = toNodeHandler((request) => handler(request, options.env)) as Listener;
  return (incoming, outgoing): void => {
    // A client that leaves while its answer is written: there is nobody left to tell.
    outgoing.on("error", () => {});
    const { host = "localhost" } = incoming.headers;
    if (URL.canParse(`http://${host}/`)) return listen(incoming, outgoing);
    outgoing.writeHead(400, { "content-type": "text/plain; charset=utf-8", connection: "close" });
    outgoing.end("The Host header names no host.\n");
  };
}
