/**
 * The page's worker: opens shards, counts, decodes. It is ended with the page, or when other shards are dropped.
 *
 * @module
 */
import { workerScope } from "../../runtime.ts";
import type { ToShelf } from "../messages.ts";
import { registerCodecs } from "./codecs.ts";
import { Shelf } from "./shelf.ts";

registerCodecs();

const shelf = new Shelf((message, transfer) => workerScope.postMessage!(message, transfer));

workerScope.addEventListener("message", ({ data }) => void shelf.receive(data as ToShelf));
