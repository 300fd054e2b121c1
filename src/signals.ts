/**
 * Signals that end work: joined, and for what takes none by itself.
 *
 * @module
 */

/** A signal that follows two; `AbortSignal.any`, which not every edge runtime has. */
export function joinSignals(first: AbortSignal, second: AbortSignal): AbortSignal {
  if (typeof AbortSignal.any === "function") return AbortSignal.any([first, second]);
  const joined = new AbortController();
  for (const signal of [first, second]) {
    if (signal.aborted) joined.abort(signal.reason);
    else {
      const follow = (): void => joined.abort(signal.reason);
      signal.addEventListener("abort", follow, { once: true, signal: joined.signal });
    }
  }
  return joined.signal;
}

/**
 * Has a controller follow a signal, until what is returned is called: for what is begun and ended often under a signal
 * that lives long. `AbortSignal.any` there keeps each of its signals until the runtime comes to its next task, and who
 * reads from memory has none.
 */
export function followSignal(controller: AbortController, signal: AbortSignal): () => void {
  const follow = (): void => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return () => signal.removeEventListener("abort", follow);
}

/** What a promise gives, or the signal's reason as soon as it is aborted; the promise then runs on unheard. */
export async function raceAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort!);
  }
}
