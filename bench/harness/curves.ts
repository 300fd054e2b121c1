/**
 * Costs over something that grows: a table, and a picture of it.
 *
 * @module
 */
import { drawPlot, type LinePlot } from "./charts.ts";
import type { Conclusion, Contestant, Cost } from "./question.ts";
import { bestCost, spread } from "./spread.ts";
import { formatTable } from "./table.ts";

/** What is shown of one question. */
export interface Curves {
  /** Name of the picture's file, without ending. */
  readonly name: string;
  readonly plot: Omit<LinePlot, "lines">;
  /** What a column counts, after its line's name. */
  readonly unit: string;
  /** The places on the axis, and what the table calls them. */
  readonly places: readonly { readonly x: number; readonly label: string }[];
  readonly lines: readonly string[];
  /**
   * Lines that the picture shows.
   * @default {all}
   */
  readonly drawn?: readonly string[];
  /** From a pass's cost, and what it did, to the number that is shown. */
  value(cost: Cost, amount: number): number;
}

/** What the contestant of a line at a place is called. */
export function nameOfPoint(line: string, label: string): string {
  return `${line}, ${label}`;
}

/** The table and the picture. */
export function concludeCurves(
  curves: Curves,
  contestants: readonly Contestant[],
  costs: readonly (readonly Cost[])[],
): Conclusion {
  const { name, plot, unit, places, lines, drawn = lines, value } = curves;
  const points = new Map(
    contestants.map(({ name, amount = 1 }, index) => [
      name,
      {
        ...spread(costs[index].map((cost) => value(cost, amount))),
        best: value(bestCost(costs[index]), amount),
      },
    ]),
  );
  const present = lines.filter((line) => points.has(nameOfPoint(line, places[0].label)));
  const at = (line: string, label: string): number =>
    points.get(nameOfPoint(line, label))?.median ?? NaN;
  const rows = places.map(({ label }) => [
    label,
    ...present.map((line) => {
      const best = points.get(nameOfPoint(line, label))?.best ?? NaN;
      return `${at(line, label).toPrecision(3)} / ${best.toPrecision(3)}`;
    }),
  ]);
  const svg = drawPlot({
    ...plot,
    lines: Object.fromEntries(
      present.filter((line) => drawn.includes(line)).map((
        line,
      ) => [line, places.map(({ x, label }) => [x, at(line, label)] as const)]),
    ),
  });
  const text = [
    ...formatTable([["", ...present], ...rows]),
    "",
    `Median / best of ${unit}.`,
    "",
    `![${plot.title}](charts/${name}.svg)`,
  ].join("\n");
  return { text, data: Object.fromEntries(points), charts: { [`${name}.svg`]: svg } };
}

/** Nanoseconds of CPU time a pixel, where amounts are megapixels. */
export function nanosecondsPerPixel({ cpuSeconds }: Cost, megapixels: number): number {
  return cpuSeconds * 1000 / megapixels;
}
