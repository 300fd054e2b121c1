/**
 * Makes a worker crash in place of an answer, imported by it before it listens.
 *
 * @module
 */
import type { FromWorker } from "../../src/workers/messages.ts";

/** What a worker answers by: its global scope, or the port of Node's workers. */
interface Answerer {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
}

/** Crashes in place of every answer that `isFatal` picks. */
export async function crashOnAnswer(isFatal: (message: FromWorker) => boolean): Promise<void> {
  const scope = globalThis as unknown as Partial<Answerer>;
  const answerer: Answerer = typeof scope.postMessage === "function"
    ? scope as Answerer
    : (await import("node:worker_threads")).parentPort!;
  const post = answerer.postMessage.bind(answerer);
  answerer.postMessage = (message, transfer): void => {
    if (isFatal(message)) throw new Error("a crash on purpose");
    post(message, transfer);
  };
}
