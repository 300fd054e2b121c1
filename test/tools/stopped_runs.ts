/** What writes into a store, stopped again and again. */

import { assert } from "chai";
import type { MemoryStore } from "../writing/memory_store.ts";

/** More starts than any test takes. */
const MOST_STARTS = 30;

/**
 * Runs something that writes into a store until it comes to its end; each time it is stopped with another object.
 *
 * @returns How often it was started.
 */
export async function runUntilDone(
  out: MemoryStore,
  run: (store: MemoryStore, signal: AbortSignal) => Promise<unknown>,
): Promise<number> {
  for (let starts = 0;; starts++) {
    assert.isBelow(starts, MOST_STARTS);
    const stop = new AbortController();
    let puts = 0;
    const failing: MemoryStore = Object.assign(Object.create(out), {
      async put(...given: Parameters<MemoryStore["put"]>) {
        if (puts++ === 2 + starts % 3) stop.abort(new Error("stopped"));
        stop.signal.throwIfAborted();
        return await out.put(...given);
      },
    });
    try {
      await run(failing, stop.signal);
      return starts + 1;
    } catch (error) {
      assert.match(String(error), /stopped/);
    }
  }
}
