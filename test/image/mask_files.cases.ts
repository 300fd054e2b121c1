/** Files of masks: the numbers that numpy has of Pillow's images. */

import { assert } from "chai";
import { decodeMask } from "../../src/image/decode_mask.ts";
import { init } from "../../src/image/mod.ts";
import type { ImageError } from "../../mod.ts";
import type { TestCase } from "../case.ts";
import { catchError } from "../dataset/shards.ts";
import { sha256 } from "../reference/digest.ts";
import { withFormats } from "../with_formats.ts";
import { expectedCode } from "./formats.cases.ts";

/** What Pillow and numpy made of a file. */
interface MaskGolden {
  readonly error?: string;
  readonly mode: string;
  readonly width: number;
  readonly height: number;
  readonly type?: "uint8" | "int32";
  readonly numbers: string;
}

export const cases: TestCase[] = [
  {
    name: "decodeMask() gives indices and grey values as numpy has them of Pillow's images",
    async run({ read }): Promise<void> {
      await init();
      const text = new TextDecoder().decode(await read("formats/golden.masks.json"));
      const { files } = JSON.parse(text) as { files: Record<string, MaskGolden> };
      const counts: Record<string, number> = {};
      await withFormats(async () => {
        for (const [path, golden] of Object.entries(files)) {
          const bytes = await read(path.startsWith("../") ? path.slice(3) : `formats/${path}`);
          counts[golden.mode ?? "error"] = (counts[golden.mode ?? "error"] ?? 0) + 1;
          if (golden.type === undefined) {
            const { code } = await catchError(decodeMask(bytes)) as ImageError;
            // Of a damaged file of several channels either may be said.
            const isNone = code === "image/unsupported-variant";
            assert.isTrue(isNone || golden.error !== undefined, `${path}: ${code}`);
            if (!isNone) assert.match(code, expectedCode(path), path);
            continue;
          }
          const { width, height, data } = await decodeMask(bytes);
          assert.deepEqual([width, height], [golden.width, golden.height], path);
          assert.instanceOf(data, golden.type === "uint8" ? Uint8Array : Int32Array, path);
          assert.equal(await sha256(data), golden.numbers, path);
        }
      });
      for (const mode of ["1", "L", "P", "I;16", "RGB", "RGBA", "LA", "error"]) {
        assert.isAtLeast(counts[mode], 4, mode);
      }
    },
  },
  {
    name: "decodeMask() refuses formats that have no masks, and images beyond a limit",
    async run({ read }): Promise<void> {
      await withFormats(async () => {
        for (const path of ["tiff/pillow_palette_raw.tiff", "bmp/magick_palette.bmp"]) {
          const error = await catchError(decodeMask(await read(`formats/${path}`))) as ImageError;
          assert.equal(error.code, "image/unsupported-variant", path);
          assert.match(error.message, /masks are PNG, GIF or grey JPEG files/);
        }
        const png = await read("formats/png/pillow_palette.png");
        const { code } = await catchError(decodeMask(png, { maxPixels: 10 })) as ImageError;
        assert.equal(code, "image/too-large");
      });
      const png = await read("formats/png/pillow_palette.png");
      const { message } = await catchError((async () => await decodeMask(png))()) as ImageError;
      assert.match(message, /import "@wdstream\/wdstream\/formats"/);
    },
  },
];
