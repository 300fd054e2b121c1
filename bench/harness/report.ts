/**
 * A question's answer: as data between processes, as Markdown for people.
 *
 * @module
 */
import { judgeAims } from "./aims.ts";
import type { Conclusion, Cost, Question, Verdict } from "./question.ts";
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
  readonly absent: readonly string[];
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
  const { title, task, unit, ratio, absent = [] } = question;
  const conclusion = await question.conclude?.(costs);
  return {
    title,
    task,
    unit,
    ratio,
    rounds,
    absent,
    results: summarize(question, costs),
    verdicts: [...judgeAims(question, costs), ...conclusion?.verdicts ?? []],
    conclusion,
  };
}

/** An answer in Markdown, which reads well on a terminal too. */
export function formatAnswer(answer: Answer): string {
  const { title, task, rounds, results, conclusion, absent } = answer;
  const showsSpeeds = conclusion === undefined || conclusion.withSpeeds === true;
  const how = results.length > 0
    ? ` ${rounds} interleaved rounds${showsSpeeds ? "; median (least-greatest)" : ""}.`
    : "";
  const notes = showsSpeeds
    ? results.filter(({ note }) => note).map(({ name, note }) => `- ${name}: ${note}.`)
    : [];
  return [
    `## ${title}`,
    "",
    `${task}.${how}`,
    "",
    ...(showsSpeeds ? formatResults(answer) : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
    ...(showsSpeeds && conclusion ? [""] : []),
    ...(conclusion ? [conclusion.text] : []),
    ...(absent.length > 0 ? ["", `Not there: ${absent.join("; ")}.`] : []),
    "",
  ].join("\n");
}

/** The answer without pictures, for `--json`. */
export function toPlain(answer: Answer): unknown {
  const { conclusion, ...rest } = answer;
  return { ...rest, data: conclusion?.data };
}

function formatResults({ unit, ratio = "wdstream is faster by", results }: Answer): string[] {
  const header = [
    "",
    `${unit} per CPU second`,
    `${unit} per second`,
    "at its best",
    ratio,
    "at their best",
  ];
  // A contestant is a measure of others if they name it, or if none is named.
  const measures = new Set(results.map(({ of }) => of ?? results[0].name));
  const digits = results.some(({ cpu }) => cpu.median < 20) ? 1 : 0;
  const rows = results.map(({ name, cpu, wall, best, ratio, bestRatio }) => [
    name,
    formatSpread(cpu, digits),
    formatSpread(wall, digits),
    best.toFixed(digits),
    measures.has(name) ? "" : formatSpread(ratio, 2),
    measures.has(name) ? "" : bestRatio.toFixed(2),
  ]);
  return formatTable([header, ...rows]);
}
