/**
 * How fast is a JPEG file turned into pixels?
 *
 * @module
 */
import { readJpegHeader, init } from "../../mod.ts";
import { LibjpegTurbo } from "../contestants/libjpeg_turbo.ts";
import { loadImageLibraries } from "../contestants/mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { timeItems } from "../harness/clock.ts";
import type { Contestant, Cost, Effort, Question } from "../harness/question.ts";

const INTO = "wdstream into one array";
const IN_NODE = "wdstream into one array, in Node";

export async function makeQuestion({ short, against }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(short ? 24 : 160);
  await init();
  // An aim of ours is about files without subsampling.
  const full = images.map((image) => {
    const { progressive, sampling } = readJpegHeader(image);
    return !progressive && sampling.every(([across, down]) => across * down === 1);
  });
  const ours = await Wdstream.start(images);
  const node = await Wdstream.start(images, { runtime: "node" });
  const bun = await Wdstream.start(images, { runtime: "bun" });
  const before = against && await Wdstream.start(images, { checkout: against });
  const native = await LibjpegTurbo.start(images);
  const python = await PythonWorkers.start(images, { torch: true });
  const { libraries, absent } = await loadImageLibraries();
  const into = { settings: { into: true } };
  const contestants: Contestant[] = [
    ours.contestant({ task: "decode", name: "wdstream decodeJpeg", note: "in Deno" }),
    ours.contestant({
      task: "decode",
      name: INTO,
      work: into,
      note: "in Deno, with `into`: no new memory for each image",
    }),
    node.contestant({ task: "decode", name: IN_NODE, work: into, note: node.runtime }),
    bun.contestant({
      task: "decode",
      name: "wdstream into one array, in Bun",
      work: into,
      note: bun.runtime,
    }),
    ...before
      ? [before.contestant({ task: "decode", name: `${INTO}, ${against.name}`, work: into })]
      : [],
    ...typeof native === "string" ? [] : [native.contestant(), native.fastContestant()],
    ...libraries.map(({ name, note, rounds, decode }): Contestant => ({
      name,
      note,
      rounds,
      pass: () => timeItems(images, decode),
    })),
    ...python.contestants({
      task: "decode_load",
      needs: "pillow",
      name: "Pillow load(),",
      note: "native code; the pixels stay in Pillow's memory, no copy",
    }),
    ...python.contestants({
      task: "decode_numpy",
      needs: "pillow",
      name: "Pillow to a NumPy array,",
      note: "the same with two copies, convert() and asarray()",
    }),
    ...python.contestants({
      task: "decode_tensor",
      needs: "torchvision",
      name: "torchvision.io.decode_jpeg",
      note: "native code, to a tensor",
    }),
  ];
  return {
    title: "Decoding",
    task: `${description}, ${
      full.filter(Boolean).length
    } of them without subsampling, from JPEG to RGB bytes`,
    unit: "images",
    amount: images.length,
    contestants,
    absent: [
      ...absent,
      ...typeof native === "string" ? [native] : [],
      ...python.missing("pillow", "Pillow"),
      ...python.missing("torchvision", "torchvision"),
    ],
    aims: [
      ...[[INTO, 1.55, "in Deno"], [IN_NODE, 1.65, "in Node"]].map(([ours, least, where]) => ({
        what: `decode files without subsampling, ${where}`,
        against: "libjpeg-turbo *",
        ours: String(ours),
        goal: `at least ${least}`,
        least: Number(least),
        value: (theirs: Cost, ours: Cost): number => sumOf(theirs, full) / sumOf(ours, full),
      })),
      { what: "decode to RGB", against: "Pillow to a NumPy array*", goal: "at least 1.7", least: 1.7 },
      { what: "decode to RGB", against: "@jsquash/jpeg*", goal: "at least 3.5", least: 3.5 },
    ],
    close() {
      for (const each of [ours, node, bun, before, python]) each?.close();
      if (typeof native !== "string") native.close();
    },
  };
}

function sumOf({ itemSeconds = [] }: Cost, chosen: readonly boolean[]): number {
  return itemSeconds.reduce((sum, seconds, i) => sum + (chosen[i] ? seconds : 0), 0);
}
