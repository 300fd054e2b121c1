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
import { timeItems } from "../harness/clock.ts";
import type { Contestant, Effort, Question } from "../harness/question.ts";

const RESIZE = 256;
const CROP = 224;
const INTO = "wdstream into one array";

export async function makeQuestion({ short, against }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(short ? 24 : 160);
  const ours = await Wdstream.start(images);
  const node = await Wdstream.start(images, { runtime: "node" });
  const bun = await Wdstream.start(images, { runtime: "bun" });
  const before = against && await Wdstream.start(images, { checkout: against });
  const python = await PythonWorkers.start(images, { torch: true });
  const { libraries, absent } = await loadImageLibraries();
  const into = { settings: { into: true, resize: RESIZE, size: CROP } };
  const contestants: Contestant[] = [
    ours.contestant({ task: "evaluation", name: "wdstream transformImage", note: "in Deno" }),
    ours.contestant({
      task: "evaluation",
      name: INTO,
      work: into,
      note: "in Deno, with `into`: no new memory for each tensor",
    }),
    node.contestant({ task: "evaluation", name: `${INTO}, in Node`, work: into, note: node.runtime }),
    bun.contestant({ task: "evaluation", name: `${INTO}, in Bun`, work: into, note: bun.runtime }),
    ...before
      ? [before.contestant({ task: "evaluation", name: `${INTO}, ${against.name}`, work: into })]
      : [],
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
    ...python.contestants({
      task: "evaluation_tensor",
      needs: "torchvision",
      name: "torch's tensor path, torchvision",
      note: "decode_jpeg and Resize on a uint8 tensor, native code; other pixels than Pillow's",
    }, ({ tensorPath }) => tensorPath === "uint8"),
    ...python.contestants({
      task: "evaluation_tensor",
      needs: "torchvision",
      name: "torch's tensor path through float32, torchvision",
      note: "as torch resized before 2.1; other pixels again",
    }, ({ tensorPath }) => tensorPath !== "uint8"),
    ...python.contestants({
      task: "evaluation_pillow",
      needs: "pillow",
      name: "NumPy and Pillow",
      note: "native code",
    }),
  ];
  return {
    title: "Evaluation transform",
    task: `${description}, from JPEG to float32 [3, ${CROP}, ${CROP}]: shorter edge to ${RESIZE}, ` +
      "bicubic, centre crop, normalised",
    unit: "images",
    amount: images.length,
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
    close: () => [ours, node, bun, before, python].forEach((each) => each?.close()),
  };
}
