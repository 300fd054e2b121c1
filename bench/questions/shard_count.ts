/**
 * What does an image cost by the number of shards and of workers?
 *
 * @module
 */
import { Wdstream } from "../contestants/wdstream.ts";
import { countImages, listShards } from "../corpus/imagenet.ts";
import { concludeCurves, nameOfPoint } from "../harness/curves.ts";
import type { Contestant, Effort, Question } from "../harness/question.ts";

const WORKERS = [0, 1, 2];

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const all = await listShards();
  const counts = short ? [1, 2] : [1, 2, 4, 8];
  const process = await Wdstream.start([]);
  const nameOfLine = (workers: number): string => workers === 1 ? "1 worker" : `${workers} workers`;
  const contestants: Contestant[] = [];
  for (const count of counts) {
    const urls = Array.from({ length: count }, (_, i) => all[i % all.length]);
    const shards = urls.map(({ pathname }) => decodeURIComponent(pathname));
    const amount = await countImages(urls);
    for (const workers of WORKERS) {
      contestants.push(process.contestant({
        task: "pipeline",
        name: nameOfPoint(nameOfLine(workers), `${count}`),
        amount,
        work: { settings: { shards, workers } },
      }));
    }
  }
  return {
    title: "Cost by the number of shards and of workers",
    task:
      "Shards on disk to batches of 64 tensors [3, 224, 224] float32 (256/224, bicubic). The process " +
      "runs already, its workers start anew with every pass",
    unit: "images",
    amount: 1,
    rounds: short ? 1 : 3,
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
    close: () => process.close(),
  };
}
