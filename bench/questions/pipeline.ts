/** Do two workers in one process read shards from disk as fast as two processes? */
import type { Cost, Effort, Question } from "./contestant.ts";
import { listShards } from "./corpus.ts";
import { PipelineProcess } from "./pipeline_process.ts";

const TWO_PROCESSES = "two processes, a shard each";

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const paths = (await listShards()).map((url) => url.pathname);
  const [both, first, second] = [0, 1, 2].map(() => new PipelineProcess());
  const once = await first.pass(paths, 0);
  // As many images for each as one of ImageNet's shards has: the start of workers counts.
  const repeats = Math.max(1, Math.round((quick ? 200 : 1251) / once.images));
  // Both halves have the same number of bytes to read: every shard in either.
  const half = Array.from({ length: repeats }, () => paths).flat();
  const perHalf = once.images * repeats;
  await second.pass(half, 0);
  const amount = 2 * perHalf;
  return {
    title: "Shards on disk to batches",
    task: `${amount} images of ${2 * half.length} shards, from disk to batches of 64 tensors ` +
      "[3, 224, 224] float32 (256/224, bicubic). Processes run already, workers do not",
    unit: "images",
    amount,
    rounds: quick ? 2 : undefined,
    contestants: [
      { name: "2 workers", pass: () => both.pass([...half, ...half], 2) },
      { name: "1 worker", pass: () => both.pass([...half, ...half], 1) },
      { name: "no worker", pass: () => both.pass([...half, ...half], 0) },
      {
        name: TWO_PROCESSES,
        note: "at the same time, without workers; the sum of what each does in a second",
        async pass(): Promise<Cost> {
          const parts = await Promise.all([first.pass(half, 0), second.pass(half, 0)]);
          const perSecond = parts.reduce((sum, part) => sum + part.images / part.wallSeconds, 0);
          return {
            wallSeconds: amount / perSecond,
            cpuSeconds: parts.reduce((sum, part) => sum + part.cpuSeconds, 0),
          };
        },
      },
    ],
    aims: [{
      what: "shards on disk to batches, 2 workers, by wall clock",
      against: TWO_PROCESSES,
      goal: "at least 0.95 of their sum",
      least: 0.95,
      value: (theirs, ours) => theirs.wallSeconds / ours.wallSeconds,
    }],
    close: () => [both, first, second].forEach((process) => process.close()),
  };
}
