/**
 * A pass over a dataset.
 *
 * @module
 */
import type { OrderState } from "../order/state.ts";
import type { Item, Mark } from "./item.ts";

/** One pass over a dataset: its iterator. */
export interface DatasetPass<T> extends AsyncIterableIterator<T, undefined, undefined> {
  /**
   * Where the pass stands: after the item that it has given last. Absent before the first one.
   *
   * It is plain JSON of less than a kilobyte, for the dataset's `resume()`. What was read ahead, by workers or
   * `prefetch`, is not in it: it is read again. Of callbacks of `filter` and `map` it cannot tell whether they
   * are still the same.
   */
  state(): OrderState | undefined;
}

/**
 * The implementation of {@linkcode DatasetPass}.
 *
 * `return()` ends a read that is under way instead of waiting for it, which an async generator's
 * own `return()` would do.
 */
export class Pass<T> implements DatasetPass<T> {
  readonly #items: AsyncIterator<Item<T>>;
  readonly #end: AbortController;
  readonly #signal: AbortSignal;
  readonly #onEnd: () => void;
  readonly #describe: (mark: Mark) => OrderState;
  #waiting = 0;
  #left = false;
  #mark: Mark | undefined;

  /**
   * @param end Ends the reads of this pass when it is aborted.
   * @param signal Follows `end` and the caller's own signal.
   * @param onEnd Is called when the pass is over.
   * @param describe Makes the state after an item.
   */
  constructor(
    items: AsyncIterable<Item<T>>,
    end: AbortController,
    signal: AbortSignal,
    onEnd: () => void,
    describe: (mark: Mark) => OrderState,
  ) {
    this.#items = items[Symbol.asyncIterator]();
    this.#end = end;
    this.#signal = signal;
    this.#onEnd = onEnd;
    this.#describe = describe;
  }

  state(): OrderState | undefined {
    return this.#mark && this.#describe(this.#mark);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#left) return { done: true, value: undefined };
    this.#waiting++;
    try {
      if (this.#signal.aborted) await this.#leave();
      this.#signal.throwIfAborted();
      const result = await this.#items.next();
      if (!result.done) {
        this.#mark = result.value.mark;
        return { done: false, value: result.value.value };
      }
      this.#finish();
      return { done: true, value: undefined };
    } catch (error) {
      const left = this.#left;
      this.#finish();
      // Whoever left knows that the pass is over; the cancelled read says nothing new.
      if (left) return { done: true, value: undefined };
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#left) {
      this.#left = true;
      await this.#leave();
      this.#finish();
    }
    return { done: true, value: undefined };
  }

  async #leave(): Promise<void> {
    if (this.#waiting > 0) this.#end.abort();
    // Reads that were just cancelled may report it here; there is nobody left to tell.
    await this.#items.return?.().catch(() => {});
  }

  #finish(): void {
    this.#left = true;
    this.#end.abort();
    this.#onEnd();
  }
}
