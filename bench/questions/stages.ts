/**
 * What does each stage cost, and how low could it go?
 *
 * @module
 */
import { evaluation, init, readJpegHeader, toSource } from "../../mod.ts";
import { readTar } from "../../src/tar/mod.ts";
import { listShards, loadCorpus } from "../corpus/imagenet.ts";
import { timeWork } from "../harness/clock.ts";
import type { Conclusion, Contestant, Cost, Effort, Question } from "../harness/question.ts";
import { averageWork, countWork } from "../stages/count_work.ts";
import { compileSwitchable, type Stage, STAGES } from "../stages/leave_out.ts";
import { measureLimits } from "../stages/machine_limits.ts";
import { makeStageConclusion } from "../stages/report.ts";
import type { StageOrder } from "../stages/worker.ts";

// From the end: what is left out first feeds nothing that still runs.
const ORDERS: Readonly<Record<StageOrder["task"], readonly Stage[]>> = {
  evaluation: [
    "normalise",
    "vertical",
    "transposition",
    "horizontal",
    "colour",
    "idct",
    "entropy",
    "unstuff",
  ],
  decode: ["colour", "idct", "entropy", "unstuff"],
};
const LARGEST_PIXELS = 4e6;
const COUNTED_IMAGES = 24;

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const { images: all } = await loadCorpus(short ? 24 : 160);
  await init();
  const images = all.filter((image) => {
    const { progressive, restartInterval, width, height } = readJpegHeader(image);
    return !progressive && restartInterval === 0 && width * height < LARGEST_PIXELS;
  });
  const transform = evaluation({ resize: 256, size: 224, interpolation: "bicubic" });
  const step = Math.max(1, Math.floor(images.length / COUNTED_IMAGES));
  const work = averageWork(
    images.filter((_, i) => i % step === 0).map((image) => countWork(image, transform)),
  );
  const limits = await measureLimits();
  const switchable = await startWorker(await compileSwitchable(), images);
  const published = await startWorker(
    await Deno.readFile(new URL("../../src/kernel/wdstream.wasm", import.meta.url)),
    images,
  );
  const contestants: Contestant[] = [];
  for (const [task, order] of Object.entries(ORDERS) as [StageOrder["task"], readonly Stage[]][]) {
    contestants.push({
      name: `${task}, as published`,
      pass: () => timeWork(() => published.run({ task })),
    });
    for (let count = 0; count <= order.length; count++) {
      const leaveOut = order.slice(0, count).reduce((bits, stage) => bits | STAGES[stage], 0);
      contestants.push({
        name: `${task}, without ${order.slice(0, count).join(", ") || "nothing"}`,
        pass: () => timeWork(() => switchable.run({ task, leaveOut })),
      });
    }
  }
  const shards = await listShards();
  const shardBytes = (await Promise.all(shards.map((shard) => Deno.stat(shard))))
    .reduce((sum, { size }) => sum + size, 0);
  contestants.push(
    { name: "stream", pass: () => timeWork(() => repeat(SHARD_REPEATS, () => drain(shards))) },
    {
      name: "stream and tar",
      pass: () => timeWork(() => repeat(SHARD_REPEATS, () => untar(shards))),
    },
  );
  const conclude = (costs: readonly (readonly Cost[])[]): Conclusion =>
    makeStageConclusion({
      orders: ORDERS,
      costs: new Map(contestants.map(({ name }, index) => [name, costs[index]])),
      images: images.length,
      shardBytes: shardBytes * SHARD_REPEATS,
      work,
      limits,
    });
  return {
    title: "Stages",
    task:
      `${images.length} sequential images without restart intervals, ${
        Math.round(work.bytes / 1000)
      } kB and ${
        (work.pixels / 1e6).toFixed(2)
      } megapixels each, by a kernel of which stages can ` +
      "be left out. The cost of a stage is the difference that leaving it out makes, after those that follow it",
    unit: "images",
    amount: images.length,
    rounds: short ? undefined : 7,
    contestants,
    conclude,
    close() {
      switchable.end();
      published.end();
    },
  };
}

const SHARD_REPEATS = 4;

interface StageThread {
  run(order: StageOrder): Promise<void>;
  end(): void;
}

async function startWorker(
  kernel: BufferSource,
  images: readonly Uint8Array[],
): Promise<StageThread> {
  const worker = new Worker(new URL("../stages/worker.ts", import.meta.url), { type: "module" });
  const send = (message: unknown): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(message);
    });
  await send({ kernel, images });
  return { run: send, end: () => worker.terminate() };
}

async function repeat(count: number, work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i++) await work();
}

async function drain(shards: readonly URL[]): Promise<void> {
  for (const shard of shards) {
    const reader = (await toSource(shard).open()).body.getReader();
    while (!(await reader.read()).done);
  }
}

async function untar(shards: readonly URL[]): Promise<void> {
  for (const shard of shards) {
    for await (const _ of readTar((await toSource(shard).open()).body));
  }
}
