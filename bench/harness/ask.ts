/**
 * Answers one question in a process of its own, so that what one library leaves behind, threads among it, cannot disturb
 * the next question. Takes its name and, as JSON, the effort; the last line that it writes is the answer as JSON.
 *
 * @module
 */
import { QUESTIONS } from "../questions/mod.ts";
import { measure } from "./measure.ts";
import type { Effort } from "./question.ts";
import { makeAnswer } from "./report.ts";

const [name, effortJson] = Deno.args;
const effort: Effort = JSON.parse(effortJson);
const { makeQuestion } = await QUESTIONS[name].load();
const question = await makeQuestion(effort);
const rounds = question.rounds ?? (effort.short ? 3 : 9);
try {
  const costs = await measure(question.contestants, rounds);
  const answer = await makeAnswer(question, rounds, costs);
  console.log(`\n${JSON.stringify(answer)}`);
} finally {
  question.close?.();
}
// Some libraries leave timers or threads behind.
Deno.exit(0);
