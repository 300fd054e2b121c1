/**
 * The page's worker: opens a shard, counts, decodes. One shard, and it is ended with it.
 *
 * @module
 */
import { workerScope } from "../../runtime.ts";
import type { ToWorker } from "../messages.ts";
import { registerCodecs } from "./codecs.ts";
import { Session } from "./session.ts";

registerCodecs();

const session = new Session((message, transfer) => workerScope.postMessage!(message, transfer));

workerScope.addEventListener("message", ({ data }) => void session.receive(data as ToWorker));
