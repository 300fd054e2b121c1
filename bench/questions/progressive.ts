/**
 * How fast are ImageNet's own pictures where they are progressive files?
 *
 * @module
 */
import { LibjpegTurbo } from "../contestants/libjpeg_turbo.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { nameEncoder, recodeAll } from "../corpus/encode.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Effort, OurSide, Question } from "../harness/question.ts";

const INTO = "wdstream into one array";
const EVALUATION = "wdstream evaluation into one array";

/** None where there is no Pillow to encode them. */
async function makeFiles(
  { short }: Effort,
): Promise<{ files: Uint8Array<ArrayBuffer>[]; description: string }> {
  const { images, description } = await loadCorpus(short ? 12 : 100);
  const files = await recodeAll(images.map((file) => ({ file, progressive: true })));
  return { files: files ?? [], description };
}

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const { files, description } = await makeFiles(effort);
  const deno = await Wdstream.start(files, { checkout });
  const work = { settings: { into: true } };
  return {
    title: "Progressive files",
    task:
      `${description} as they come, encoded again as progressive files by ${await nameEncoder()} ` +
      "with their own tables and sampling: to RGB, and to float32 [3, 224, 224]",
    unit: "images",
    amount: files.length,
    contestants: files.length === 0 ? [] : [
      deno.contestant({ task: "decode", name: INTO, work }),
      deno.contestant({ task: "evaluation", name: EVALUATION, work, of: EVALUATION }),
    ],
    close: () => deno.close(),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const { files } = await makeFiles(effort);
  const ours = await startOurs(effort, HERE);
  const native = await LibjpegTurbo.start(files);
  const python = await PythonWorkers.start(files, { torch: true });
  const keeping = await PythonWorkers.start(files, { keepsMemory: true });
  const others = files.length === 0 ? [] : [
    ...typeof native === "string" ? [] : [native.contestant(undefined, INTO)],
    ...python.contestants({
      task: "decode_load",
      needs: "pillow",
      name: "Pillow load(),",
      note: "no copies",
      of: INTO,
    }),
    ...keeping.contestants({
      task: "decode_load",
      needs: "pillow",
      name: "Pillow load(), memory kept,",
      note: "no copies, and glibc keeps what is freed, which spares page faults",
      of: INTO,
    }),
    ...python.contestants({
      task: "evaluation_torchvision",
      needs: "torchvision",
      name: "torchvision on Pillow images,",
      of: EVALUATION,
    }),
  ];
  return {
    ...ours,
    contestants: [...ours.contestants, ...others],
    absent: [
      ...typeof native === "string" ? [native] : [],
      ...files.length === 0 ? ["all of them, as there is no Pillow to encode"] : [],
      ...python.missing("torchvision", "torchvision"),
    ],
    aims: [{
      what: "ImageNet's files made progressive, to RGB",
      against: "Pillow load(),*",
      goal: "at least 1.6",
      least: 1.6,
    }],
    close() {
      ours.close();
      python.close();
      keeping.close();
      if (typeof native !== "string") native.close();
    },
  };
}
