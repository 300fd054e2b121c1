/**
 * Times work that is done in this process.
 *
 * @module
 */
import process from "node:process";
import type { Cost } from "./question.ts";

/** Does the work for each item, one after the other, and times each and all. */
export async function timeItems<T>(
  items: readonly T[],
  work: (item: T) => unknown,
): Promise<Cost> {
  const itemSeconds: number[] = [];
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  let from = begun;
  for (const item of items) {
    const result = work(item);
    // Waiting costs a turn of the loop, which what is synchronous does not need.
    if (result instanceof Promise) await result;
    const now = performance.now();
    itemSeconds.push((now - from) / 1000);
    from = now;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallSeconds: (from - begun) / 1000, cpuSeconds: (user + system) / 1e6, itemSeconds };
}

/** Times one piece of work. */
export async function timeWork(work: () => unknown): Promise<Cost> {
  const { wallSeconds, cpuSeconds } = await timeItems([0], work);
  return { wallSeconds, cpuSeconds };
}
