import type { Cost, Question, Verdict } from "./contestant.ts";
import { formatSpread, spread } from "./spread.ts";
import { formatTable } from "./table.ts";

/** Measures a question's aims on its costs. */
export function judgeAims(
  { aims = [], contestants }: Question,
  costs: readonly (readonly Cost[])[],
): Verdict[] {
  const find = (wanted: string): number =>
    contestants.findIndex(({ name }) => name === wanted || name.startsWith(`${wanted} `));
  return aims.map(({ what, against, ours, goal, least, most, unit = "", value = cpuRatio }) => {
    const theirs = find(against);
    const own = ours === undefined ? 0 : find(ours);
    if (theirs < 0 || own < 0) return { what, against, goal, unit, isReached: false };
    const measured = spread(
      costs[theirs].map((cost, round) => value(cost, costs[own][round])),
    );
    const isReached = measured.median >= (least ?? -Infinity) &&
      measured.median <= (most ?? Infinity);
    return { what, against: contestants[theirs].name, goal, unit, measured, isReached };
  });
}

function cpuRatio(theirs: Cost, ours: Cost): number {
  return theirs.cpuSeconds / ours.cpuSeconds;
}

/** The table of all aims, in Markdown. */
export function formatAims(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ what, against, goal, unit, measured, isReached }) => [
    what,
    against,
    goal,
    measured === undefined
      ? "not there"
      : `${formatSpread(measured, unit === "" ? 2 : 1)} ${unit}`.trimEnd(),
    measured === undefined ? "" : isReached ? "yes" : "no",
  ]);
  return [
    "## Aims",
    "",
    "Median (least-greatest) of what each round gives. Without a unit, how many times as fast.",
    "",
    ...formatTable([["what", "against", "aim", "measured", "reached"], ...rows], 3),
    "",
  ].join("\n");
}
