/**
 * How fast are JPEG files decoded at a half, a quarter and an eighth of their size, as for thumbnails?
 *
 * @module
 */
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Effort, OurSide, Question } from "../harness/question.ts";

const SCALES: Readonly<Record<string, number>> = { "1/2": 4, "1/4": 2, "1/8": 1 };
const listImages = ({ short }: Effort) => loadCorpus(short ? 24 : 160);

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const { images, description } = await listImages(effort);
  const deno = await Wdstream.start(images, { checkout });
  return {
    title: "Reduced sizes",
    task: `${description}, to RGB at a part of their size, into one array`,
    unit: "images",
    amount: images.length,
    contestants: Object.entries(SCALES).map(([name, scale]) =>
      deno.contestant({
        task: "decode",
        name: `wdstream, ${name}`,
        of: `wdstream, ${name}`,
        work: { settings: { into: true, scale } },
      })
    ),
    close: () => deno.close(),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const { images } = await listImages(effort);
  const ours = await startOurs(effort, HERE);
  const python = await PythonWorkers.start(images);
  const drafts = Object.entries(SCALES).flatMap(([name, scale]) =>
    python.contestants({
      task: "decode_draft",
      needs: "pillow",
      name: `Pillow draft() and load(), ${name},`,
      note: "no copies",
      of: `wdstream, ${name}`,
      work: { settings: { scale } },
    })
  );
  return {
    ...ours,
    contestants: [...ours.contestants, ...drafts],
    absent: python.missing("pillow", "Pillow"),
    aims: Object.keys(SCALES).map((name) => ({
      what: `decode at ${name} of the size`,
      against: `Pillow draft() and load(), ${name},*`,
      ours: `wdstream, ${name}`,
      goal: "at least 1.6",
      least: 1.6,
    })),
    close() {
      ours.close();
      python.close();
    },
  };
}
