/**
 * Do two workers in one process read shards from disk as fast as two processes?
 *
 * @module
 */
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { countImages, listShards } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Contestant, Cost, Effort, OurSide, Question } from "../harness/question.ts";

const TWO_WORKERS = "2 workers";
const TWO_WORKERS_SHARED = "2 workers, into shared memory";
const TWO_PROCESSES = "two processes, a shard each";
const TWO_PROCESSES_INTO = "two processes, each into one array";

/** The shards of either of two processes: both have the same number of bytes to read. */
async function listHalf({ short }: Effort): Promise<{ half: string[]; images: number }> {
  const shards = await listShards();
  const paths = shards.map(({ pathname }) => decodeURIComponent(pathname));
  const once = await countImages(shards);
  // As many images for each as one of ImageNet's shards has: the start of workers counts.
  const repeats = Math.max(1, Math.round((short ? 200 : 1251) / once));
  return { half: Array.from({ length: repeats }, () => paths).flat(), images: once * repeats };
}

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const { half, images } = await listHalf(effort);
  const all = [...half, ...half];
  const [both, first, second] = [
    await Wdstream.start([], { checkout }),
    await Wdstream.start([], { checkout }),
    await Wdstream.start([], { checkout }),
  ];
  const amount = 2 * images;
  const read = async (
    process: Wdstream,
    shards: readonly string[],
    workers: number,
    memory: "new" | "into" | "shared" | "release" = "new",
  ): Promise<Cost> => {
    const cost = await process.work("pipeline", { settings: { shards, workers, memory } });
    const expected = images * shards.length / half.length;
    if (cost.images !== expected) throw new Error(`${cost.images} images, not ${expected}`);
    return cost;
  };
  const readApart = async (memory: "new" | "into" | "release"): Promise<Cost> => {
    const parts = await Promise.all([
      read(first, half, 0, memory),
      read(second, half, 0, memory),
    ]);
    const perSecond = parts.reduce((sum, part) => sum + images / part.wallSeconds, 0);
    return {
      wallSeconds: amount / perSecond,
      cpuSeconds: parts.reduce((sum, part) => sum + part.cpuSeconds, 0),
    };
  };
  return {
    title: "Shards on disk to batches",
    task: `${amount} images of ${all.length} shards, from disk to batches of 64 tensors ` +
      "[3, 224, 224] float32 (256/224, bicubic). Processes run already, workers do not",
    unit: "images",
    amount,
    rounds: effort.short ? 2 : 7,
    contestants: [
      { name: TWO_WORKERS, pass: () => read(both, all, 2) },
      { name: "1 worker", pass: () => read(both, all, 1) },
      { name: "no worker", pass: () => read(both, all, 0) },
      {
        name: "2 workers, into one array",
        note: "with `into`: no new memory for each batch",
        pass: () => read(both, all, 2, "into"),
      },
      {
        name: TWO_WORKERS_SHARED,
        note: "with `into` of two batches and shared memory, which workers write into",
        pass: () => read(both, all, 2, "shared"),
      },
      {
        name: "2 workers, memory given back",
        note: "with `batch.release()` at the end of each turn of the loop",
        pass: () => read(both, all, 2, "release"),
      },
      { name: "no worker, into one array", pass: () => read(both, all, 0, "into") },
      { name: "no worker, memory given back", pass: () => read(both, all, 0, "release") },
      { name: TWO_PROCESSES_INTO, pass: () => readApart("into") },
      {
        name: "two processes, memory given back",
        pass: () => readApart("release"),
      },
      {
        name: TWO_PROCESSES,
        note: "at the same time, without workers; the sum of what each does in a second",
        pass: () => readApart("new"),
      },
    ],
    close: () => [both, first, second].forEach((each) => each.close()),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const { half, images } = await listHalf(effort);
  const ours = await startOurs(effort, HERE);
  const python = await PythonWorkers.start([], { torch: true });
  const loaders = ["pillow", "tensor"].flatMap((path) =>
    python.each((process, { path: locate }): Contestant[] => {
      const { torchvision, webdataset, tensorPath } = process.facts;
      if (torchvision === undefined || (path === "tensor" && tensorPath !== "uint8")) return [];
      const reader = webdataset === undefined ? "tarfile" : `webdataset ${webdataset}`;
      const settings = { shards: half.map(locate), workers: 2, path };
      return [{
        name: `DataLoader with 2 workers, ${path} path, torchvision ${torchvision}`,
        note: `reads by ${reader}; half as many shards`,
        amount: images,
        rounds: 3,
        pass: () => process.work("pipeline", { settings }),
      }];
    })
  );
  return {
    ...ours,
    contestants: [...ours.contestants, ...loaders],
    absent: python.missing("torchvision", "torch's DataLoader"),
    aims: [
      {
        what: "shards on disk to batches, 2 workers, by wall clock",
        against: TWO_PROCESSES,
        goal: "at least 0.95 of their sum",
        least: 0.95,
        value: (theirs, ours) => theirs.wallSeconds / ours.wallSeconds,
      },
      {
        what: "shards on disk to batches in memory of the caller's, 2 workers, by wall clock",
        ours: TWO_WORKERS_SHARED,
        against: TWO_PROCESSES_INTO,
        goal: "at least 0.97 of their sum",
        least: 0.97,
        value: (theirs, ours) => theirs.wallSeconds / ours.wallSeconds,
      },
      {
        what: "shards on disk to batches, 2 workers, by CPU time",
        against: "DataLoader with 2 workers, tensor*",
        goal: "at least 2.5",
        least: 2.5,
        value: (theirs, ours) => 2 * theirs.cpuSeconds / ours.cpuSeconds,
      },
    ],
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
