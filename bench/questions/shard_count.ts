/** What does an image cost by the number of shards and of workers? */
import type { Contestant, Effort, Question } from "./contestant.ts";
import { listShards } from "./corpus.ts";
import { concludeCurves, nameOfPoint } from "./curves.ts";
import { PipelineProcess } from "./pipeline_process.ts";

const WORKERS = [0, 1, 2];

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const paths = (await listShards()).map((url) => url.pathname);
  const counts = quick ? [1, 2] : [1, 2, 4, 8];
  const child = new PipelineProcess();
  const nameOfLine = (workers: number): string => workers === 1 ? "1 worker" : `${workers} workers`;
  const contestants: Contestant[] = [];
  for (const count of counts) {
    const shards = Array.from({ length: count }, (_, i) => paths[i % paths.length]);
    const { images } = await child.pass(shards, 0);
    for (const workers of WORKERS) {
      contestants.push({
        name: nameOfPoint(nameOfLine(workers), `${count}`),
        amount: images,
        pass: () => child.pass(shards, workers),
      });
    }
  }
  return {
    title: "Cost by the number of shards and of workers",
    task:
      "Shards on disk to batches of 64 tensors [3, 224, 224] float32 (256/224, bicubic). The process " +
      "runs already, its workers start anew with every pass",
    unit: "images",
    amount: 1,
    rounds: quick ? 1 : 3,
    contestants,
    conclude: (costs) =>
      concludeCurves(
        {
          name: "shards",
          plot: {
            title: "Time an image by number of shards",
            xTitle: "shards",
            yTitle: "milliseconds an image",
          },
          unit: "milliseconds an image by the wall clock",
          places: counts.map((x) => ({ x, label: `${x}` })),
          lines: WORKERS.map(nameOfLine),
          value: ({ wallSeconds }, images) => wallSeconds * 1000 / images,
        },
        contestants,
        costs,
      ),
    close: () => child.close(),
  };
}
