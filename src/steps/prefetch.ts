/**
 * The step that reads ahead.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import { joinSignals } from "../signals.ts";
import type { Step } from "./step.ts";

/**
 * Step: up to `count` items are read ahead of the consumer.
 *
 * @throws {RangeError} If `count` is not a positive integer.
 */
export function prefetchStep<T>(count: number): Step<T, T> {
  checkCount("The number of items to prefetch", count, 1);
  return {
    name: "prefetch",
    settings: { count },
    run(upstream, run) {
      const abort = new AbortController();
      const signal = joinSignals(run.signal, abort.signal);
      return prefetchItems(upstream({ ...run, signal }), count, abort);
    },
    one: (item) => item,
  };
}

/**
 * Reads ahead: up to `count` items are fetched while the consumer works on the one before them.
 *
 * Items keep their order. Nothing is read before the first item is asked for, and never more than
 * `count` beyond the one that was handed out. A fault is thrown in its place, after the items before it.
 *
 * @param abort Is aborted when the consumer leaves early, so that a read under way ends at once.
 * @throws {RangeError} If `count` is not a positive integer.
 */
export function prefetchItems<T>(
  items: AsyncIterable<T>,
  count: number,
  abort?: AbortController,
): AsyncGenerator<T, void, undefined> {
  checkCount("The number of items to prefetch", count, 1);
  return readAhead(items, count, abort);
}

async function* readAhead<T>(
  items: AsyncIterable<T>,
  count: number,
  abort: AbortController | undefined,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const pending: Promise<IteratorResult<T>>[] = [];
  let ended = false;
  const askForMore = (): void => {
    while (pending.length < count && !ended) {
      const next = iterator.next();
      // A fault is reported when its turn comes; until then it must not count as unhandled.
      next.then((result) => ended ||= result.done === true, () => ended = true);
      pending.push(next);
    }
  };
  try {
    askForMore();
    while (pending.length > 0) {
      const result = await pending.shift()!;
      if (result.done) return;
      askForMore();
      yield result.value;
    }
  } finally {
    if (ended) await iterator.return?.();
    else {
      ended = true;
      abort?.abort();
      // The reads that were cancelled just now may report it; the consumer has left.
      await iterator.return?.().catch(() => {});
    }
  }
}
