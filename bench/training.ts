/** How fast is a random part of a JPEG file turned into a model's input? */
import {
  drawFlip,
  drawTrainingBox,
  init,
  pythonRandom,
  readJpegHeader,
  training,
  transformImage,
} from "../src/image/mod.ts";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { loadCorpus } from "./corpus.ts";
import { PythonWorker } from "./python.ts";

const SEED = 5;
const SIZE = 224;

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const { images: files, description } = await loadCorpus(quick ? 24 : 160);
  // Each file several times, with other boxes: the garbage collector starts its marking anew in every pass
  // that follows a pause, which a short one would be measured by.
  const images = Array.from({ length: quick ? 1 : 4 }, () => files).flat();
  await init();
  const transform = training({ size: SIZE, interpolation: "bicubic" });
  // The draws of a pass of ours, in its order, for those who are given them.
  const random = pythonRandom(SEED);
  const boxes = images.map((image) => {
    const { width, height } = readJpegHeader(image);
    const box = drawTrainingBox(width, height, transform, random);
    return { ...box, flip: drawFlip(transform, random) };
  });
  const into = new Float32Array(3 * SIZE * SIZE);
  const python = await PythonWorker.start(images, boxes);
  const contestants: Contestant[] = [
    {
      name: "wdstream transformImage",
      note: "draws its boxes",
      pass(): Promise<void> {
        const random = pythonRandom(SEED);
        for (const image of images) transformImage(image, transform, { random });
        return Promise.resolve();
      },
    },
    {
      name: "wdstream into one array",
      note: "the same with `into`: no new memory for each tensor",
      pass(): Promise<void> {
        const random = pythonRandom(SEED);
        for (const image of images) transformImage(image, transform, { random, into });
        return Promise.resolve();
      },
    },
    ...python?.contestant(
      "training_torchvision",
      "torchvision",
      "torchvision",
      "native code, what RandomResizedCrop does once it has drawn a box; is given the same boxes",
    ) ?? [],
  ];
  return {
    title: "Training transform",
    task:
      `${description}, ${quick ? "" : "four crops of each, "}from JPEG to float32 [3, ${SIZE}, ` +
      `${SIZE}]: a crop drawn as RandomResizedCrop does, bicubic, mirrored at random, normalised`,
    unit: "images",
    amount: images.length,
    contestants,
    aims: [{
      what: "training crop (seeded boxes) to float32",
      against: "torchvision",
      goal: "at least 3.5",
      least: 3.5,
    }, {
      what: "training crop to float32, into one array",
      against: "torchvision",
      ours: "wdstream into one array",
      goal: "at least 3.5",
      least: 3.5,
    }],
    close: () => python?.close(),
  };
}
