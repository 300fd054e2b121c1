/** Formats whose decoders are packages, and what is found in processes of their own. */

import { assert } from "chai";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ImageError } from "../../mod.ts";
import { init } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { catchError } from "../dataset/shards.ts";
import { decodeBy, expectedCode, readGoldens } from "./formats.cases.ts";

/** How far pixels may be from those of Pillow, and of djxl: the greatest difference, and the mean one of each file. */
const DISTANCES: Readonly<Record<string, readonly [most: number, mean: number]>> = {
  webp: [0, 0],
  avif: [6, 0.6],
  jxl: [5, 0.1],
};

/** Files whose pixels must be the very same although others of their format's need not. */
const EXACT = /lossless|grey|alpha\.jxl|pillow_400/;

const main = fileURLToPath(new URL("./formats_main.ts", import.meta.url));

function toPixels(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export const cases: TestCase[] = [
  {
    name:
      "WebP files give Pillow's pixels, AVIF and JPEG XL files some that are as near as documented",
    async run(fixtures): Promise<void> {
      await init();
      const goldens = await readGoldens(fixtures, "golden.json", Object.keys(DISTANCES));
      assert.isAbove(goldens.length, 40);
      for (const [path, golden] of goldens) {
        const format = path.split("/")[0];
        const bytes = await fixtures.read(`formats/${path}`);
        if (golden.error !== undefined) {
          const error = await catchError(decodeBy(format, bytes)) as ImageError;
          const code = format === "webp" ? expectedCode(path) : /^image\/(corrupt|truncated)$/;
          assert.match(error.code ?? String(error), code, path);
          continue;
        }
        const { width, height, data } = await decodeBy(format, bytes);
        assert.deepEqual([width, height], [golden.width, golden.height], path);
        const expected = toPixels(golden.pixels!);
        let [most, sum] = [0, 0];
        for (let i = 0; i < expected.length; i++) {
          const distance = Math.abs(expected[i] - data[i]);
          most = Math.max(most, distance);
          sum += distance;
        }
        const [limit, mean] = EXACT.test(path) ? [0, 0] : DISTANCES[format];
        assert.isAtMost(most, limit, path);
        assert.isAtMost(sum / expected.length, mean, path);
      }
    },
  },
  {
    name: "a picture that its decoder gave up leaves the next one alone",
    async run({ read }): Promise<void> {
      for (
        const [format, bad, good] of [
          ["webp", "bad_damaged_sharp_lossless", "sharp_lossless"],
          ["avif", "bad_cut_sharp_lossy", "sharp_lossy"],
          ["jxl", "bad_cut_cjxl_lossy", "cjxl_lossless"],
        ]
      ) {
        const sound = await read(`formats/${format}/${good}.${format}`);
        const before = await decodeBy(format, sound);
        await catchError(decodeBy(format, await read(`formats/${format}/${bad}.${format}`)));
        assert.deepEqual(await decodeBy(format, sound), before);
        const error = await catchError(decodeBy(format, sound, { maxPixels: 850 }));
        assert.deepInclude(error, { code: "image/too-large" });
      }
    },
  },
  {
    name: "the entry registers all formats, and workers find them: the same tensors for any number",
    async run(): Promise<void> {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...(process.versions.deno === undefined ? [] : ["run", "--allow-read"]), main],
        { env: { ...process.env, NO_COLOR: "1" } },
      );
      const [registered, ...lines] = stdout.trim().split("\n");
      assert.equal(registered, "png webp avif gif bmp tiff jxl npy");
      assert.lengthOf(lines, 2);
      assert.match(lines[0], /^[0-9a-f]{64} 8 samples, 2 faults: image\/truncated image\/corrupt$/);
      assert.equal(lines[1], lines[0]);
    },
  },
];
