/**
 * How fast are PNG and WebP files turned into pixels?
 *
 * @module
 */
import { loadImageLibraries } from "../contestants/mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { convertAll, nameEncoder } from "../corpus/encode.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import { timeItems } from "../harness/clock.ts";
import type { Contestant, Cost, Effort, OurSide, Question } from "../harness/question.ts";

/** What shards hold, and how Pillow is told to save it. */
const KINDS = [
  { name: "PNG", format: "png", options: {} },
  { name: "WebP, quality 80", format: "webp", options: { quality: 80 } },
  { name: "WebP without loss", format: "webp", options: { lossless: true, method: 2 } },
] as const;

interface Files {
  readonly files: readonly Uint8Array<ArrayBuffer>[];
  /** Images of each kind; none where there is no Pillow to encode them. */
  readonly count: number;
  readonly description: string;
}

async function makeFiles({ short }: Effort): Promise<Files> {
  const { images, description } = await loadCorpus(short ? 6 : 40);
  const jobs = KINDS.flatMap(({ format, options }) =>
    images.map((file) => ({ file, format, options }))
  );
  const files = await convertAll(jobs) ?? [];
  return { files, count: files.length / KINDS.length, description };
}

function ourName({ name }: typeof KINDS[number]): string {
  return `wdstream decodeImage, ${name}`;
}

export async function startOurs(
  effort: Effort,
  checkout: Checkout,
  made?: Files,
): Promise<OurSide> {
  const { files, count, description } = made ?? await makeFiles(effort);
  // Node finds the decoder of WebP, an npm package, from any checkout; Deno by the configuration alone.
  const node = await Wdstream.start(files, { checkout, runtime: "node" });
  const contestants = KINDS.map((kind, i): Contestant =>
    node.contestant({
      task: "formats",
      name: ourName(kind),
      work: { first: i * count, count },
      note: node.runtime,
      of: ourName(kind),
    })
  );
  return {
    title: "PNG and WebP",
    task: `${description} as JPEG files, encoded again by ${await nameEncoder()}: to RGB bytes`,
    unit: "images",
    amount: count,
    contestants: count === 0 ? [] : contestants,
    close: () => node.close(),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const made = await makeFiles(effort);
  const { files, count } = made;
  const ours = await startOurs(effort, HERE, made);
  const python = await PythonWorkers.start(files);
  const { libraries, absent } = await loadImageLibraries();
  // The others read JPEG alone.
  const many = libraries.filter(({ name }) => name.startsWith("sharp "));
  const others = count === 0 ? [] : KINDS.flatMap((kind, i): Contestant[] => [
    ...python.contestants({
      task: "decode_load",
      needs: "pillow",
      name: `Pillow load(), ${kind.name},`,
      note: "native code; the pixels stay in Pillow's memory, no copy",
      work: { first: i * count, count },
      of: ourName(kind),
    }),
    ...many.map(({ name, note, decode }) => ({
      name: `${name}, ${kind.name}`,
      note,
      of: ourName(kind),
      pass: () => timeItems(files.slice(i * count, (i + 1) * count), decode),
    })),
  ]);
  return {
    ...ours,
    contestants: [...ours.contestants, ...others],
    absent: [
      ...absent.filter((line) => line.startsWith("sharp")),
      ...count === 0 ? ["all of them, as there is no Pillow to encode"] : [],
    ],
    aims: KINDS.map((kind) => ({
      what: `${kind.name} to RGB, on one core`,
      against: `Pillow load(), ${kind.name}*`,
      ours: ourName(kind),
      goal: "at least 1.0",
      least: 1,
      value: (theirs: Cost, ours: Cost): number => theirs.cpuSeconds / ours.cpuSeconds,
    })),
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
