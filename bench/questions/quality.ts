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
import { type Checkout, HERE } from "../harness/checkout.ts";
import type {
  Conclusion,
  Contestant,
  Cost,
  Effort,
  OurSide,
  Question,
  Verdict,
} from "../harness/question.ts";
import { bestCost } from "../harness/spread.ts";
import type { Work } from "../harness/work_process.ts";

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

interface Point {
  readonly line: string;
  readonly label: string;
  readonly coding: Coding;
}

const listQualities = ({ short }: Effort): readonly number[] =>
  short ? [50, 90] : [50, 60, 70, 75, 80, 90, 95, 100];
const countPictures = ({ short }: Effort): number => short ? 2 : 4;

function listPoints(effort: Effort): Point[] {
  return listQualities(effort).flatMap((quality) =>
    Object.entries(CODINGS).map(([line, coding]) => ({
      line,
      label: String(quality),
      coding: { ...coding, quality },
    }))
  );
}

/** The files of all points, one point's after the other's. */
async function makeFiles(effort: Effort): Promise<Uint8Array<ArrayBuffer>[]> {
  const pictures = Array.from(
    { length: countPictures(effort) },
    (_, i) => drawPhotograph(i, WIDTH, HEIGHT),
  );
  return await encodeAll(
    listPoints(effort).flatMap(({ coding }) => pictures.map((picture) => ({ picture, coding }))),
  );
}

/** Which files are a point's. */
function workAt(effort: Effort, index: number): Work {
  const count = countPictures(effort);
  return { first: index * count, count, settings: { into: true } };
}

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const deno = await Wdstream.start(await makeFiles(effort), { checkout });
  const count = countPictures(effort);
  const amount = WIDTH * HEIGHT * count / 1e6;
  return {
    title: "Cost by quality, sampling and layout",
    task:
      `${count} photographs of ${WIDTH}x${HEIGHT} that a script of ours draws with the statistics of real ones (see ` +
      `the question \`photographs\`), encoded by ${await nameEncoder()}, decoded to RGB: by us into one array, by ` +
      "Pillow's load() without copies; it and libjpeg-turbo keep the memory that they free, which spares them most page " +
      "faults of progressive files",
    unit: "megapixels",
    amount,
    contestants: listPoints(effort).map(({ line, label }, index) =>
      deno.contestant({
        task: "decode",
        name: nameOfPoint(line, label),
        work: workAt(effort, index),
      })
    ),
    close: () => deno.close(),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const files = await makeFiles(effort);
  const qualities = listQualities(effort);
  const ours = await startOurs(effort, HERE);
  const native = await LibjpegTurbo.start(files);
  const python = await PythonWorkers.start(files, { keepsMemory: true });
  const contestants: Contestant[] = [...ours.contestants];
  const prefixes = new Set([""]);
  for (const [index, { line, label }] of listPoints(effort).entries()) {
    const work = workAt(effort, index);
    const add = (prefix: string, { pass }: Contestant): void => {
      prefixes.add(prefix);
      contestants.push({ name: nameOfPoint(`${prefix}${line}`, label), pass });
    };
    const [pillow] = python.contestants({ task: "decode_load", needs: "pillow", name: "", work });
    if (pillow) add(`${OTHERS[0]}: `, pillow);
    if (typeof native !== "string") add(`${OTHERS[1]}: `, native.contestant(work));
  }
  return {
    ...ours,
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
          drawn: LINES.filter((line) => line !== "progressive 4:2:0"),
          value: nanosecondsPerPixel,
        },
        contestants.map((each) => ({ ...each, amount: ours.amount })),
        costs,
      );
      return { ...conclusion, verdicts: judge(qualities, contestants, costs) };
    },
    close() {
      ours.close();
      python.close();
      if (typeof native !== "string") native.close();
    },
  };
}

/** The aims about photographs: the slowest quality counts. */
function judge(
  qualities: readonly number[],
  contestants: readonly Contestant[],
  costs: readonly (readonly Cost[])[],
): Verdict[] {
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
    return {
      what: `${what}, q${from}-q${to}: slowest at q${quality}`,
      against: OTHERS[0],
      goal,
      least,
      values,
      best,
    };
  };
  return [
    slowest("progressive 4:4:4", [50, 95], "progressive photographs", 1.6),
    slowest("progressive 4:2:0", [50, 95], "progressive 4:2:0 photographs", 1.6),
    slowest("4:2:0", [75, 95], "4:2:0 photographs", 1.6),
  ].map(makeVerdict);
}
