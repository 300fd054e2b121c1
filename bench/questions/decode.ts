/**
 * How fast is a JPEG file turned into pixels?
 *
 * @module
 */
import { init, readJpegHeader } from "../../mod.ts";
import { LibjpegTurbo } from "../contestants/libjpeg_turbo.ts";
import { loadImageLibraries } from "../contestants/mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import { timeItems } from "../harness/clock.ts";
import type { Contestant, Cost, Effort, OurSide, Question } from "../harness/question.ts";

const INTO = "wdstream into one array";
const IN_NODE = "wdstream into one array, in Node";

export async function startOurs({ short }: Effort, checkout: Checkout): Promise<OurSide> {
  const { images, description } = await loadCorpus(short ? 24 : 160);
  const deno = await Wdstream.start(images, { checkout });
  const node = await Wdstream.start(images, { checkout, runtime: "node" });
  const bun = await Wdstream.start(images, { checkout, runtime: "bun" });
  const into = { settings: { into: true } };
  return {
    title: "Decoding",
    task: `${description}, from JPEG to RGB bytes`,
    unit: "images",
    amount: images.length,
    contestants: [
      deno.contestant({ task: "decode", name: "wdstream decodeJpeg", note: "in Deno" }),
      deno.contestant({
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
    ],
    close: () => [deno, node, bun].forEach((each) => each.close()),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const { images } = await loadCorpus(effort.short ? 24 : 160);
  await init();
  // An aim of ours is about files without subsampling.
  const full = images.map((image) => {
    const { progressive, sampling } = readJpegHeader(image);
    return !progressive && sampling.every(([across, down]) => across * down === 1);
  });
  const ours = await startOurs(effort, HERE);
  const native = await LibjpegTurbo.start(images);
  const python = await PythonWorkers.start(images, { torch: true });
  const { libraries, absent } = await loadImageLibraries();
  const contestants: Contestant[] = [
    ...ours.contestants,
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
    ...ours,
    task: `${ours.task}; ${full.filter(Boolean).length} of the files are without subsampling`,
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
      {
        what: "decode to RGB",
        against: "Pillow to a NumPy array*",
        goal: "at least 1.7",
        least: 1.7,
      },
      { what: "decode to RGB", against: "@jsquash/jpeg*", goal: "at least 3.5", least: 3.5 },
    ],
    close() {
      ours.close();
      python.close();
      if (typeof native !== "string") native.close();
    },
  };
}

function sumOf({ itemSeconds = [] }: Cost, chosen: readonly boolean[]): number {
  return itemSeconds.reduce((sum, seconds, i) => sum + (chosen[i] ? seconds : 0), 0);
}
