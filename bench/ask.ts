/**
 * Answers one question in a process of its own, so that what one library leaves behind, threads
 * among it, cannot disturb the next question. Takes its name, and `--quick`; the last line that it
 * writes is the answer as JSON.
 */
import { measure } from "./measure.ts";
import { QUESTIONS } from "./questions.ts";
import { makeAnswer } from "./report.ts";

const quick = Deno.args.includes("--quick");
const { makeQuestion } = await QUESTIONS[Deno.args[0]]();
const question = await makeQuestion({ quick });
const rounds = question.rounds ?? (quick ? 3 : 7);
try {
  const answer = await makeAnswer(question, rounds, await measure(question, rounds));
  console.log(`\n${JSON.stringify(answer)}`);
} finally {
  question.close?.();
}
// Some libraries leave timers or threads behind.
Deno.exit(0);
