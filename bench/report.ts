import { judgeAims } from "./aims.ts";
import type { Conclusion, Cost, Question, Verdict } from "./contestant.ts";
import { type Result, summarize } from "./measure.ts";
import { formatSpread } from "./spread.ts";
import { formatTable } from "./table.ts";

/** What a question's answer is, as plain data. */
export interface Answer {
  readonly title: string;
  readonly task: string;
  readonly unit: string;
  readonly ratio?: string;
  readonly rounds: number;
  readonly results: readonly Result[];
  readonly verdicts: readonly Verdict[];
  readonly conclusion?: Conclusion;
}

/** Puts a question and what it cost together. */
export async function makeAnswer(
  question: Question,
  rounds: number,
  costs: readonly (readonly Cost[])[],
): Promise<Answer> {
  const { title, task, unit, ratio } = question;
  const conclusion = await question.conclude?.(costs);
  return {
    title,
    task,
    unit,
    ratio,
    rounds,
    results: summarize(question, costs),
    verdicts: [...judgeAims(question, costs), ...conclusion?.verdicts ?? []],
    conclusion,
  };
}

/** An answer in Markdown, which reads well on a terminal too. */
export function formatAnswer(answer: Answer): string {
  const { title, task, rounds, results, conclusion } = answer;
  const body = conclusion === undefined ? formatResults(answer) : [conclusion.text];
  const how = results.length > 0
    ? ` ${rounds} interleaved rounds${conclusion ? "" : "; median (least-greatest)"}.`
    : "";
  const notes = conclusion === undefined
    ? results.filter(({ note }) => note).map(({ name, note }) => `- ${name}: ${note}.`)
    : [];
  return [
    `## ${title}`,
    "",
    `${task}.${how}`,
    "",
    ...body,
    ...(notes.length > 0 ? ["", ...notes] : []),
    "",
  ].join("\n");
}

/** The answer without pictures, for `--json`. */
export function toPlain(answer: Answer): unknown {
  const { conclusion, ...rest } = answer;
  return { ...rest, data: conclusion?.data };
}

function formatResults({ unit, ratio, results }: Answer): string[] {
  const header = [
    "",
    `${unit} per CPU second`,
    `${unit} per second`,
    ratio ?? "wdstream is faster by",
  ];
  // A contestant is a measure of others if they name it, or if none is named.
  const measures = new Set(results.map(({ of }) => of ?? results[0].name));
  const digits = results.some(({ cpu }) => cpu.median < 20) ? 1 : 0;
  const rows = results.map(({ name, cpu, wall, ratio }) => [
    name,
    formatSpread(cpu, digits),
    formatSpread(wall, digits),
    measures.has(name) ? "" : formatSpread(ratio, 2),
  ]);
  return formatTable([header, ...rows]);
}
