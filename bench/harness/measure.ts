/**
 * Interleaves contestants, and turns what they took into speeds.
 *
 * @module
 */
import type { Contestant, Cost, Question, Spread } from "./question.ts";
import { bestCost, spread } from "./spread.ts";

/** A contestant's speed over all rounds, in units a second. */
export interface Result {
  readonly name: string;
  readonly note?: string;
  readonly of?: string;
  /** By CPU time. */
  readonly cpu: Spread;
  /** By the wall clock. */
  readonly wall: Spread;
  /** By the wall clock, at its best. */
  readonly best: number;
  /** Its CPU time over that of the contestant that it is compared with, round by round. */
  readonly ratio: Spread;
  /** The same by the wall clock, each at its best. */
  readonly bestRatio: number;
}

/**
 * Measures all contestants in interleaved rounds, each round in another order, after one that does
 * not count, so that a slow minute of the machine hits all of them. Gives costs by contestant, then
 * by round.
 */
export async function measure(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Cost[][]> {
  const costs = contestants.map((): Cost[] => []);
  for (let round = -1; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      // Backwards every other time: who comes second in one round comes first in the next.
      const turn = (i + Math.max(0, round)) % contestants.length;
      const index = round % 2 === 0 ? turn : contestants.length - 1 - turn;
      const contestant = contestants[index];
      if (round >= (contestant.rounds ?? rounds)) continue;
      if (round < 0) {
        for (let n = contestant.warmUps ?? 1; n > 0; n--) await contestant.pass();
      } else costs[index].push(await contestant.pass());
    }
  }
  return costs;
}

/** Turns costs into speeds. */
export function summarize(
  { contestants, amount }: Pick<Question, "contestants" | "amount">,
  costs: readonly (readonly Cost[])[],
): Result[] {
  const best = costs.map(bestCost);
  return contestants.map(({ name, note, of, amount: own = amount }, index) => {
    const other = Math.max(0, contestants.findIndex((contestant) => contestant.name === of));
    // What others do in a pass may be more or less.
    const scale = (contestants[other].amount ?? amount) / own;
    return {
      name,
      note,
      of,
      cpu: spread(costs[index].map(({ cpuSeconds }) => own / cpuSeconds)),
      wall: spread(costs[index].map(({ wallSeconds }) => own / wallSeconds)),
      best: own / best[index].wallSeconds,
      ratio: spread(
        costs[index].map(({ cpuSeconds }, n) =>
          scale * cpuSeconds / costs[other][Math.min(n, costs[other].length - 1)].cpuSeconds
        ),
      ),
      bestRatio: scale * best[index].wallSeconds / best[other].wallSeconds,
    };
  });
}
