/**
 * How fast is a random part of a JPEG file turned into a model's input?
 *
 * @module
 */
import { init, readJpegHeader, training } from "../../mod.ts";
import { drawFlip, drawTrainingBox } from "../../src/image/transform/mod.ts";
import { pythonRandom } from "../../src/numbers/mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Effort, OurSide, Question } from "../harness/question.ts";

const SEED = 5;
const SIZE = 224;
const INTO = "wdstream into one array";

/** Each file twice, with other boxes, unless it is a first look. */
async function loadImages(
  { short }: Effort,
): Promise<{ images: readonly Uint8Array<ArrayBuffer>[]; description: string }> {
  const { images, description } = await loadCorpus(short ? 24 : 160);
  return short
    ? { images, description }
    : { images: [...images, ...images], description: `${description}, two crops of each` };
}

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const { images, description } = await loadImages(effort);
  const deno = await Wdstream.start(images, { checkout });
  const settings = { seed: SEED, size: SIZE };
  return {
    title: "Training transform",
    task:
      `${description}, from JPEG to float32 [3, ${SIZE}, ${SIZE}]: a crop drawn as RandomResizedCrop does, bicubic, ` +
      "mirrored at random, normalised",
    unit: "images",
    amount: images.length,
    contestants: [
      deno.contestant({
        task: "training",
        name: "wdstream transformImage",
        work: { settings },
        note: "draws its boxes",
      }),
      deno.contestant({
        task: "training",
        name: INTO,
        work: { settings: { ...settings, into: true } },
        note: "the same with `into`: no new memory for each tensor",
      }),
    ],
    close: () => deno.close(),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const { images } = await loadImages(effort);
  await init();
  const transform = training({ size: SIZE, interpolation: "bicubic" });
  // The draws of a pass of ours, in its order, for those who are given them.
  const random = pythonRandom(SEED);
  const extras = images.map((image) => {
    const { width, height } = readJpegHeader(image);
    const box = drawTrainingBox(width, height, transform, random);
    return { ...box, flip: drawFlip(transform, random) };
  });
  const ours = await startOurs(effort, HERE);
  const python = await PythonWorkers.start(images, { extras, torch: true });
  const against = "torchvision on Pillow images,";
  const what = "training crop (seeded boxes) to float32";
  return {
    ...ours,
    contestants: [
      ...ours.contestants,
      ...python.contestants({
        task: "training_torchvision",
        needs: "torchvision",
        name: against,
        note:
          "native code, what RandomResizedCrop does once it has drawn a box; is given the same boxes",
      }),
    ],
    absent: python.missing("torchvision", "torchvision"),
    aims: [
      {
        what: `${what}, into one array`,
        against: `${against}*`,
        ours: INTO,
        goal: "at least 4.2",
        least: 4.2,
      },
      { what, against: `${against}*`, goal: "at least 3.5", least: 3.5 },
    ],
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
