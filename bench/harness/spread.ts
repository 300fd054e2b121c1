/**
 * What many rounds come to.
 *
 * @module
 */
import type { Cost, Spread } from "./question.ts";

/** Median, least and greatest. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], greatest: sorted[sorted.length - 1] };
}

/** "median (least-greatest)". */
export function formatSpread({ median, least, greatest }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}-${greatest.toFixed(digits)})`;
}

/**
 * What a pass takes when nothing disturbs it: of each item the least of all rounds, added up; where a pass has no items,
 * the least of whole passes. The machine rarely leaves a whole pass alone, but each item now and then.
 */
export function bestCost(costs: readonly Cost[]): Cost {
  const least = (of: (cost: Cost) => number): number => Math.min(...costs.map(of));
  const count = costs[0].itemSeconds?.length ?? 0;
  const peakBytes = costs[0].peakBytes === undefined
    ? undefined
    : least(({ peakBytes = 0 }) => peakBytes);
  if (count === 0 || costs.some(({ itemSeconds }) => itemSeconds?.length !== count)) {
    return {
      wallSeconds: least(({ wallSeconds }) => wallSeconds),
      cpuSeconds: least(({ cpuSeconds }) => cpuSeconds),
      peakBytes,
    };
  }
  const itemSeconds = Array.from(
    { length: count },
    (_, i) => least(({ itemSeconds = [] }) => itemSeconds[i]),
  );
  const sum = itemSeconds.reduce((sum, seconds) => sum + seconds, 0);
  return { wallSeconds: sum, cpuSeconds: sum, itemSeconds, peakBytes };
}
