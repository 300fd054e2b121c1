/**
 * Whether what we want to reach was reached.
 *
 * @module
 */
import type { Cost, Question, Verdict } from "./question.ts";
import { bestCost, formatSpread, spread } from "./spread.ts";
import { formatTable } from "./table.ts";

/** Measures a question's aims on its costs. */
export function judgeAims(
  { aims = [], contestants }: Pick<Question, "aims" | "contestants">,
  costs: readonly (readonly Cost[])[],
): Verdict[] {
  const best = costs.map(bestCost);
  return aims.map((aim) => {
    const { against, ours, value = cpuRatio } = aim;
    const theirs = findFastest(against);
    const own = ours === undefined ? 0 : findFastest(ours);
    if (theirs < 0 || own < 0) {
      return makeVerdict({ ...aim, against: against.replace(/\*$/, ""), values: [] });
    }
    const rounds = Math.min(costs[theirs].length, costs[own].length);
    const values = costs[theirs].slice(0, rounds).map((cost, n) => value(cost, costs[own][n]));
    return makeVerdict({
      ...aim,
      against: contestants[theirs].name,
      values,
      best: value(best[theirs], best[own]),
    });
  });

  function findFastest(wanted: string): number {
    let found = -1;
    for (const [index, { name }] of contestants.entries()) {
      const isMeant = wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
      if (!isMeant) continue;
      if (found < 0 || best[index].cpuSeconds < best[found].cpuSeconds) found = index;
    }
    return found;
  }
}

/** An aim whose numbers are known. */
export interface Judgement {
  readonly what: string;
  readonly against: string;
  readonly goal: string;
  readonly least?: number;
  readonly most?: number;
  readonly unit?: string;
  /** By round; none where it could not be measured. */
  readonly values: readonly number[];
  readonly best?: number;
}

/** Judges numbers. */
export function makeVerdict(
  { what, against, goal, least = -Infinity, most = Infinity, unit = "", values, best }: Judgement,
): Verdict {
  const holds = (value: number): boolean => value >= least && value <= most;
  if (values.length === 0) {
    return { what, against, goal, unit, isReached: { median: false, best: false } };
  }
  const measured = spread(values);
  const atBest = best ?? measured.median;
  return {
    what,
    against,
    goal,
    unit,
    measured,
    best: atBest,
    isReached: { median: holds(measured.median), best: holds(atBest) },
  };
}

function cpuRatio(theirs: Cost, ours: Cost): number {
  return theirs.cpuSeconds / ours.cpuSeconds;
}

/** The table of all aims, in Markdown. */
export function formatAims(verdicts: readonly Verdict[], machine: string): string {
  const rows = verdicts.map(({ what, against, goal, unit, measured, best, isReached }) => [
    what,
    against,
    goal,
    measured === undefined
      ? "not there"
      : `${formatSpread(measured, unit === "" ? 2 : 1)} ${unit}`.trimEnd(),
    best === undefined ? "" : `${best.toFixed(unit === "" ? 2 : 1)} ${unit}`.trimEnd(),
    measured === undefined ? "" : nameReach(isReached),
  ]);
  return [
    "## Aims",
    "",
    `On this machine: ${machine}. Median (least-greatest) of what each round gives, and what comes out of each contestant's`,
    "best times. Without a unit, how many times as fast. Of several contestants of one name, the fastest that is there.",
    "",
    ...formatTable([
      ["what", "against", "aim", "median of rounds", "best of n", "reached"],
      ...rows,
    ], 3),
    "",
  ].join("\n");
}

function nameReach({ median, best }: Verdict["isReached"]): string {
  if (median && best) return "yes";
  return best ? "at best" : median ? "by median" : "no";
}
