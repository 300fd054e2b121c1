/**
 * How formats are registered, with workers that have them too.
 *
 * @module
 */
import type { Codec } from "../image/codec.ts";
import { registerCodec } from "../image/codecs/mod.ts";
import { listenTo, replaceWorkers, spawnThread, type SpawnWorker } from "../workers/thread.ts";

/** Has every transform find codecs, in workers too. A function and no side effect: bundlers may leave those out. */
export function register(...codecs: readonly Codec[]): void {
  for (const codec of codecs) registerCodec(codec);
  replaceWorkers(spawnWorker);
}

const spawnWorker: SpawnWorker = (listener) =>
  typeof globalThis.Worker === "function"
    // Bundlers know a worker by this very expression.
    ? Promise.resolve(
      listenTo(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }), listener),
    )
    : spawnThread(new URL("./worker.js", import.meta.url), listener);
