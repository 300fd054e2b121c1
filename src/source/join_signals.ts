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
