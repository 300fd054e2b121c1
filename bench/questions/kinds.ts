/**
 * What does each kind of file cost? In seconds and not minutes, for whoever changes the kernel: beside another checkout, both
 * take turns by short passes, and of each file the best time counts.
 *
 * @module
 */
import { init, readJpegHeader } from "../../mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { type Coding, encodeAll } from "../corpus/encode.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { drawPhotograph } from "../corpus/photographs.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Effort, OurSide, Question } from "../harness/question.ts";
import type { Work } from "../harness/work_process.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Files of one kind, and what is done with them. */
interface Kind {
  readonly name: string;
  readonly files: readonly Bytes[];
  readonly tasks: readonly string[];
}

const CODINGS: Readonly<Record<string, Coding>> = {
  "4:2:0 q75": { sampling: "4:2:0", quality: 75 },
  "4:2:0 q95": { sampling: "4:2:0", quality: 95 },
  "grey q90": { sampling: "grey", quality: 90 },
  "progressive 4:4:4 q75": { sampling: "4:4:4", quality: 75, progressive: true },
  "progressive 4:4:4 q95": { sampling: "4:4:4", quality: 95, progressive: true },
  "progressive 4:2:0 q90": { sampling: "4:2:0", quality: 90, progressive: true },
};
const [WIDTH, HEIGHT] = [1024, 768];
const PHOTOGRAPHS = 4;
/** Of each kind of the corpus. */
const IMAGES = 16;

async function listKinds(): Promise<Kind[]> {
  const { images } = await loadCorpus(160);
  await init();
  const [full, half]: [Bytes[], Bytes[]] = [[], []];
  for (const image of images) {
    const { progressive, components, sampling: [[across, down]] } = readJpegHeader(image);
    if (progressive || components !== 3) continue;
    if (across * down === 1) full.push(image);
    else if (across * down === 4) half.push(image);
  }
  const pictures = Array.from(
    { length: PHOTOGRAPHS },
    (_, i) => drawPhotograph(i, WIDTH, HEIGHT),
  );
  const names = Object.keys(CODINGS);
  const photographs = await encodeAll(
    names.flatMap((name) => pictures.map((picture) => ({ picture, coding: CODINGS[name] }))),
  );
  return [
    {
      name: "the corpus, 4:4:4",
      files: full.slice(0, IMAGES),
      tasks: ["decode", "evaluation", "training"],
    },
    {
      name: "the corpus, 4:2:0",
      files: half.slice(0, IMAGES),
      tasks: ["decode", "evaluation", "training"],
    },
    ...names.map((name, i): Kind => ({
      name: `photographs, ${name}`,
      files: photographs.slice(i * PHOTOGRAPHS, (i + 1) * PHOTOGRAPHS),
      tasks: ["decode"],
    })),
  ].filter(({ files }) => files.length > 0);
}

interface Part {
  readonly name: string;
  readonly task: string;
  readonly amount: number;
  readonly work: Work;
}

/** What is done with which files, which stand one kind after the other. */
function listParts(kinds: readonly Kind[]): Part[] {
  let first = 0;
  return kinds.flatMap(({ name, files, tasks }) => {
    const from = first;
    first += files.length;
    return tasks.map((task): Part => ({
      name: `${task}: ${name}`,
      task,
      amount: files.length,
      work: { first: from, count: files.length, settings: { into: true } },
    }));
  });
}

async function startKinds(kinds: readonly Kind[], checkout: Checkout): Promise<OurSide> {
  const deno = await Wdstream.start(kinds.flatMap(({ files }) => files), { checkout });
  return {
    title: "Kinds of files",
    task: "Files of each kind, to RGB or to float32 [3, 224, 224], into one array",
    unit: "images",
    amount: kinds[0].files.length,
    rounds: 25,
    isShort: true,
    contestants: listParts(kinds).map(({ name, task, amount, work }) =>
      deno.contestant({ task, name, amount, work, of: name })
    ),
    close: () => deno.close(),
  };
}

export async function startOurs(_effort: Effort, checkout: Checkout): Promise<OurSide> {
  return await startKinds(await listKinds(), checkout);
}

export async function makeQuestion(_effort: Effort): Promise<Question> {
  const kinds = await listKinds();
  const ours = await startKinds(kinds, HERE);
  const python = await PythonWorkers.start(kinds.flatMap(({ files }) => files), {
    keepsMemory: true,
  });
  const pillow = listParts(kinds).filter(({ task }) => task === "decode").flatMap((
    { name, amount, work },
  ) =>
    python.contestants({
      task: "decode_load",
      needs: "pillow",
      name: `${name}: Pillow load(),`,
      amount,
      of: name,
      work,
    }).slice(0, 1)
  );
  return {
    ...ours,
    contestants: [...ours.contestants, ...pillow],
    absent: python.missing("pillow", "Pillow"),
    close() {
      ours.close();
      python.close();
    },
  };
}
