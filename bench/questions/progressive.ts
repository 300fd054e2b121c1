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
import type { Effort, Question } from "../harness/question.ts";

const INTO = "wdstream into one array";
const EVALUATION = "wdstream evaluation into one array";

export async function makeQuestion({ short, against }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(short ? 12 : 100);
  const recoded = await recodeAll(images.map((file) => ({ file, progressive: true })));
  const files = recoded ?? [];
  const ours = await Wdstream.start(files);
  const before = against && await Wdstream.start(files, { checkout: against });
  const native = await LibjpegTurbo.start(files);
  const python = await PythonWorkers.start(files, { torch: true });
  const into = { settings: { into: true } };
  const contestants = recoded === undefined ? [] : [
    ours.contestant({ task: "decode", name: INTO, work: into }),
    ...before
      ? [before.contestant({ task: "decode", name: `${INTO}, ${against.name}`, work: into })]
      : [],
    ...typeof native === "string" ? [] : [native.contestant()],
    ...python.contestants({
      task: "decode_load",
      needs: "pillow",
      name: "Pillow load(),",
      note: "no copies",
    }),
    ours.contestant({ task: "evaluation", name: EVALUATION, work: into }),
    ...before
      ? [before.contestant({
        task: "evaluation",
        name: `${EVALUATION}, ${against.name}`,
        work: into,
        of: EVALUATION,
      })]
      : [],
    ...python.contestants({
      task: "evaluation_torchvision",
      needs: "torchvision",
      name: "torchvision on Pillow images,",
      of: EVALUATION,
    }),
  ];
  return {
    title: "Progressive files",
    task: `${description} as they come, encoded again as progressive files by ${await nameEncoder()} ` +
      "with their own tables and sampling: to RGB, and to float32 [3, 224, 224]",
    unit: "images",
    amount: files.length,
    contestants,
    absent: [
      ...typeof native === "string" ? [native] : [],
      ...recoded === undefined ? ["all of them, as there is no Pillow to encode"] : [],
      ...python.missing("torchvision", "torchvision"),
    ],
    aims: [{
      what: "ImageNet's files made progressive, to RGB",
      against: "Pillow load(),*",
      goal: "at least 1.6",
      least: 1.6,
    }],
    close() {
      for (const each of [ours, before, python]) each?.close();
      if (typeof native !== "string") native.close();
    },
  };
}
