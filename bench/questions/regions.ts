/**
 * What does a part of an image cost, in parts of the whole?
 *
 * Nothing below a region is decoded in a sequential file of one scan. Progressive files and files of
 * several scans are entropy-decoded whole: what is saved there is the rest.
 */
import { decodeJpeg, init, type Region } from "../src/image/mod.ts";
import { drawPicture, listPictures } from "../test/fixtures/sample/pictures.ts";
import { readFrame } from "../test/reference/decode_jpeg.ts";
import { encodeCoefficients } from "../test/reference/encode_jpeg.ts";
import encodeImage, { init as initEncoder } from "@jsquash/jpeg/encode.js";
import type { Contestant, Effort, Question } from "./contestant.ts";
import { compile } from "./libraries.ts";

const [WIDTH, HEIGHT] = [1024, 768];
const QUARTER = HEIGHT / 4;

const REGIONS: Record<string, Region> = {
  "top quarter": { x: 0, y: 0, width: WIDTH, height: QUARTER },
  "bottom quarter": { x: 0, y: 3 * QUARTER, width: WIDTH, height: QUARTER },
  "left quarter": { x: 0, y: 0, width: WIDTH / 4, height: HEIGHT },
};

/** The same pictures in each layout. */
async function drawFiles(count: number): Promise<Record<string, Uint8Array[]>> {
  await initEncoder(await compile("@jsquash/jpeg/encode.js", "codec/enc/mozjpeg_enc.wasm"));
  const files: Record<string, Uint8Array[]> = {
    sequential: [],
    "several scans": [],
    progressive: [],
  };
  for (const [index, picture] of listPictures().slice(0, count).entries()) {
    const data = drawPicture({ ...picture, width: WIDTH, height: HEIGHT }, 1000 + index);
    const image = { data, width: WIDTH, height: HEIGHT, colorSpace: "srgb" } as ImageData;
    const encode = async (progressive: boolean): Promise<Uint8Array<ArrayBuffer>> =>
      new Uint8Array(
        await encodeImage(image, {
          quality: 88,
          progressive,
          auto_subsample: false,
          chroma_subsample: index % 2 + 1,
        }),
      );
    const sequential = await encode(false);
    files.sequential.push(sequential);
    files.progressive.push(await encode(true));
    const { components } = readFrame(sequential);
    files["several scans"].push(
      encodeCoefficients(WIDTH, HEIGHT, components, { separate: true }),
    );
  }
  return files;
}

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  await init();
  const count = quick ? 2 : 6;
  const contestants: Contestant[] = [];
  const cost = (files: readonly Uint8Array[], region?: Region) => (): Promise<void> => {
    for (const file of files) decodeJpeg(file, { region });
    return Promise.resolve();
  };
  for (const [layout, files] of Object.entries(await drawFiles(count))) {
    const whole = `${layout}, whole`;
    contestants.push({ name: whole, pass: cost(files) });
    for (const [name, region] of Object.entries(REGIONS)) {
      contestants.push({ name: `${layout}, ${name}`, of: whole, pass: cost(files, region) });
    }
  }
  return {
    title: "Regions",
    task:
      `${count} drawn pictures of ${WIDTH}x${HEIGHT}, 4:4:4 and 4:2:0 by turns, decoded in part`,
    unit: "images",
    amount: count,
    ratio: "part of the whole image's CPU time",
    contestants,
  };
}
