/**
 * Compares wdstream with other libraries on the same input, in interleaved rounds, says what its own parts cost, and what
 * has changed since another checkout. Each question is asked in a process of its own. README.md says how to read it.
 *
 * Usage: deno task bench [--quick] [--json] [--rounds N] [--before FOLDER] [--results] [QUESTION…]
 *
 * @module
 */
import { formatAims } from "./harness/aims.ts";
import { describeMachine, readLoad } from "./harness/machine.ts";
import type { Effort } from "./harness/question.ts";
import { type Answer, formatAnswer, toPlain } from "./harness/report.ts";
import { keepAnswer } from "./harness/results.ts";
import { QUESTIONS } from "./questions/mod.ts";

const USAGE =
  "Usage: deno task bench [--quick] [--json] [--rounds N] [--before FOLDER] [--results] [QUESTION…]";
/** What is asked with `--before` where no question is named. */
const COMPARED = ["decode", "evaluation", "training", "tar", "pipeline", "startup"];
/** And what with `--quick` besides. */
const COMPARED_QUICKLY = ["kinds"];

interface Command {
  readonly names: readonly string[];
  readonly effort: Effort;
  readonly json: boolean;
  /** Whether answers are kept for results.md, which a run of all questions does. */
  readonly writes: boolean;
  /** Folder of another checkout. */
  readonly before?: string;
}

function listQuestions(): string {
  const lines = Object.entries(QUESTIONS).map(([name, { asks }]) => `  ${name.padEnd(12)} ${asks}`);
  return [USAGE, ...lines].join("\n");
}

function refuse(why: string): never {
  console.error(`${why}. ${listQuestions()}`);
  Deno.exit(2);
}

function readCommand(args: readonly string[]): Command {
  const names: string[] = [];
  let [short, json, isAsked] = [false, false, false];
  let rounds: number | undefined;
  let before: string | undefined;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--help") {
      console.log(listQuestions());
      Deno.exit(0);
    }
    if (args[i] === "--quick") short = true;
    else if (args[i] === "--json") json = true;
    else if (args[i] === "--results") isAsked = true;
    else if (args[i] === "--rounds") rounds = Number(args[++i]);
    else if (args[i] === "--before") before = args[++i] ?? refuse("--before takes a folder");
    else if (Object.hasOwn(QUESTIONS, args[i])) names.push(args[i]);
    else refuse(`Unknown: ${args[i]}`);
  }
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    refuse("--rounds takes a number of 1 or more");
  }
  if (isAsked && (short || json || before !== undefined)) {
    refuse("--results is for a run that is neither --quick, --json nor --before");
  }
  const writes = isAsked || !(short || names.length > 0 || before !== undefined);
  return { names, effort: { short, rounds }, json, writes, before };
}

const { names, effort, json, writes, before } = readCommand(Deno.args);
const machine = await describeMachine();
const load = readLoad();
if (load > 0.5) console.error(`Others are at work here (load ${load}): look at ratios alone.`);
const answers: Answer[] = [];
const unanswered: string[] = [];
const all = before === undefined
  ? Object.keys(QUESTIONS)
  : effort.short
  ? COMPARED_QUICKLY
  : COMPARED;
for (const name of names.length > 0 ? names : all) {
  const from = performance.now();
  const answer = await ask(name);
  if (answer === undefined) {
    unanswered.push(name);
    continue;
  }
  answers.push(answer);
  if (!json) console.log(formatAnswer(answer));
  if (writes) await keepAnswer(name, { answer, machine, load }, Object.keys(QUESTIONS));
  console.error(`${name}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
}

const verdicts = answers.flatMap((answer) => answer.verdicts);
const aims = formatAims(verdicts, machine.cpu);
if (json) {
  console.log(JSON.stringify({ machine, verdicts, answers: answers.map(toPlain) }, null, 1));
} else if (verdicts.length > 0) console.log(aims);
if (unanswered.length > 0) {
  console.error(`Not answered: ${unanswered.join(", ")}`);
  Deno.exit(1);
}

/** The answer to a question; none where its process failed, which has said why. */
async function ask(name: string): Promise<Answer | undefined> {
  const path = (file: string): string =>
    decodeURIComponent(new URL(file, import.meta.url).pathname);
  const args = ["run", "--config", path("./deno.json"), "--allow-all", path("./harness/ask.ts")];
  args.push(name, JSON.stringify(effort));
  if (before !== undefined) args.push(await Deno.realPath(before));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" })
    .output();
  if (!success) return undefined;
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1) as string);
}
