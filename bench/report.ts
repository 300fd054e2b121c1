import type { Question } from "./contestant.ts";
import type { Result, Spread } from "./measure.ts";

/** What a question's answer is, as plain data. */
export interface Answer {
  readonly title: string;
  readonly task: string;
  readonly unit: string;
  readonly ratio?: string;
  readonly rounds: number;
  readonly results: readonly Result[];
}

/** Puts a question and its results together. */
export function makeAnswer(question: Question, rounds: number, results: Result[]): Answer {
  const { title, task, unit, ratio } = question;
  return { title, task, unit, ratio, rounds, results };
}

/** An answer as a table in Markdown, which reads well on a terminal too. */
export function formatAnswer(answer: Answer): string {
  const { title, task, unit, rounds, results } = answer;
  const header = [
    "",
    `${unit} per CPU second`,
    `${unit} per second`,
    answer.ratio ?? "wdstream is faster by",
  ];
  // A contestant is a measure of others if they name it, or if none is named.
  const measures = new Set(results.map(({ of }) => of ?? results[0].name));
  const rows = results.map(({ name, cpu, wall, ratio }) => [
    name,
    formatSpread(cpu),
    formatSpread(wall),
    measures.has(name)
      ? ""
      : `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}-${ratio.greatest.toFixed(2)})`,
  ]);
  const notes = results.filter(({ note }) => note).map(({ name, note }) => `- ${name}: ${note}.`);
  return [
    `## ${title}`,
    "",
    `${task}. ${rounds} interleaved rounds; median (least-greatest).`,
    "",
    ...formatTable([header, ...rows]),
    ...(notes.length > 0 ? ["", ...notes] : []),
    "",
  ].join("\n");
}

function formatTable(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => row[i].length)));
  const lines = rows.map((row) =>
    `| ${
      row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(" | ")
    } |`
  );
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [lines[0], `| ${rule.join(" | ")} |`, ...lines.slice(1)];
}

function formatSpread({ median, least, greatest }: Spread): string {
  return `${Math.round(median)} (${Math.round(least)}-${Math.round(greatest)})`;
}
