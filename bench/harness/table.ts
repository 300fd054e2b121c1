/**
 * Tables in Markdown.
 *
 * @module
 */

/**
 * A table in Markdown that reads well on a terminal too.
 *
 * @param rows The first one is the header.
 * @param textColumns How many columns are words, set to the left; the others are numbers.
 */
export function formatTable(rows: readonly (readonly string[])[], textColumns = 1): string[] {
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => row[i].length)));
  const pad = (cell: string, i: number): string =>
    i < textColumns ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
  const lines = rows.map((row) => `| ${row.map(pad).join(" | ")} |`);
  const rule = widths.map((width, i) =>
    i < textColumns ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  return [lines[0], `| ${rule.join(" | ")} |`, ...lines.slice(1)];
}
