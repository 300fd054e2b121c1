/**
 * What ours costs by another checkout and by this one, in one run: both sides do the same work in processes of their
 * own, and take turns.
 *
 * @module
 */
import { type Checkout, HERE } from "./checkout.ts";
import type { Conclusion, Contestant, Cost, Effort, Question, QuestionModule } from "./question.ts";
import { bestCost, formatSpread, spread } from "./spread.ts";
import { formatTable } from "./table.ts";

/** One thing that both sides do. */
interface Pair {
  readonly name: string;
  readonly unit: string;
  readonly amount: number;
  readonly before: readonly Cost[];
  readonly after: readonly Cost[];
}

/** Makes of a question the question what has changed since another checkout. */
export async function makeBeforeAfter(
  startOurs: NonNullable<QuestionModule["startOurs"]>,
  effort: Effort,
  before: Checkout,
): Promise<Question> {
  const sides = [await startOurs(effort, before), await startOurs(effort, HERE)] as const;
  const [{ title, task, unit, amount, rounds, isShort, contestants }, now] = sides;
  if (contestants.length !== now.contestants.length) {
    throw new Error("The two sides do not do the same");
  }
  return {
    title: `${title}: before and after`,
    task: `${task}. Before is ${before.commit}, after is ${HERE.commit}`,
    unit,
    amount,
    rounds,
    isShort,
    contestants: contestants.flatMap((each, i): Contestant[] => [
      { ...each, name: `${each.name}, before` },
      { ...now.contestants[i], name: `${each.name}, after` },
    ]),
    conclude: (costs) =>
      concludePairs(contestants.map(({ name, amount: own = amount }, i) => ({
        name,
        unit,
        amount: own,
        before: costs[2 * i],
        after: costs[2 * i + 1],
      }))),
    close: () => sides.forEach((side) => side.close()),
  };
}

function concludePairs(pairs: readonly Pair[]): Conclusion {
  const data = pairs.map(({ name, amount, before, after }) => {
    const ratio = (of: (cost: Cost) => number) =>
      spread(before.map((cost, round) => of(cost) / of(after[round])));
    const each = (costs: readonly Cost[], of: (cost: Cost) => number): number =>
      spread(costs.map(of)).median / amount * 1000;
    const cpu = ({ cpuSeconds }: Cost): number => cpuSeconds;
    const wall = ({ wallSeconds }: Cost): number => wallSeconds;
    return {
      name,
      cpuMs: { before: each(before, cpu), after: each(after, cpu) },
      wallMs: { before: each(before, wall), after: each(after, wall) },
      cpu: ratio(cpu),
      wall: ratio(wall),
      best: wall(bestCost(before)) / wall(bestCost(after)),
    };
  });
  const header = ["", "CPU ms", "wall ms", "by CPU time", "by the wall clock", "at their best"];
  const rows = data.map(({ name, cpuMs, wallMs, cpu, wall, best }) => [
    name,
    formatChange(cpuMs),
    formatChange(wallMs),
    formatSpread(cpu, 3),
    formatSpread(wall, 3),
    best.toFixed(3),
  ]);
  const text = [
    ...formatTable([header, ...rows]),
    "",
    `Milliseconds for one of the ${
      pairs[0]?.unit
    }, medians: before, after. Then how many times as fast it has become: ` +
    "median (least-greatest) of what each round gives, and each side's best times.",
  ];
  return { text: text.join("\n"), data };
}

function formatChange({ before, after }: { before: number; after: number }): string {
  return `${before.toPrecision(4)}, ${after.toPrecision(4)}`;
}
