/**
 * Answers one question in a process of its own, so that what one library leaves behind, threads among it, cannot disturb
 * the next question. Takes its name, the effort as JSON, and the folder of another checkout, if what ours costs is
 * compared with that; the last line that it writes is the answer as JSON.
 *
 * @module
 */
import { QUESTIONS } from "../questions/mod.ts";
import { makeBeforeAfter } from "./before_after.ts";
import { openCheckout } from "./checkout.ts";
import { measure } from "./measure.ts";
import type { Effort, Question } from "./question.ts";
import { makeAnswer } from "./report.ts";

const [name, effortJson, before] = Deno.args;
const effort: Effort = JSON.parse(effortJson);
const question = await makeQuestion();
const rounds = effort.rounds ??
  (effort.short && !question.isShort ? Math.min(3, question.rounds ?? 3) : question.rounds ?? 9);
try {
  const costs = await measure(question.contestants, rounds);
  const answer = await makeAnswer(question, rounds, costs);
  console.log(`\n${JSON.stringify(answer)}`);
} finally {
  await question.close?.();
}
// Some libraries leave timers or threads behind.
Deno.exit(0);

async function makeQuestion(): Promise<Question> {
  const { makeQuestion, startOurs } = await QUESTIONS[name].load();
  if (before === undefined) return await makeQuestion(effort);
  if (startOurs === undefined) throw new Error(`"${name}" does not compare checkouts`);
  return await makeBeforeAfter(startOurs, effort, await openCheckout(before));
}
