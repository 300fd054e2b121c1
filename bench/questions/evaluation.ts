/**
 * How fast is a JPEG file turned into a model's input?
 *
 * @module
 */
import { normalizeCrop } from "../contestants/image_library.ts";
import { loadImageLibraries } from "../contestants/mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import { timeItems } from "../harness/clock.ts";
import type { Contestant, Effort, OurSide, Question } from "../harness/question.ts";

const RESIZE = 256;
const CROP = 224;
const INTO = "wdstream into one array";

export async function startOurs({ short }: Effort, checkout: Checkout): Promise<OurSide> {
  const { images, description } = await loadCorpus(short ? 24 : 160);
  const deno = await Wdstream.start(images, { checkout });
  const node = await Wdstream.start(images, { checkout, runtime: "node" });
  const bun = await Wdstream.start(images, { checkout, runtime: "bun" });
  const task = "evaluation";
  const work = { settings: { into: true, resize: RESIZE, size: CROP } };
  return {
    title: "Evaluation transform",
    task:
      `${description}, from JPEG to float32 [3, ${CROP}, ${CROP}]: shorter edge to ${RESIZE}, ` +
      "bicubic, centre crop, normalised",
    unit: "images",
    amount: images.length,
    contestants: [
      deno.contestant({ task, name: "wdstream transformImage", note: "in Deno" }),
      deno.contestant({
        task,
        name: INTO,
        work,
        note: "in Deno, with `into`: no new memory for each tensor",
      }),
      node.contestant({ task, name: `${INTO}, in Node`, work, note: node.runtime }),
      bun.contestant({ task, name: `${INTO}, in Bun`, work, note: bun.runtime }),
    ],
    close: () => [deno, node, bun].forEach((each) => each.close()),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const { images } = await loadCorpus(effort.short ? 24 : 160);
  const ours = await startOurs(effort, HERE);
  const python = await PythonWorkers.start(images, { torch: true });
  const { libraries, absent } = await loadImageLibraries();
  const contestants: Contestant[] = [
    ...ours.contestants,
    ...libraries.flatMap(({ name, resizerName = name, resizerNote, resize }): Contestant[] =>
      resize === undefined ? [] : [{
        name: resizerName,
        note: resizerNote,
        rounds: 3,
        pass: () =>
          timeItems(images, async (image) => normalizeCrop(await resize(image, RESIZE), CROP)),
      }]
    ),
    ...python.contestants({
      task: "evaluation_torchvision",
      needs: "torchvision",
      name: "torchvision on Pillow images,",
      note: "native code",
    }),
    ...python.tensorPath(),
    ...python.contestants({
      task: "evaluation_pillow",
      needs: "pillow",
      name: "NumPy and Pillow",
      note: "native code",
    }),
  ];
  return {
    ...ours,
    contestants,
    absent: [
      ...absent,
      ...python.missing("torchvision", "torchvision and torch's tensor path"),
      ...python.missing("pillow", "Pillow"),
    ],
    aims: ([
      ["torch's tensor path, torchvision*", 2.8, INTO],
      ["torchvision on Pillow images,*", 4.6, INTO],
      ["torchvision on Pillow images,*", 4],
      ["@jsquash/jpeg*", 7],
      ["sharp*", 4],
      ["wasm-vips*", 5],
    ] as const).map(([against, least, ours]) => ({
      what: `evaluation 256/224 bicubic to float32${ours ? ", into one array" : ""}`,
      against,
      ours,
      goal: `at least ${least}`,
      least,
    })),
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
