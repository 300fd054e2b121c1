import process from "node:process";
import type { Contestant, Cost, Question, Spread } from "./contestant.ts";
import { spread } from "./spread.ts";

/** A contestant's speed over all rounds, in units a second. */
export interface Result {
  readonly name: string;
  readonly note?: string;
  readonly of?: string;
  /** By CPU time. */
  readonly cpu: Spread;
  /** By wall-clock time. */
  readonly wall: Spread;
  /** Its CPU time over that of the contestant that it is compared with, round by round. */
  readonly ratio: Spread;
}

/**
 * Measures all contestants in interleaved rounds, each round in another order, after one that does
 * not count, so that a slow minute of the machine hits all of them. Gives costs by contestant, then
 * by round.
 */
export async function measure({ contestants }: Question, rounds: number): Promise<Cost[][]> {
  const costs = contestants.map((): Cost[] => []);
  for (let round = -1; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const index = (i + Math.max(0, round)) % contestants.length;
      const cost = await time(contestants[index]);
      if (round >= 0) costs[index].push(cost);
    }
  }
  return costs;
}

/** Turns costs into speeds. */
export function summarize(
  { contestants, amount }: Question,
  costs: readonly (readonly Cost[])[],
): Result[] {
  return contestants.map(({ name, note, of, amount: own = amount }, index) => ({
    name,
    note,
    of,
    cpu: spread(costs[index].map(({ cpuSeconds }) => own / cpuSeconds)),
    wall: spread(costs[index].map(({ wallSeconds }) => own / wallSeconds)),
    ratio: spread(
      costs[index].map(({ cpuSeconds }, n) => cpuSeconds / costs[measureOf(of)][n].cpuSeconds),
    ),
  }));

  function measureOf(other: string | undefined): number {
    return Math.max(0, contestants.findIndex(({ name }) => name === other));
  }
}

async function time(contestant: Contestant): Promise<Cost> {
  const cpuBefore = process.cpuUsage();
  const wallBefore = performance.now();
  const own = await contestant.pass();
  if (own) return own;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    wallSeconds: (performance.now() - wallBefore) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
}
