/** Our decoder against MozJPEG as `@jsquash/jpeg` has it, pixel by pixel. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { decodeJpeg, init, type JpegHeader, readJpegHeader } from "../../src/image/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { listShared, sharedPath, sharedSkip } from "../shared_data.ts";
import { assertSamePixels, decodeByJsquash, type RgbaImage } from "./jsquash.ts";

/**
 * Folders of sound, sequential files. MozJPEG 3 differs from libjpeg-turbo 2.1.5 where coefficients
 * overflow, in the smoothing of unfinished progressive files, and in what it makes of damage.
 */
const FOLDERS = ["baseline", "colour", "markers", "pictures", "samplings", "scans"];

/** Whether chroma is upsampled vertically alone, smoothly since libjpeg-turbo 2.0.3 and not in MozJPEG 3. */
function isUpsampledVertically({ sampling }: JpegHeader): boolean {
  const across = Math.max(...sampling.map(([horizontal]) => horizontal));
  const down = Math.max(...sampling.map(([, vertical]) => vertical));
  return sampling.some(([horizontal, vertical]) => horizontal === across && vertical * 2 === down);
}

/** Compares a file if both decoders read it and are meant to agree; tells whether it did. */
async function compareFile(name: string, bytes: Uint8Array): Promise<boolean> {
  let theirs: RgbaImage;
  try {
    if (isUpsampledVertically(readJpegHeader(bytes))) return false;
    decodeJpeg(bytes);
    theirs = await decodeByJsquash(bytes);
  } catch {
    return false;
  }
  assertSamePixels(name, bytes, theirs);
  return true;
}

export const cases: TestCase[] = [
  {
    name: "decodeJpeg() equals MozJPEG on every sequential fixture that both read",
    async run(fixtures: Fixtures): Promise<void> {
      await init();
      let compared = 0;
      for (const folder of FOLDERS) {
        for (const name of await fixtures.list(`jpeg/${folder}`)) {
          if (!name.endsWith(".jpg")) continue;
          const path = `jpeg/${folder}/${name}`;
          if (await compareFile(path, await fixtures.read(path))) compared++;
        }
      }
      assert.isAtLeast(compared, 200);
    },
  },
  {
    name: "decodeJpeg() equals MozJPEG on ImageNet",
    skip: sharedSkip,
    async run(): Promise<void> {
      await init();
      const shards = (await listShared("imagenet")).filter((name) => name.endsWith(".tar"));
      let compared = 0;
      const paths = shards.map((name) => sharedPath(`imagenet/${name}`));
      for await (const { key, bytes } of webdataset(paths)) {
        if (await compareFile(key, bytes.jpg)) compared++;
      }
      assert.isAtLeast(compared, 195);
    },
  },
];
