/** How fast is a JPEG file turned into pixels? */
import jpegJs from "jpeg-js";
import { decodeJpeg, init } from "../src/image/mod.ts";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { loadCorpus } from "./corpus.ts";
import { loadJsquash, loadOptional, loadSharp, loadVips } from "./libraries.ts";
import { PythonWorker } from "./python.ts";
import { versionOf } from "./versions.ts";

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(quick ? 24 : 160);
  await init();
  const jsquash = await loadJsquash();
  const sharp = await loadOptional("sharp", loadSharp);
  const vips = await loadOptional("wasm-vips", loadVips);
  const python = await PythonWorker.start(images);
  const each = (work: (image: Uint8Array<ArrayBuffer>) => unknown) => async (): Promise<void> => {
    for (const image of images) await work(image);
  };
  const into = new Uint8Array(Math.max(...images.map((image) => decodeJpeg(image).data.length)));
  const contestants: Contestant[] = [
    { name: "wdstream decodeJpeg", pass: each((image) => decodeJpeg(image)) },
    {
      name: "wdstream into one array",
      note: "the same with `into`: no new memory for each image",
      pass: each((image) => decodeJpeg(image, { into })),
    },
    {
      name: `@jsquash/jpeg ${versionOf("@jsquash/jpeg")}`,
      note: "to RGBA",
      pass: each(jsquash.decode),
    },
    {
      name: `jpeg-js ${versionOf("jpeg-js")}`,
      note: "other pixels: an IDCT and an upsampling of its own",
      pass: each((image) =>
        jpegJs.decode(image, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 4096 })
      ),
    },
  ];
  if (sharp) {
    contestants.push({
      name: `sharp ${versionOf("sharp")}`,
      note: "native code, its threads limited to one",
      pass: each((image) => sharp(image).toColourspace("srgb").raw().toBuffer()),
    });
  }
  if (vips) {
    contestants.push({
      name: `wasm-vips ${versionOf("wasm-vips")}`,
      pass: each((image) => {
        const picture = vips.Image.newFromBuffer(image);
        picture.writeToMemory();
        picture.delete();
      }),
    });
  }
  contestants.push(
    ...python?.contestant("decode", "pillow", "Pillow", "native code, to a NumPy array") ?? [],
  );
  return {
    title: "Decoding",
    task: `${description}, from JPEG to RGB bytes`,
    unit: "images",
    amount: images.length,
    contestants,
    aims: [
      {
        what: "decode to RGB",
        against: "Pillow",
        goal: "at least 1.7",
        least: 1.7,
      },
      { what: "decode to RGB", against: "@jsquash/jpeg", goal: "at least 3.5", least: 3.5 },
      {
        what: "decode to RGB, into one array",
        against: "Pillow",
        ours: "wdstream into one array",
        goal: "at least 1.7",
        least: 1.7,
      },
    ],
    close: () => python?.close(),
  };
}
