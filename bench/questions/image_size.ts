/**
 * What does a pixel cost as images grow?
 *
 * @module
 */
import * as jsquash from "../contestants/jsquash.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { encodeAll, nameEncoder, type ToEncode } from "../corpus/encode.ts";
import { drawPhotograph, tilePhotographs } from "../corpus/photographs.ts";
import { timeWork } from "../harness/clock.ts";
import { concludeCurves, nameOfPoint, nanosecondsPerPixel } from "../harness/curves.ts";
import type { Contestant, Effort, Question } from "../harness/question.ts";

const SIZES: readonly (readonly [number, number])[] = [
  [64, 64],
  [128, 128],
  [256, 192],
  [500, 375],
  [1024, 768],
  [2048, 1536],
  [4096, 3072],
  [6000, 4000],
];
// Drawn at this width; what is wider is covered with several.
const DRAWN_WIDTH = 1024;
const LINES = [
  "wdstream",
  "wdstream into one array",
  "wdstream, 256/224 to float32",
  "@jsquash/jpeg",
  "Pillow load()",
];

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const sizes = short ? SIZES.slice(0, 6) : SIZES;
  const leastMegapixels = short ? 0.4 : 2;
  const files = await encodeAll(sizes.map(([width, height]): ToEncode => ({
    picture: width <= DRAWN_WIDTH
      ? drawPhotograph(0, width, height)
      : tilePhotographs(width, height),
    coding: { quality: 92, sampling: "4:4:4" },
  })));
  const ours = await Wdstream.start(files);
  const { decode } = await jsquash.load();
  const python = await PythonWorkers.start(files);
  const contestants: Contestant[] = [];
  const places: { x: number; label: string }[] = [];
  for (const [index, [width, height]] of sizes.entries()) {
    const file = files[index];
    const label = `${width}x${height}`;
    const megapixels = width * height / 1e6;
    const times = Math.max(1, Math.round(leastMegapixels / megapixels));
    const amount = megapixels * times;
    places.push({ x: megapixels, label });
    const add = (line: string, { pass }: Pick<Contestant, "pass">): void => {
      contestants.push({ name: nameOfPoint(line, label), amount, pass });
    };
    const work = { first: index, count: 1, times };
    const into = { ...work, settings: { into: true } };
    add(LINES[0], ours.contestant({ task: "decode", name: "", work }));
    add(LINES[1], ours.contestant({ task: "decode", name: "", work: into }));
    add(LINES[2], ours.contestant({ task: "evaluation", name: "", work }));
    add(LINES[3], {
      pass: () =>
        timeWork(async () => {
          for (let i = 0; i < times; i++) await decode(file);
        }),
    });
    const [pillow] = python.contestants({ task: "decode_load", needs: "pillow", name: "", work });
    if (pillow) add(LINES[4], pillow);
  }
  return {
    title: "Cost by size",
    task:
      `A drawn photograph, encoded by ${await nameEncoder()} at quality 92, 4:4:4, decoded to RGB (by one line, ` +
      "transformed); what is wider than 1024 is several side by side",
    unit: "megapixels",
    amount: 1,
    rounds: short ? undefined : 5,
    contestants,
    absent: python.missing("pillow", "Pillow"),
    conclude: (costs) =>
      concludeCurves(
        {
          name: "size",
          plot: {
            title: "Time a pixel by image size",
            xTitle: "megapixels",
            yTitle: "nanoseconds a pixel",
            isLogarithmic: true,
          },
          unit: "nanoseconds a pixel",
          places,
          lines: LINES,
          drawn: LINES.filter((line) => line !== LINES[1]),
          value: nanosecondsPerPixel,
        },
        contestants,
        costs,
      ),
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
