import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, type DecodeOptions, init } from "../../src/image/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { checkRegions } from "./region_check.ts";

const FOLDERS = [
  "arithmetic",
  "baseline",
  "colour",
  "extreme",
  "markers",
  "pictures",
  "progressive",
  "samplings",
  "scans",
];

/** Of a file, in each of the four sizes. `deno task fuzz:regions` checks more of them, and more files. */
const BOXES = 10;

async function checkFolder(
  fixtures: Fixtures,
  folder: string,
  options?: DecodeOptions,
): Promise<number> {
  await init();
  let count = 0;
  for (const [seed, name] of (await fixtures.list(`jpeg/${folder}`)).entries()) {
    const file = await fixtures.read(`jpeg/${folder}/${name}`);
    if (folder === "broken" && !isReadable(file, options)) continue;
    count += checkRegions(name, file, { seed, boxes: BOXES, options });
  }
  return count;
}

function isReadable(file: Uint8Array, options?: DecodeOptions): boolean {
  try {
    decodeJpeg(file, options);
    return true;
  } catch (error) {
    if (error instanceof WdsError) return false;
    throw error;
  }
}

/** Tests of decoding a region alone. */
export const cases: TestCase[] = [
  {
    name: "decodeJpeg() gives a region the pixels of the whole image in lossless, in its one size",
    async run(fixtures) {
      const files = (await fixtures.list("jpeg/lossless")).length;
      assert.equal(await checkFolder(fixtures, "lossless"), files * BOXES);
    },
  },
  ...FOLDERS.map((folder): TestCase => ({
    name: `decodeJpeg() gives a region the pixels of the whole image in ${folder}, also scaled`,
    async run(fixtures) {
      const files = (await fixtures.list(`jpeg/${folder}`)).length;
      assert.equal(await checkFolder(fixtures, folder), files * BOXES * 4);
    },
  })),
  {
    name: "decodeJpeg() gives a region the pixels of the whole image where broken files are read",
    async run(fixtures) {
      assert.isAbove(await checkFolder(fixtures, "broken"), 0);
    },
  },
  {
    name: "decodeJpeg() gives a region the pixels of the whole image where broken files are filled",
    async run(fixtures) {
      assert.isAbove(await checkFolder(fixtures, "broken", { truncated: "fill" }), 0);
    },
  },
  {
    name:
      "decodeJpeg() gives a region the pixels of the whole image behind the end of arithmetic data",
    async run(fixtures: Fixtures) {
      await init();
      const file = await fixtures.read("jpeg/arithmetic/420.jpg");
      const options = { truncated: "fill" } as const;
      // From the first byte of the scan on, so that it breaks off in each of its strips.
      for (let length = 500; length < file.length; length += 35) {
        const cut = file.slice(0, length);
        const whole = decodeJpeg(cut, options);
        const { width } = whole;
        for (let y = 0; y < whole.height; y++) {
          const region = { x: 0, y, width, height: 1 };
          const part = decodeJpeg(cut, { ...options, region });
          const row = whole.data.subarray(3 * width * y, 3 * width * (y + 1));
          assert.deepEqual(part.data, row, `row ${y} of ${length} bytes`);
        }
      }
    },
  },
];
