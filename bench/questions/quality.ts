/**
 * What does a pixel of a photograph cost by quality, sampling and layout of the file?
 *
 * @module
 */
import { LibjpegTurbo } from "../contestants/libjpeg_turbo.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { type Coding, encodeAll, nameEncoder } from "../corpus/encode.ts";
import { drawPhotograph } from "../corpus/photographs.ts";
import { type Judgement, makeVerdict } from "../harness/aims.ts";
import { concludeCurves, nameOfPoint, nanosecondsPerPixel } from "../harness/curves.ts";
import type { Conclusion, Contestant, Cost, Effort, Question } from "../harness/question.ts";
import { bestCost } from "../harness/spread.ts";

const [WIDTH, HEIGHT] = [1024, 768];

const CODINGS: Readonly<Record<string, Omit<Coding, "quality">>> = {
  "4:4:4": { sampling: "4:4:4" },
  "4:2:0": { sampling: "4:2:0" },
  grey: { sampling: "grey" },
  "progressive 4:4:4": { sampling: "4:4:4", progressive: true },
  "progressive 4:2:0": { sampling: "4:2:0", progressive: true },
};
const LINES = Object.keys(CODINGS);
const OTHERS = ["Pillow load()", "libjpeg-turbo"] as const;

export async function makeQuestion({ short, against }: Effort): Promise<Question> {
  const qualities = short ? [50, 90] : [50, 60, 70, 75, 80, 90, 95, 100];
  const pictures = Array.from({ length: short ? 2 : 4 }, (_, i) => drawPhotograph(i, WIDTH, HEIGHT));
  const points = qualities.flatMap((quality) =>
    Object.entries(CODINGS).map(([line, coding]) => ({
      line,
      label: String(quality),
      coding: { ...coding, quality },
    }))
  );
  const files = await encodeAll(
    points.flatMap(({ coding }) => pictures.map((picture) => ({ picture, coding }))),
  );
  const ours = await Wdstream.start(files);
  const before = against && await Wdstream.start(files, { checkout: against });
  const native = await LibjpegTurbo.start(files);
  const python = await PythonWorkers.start(files);
  const amount = WIDTH * HEIGHT * pictures.length / 1e6;
  const contestants: Contestant[] = [];
  const prefixes = new Set<string>();
  for (const [index, { line, label }] of points.entries()) {
    const work = { first: index * pictures.length, count: pictures.length };
    const add = (prefix: string, { pass }: Contestant): void => {
      prefixes.add(prefix);
      contestants.push({ name: nameOfPoint(`${prefix}${line}`, label), amount, pass });
    };
    const decode = {
      task: "decode",
      name: "",
      work: { ...work, settings: { into: true } },
    };
    add("", ours.contestant(decode));
    if (before) add("before: ", before.contestant(decode));
    const [pillow] = python.contestants({ task: "decode_load", needs: "pillow", name: "", work });
    if (pillow) add(`${OTHERS[0]}: `, pillow);
    if (typeof native !== "string") add(`${OTHERS[1]}: `, native.contestant(work));
  }
  const drawn = LINES.filter((line) => line !== "progressive 4:2:0");
  return {
    title: "Cost by quality, sampling and layout",
    task: `${pictures.length} photographs of ${WIDTH}x${HEIGHT} that a script of ours draws with the ` +
      `statistics of real ones (see the question \`photographs\`), encoded by ${await nameEncoder()}, ` +
      "decoded to RGB: by us into one array, by Pillow's load() without copies",
    unit: "megapixels",
    amount,
    contestants,
    absent: [
      ...typeof native === "string" ? [native] : [],
      ...python.missing("pillow", "Pillow"),
    ],
    conclude(costs): Conclusion {
      const conclusion = concludeCurves(
        {
          name: "quality",
          plot: {
            title: "Time a pixel by quality, decoding by wdstream",
            xTitle: "quality",
            yTitle: "nanoseconds a pixel",
          },
          unit: "nanoseconds a pixel",
          places: qualities.map((x) => ({ x, label: String(x) })),
          lines: [...prefixes].flatMap((prefix) => LINES.map((line) => `${prefix}${line}`)),
          drawn,
          value: nanosecondsPerPixel,
        },
        contestants,
        costs,
      );
      return { ...conclusion, verdicts: judge(qualities, contestants, costs) };
    },
    close() {
      for (const each of [ours, before, python]) each?.close();
      if (typeof native !== "string") native.close();
    },
  };
}

/** The aims about photographs: the slowest quality counts. */
function judge(
  qualities: readonly number[],
  contestants: readonly Contestant[],
  costs: readonly (readonly Cost[])[],
) {
  const find = (line: string, quality: number): readonly Cost[] | undefined =>
    costs[contestants.findIndex(({ name }) => name === nameOfPoint(line, String(quality)))];
  const slowest = (
    line: string,
    [from, to]: readonly [number, number],
    what: string,
    least: number,
  ): Judgement => {
    const found = qualities.filter((quality) => quality >= from && quality <= to).flatMap(
      (quality) => {
        const [own, theirs] = [find(line, quality), find(`${OTHERS[0]}: ${line}`, quality)];
        if (own === undefined || theirs === undefined) return [];
        return [{
          quality,
          values: theirs.map(({ cpuSeconds }, n) => cpuSeconds / own[n].cpuSeconds),
          best: bestCost(theirs).wallSeconds / bestCost(own).wallSeconds,
        }];
      },
    ).sort((a, b) => a.best - b.best);
    const goal = `at least ${least} at each`;
    if (found.length === 0) return { what, against: OTHERS[0], goal, least, values: [] };
    const [{ quality, values, best }] = found;
    return { what: `${what}, q${from}-q${to}: slowest at q${quality}`, against: OTHERS[0], goal, least, values, best };
  };
  return [
    slowest("progressive 4:4:4", [50, 95], "progressive photographs", 1.6),
    slowest("progressive 4:2:0", [50, 95], "progressive 4:2:0 photographs", 1.6),
    slowest("4:2:0", [75, 95], "4:2:0 photographs", 1.6),
  ].map(makeVerdict);
}
