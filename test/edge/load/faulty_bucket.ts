/** Storage that fails now and then, as storage does: refuses, never answers, breaks off, or gives too little. */

import type { R2BucketLike, R2ObjectLike } from "../../../src/edge/mod.ts";

/** Ways to fail, each as often as the others. */
const WAYS = ["refuses", "never answers", "breaks off", "gives too little"] as const;

/** Wraps a bucket of which one call in `every` fails. */
export function makeFaulty(bucket: R2BucketLike, every: number): R2BucketLike {
  let calls = 0;
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
  return {
    head: (key) => bucket.head(key),
    async get(key, options): Promise<R2ObjectLike | null> {
      if (random() >= 1 / every) return await bucket.get(key, options);
      const way = WAYS[calls++ % WAYS.length];
      if (way === "refuses") throw new Error("internal error; secret of the storage");
      if (way === "never answers") return await new Promise(() => {});
      const object = await bucket.get(key, options);
      if (object?.body == null) return object;
      const body = cutStream(object.body, way === "breaks off");
      return { size: object.size, httpEtag: object.httpEtag, body };
    },
  };
}

/** Half of the first chunk, then a failure or the end. */
function cutStream(
  stream: ReadableStream<Uint8Array>,
  isBroken: boolean,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let isFirst = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { value } = await reader.read();
      if (isFirst && value !== undefined) {
        isFirst = false;
        return controller.enqueue(value.slice(0, value.length >> 1));
      }
      void reader.cancel();
      if (isBroken) controller.error(new Error("the storage broke off"));
      else controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
