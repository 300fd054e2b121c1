/**
 * Sources whose answers are read at once, such as those of single samples and indexes: they take their turn among all
 * requests of a dataset.
 *
 * @module
 */
import { originOf, type RequestPool } from "./request_pool.ts";
import type { OpenedObject, Source } from "./source.ts";
import { wrap } from "./wrap.ts";

/**
 * The same source, of which each answer counts as a request to its host until its body was read or left. Not for bodies
 * that somebody holds: the others would wait for him.
 *
 * @param requests Those of the dataset; absent where its requests cannot wait for one another.
 */
export function inTurn(source: Source, requests: RequestPool | undefined): Source {
  if (requests === undefined || source.isLocal || source.isOnce) return source;
  const { beside } = source;
  const never = new AbortController().signal;
  const enter = (signal: AbortSignal = never): Promise<() => void> =>
    requests.enter(originOf(source), () => true, signal);
  return wrap(source, {
    async open(options) {
      const leave = await enter(options.signal);
      try {
        const opened = await source.open(options);
        return { ...opened, body: whenOver(opened.body, leave) };
      } catch (error) {
        leave();
        throw error;
      }
    },
    async stat(options) {
      const leave = await enter(options.signal);
      try {
        return await source.stat!(options);
      } finally {
        leave();
      }
    },
    beside: beside && ((suffix) => inTurn(beside.call(source, suffix), requests)),
  });
}

/** The same body, which says when it was read to its end, failed or was left. */
function whenOver(body: OpenedObject["body"], onOver: () => void): OpenedObject["body"] {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        onOver();
        controller.close();
      } catch (error) {
        onOver();
        throw error;
      }
    },
    cancel(reason) {
      onOver();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
