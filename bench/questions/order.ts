/**
 * What does an order cost, and how well does it mix?
 *
 * For ImageNet's training split, whose shards are taken to be sorted by class: the hard case. No byte is read; a sample
 * counts as 113 kB. And what an epoch in shuffled lanes costs beside the same in order, of shards that are written for it.
 *
 * @module
 */
import { listShards } from "../../src/imagenet/catalogue.ts";
import {
  type EpochPlan,
  locateSample,
  mixEpoch,
  orderEpoch,
  planEpoch,
  PlanLanes,
  printOrder,
  pythonRandom,
  RankSequence,
  spellOrder,
} from "../../src/order/mod.ts";
import { type Epochs, startEpochs } from "../contestants/epochs.ts";
import { formatTable } from "../harness/table.ts";
import type { Effort, Question } from "../harness/question.ts";
import { spread } from "../harness/spread.ts";
import { heldBytes, segmentBytes } from "../../src/steps/segments.ts";
import { shuffleLikePython } from "../../src/order/python_shuffle.ts";

const SAMPLE_BYTES = 113_000;
const CLASSES = 1000;
const BATCH = 256;
const { shardLengths, shardNames, sampleCount } = listShards("train");

/** One row of the table of mixing. */
interface Mixing {
  readonly order: string;
  readonly samplesHeld: number;
  readonly megabytes: number;
  readonly classesPerBatch: number;
  readonly shardsPerBatch: number;
  /** Share of a batch's pairs that meet in a batch again in the next epoch. */
  readonly again: number;
}

/** The median of several times, in milliseconds. */
function time(run: (n: number) => unknown, rounds = 7): number {
  const spent: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const begun = performance.now();
    run(n);
    spent.push(performance.now() - begun);
  }
  return spread(spent).median;
}

/** Shards in random order, one after the other, through a buffer: webdataset's and timm's. */
function spellReservoir(epoch: number, buffer: number): Uint32Array {
  const { shards } = planEpoch({ lengths: shardLengths, seed: 7, epoch });
  const starts = startsOf();
  const read = new Uint32Array(sampleCount);
  let at = 0;
  for (const shard of shards) {
    for (let i = 0; i < shardLengths[shard]; i++) read[at++] = starts[shard] + i;
  }
  const random = pythonRandom(epoch);
  const order = new Uint32Array(sampleCount);
  at = 0;
  for (const turn of shuffleLikePython(sampleCount, { buffer, initial: buffer / 4, random })) {
    order[at++] = read[turn];
  }
  return order;
}

function startsOf(): Float64Array {
  const starts = new Float64Array(shardLengths.length);
  for (let shard = 1; shard < starts.length; shard++) {
    starts[shard] = starts[shard - 1] + shardLengths[shard - 1];
  }
  return starts;
}

function measureMixing(
  order: string,
  samplesHeld: number,
  spell: (epoch: number) => Uint32Array,
): Mixing {
  const [now, next] = [spell(0), spell(1)];
  const shardOf = new Uint16Array(sampleCount);
  startsOf().forEach((start, shard) => shardOf.fill(shard, start, start + shardLengths[shard]));
  const batchOf = new Uint32Array(sampleCount);
  next.forEach((sample, position) => batchOf[sample] = Math.floor(position / BATCH));
  const sums = { classes: 0, shards: 0, again: 0 };
  const batches = Math.floor(sampleCount / BATCH);
  for (let batch = 0; batch < batches; batch++) {
    const samples = now.subarray(batch * BATCH, (batch + 1) * BATCH);
    sums.classes += new Set([...samples].map((n) => Math.floor(n * CLASSES / sampleCount))).size;
    sums.shards += new Set([...samples].map((n) => shardOf[n])).size;
    const counts = new Map<number, number>();
    for (const sample of samples) {
      const count = counts.get(batchOf[sample]) ?? 0;
      // One more pair with each that is there.
      sums.again += count;
      counts.set(batchOf[sample], count + 1);
    }
  }
  return {
    order,
    samplesHeld,
    megabytes: samplesHeld * SAMPLE_BYTES / 1e6,
    classesPerBatch: sums.classes / batches,
    shardsPerBatch: sums.shards / batches,
    again: sums.again / batches / (BATCH * (BATCH - 1) / 2),
  };
}

const plan = (epoch: number, lanes = 64, window = 16): EpochPlan =>
  planEpoch({ lengths: shardLengths, seed: 7, epoch, lanes, window });

/** Every sample on exactly one of 64 ranks, counted one by one. */
function countPartition(): { seen: number; sizes: number[] } {
  const spelled = spellOrder(plan(0));
  const seen = new Uint8Array(sampleCount);
  const sizes: number[] = [];
  for (let rank = 0; rank < 64; rank++) {
    const sequence = new RankSequence({ from: 0, to: sampleCount }, { rank, world: 64 });
    sizes.push(sequence.length);
    for (let n = 0; n < sequence.length; n++) seen[spelled[sequence.at(n).position]]++;
  }
  return { seen: seen.reduce((sum, count) => sum + Number(count === 1), 0), sizes };
}

/** What is asked of an order once, or once an epoch; milliseconds. */
function measureCosts(short: boolean): Record<string, number> {
  const begun = performance.now();
  new PlanLanes(plan(0));
  const first = performance.now() - begun;
  const rounds = short ? 3 : 7;
  const order = orderEpoch({ lengths: shardLengths, seed: 7, lanes: 64, window: 16 });
  const parts = [{ lengths: shardLengths }, { lengths: [30_000, 20_000] }, { lengths: [4000] }];
  const weights = [0.8, 0.15, 0.05];
  return {
    "the first plan of a process": first,
    "a plan": time((n) => new PlanLanes(plan(n)), 5 * rounds),
    "spelling out an epoch": time((n) => spellOrder(plan(n)), rounds),
    "finding each of its samples": time(() => {
      const find = locateSample(order);
      for (let position = 0; position < sampleCount; position++) find(position);
    }, 3),
    "mixing three data sets": time((seed) => mixEpoch({ parts, weights, lanes: 64, seed }), rounds),
  };
}

/** Bytes of what a resumed process is given. */
function measureState(): number {
  const print = printOrder({
    parts: [{ shardNames, lengths: shardLengths, seed: 7, window: 16 }],
    steps: ["evaluation", { size: 224 }, "batch", BATCH],
  });
  const state = { v: 1, print, epoch: 89, lanes: 64, rank: 63, world: 64, taken: 20018 };
  return JSON.stringify(state).length;
}

/** How much a process holds that reads in an order. */
interface Grown {
  readonly order: string;
  readonly planned?: number;
  readonly bytes: number;
}

/** Memory of processes in lanes and with a buffer, of shards on a host. */
function growMemory(short: boolean, measure: Epochs["measureMemory"]): Grown[] {
  const samples = short ? 500 : 3000;
  const buffer = short ? 500 : 8192;
  return [
    { order: "in the shards' order", bytes: measure({ samples }) },
    ...[1, 8, 64].map((world) => ({
      order: `64 lanes, one process of ${world}`,
      planned: heldBytes(64 / world, segmentBytes(64), false),
      bytes: measure({ lanes: 64, world, samples }),
    })),
    {
      order: `one stream, buffer of ${buffer.toLocaleString("en")}`,
      planned: buffer * SAMPLE_BYTES,
      bytes: measure({ buffer, samples: buffer + samples }),
    },
  ];
}

function measureLanes(lanes: number, window: number): Mixing {
  const name = window === 1 ? `${lanes} lanes` : `${lanes} lanes, windows of ${window}`;
  return measureMixing(name, lanes * window, (epoch) => spellOrder(plan(epoch, lanes, window)));
}

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const { samples, shards, contestants, aims, measureMemory, close } = await startEpochs({ short });
  const grown = growMemory(short, measureMemory);
  const costs = measureCosts(short);
  const { seen, sizes } = countPartition();
  const stateBytes = measureState();
  const mixing = [
    measureMixing("one stream, buffer of 1,000", 1000, (epoch) => spellReservoir(epoch, 1000)),
    measureLanes(64, 16),
    ...short ? [] : [
      measureMixing("one stream, buffer of 8,192", 8192, (epoch) => spellReservoir(epoch, 8192)),
      measureLanes(16, 1),
      measureLanes(16, 64),
      measureLanes(64, 1),
      measureLanes(64, 128),
    ],
  ];
  const rows = mixing.map((
    { order, samplesHeld, megabytes, classesPerBatch, shardsPerBatch, again },
  ) => [
    order,
    String(samplesHeld),
    megabytes.toFixed(0),
    classesPerBatch.toFixed(0),
    shardsPerBatch.toFixed(0),
    `${(100 * again).toFixed(2)}%`,
  ]);
  const text = [
    ...formatTable([
      ["", "ms"],
      ...Object.entries(costs).map(([name, ms]) => [name, ms.toFixed(2)]),
    ]),
    "",
    `A state has ${stateBytes} bytes. Of ${sampleCount} samples ${seen} are on exactly one of 64 ranks, each of which has ` +
    `${Math.min(...sizes)} to ${Math.max(...sizes)}.`,
    "",
    ...formatTable([
      ["of shards on a host, without windows", "at most, as planned, MB", "a process grew by, MB"],
      ...grown.map(({ order, planned, bytes }) => [
        order,
        planned === undefined ? "" : (planned / 1e6).toFixed(0),
        (bytes / 1e6).toFixed(0),
      ]),
    ]),
    "",
    ...formatTable([
      ["order", "samples held", "MB", "classes a batch", "shards a batch", "again"],
      ...rows,
    ]),
    "",
    `Batches of ${BATCH}. "again": the share of a batch's pairs that are in one batch in the next epoch too.`,
  ].join("\n");
  return {
    title: "Orders",
    task:
      `Speeds: ${samples} samples in ${shards} shards with their indexes, a quarter of them where they are decoded ` +
      "(256/224, bicubic, float32), by a process that does nothing else. The rest: " +
      `${sampleCount} samples in ${shardLengths.length} shards, which are taken to be sorted by class`,
    unit: "samples",
    amount: samples,
    ratio: "times as much CPU time",
    contestants,
    aims,
    conclude: () => ({
      text,
      data: { costs, stateBytes, grown, seen, sizes, mixing },
      withSpeeds: true,
    }),
    close,
  };
}
