/** What does a pixel cost as images grow? */
import { evaluation } from "../src/image/transform/evaluation.ts";
import { decodeJpeg, init, transformImage } from "../src/image/mod.ts";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { concludeCurves, nameOfPoint, nanosecondsPerPixel } from "./curves.ts";
import { loadJsquash } from "./libraries.ts";
import { drawScene, encode, tile } from "./pictures.ts";
import { PythonWorker } from "./python.ts";

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
// Drawn at this size; what is larger is covered with copies.
const DRAWN = [1024, 768] as const;
const LINES = ["wdstream", "wdstream, 256/224 to float32", "@jsquash/jpeg", "Pillow"];

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  await init();
  const transform = evaluation({ resize: 256, size: 224, interpolation: "bicubic" });
  const jsquash = await loadJsquash();
  const sizes = quick ? SIZES.slice(0, 6) : SIZES;
  const leastMegapixels = quick ? 0.4 : 2;
  const scene = drawScene(3, ...DRAWN);
  const files: Uint8Array<ArrayBuffer>[] = [];
  for (const [width, height] of sizes) {
    const image = width <= DRAWN[0] ? drawScene(3, width, height) : tile(scene, width, height);
    files.push(await encode(image, { quality: 92, sampling: "4:4:4" }));
  }
  const python = await PythonWorker.start(files);
  const contestants: Contestant[] = [];
  const places: { x: number; label: string }[] = [];
  for (const [index, [width, height]] of sizes.entries()) {
    const file = files[index];
    const label = `${width}x${height}`;
    const megapixels = width * height / 1e6;
    const times = Math.max(1, Math.round(leastMegapixels / megapixels));
    const amount = megapixels * times;
    places.push({ x: megapixels, label });
    const add = (line: string, work: () => unknown): void => {
      contestants.push({
        name: nameOfPoint(line, label),
        amount,
        async pass(): Promise<void> {
          for (let i = 0; i < times; i++) await work();
        },
      });
    };
    add(LINES[0], () => decodeJpeg(file));
    add(LINES[1], () => transformImage(file, transform));
    add(LINES[2], () => jsquash.decode(file));
    if (python?.versions.pillow) {
      const pass = () => python.repeat("decode", index, times);
      contestants.push({ name: nameOfPoint(LINES[3], label), amount, pass });
    }
  }
  return {
    title: "Cost by size",
    task: "A drawn picture at quality 92, 4:4:4, decoded to RGB (by one line, transformed); " +
      "what is larger than 1024x768 repeats it",
    unit: "megapixels",
    amount: 1,
    contestants,
    conclude: (costs) =>
      concludeCurves(
        {
          name: "size",
          plot: {
            title: "CPU time a pixel by image size",
            xTitle: "megapixels",
            yTitle: "nanoseconds a pixel",
            isLogarithmic: true,
          },
          unit: "nanoseconds a pixel",
          places,
          lines: LINES,
          value: nanosecondsPerPixel,
        },
        contestants,
        costs,
      ),
    close: () => python?.close(),
  };
}
