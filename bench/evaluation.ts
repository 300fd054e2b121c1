/** How fast is a JPEG file turned into a model's input? */
import { evaluation } from "../src/image/transform/evaluation.ts";
import { init, transformImage } from "../src/image/mod.ts";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { loadCorpus } from "./corpus.ts";
import { loadJsquash, loadOptional, loadSharp, loadVips, type Rgba } from "./libraries.ts";
import { PythonWorker } from "./python.ts";
import { versionOf } from "./versions.ts";

const RESIZE = 256;
const CROP = 224;
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const { images: files, description } = await loadCorpus(quick ? 24 : 160);
  // Each file several times, as in training.ts.
  const times = quick ? 1 : 3;
  const images = Array.from({ length: times }, () => files).flat();
  await init();
  const transform = evaluation({ resize: RESIZE, size: CROP, interpolation: "bicubic" });
  const jsquash = await loadJsquash();
  const sharp = await loadOptional("sharp", loadSharp);
  const vips = await loadOptional("wasm-vips", loadVips);
  const python = await PythonWorker.start(images);
  const each = (work: (image: Uint8Array<ArrayBuffer>) => unknown) => async (): Promise<void> => {
    for (const image of images) await work(image);
  };
  const into = new Float32Array(3 * CROP * CROP);
  const contestants: Contestant[] = [
    { name: "wdstream transformImage", pass: each((image) => transformImage(image, transform)) },
    {
      name: "wdstream into one array",
      note: "the same with `into`: no new memory for each tensor",
      pass: each((image) => transformImage(image, transform, { into })),
    },
    {
      name: `@jsquash/jpeg ${versionOf("@jsquash/jpeg")} and resize ${
        versionOf("@jsquash/resize")
      }`,
      note: "Catmull-Rom; cropped and normalised in JavaScript",
      pass: each(async (image) => {
        const decoded = await jsquash.decode(image);
        const [width, height] = resizedSize(decoded.width, decoded.height);
        return normalizeCrop(await jsquash.resize(decoded, width, height), 4);
      }),
    },
  ];
  if (sharp) {
    contestants.push({
      name: `sharp ${versionOf("sharp")}`,
      note: "native code, one thread, no shrinking on load; cropped and normalised in JavaScript",
      pass: each(async (image) => {
        const { data, info } = await sharp(image).toColourspace("srgb")
          .resize(RESIZE, RESIZE, { fit: "outside", kernel: "cubic", fastShrinkOnLoad: false })
          .raw().toBuffer({ resolveWithObject: true });
        return normalizeCrop({ data, width: info.width, height: info.height }, info.channels);
      }),
    });
  }
  if (vips) {
    contestants.push({
      name: `wasm-vips ${versionOf("wasm-vips")}`,
      note: "SIMD, not exact; cropped and normalised in JavaScript",
      pass: each((image) => {
        const source = vips.Image.newFromBuffer(image);
        const picture = source.colourspace("srgb");
        const [width, height] = resizedSize(picture.width, picture.height);
        const resized = picture.resize(width / picture.width, {
          vscale: height / picture.height,
          kernel: "cubic",
        });
        const { width: across, height: down, bands } = resized;
        const tensor = normalizeCrop(
          { data: resized.writeToMemory(), width: across, height: down },
          bands,
        );
        for (const part of [resized, picture, source]) part.delete();
        return tensor;
      }),
    });
  }
  if (python) {
    contestants.push(
      ...python.contestant(
        "evaluation_torchvision",
        "torchvision",
        "torchvision",
        "native code, on Pillow images",
      ),
      ...python.contestant("evaluation_pillow", "pillow", "NumPy and Pillow", "native code"),
    );
  }
  return {
    title: "Evaluation transform",
    task:
      `${description}, ${
        times === 1 ? "" : `${times} times each, `
      }from JPEG to float32 [3, ${CROP}, ` +
      `${CROP}]: shorter edge to ${RESIZE}, bicubic, centre crop, normalised`,
    unit: "images",
    amount: images.length,
    contestants,
    aims: ([
      ["torchvision", 4],
      ["@jsquash/jpeg", 7],
      ["sharp", 4],
      ["wasm-vips", 5],
      ["torchvision", 4, "wdstream into one array"],
    ] as const).map(([against, least, ours]) => ({
      what: `evaluation 256/224 bicubic to float32${ours ? ", into one array" : ""}`,
      against,
      ours,
      goal: `at least ${least}`,
      least,
    })),
    close: () => python?.close(),
  };
}

function resizedSize(width: number, height: number): [number, number] {
  return width <= height
    ? [RESIZE, Math.trunc(RESIZE * height / width)]
    : [Math.trunc(RESIZE * width / height), RESIZE];
}

/** What a user of a resizer has to write: centre crop, `(v / 255 - mean) / std`, channels first. */
function normalizeCrop({ data, width, height }: Rgba, channels: number): Float32Array {
  const tensor = new Float32Array(3 * CROP * CROP);
  const left = Math.round((width - CROP) / 2);
  const top = Math.round((height - CROP) / 2);
  for (let c = 0; c < 3; c++) {
    // Grey images keep their one channel in some libraries.
    const from = channels >= 3 ? c : 0;
    const scale = 1 / (255 * STD[c]);
    const offset = MEAN[c] / STD[c];
    for (let y = 0; y < CROP; y++) {
      let at = ((top + y) * width + left) * channels + from;
      const row = (c * CROP + y) * CROP;
      for (let x = 0; x < CROP; x++, at += channels) tensor[row + x] = data[at] * scale - offset;
    }
  }
  return tensor;
}
