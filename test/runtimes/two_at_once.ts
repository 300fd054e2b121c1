/** Runs work two at a time, for two cores: it starts in the order given, and so do its results stand. */
export function runTwoAtOnce<T>(work: readonly (() => Promise<T>)[]): Promise<T>[] {
  const results = work.map(() => Promise.withResolvers<T>());
  let next = 0;
  const runLane = async (): Promise<void> => {
    while (next < work.length) {
      const { resolve } = results[next];
      const result = work[next++]();
      resolve(result);
      await result.catch(() => {});
    }
  };
  runLane();
  runLane();
  // A failure is told to whoever awaits it, and is no crash until then.
  for (const { promise } of results) promise.catch(() => {});
  return results.map(({ promise }) => promise);
}
