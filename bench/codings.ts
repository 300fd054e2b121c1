/** What does a pixel cost by quality, sampling and layout of the file? */
import { decodeJpeg, init } from "../src/image/mod.ts";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { concludeCurves, nameOfPoint, nanosecondsPerPixel } from "./curves.ts";
import { type Coding, drawScene, encode } from "./pictures.ts";
import { PythonWorker } from "./python.ts";

const [WIDTH, HEIGHT] = [1024, 768];

const CODINGS: Readonly<Record<string, Omit<Coding, "quality">>> = {
  "4:4:4": { sampling: "4:4:4" },
  "4:2:0": { sampling: "4:2:0" },
  grey: { sampling: "grey" },
  "4:4:4 progressive": { sampling: "4:4:4", progressive: true },
};

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  await init();
  const qualities = quick ? [50, 90] : [50, 60, 70, 80, 90, 95, 100];
  const scene = drawScene(3, WIDTH, HEIGHT);
  const points: { line: string; label: string; file: Uint8Array<ArrayBuffer> }[] = [];
  for (const quality of qualities) {
    for (const [line, coding] of Object.entries(CODINGS)) {
      const file = await encode(scene, { ...coding, quality });
      points.push({ line, label: String(quality), file });
    }
  }
  const python = await PythonWorker.start(points.map(({ file }) => file));
  const times = quick ? 1 : 2;
  const amount = WIDTH * HEIGHT * times / 1e6;
  const contestants: Contestant[] = points.map(({ line, label, file }) => ({
    name: nameOfPoint(line, label),
    amount,
    pass(): Promise<void> {
      for (let i = 0; i < times; i++) decodeJpeg(file);
      return Promise.resolve();
    },
  }));
  if (python?.versions.pillow) {
    for (const [index, { line, label }] of points.entries()) {
      contestants.push({
        name: nameOfPoint(`Pillow ${line}`, label),
        amount,
        pass: () => python.repeat("decode", index, times),
      });
    }
  }
  const lines = Object.keys(CODINGS);
  const pillow = lines.map((line) => `Pillow ${line}`);
  return {
    title: "Cost by quality, sampling and layout",
    task:
      `A drawn picture of ${WIDTH}x${HEIGHT}, decoded to RGB; MozJPEG's quality from row to row`,
    unit: "megapixels",
    amount,
    contestants,
    conclude: (costs) =>
      concludeCurves(
        {
          name: "quality",
          plot: {
            title: "CPU time a pixel by quality, decoding by wdstream",
            xTitle: "quality",
            yTitle: "nanoseconds a pixel",
          },
          unit: "nanoseconds a pixel",
          places: qualities.map((x) => ({ x, label: String(x) })),
          lines: [...lines, ...pillow],
          undrawn: pillow,
          value: nanosecondsPerPixel,
        },
        contestants,
        costs,
      ),
    close: () => python?.close(),
  };
}
