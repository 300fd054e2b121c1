/**
 * Statistics for people: lines with bars, or one page with charts.
 *
 * The charts are plain SVG made here. They are bars and lines of counts that are in bins already: a library of charts
 * would put 50 to 800 KB of script into every page, or need a browser's document to draw into, for what takes a hundred
 * lines; and the page runs no script at all.
 *
 * @module
 */
import { type Distribution, isOthers, listDistributions, type Row } from "./distribution.ts";
import { escapeHtml, formatCards, formatPage, formatTable } from "./page.ts";
import { type ChannelStatistics, type DatasetStatistics, describeChannels } from "./statistics.ts";

const CHANNELS = ["red", "green", "blue"] as const;
const BAR_WIDTH = 32;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * Statistics as lines of text, with bars.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { collectStatistics, formatStatistics } from "@wdstream/wdstream/tools";
 *
 * const lines = formatStatistics(await collectStatistics(sampleShard()));
 * if (!lines[0].startsWith("1 shard, 36 samples, 36 images")) throw new Error(lines[0]);
 * ```
 */
export function formatStatistics(statistics: DatasetStatistics): string[] {
  const { shards, samples, images, faults, fields, progressive } = statistics;
  const failed = Object.values(statistics.failed).reduce((sum, count) => sum + count, 0);
  const counts = [
    `${shards} shard${shards === 1 ? "" : "s"}`,
    `${samples} sample${samples === 1 ? "" : "s"}`,
    `${images} image${images === 1 ? "" : "s"}`,
    ...(failed === 0 ? [] : [`${failed} that do not decode`]),
    ...(faults === 0 ? [] : [`${faults} fault${faults === 1 ? "" : "s"} of archives`]),
    ...(progressive === 0 ? [] : [`${progressive} progressive`]),
  ];
  return [
    counts.join(", "),
    "",
    "Fields",
    ...alignRows(
      ["", "members", "bytes", "least", "mean", "most"],
      Object.entries(fields).map(([name, { count, bytes, minBytes, maxBytes }]) => [
        name,
        count,
        bytes,
        minBytes,
        Math.round(bytes / count),
        maxBytes,
      ]),
    ),
    ...listDistributions(statistics, { bins: 12, names: 12 }).flatMap(formatBars),
    ...formatChannels(describeChannels(statistics)),
  ];
}

function alignRows(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map((row) =>
    `  ${
      row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
    }`
  );
}

function formatBars({ title, note, rows }: Distribution): string[] {
  const most = findMost(rows);
  const all = rows.reduce((sum, [, count]) => sum + count, 0);
  const name = Math.max(...rows.map(([what]) => [...what].length));
  const digits = Math.max(...rows.map(([, count]) => String(count).length));
  return [
    "",
    note === undefined ? title : `${title} (${note})`,
    ...rows.map(([what, count]) => {
      const share = `${(100 * count / all).toFixed(1)}%`.padStart(6);
      const padding = " ".repeat(name - [...what].length);
      return `  ${what}${padding}  ${drawBar(Math.min(1, count / most))} ${
        String(count).padStart(digits)
      } ${share}`;
    }),
  ];
}

/** The largest count, but for what stands for all others: its bar is cut. */
function findMost(rows: readonly Row[]): number {
  const own = rows.filter(([what]) => !isOthers(what));
  return Math.max(...(own.length > 0 ? own : rows).map(([, count]) => count));
}

/** A bar of a share of the width, to an eighth of a letter; of what there is at all, never nothing. */
function drawBar(share: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * BAR_WIDTH * 8));
  const bar = "█".repeat(eighths >> 3) + EIGHTHS[eighths & 7];
  return bar.padEnd(BAR_WIDTH);
}

function formatChannels(channels: readonly ChannelStatistics[]): string[] {
  if (channels.length === 0) return [];
  return [
    "",
    "Channels, of 0 to 1",
    ...alignRows(
      ["", "mean", "std"],
      channels.map(({ mean, std }, i) => [CHANNELS[i], mean.toFixed(6), std.toFixed(6)]),
    ),
  ];
}

/**
 * Statistics as one page with charts, which takes nothing from elsewhere.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { collectStatistics, formatStatisticsPage } from "@wdstream/wdstream/tools";
 *
 * const page = formatStatisticsPage(await collectStatistics(sampleShard()));
 * if (!page.includes("<svg")) throw new Error(page);
 * ```
 */
export function formatStatisticsPage(statistics: DatasetStatistics): string {
  const { shards, samples, images, faults, fields, pixels, progressive } = statistics;
  const bytes = Object.values(fields).reduce((sum, field) => sum + field.bytes, 0);
  const failed = Object.values(statistics.failed).reduce((sum, count) => sum + count, 0);
  const channels = describeChannels(statistics);
  const body = [
    formatCards([
      ["shards", String(shards)],
      ["samples", String(samples)],
      ["images", String(images)],
      ["classes", String(Object.keys(statistics.classes).length)],
      ["MB of members", (bytes / 1e6).toFixed(1)],
      ...(failed === 0 ? [] : [["do not decode", String(failed)] as const]),
      ...(faults === 0 ? [] : [["faults of archives", String(faults)] as const]),
      ...(progressive === 0 ? [] : [["progressive JPEG files", String(progressive)] as const]),
    ]),
    '<div class="grid">',
    ...listDistributions(statistics, { bins: 24, names: 16 }).map(formatChart),
    ...(pixels.length === 0 ? [] : [formatLevels(pixels)]),
    "</div>",
    "<h2>Fields</h2>",
    formatTable(
      ["Field", "Members", "Bytes", "Least", "Mean", "Most"],
      Object.entries(fields).map(([name, field]) => [
        name,
        field.count,
        field.bytes,
        field.minBytes,
        Math.round(field.bytes / field.count),
        field.maxBytes,
      ]),
    ),
    ...(channels.length === 0 ? [] : [
      "<h2>Channels</h2>",
      "<p>Of all pixels of all images, in units of 0 to 1: what normalisation takes.</p>",
      formatTable(
        ["Channel", "Mean", "Standard deviation", "Sum of values", "Sum of squares", "Pixels"],
        channels.map(({ mean, std, sum, squares, count }, i) => [
          CHANNELS[i],
          mean.toFixed(8),
          std.toFixed(8),
          `${sum}`,
          `${squares}`,
          `${count}`,
        ]),
      ),
    ]),
  ];
  return formatPage("wdstream stats", body.join("\n"));
}

const WIDTH = 360;
const ROW_HEIGHT = 18;

/** Bars below one another, each with what it is and how often. */
function formatChart({ title, note, rows }: Distribution): string {
  const most = findMost(rows);
  const all = rows.reduce((sum, [, count]) => sum + count, 0);
  const left = 10 + 7 * Math.min(22, Math.max(...rows.map(([what]) => [...what].length)));
  const space = WIDTH - left - 86;
  const bars = rows.map(([what, count], i) => {
    const y = i * ROW_HEIGHT;
    const width = count === 0 ? 0 : Math.max(1, Math.min(1, count / most) * space);
    const share = (100 * count / all).toFixed(1);
    const text = escapeHtml(shorten(what));
    return `<text x="${round(left - 6)}" y="${y + 13}" text-anchor="end">${text}</text>` +
      `<rect class="bar" x="${round(left)}" y="${y + 3}" width="${
        round(width)
      }" height="12" rx="2"><title>${escapeHtml(what)}: ${count}</title></rect>` +
      `<text class="dim" x="${round(left + width + 5)}" y="${y + 13}">${count} · ${share}%</text>`;
  });
  const about = note === undefined ? "" : `<p class="dim">${escapeHtml(note)}</p>`;
  const label = escapeHtml(title);
  return `<section><h2>${label}</h2>${about}<svg viewBox="0 0 ${WIDTH} ${
    rows.length * ROW_HEIGHT + 4
  }" role="img" aria-label="${label}">${bars.join("")}</svg></section>`;
}

const shorten = (text: string): string =>
  [...text].length > 22 ? `${[...text].slice(0, 21).join("")}…` : text;
const round = (value: number): string => value.toFixed(1);

/** How the values of the three channels are spread, as lines. */
function formatLevels(pixels: readonly (readonly number[])[]): string {
  const height = 160;
  // Black and white come by themselves in many pictures: they would press all others down.
  const most = Math.max(1, ...pixels.map((counts) => Math.max(...counts.slice(1, 255))));
  const lines = pixels.map((counts, i) => {
    const points = counts.map((count, value) =>
      `${round(value / 255 * WIDTH)},${round(height - Math.min(1, count / most) * (height - 4))}`
    );
    return `<polyline points="${points.join(" ")}" fill="none" stroke="var(--${
      CHANNELS[i]
    })" stroke-width="1.5"><title>${CHANNELS[i]}</title></polyline>`;
  });
  const label = "Values of pixels";
  return `<section><h2>${label}</h2><p class="dim">of 0 to 255, in red, green and blue</p><svg viewBox="0 0 ${WIDTH} ${
    height + 4
  }" role="img" aria-label="${label}"><line class="axis" x1="0" x2="${WIDTH}" y1="${height}" y2="${height}"/>${
    lines.join("")
  }</svg></section>`;
}
