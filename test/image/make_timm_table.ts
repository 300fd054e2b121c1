/**
 * Writes `src/image/transform/timm/table.ts` from timm's settings: a JSON file of
 * `{ timm, columns, models: { NAME: [values of the columns] } }`.
 *
 *     deno task make:timm PATH.json
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";

/** What the script reads. */
export interface TimmSettings {
  /** timm's version. */
  readonly timm: string;
  /** What each value of a model is. */
  readonly columns: readonly string[];
  /** By full name. */
  readonly models: Readonly<Record<string, readonly unknown[]>>;
}

const COLUMNS = [
  "input_size",
  "crop_pct",
  "interpolation",
  "mean",
  "std",
  "crop_mode",
  "test_input_size",
  "test_crop_pct",
];

const CHARACTERS_PER_LINE = 500;

/** The text of the table. */
export function makeTable({ timm, columns, models }: TimmSettings): string {
  if (columns.join() !== COLUMNS.join()) throw new Error(`Other columns: ${columns}`);
  const statistics: string[] = [];
  const counts = new Map<string, number>();
  const byModel = new Map<string, string>();
  for (const [name, values] of Object.entries(models)) {
    const [size, ratio, interpolation, mean, std, mode, testSize, testRatio] = values;
    const pair = [mean, std].flat().join(" ");
    if (!statistics.includes(pair)) statistics.push(pair);
    const row = [
      readEdge(name, size),
      ratio,
      interpolation,
      statistics.indexOf(pair),
      mode,
      testSize === null ? "-" : readEdge(name, testSize),
      testRatio ?? "-",
    ].join(" ");
    byModel.set(name, row);
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  // The most frequent first, so that their numbers are short.
  const rows = [...counts.keys()].sort((a, b) =>
    counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1)
  );
  const architectures = new Map<string, string>();
  for (const [name, row] of byModel) {
    const [, architecture, tag] = /^([a-z0-9_]+)\.([a-zA-Z0-9_-]+)$/.exec(name) ?? [];
    if (tag === undefined) throw new Error(`${name} is no architecture with a tag`);
    const before = architectures.get(architecture) ?? architecture;
    architectures.set(architecture, `${before} ${tag}:${rows.indexOf(row).toString(36)}`);
  }
  return `/**
 * The settings of the ${byModel.size.toLocaleString("en")} pretrained weights of timm ${timm}.
 * Made by test/image/make_timm_table.ts; do not edit.
 *
 * @module
 */

/** Mean and standard deviation, three numbers each, separated by blanks. */
export const STATISTICS: readonly string[] = [
${statistics.map((pair) => `  "${pair}",\n`).join("")}];

/**
 * Settings, separated by ";": edge of the input, crop ratio, interpolation, number of the pair of statistics, crop
 * mode, edge and crop ratio for testing, "-" where there are none.
 */
export const SETTINGS: readonly string[] = [
${wrapLines(rows)}];

/** Architectures, separated by ";": a name, then each tag with the number of its settings in base 36. */
export const MODELS: readonly string[] = [
${wrapLines([...architectures.values()])}];
`;
}

/** The edge of a square of three channels, the only inputs that the table can hold. */
function readEdge(name: string, size: unknown): number {
  const [channels, height, width] = size as number[];
  if (channels !== 3 || height !== width) throw new Error(`${name}: an input of ${size}`);
  return height;
}

/** Items joined by ";" into string literals, a line each, that are not much longer than allowed. */
function wrapLines(items: readonly string[]): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length < CHARACTERS_PER_LINE) {
      lines[lines.length - 1] = `${last};${item}`;
    } else lines.push(item);
  }
  return lines.map((line) => `  "${line}",\n`).join("");
}

const [path] = process.argv.slice(2);
if (import.meta.main && path !== undefined) {
  const settings: TimmSettings = JSON.parse(await readFile(path, "utf8"));
  await writeFile(
    new URL("../../src/image/transform/timm/table.ts", import.meta.url),
    makeTable(settings),
  );
}
