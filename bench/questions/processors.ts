/**
 * How fast is a JPEG file turned into a model's input as torch resizes tensors, which Hugging Face's image processors do by
 * default, and as Pillow resizes images?
 *
 * @module
 */
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import type { Aim, Contestant, Effort, Question } from "../harness/question.ts";

const FILTERS = ["bicubic", "bilinear"] as const;
type Filter = typeof FILTERS[number];

const nameOurs = (path: string, filter: Filter): string => `wdstream, ${path}, ${filter}`;

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(short ? 24 : 160);
  const ours = await Wdstream.start(images);
  const python = await PythonWorkers.start(images, { torch: true });
  const contestants = FILTERS.flatMap((interpolation): Contestant[] => {
    const of = nameOurs("torch's path", interpolation);
    const settings = { interpolation, into: true };
    return [
      ours.contestant({
        task: "evaluation",
        name: of,
        work: { settings: { ...settings, resampler: "torch" } },
        note: 'into one array, with `resampler: "torch"`',
      }),
      ours.contestant({
        task: "evaluation",
        name: nameOurs("Pillow's path", interpolation),
        work: { settings },
        note: "into one array",
        of,
      }),
      ...python.tensorPath(interpolation, of),
      ...python.contestants({
        task: "evaluation_pil_tensor",
        needs: "torchvision",
        name: `Pillow's decoder, then torch's tensor path, ${interpolation}, torchvision`,
        note: "as Hugging Face's image processors do: the tensor is made from a Pillow image",
        work: { settings: { interpolation } },
        of,
      }, ({ tensorPath }) => tensorPath === "uint8"),
      ...python.contestants({
        task: "evaluation_torchvision",
        needs: "torchvision",
        name: `torchvision on Pillow images, ${interpolation},`,
        note: "Pillow decodes and resizes",
        work: { settings: { interpolation } },
        of: nameOurs("Pillow's path", interpolation),
      }),
    ];
  });
  return {
    title: "Image processors",
    task:
      `${description}, from JPEG to float32 [3, 224, 224]: shorter edge to 256, centre crop, normalised, by torch's ` +
      "arithmetic of resizing and by Pillow's",
    unit: "images",
    amount: images.length,
    contestants,
    absent: python.missing("torchvision", "torchvision"),
    aims: FILTERS.flatMap((filter): Aim[] => {
      const torch = nameOurs("torch's path", filter);
      const pillow = nameOurs("Pillow's path", filter);
      const tensor = filter === "bicubic" ? "torchvision" : "bilinear, torchvision";
      return [
        {
          what: `torch's arithmetic, ${filter}`,
          against: `torch's tensor path, ${tensor}*`,
          ours: torch,
          goal: "at least 3",
          least: 3,
        },
        {
          what: `Pillow's arithmetic, ${filter}`,
          against: `torchvision on Pillow images, ${filter},*`,
          ours: pillow,
          goal: "at least 3",
          least: 3,
        },
        {
          what: `torch's arithmetic beside Pillow's, both ours, ${filter}`,
          against: pillow,
          ours: torch,
          goal: "at least 1",
          least: 1,
        },
      ];
    }),
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
