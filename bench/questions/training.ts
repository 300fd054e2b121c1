/**
 * How fast is a random part of a JPEG file turned into a model's input?
 *
 * @module
 */
import {
  drawFlip,
  drawTrainingBox,
  init,
  pythonRandom,
  readJpegHeader,
  training,
} from "../../mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import type { Effort, Question } from "../harness/question.ts";

const SEED = 5;
const SIZE = 224;
const INTO = "wdstream into one array";

export async function makeQuestion({ short, against }: Effort): Promise<Question> {
  const { images: files, description } = await loadCorpus(short ? 24 : 160);
  // Each file twice, with other boxes.
  const images = short ? files : [...files, ...files];
  await init();
  const transform = training({ size: SIZE, interpolation: "bicubic" });
  // The draws of a pass of ours, in its order, for those who are given them.
  const random = pythonRandom(SEED);
  const extras = images.map((image) => {
    const { width, height } = readJpegHeader(image);
    const box = drawTrainingBox(width, height, transform, random);
    return { ...box, flip: drawFlip(transform, random) };
  });
  const ours = await Wdstream.start(images);
  const before = against && await Wdstream.start(images, { checkout: against });
  const python = await PythonWorkers.start(images, { extras, torch: true });
  const settings = { seed: SEED, size: SIZE };
  const into = { settings: { ...settings, into: true } };
  return {
    title: "Training transform",
    task: `${description}, ${short ? "" : "two crops of each, "}from JPEG to float32 [3, ${SIZE}, ` +
      `${SIZE}]: a crop drawn as RandomResizedCrop does, bicubic, mirrored at random, normalised`,
    unit: "images",
    amount: images.length,
    contestants: [
      ours.contestant({
        task: "training",
        name: "wdstream transformImage",
        work: { settings },
        note: "draws its boxes",
      }),
      ours.contestant({
        task: "training",
        name: INTO,
        work: into,
        note: "the same with `into`: no new memory for each tensor",
      }),
      ...before
        ? [before.contestant({ task: "training", name: `${INTO}, ${against.name}`, work: into })]
        : [],
      ...python.contestants({
        task: "training_torchvision",
        needs: "torchvision",
        name: "torchvision on Pillow images,",
        note:
          "native code, what RandomResizedCrop does once it has drawn a box; is given the same boxes",
      }),
    ],
    absent: python.missing("torchvision", "torchvision"),
    aims: [{
      what: "training crop (seeded boxes) to float32, into one array",
      against: "torchvision on Pillow images,*",
      ours: INTO,
      goal: "at least 4.2",
      least: 4.2,
    }, {
      what: "training crop (seeded boxes) to float32",
      against: "torchvision on Pillow images,*",
      goal: "at least 3.5",
      least: 3.5,
    }],
    close: () => [ours, before, python].forEach((each) => each?.close()),
  };
}
