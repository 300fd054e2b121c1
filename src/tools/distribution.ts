/**
 * Counts by value as what people look at: a few rows or bars.
 *
 * @module
 */
import type { Counts, DatasetStatistics } from "./statistics.ts";

/** A row: what is counted, and how often. */
export type Row = readonly [what: string, count: number];

/** One thing that is looked at. */
export interface Distribution {
  readonly title: string;
  /** What is said below it. */
  readonly note?: string;
  readonly rows: readonly Row[];
}

/** The commonest values, and all others as one row. */
export function listCommonest(counts: Counts, most: number): Row[] {
  const rows = Object.entries(counts).sort(([a, x], [b, y]) => y - x || compareNames(a, b));
  if (rows.length <= most) return rows;
  const others = rows.slice(most - 1);
  const sum = others.reduce((total, [, count]) => total + count, 0);
  return [...rows.slice(0, most - 1), [`${others.length} others`, sum]];
}

/** Whether a row is that of all others. */
export function isOthers(what: string): boolean {
  return / others$/.test(what);
}

function compareNames(a: string, b: string): number {
  return Number(a) - Number(b) || (a < b ? -1 : 1);
}

const STEPS = [1, 2, 5];

/**
 * Values that are numbers, in bins of one width: 1, 2 or 5 times a power of ten.
 *
 * @param most Bins at most.
 */
export function makeBins(counts: Counts, most: number): Row[] {
  const values = Object.keys(counts).map(Number);
  if (values.length === 0) return [];
  const least = values.reduce((a, b) => Math.min(a, b));
  const largest = values.reduce((a, b) => Math.max(a, b));
  let width = 1;
  for (let i = 0; Math.floor(largest / width) - Math.floor(least / width) >= most; i++) {
    width = STEPS[(i + 1) % 3] * 10 ** Math.floor((i + 1) / 3);
  }
  const first = Math.floor(least / width);
  const bins: number[] = new Array(Math.floor(largest / width) - first + 1).fill(0);
  for (const value of values) bins[Math.floor(value / width) - first] += counts[value];
  return bins.map((count, i) => {
    const from = (first + i) * width;
    return [width === 1 ? `${from}` : `${from}–${from + width - 1}`, count];
  });
}

/** Value in the middle of all; `undefined` where there is none. */
export function findMedian(counts: Counts): number | undefined {
  const values = Object.keys(counts).map(Number).sort((a, b) => a - b);
  let half = values.reduce((sum, value) => sum + counts[value], 0) / 2;
  for (const value of values) if ((half -= counts[value]) <= 0) return value;
  return undefined;
}

/** The same with other values. */
function rename(rows: readonly Row[], name: (value: string) => string): Row[] {
  return rows.map(([what, count]) => [name(what), count]);
}

/** All that there is to look at, without what is empty. */
export function listDistributions(
  statistics: DatasetStatistics,
  { bins, names }: { readonly bins: number; readonly names: number },
): Distribution[] {
  const { classes, formats, widths, heights, ratios, samplings, qualities, captions, failed } =
    statistics;
  const classCounts: Record<string, number> = {};
  for (const count of Object.values(classes)) classCounts[count] = (classCounts[count] ?? 0) + 1;
  const inHundredths = (value: string): string =>
    value.split("–").map((each) => (Number(each) / 100).toFixed(2)).join("–");
  const known = Object.values(qualities).reduce((sum, count) => sum + count, 0);
  const all: Distribution[] = [
    {
      title: `Classes: ${Object.keys(classes).length}`,
      rows: rename(
        listCommonest(classes, names),
        (label) => /^-?\d+$/.test(label) ? `class ${label}` : label,
      ),
    },
    {
      title: "Samples in a class",
      note: "how many classes have so many samples",
      rows: Object.keys(classes).length > 1 ? makeBins(classCounts, bins) : [],
    },
    { title: "Formats", rows: listCommonest(formats, names) },
    { title: "Images that do not decode", rows: listCommonest(failed, names) },
    { title: "Widths", note: describeMedian(widths, "pixels"), rows: makeBins(widths, bins) },
    { title: "Heights", note: describeMedian(heights, "pixels"), rows: makeBins(heights, bins) },
    {
      title: "Width to height",
      rows: rename(makeBins(ratios, bins), inHundredths),
    },
    { title: "Chroma sampling of JPEG files", rows: listCommonest(samplings, names) },
    {
      title: "Quality of JPEG files",
      note:
        `libjpeg's quality whose table of luminance is nearest; exactly its table: ${statistics.standardQualities} ` +
        `of ${known}`,
      rows: makeBins(qualities, bins),
    },
    {
      title: "Captions",
      note: describeMedian(captions, "characters"),
      rows: makeBins(captions, bins),
    },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

function describeMedian(counts: Counts, unit: string): string | undefined {
  const median = findMedian(counts);
  return median === undefined ? undefined : `${unit}; the median is ${median}`;
}
