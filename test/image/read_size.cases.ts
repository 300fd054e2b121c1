/** The format and size that the head of a file tells, beside what Pillow says of the image. */

import { assert } from "chai";
import { readFileHead } from "../../src/image/read_size.ts";
import type { TestCase } from "../case.ts";
import { readGoldens } from "./formats.cases.ts";

/** Folders of fixtures, and how their files are called. */
const FORMATS: Readonly<Record<string, string>> = {
  png: "png",
  webp: "webp",
  avif: "avif",
  gif: "gif",
  bmp: "bmp",
  tiff: "tif",
  jxl: "jxl",
};

export const cases: TestCase[] = [
  {
    name: "readFileHead() tells the size that Pillow tells, of files of all formats",
    async run(fixtures): Promise<void> {
      let sizes = 0;
      for (
        const [path, golden] of await readGoldens(fixtures, "golden.json", Object.keys(FORMATS))
      ) {
        const bytes = await fixtures.read(`formats/${path}`);
        const format = FORMATS[path.split("/")[0]];
        const head = await readFileHead(bytes);
        // Of what Pillow refuses, something may be told, and nothing must be thrown.
        if (golden.error !== undefined) continue;
        const { width, height } = golden;
        assert.deepEqual(head, { format, width, height }, path);
        sizes++;
      }
      assert.isAbove(sizes, 250);
    },
  },
  {
    name: "readFileHead() tells what there is of files that are cut anywhere in their head",
    async run(fixtures): Promise<void> {
      for (const [folder, format] of Object.entries(FORMATS)) {
        const goldens = await readGoldens(fixtures, "golden.json", [folder]);
        const [path, { width, height }] = goldens.find(([, { error }]) => error === undefined)!;
        const bytes = await fixtures.read(`formats/${path}`);
        for (let length = 0; length < Math.min(bytes.length, 400); length++) {
          const head = await readFileHead(bytes.slice(0, length));
          if (head === undefined) continue;
          assert.equal(head.format, format, path);
          const isWhole = head.width === width && head.height === height;
          assert.isTrue(isWhole || head.width === undefined, `${path}: ${length} bytes`);
        }
      }
      assert.isUndefined(await readFileHead(new TextEncoder().encode("a caption")));
      assert.deepEqual(await readFileHead(await fixtures.read("jpeg/pictures/grey.jpg")), {
        format: "jpg",
      });
    },
  },
];
