import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init, type JpegImage } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { listShared, readShared, sharedSkip } from "../shared_data.ts";
import { checkRegions } from "./region_check.ts";

/** Larger images are left to `deno task fuzz:regions`. */
const MAX_PIXELS = 4_000_000;

function decode(bytes: Uint8Array): JpegImage | undefined {
  try {
    return decodeJpeg(bytes, { maxPixels: MAX_PIXELS });
  } catch (error) {
    if (error instanceof WdsError) return undefined;
    throw error;
  }
}

/** Tests of decoding a region of the images beside the repository. */
export const cases: TestCase[] = ["extreme", "jpeg-suite"].map((folder): TestCase => ({
  name: `decodeJpeg() gives a region the pixels of the whole image on the shared ${folder}`,
  skip: sharedSkip,
  async run() {
    await init();
    let count = 0;
    for (const [seed, name] of (await listShared(folder)).entries()) {
      const bytes = await readShared(`${folder}/${name}`);
      if (decode(bytes)) count += checkRegions(name, bytes, { seed, boxes: 10 });
    }
    assert.isAbove(count, 0);
  },
}));
