/** Files of masks: the numbers that numpy has of Pillow's images. */

import { assert } from "chai";
import { decodeImage } from "../../src/image/decode_image.ts";
import { decodeMask } from "../../src/image/decode_mask.ts";
import { init } from "../../src/image/mod.ts";
import { evaluation, mask, transformMask } from "../../src/image/transform/mod.ts";
import { type ImageError, webdataset } from "../../mod.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "../dataset/shards.ts";
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
        const webp = await read("formats/webp/pillow_lossless.webp");
        const error = await catchError(decodeMask(webp)) as ImageError;
        assert.equal(error.code, "image/unsupported-variant");
        assert.match(error.message, /masks are PNG, GIF, BMP, TIFF, npy or grey JPEG files/);
        const png = await read("formats/png/pillow_palette.png");
        const { code } = await catchError(decodeMask(png, { maxPixels: 10 })) as ImageError;
        assert.equal(code, "image/too-large");
        for (const path of ["bmp/magick_palette.bmp", "tiff/pillow_palette_raw.tiff"]) {
          const mask = await read(`formats/${path}`);
          const large = await catchError(decodeMask(mask, { maxPixels: 10 })) as ImageError;
          assert.equal(large.code, "image/too-large", path);
        }
      });
      const png = await read("formats/png/pillow_palette.png");
      const { message } = await catchError((async () => await decodeMask(png))()) as ImageError;
      assert.match(message, /import "@wdstream\/wdstream\/formats"/);
    },
  },
  {
    name: "decodeMask() gives the numbers of arrays that numpy saved, by rows",
    async run({ read }): Promise<void> {
      const { arrays, refused } = JSON.parse(
        new TextDecoder().decode(await read("masks/npy.json")),
      ) as NpyGoldens;
      await withFormats(async () => {
        for (const [name, { file, isBytes, height, numbers }] of Object.entries(arrays)) {
          const mask = await decodeMask(fromBase64(file));
          assert.instanceOf(mask.data, isBytes ? Uint8Array : Int32Array, name);
          assert.deepEqual([mask.height, ...mask.data], [height, ...numbers], name);
          assert.equal(mask.width * height, numbers.length);
        }
        for (const [name, file] of Object.entries(refused)) {
          const { code } = await catchError(decodeMask(fromBase64(file))) as ImageError;
          assert.equal(code, name === "none" ? "image/corrupt" : "image/unsupported-variant", name);
        }
        const whole = fromBase64(arrays.u2.file);
        const cut = await catchError(decodeMask(whole.subarray(0, -1))) as ImageError;
        assert.equal(cut.code, "image/corrupt");
        const large = await catchError(decodeMask(whole, { maxPixels: 34 })) as ImageError;
        assert.equal(large.code, "image/too-large");
        const image = await catchError(decodeImage(whole)) as ImageError;
        assert.match(image.message, /is no image: it may be the mask of one/);
      });
    },
  },
  {
    name: "Dataset.transform() takes arrays of numpy as masks, decoded before or not",
    async run({ read }): Promise<void> {
      const { arrays } = JSON.parse(
        new TextDecoder().decode(await read("masks/npy.json")),
      ) as NpyGoldens;
      const picture = await read("formats/png/pillow_rgb.png");
      const { width, height } = await withFormats(() => decodeImage(picture));
      const classes = new Uint8Array(width * height).map((_, i) => i % 251);
      const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
      const npy = new Uint8Array([
        ...fromBase64(arrays.u1.file).subarray(0, 10),
        ...new TextEncoder().encode(`${header.padEnd(117)}\n`),
        ...classes,
      ]);
      const shard = await makeShard([["a.png", picture], ["a.seg.npy", npy]]);
      const view = evaluation({ size: 16, resize: 20 });
      const expected = transformMask({ width, height, data: classes }, view);
      await withFormats(async () => {
        const given = { png: view, "seg.npy": mask() } as const;
        const plain = webdataset(shard).transform(given);
        const decoded = webdataset(shard).decode().transform(given);
        const batches = [...await collect(plain.batch(1)), ...await collect(decoded.batch(1))];
        assert.lengthOf(batches, 2);
        for (const { tensors } of batches) {
          assert.deepEqual(tensors["seg.npy"].data, expected.data);
          assert.deepEqual(tensors["seg.npy"].shape, [1, 16, 16]);
        }
      });
    },
  },
];

/** Arrays that numpy saved, in base64. */
interface NpyGoldens {
  readonly arrays: Readonly<
    Record<
      string,
      {
        readonly file: string;
        readonly isBytes: boolean;
        readonly height: number;
        readonly numbers: readonly number[];
      }
    >
  >;
  readonly refused: Readonly<Record<string, string>>;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
}
