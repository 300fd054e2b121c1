/**
 * What does a part of an image cost, in parts of the whole?
 *
 * Nothing below a region is decoded in a sequential file of one scan. Progressive files and files of several scans are
 * entropy-decoded whole: what is saved there is the rest.
 *
 * @module
 */
import { readFrame } from "../../test/reference/decode_jpeg.ts";
import { encodeCoefficients } from "../../test/reference/encode_jpeg.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { type Coding, encodeAll, nameEncoder } from "../corpus/encode.ts";
import { drawPhotograph } from "../corpus/photographs.ts";
import type { Contestant, Effort, Question } from "../harness/question.ts";

const [WIDTH, HEIGHT] = [1024, 768];
const QUARTER = HEIGHT / 4;

const REGIONS = {
  "top quarter": { x: 0, y: 0, width: WIDTH, height: QUARTER },
  "bottom quarter": { x: 0, y: 3 * QUARTER, width: WIDTH, height: QUARTER },
  "left quarter": { x: 0, y: 0, width: WIDTH / 4, height: HEIGHT },
};

/** The same pictures in each layout. */
async function drawFiles(count: number): Promise<Record<string, Uint8Array<ArrayBuffer>[]>> {
  const pictures = Array.from({ length: count }, (_, i) => drawPhotograph(i, WIDTH, HEIGHT));
  const encode = (progressive: boolean): Promise<Uint8Array<ArrayBuffer>[]> =>
    encodeAll(pictures.map((picture, i) => {
      const coding: Coding = {
        quality: 88,
        sampling: i % 2 === 0 ? "4:4:4" : "4:2:0",
        progressive,
      };
      return { picture, coding };
    }));
  const sequential = await encode(false);
  return {
    sequential,
    "several scans": sequential.map((file) =>
      new Uint8Array(
        encodeCoefficients(WIDTH, HEIGHT, readFrame(file).components, { separate: true }),
      )
    ),
    progressive: await encode(true),
  };
}

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const count = short ? 2 : 6;
  const layouts = Object.entries(await drawFiles(count));
  const ours = await Wdstream.start(layouts.flatMap(([, files]) => files));
  const contestants = layouts.flatMap(([layout], index): Contestant[] => {
    const work = { first: index * count, count };
    const whole = `${layout}, whole`;
    return [
      ours.contestant({ task: "decode", name: whole, of: whole, work }),
      ...Object.entries(REGIONS).map(([name, region]) =>
        ours.contestant({
          task: "decode",
          name: `${layout}, ${name}`,
          of: whole,
          work: { ...work, settings: { region } },
        })
      ),
    ];
  });
  return {
    title: "Regions",
    task:
      `${count} drawn photographs of ${WIDTH}x${HEIGHT}, 4:4:4 and 4:2:0 by turns, encoded by ` +
      `${await nameEncoder()}, decoded in part`,
    unit: "images",
    amount: count,
    ratio: "part of the whole image's CPU time",
    contestants,
    close: () => ours.close(),
  };
}
