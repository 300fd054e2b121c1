/** Masks, against torchvision's v2 and Pillow. */

import { assert } from "chai";
import { evaluation, training } from "../../src/image/transform/mod.ts";
import { placeMask, transformMask } from "../../src/image/transform/mask.ts";
import type { Mask } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";

/** The drawing of `make_golden.py`. */
function drawMask(width: number, height: number): Mask<Uint8Array<ArrayBuffer>> {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = x * 7 + y * 13 + ((x * y) >> 3);
  }
  return { width, height, data };
}

/** What Python made. */
interface Golden {
  readonly evaluations: readonly {
    readonly width: number;
    readonly height: number;
    readonly resize: number;
    readonly crop: number;
    readonly torch: string;
    readonly pillow: string;
  }[];
  readonly boxes: readonly {
    readonly width: number;
    readonly height: number;
    readonly box: readonly [left: number, top: number, width: number, height: number];
    readonly size: number;
    readonly flip: boolean;
    readonly torch: string;
    readonly pillow: string;
  }[];
}

async function readGolden({ read }: Fixtures): Promise<Golden> {
  return JSON.parse(new TextDecoder().decode(await read("masks/golden.json")));
}

export const cases: TestCase[] = [
  {
    name: "transformMask() of evaluation() equals torchvision's v2 on masks and on palette images",
    async run(fixtures): Promise<void> {
      const { evaluations } = await readGolden(fixtures);
      assert.isAbove(evaluations.length, 40);
      for (const row of evaluations) {
        const { width, height, resize, crop } = row;
        const mask = drawMask(width, height);
        for (const resampler of ["torch", "pillow"] as const) {
          const transform = evaluation({ size: crop, resize });
          const { data, shape } = transformMask(mask, transform, { resampler });
          assert.deepEqual(shape, [crop, crop]);
          const name = `${width}x${height} to ${resize}, ${crop} by ${resampler}`;
          assert.equal(await sha256(data), row[resampler], name);
          const wide = { width, height, data: Int32Array.from(mask.data) };
          assert.deepEqual(
            transformMask(wide, transform, { resampler }).data,
            Int32Array.from(data),
          );
        }
      }
    },
  },
  {
    name:
      "masks are cropped, resized and mirrored as torchvision's resized_crop() and horizontal_flip()",
    async run(fixtures): Promise<void> {
      const { boxes } = await readGolden(fixtures);
      assert.lengthOf(boxes, 40);
      for (const row of boxes) {
        const [left, top, width, height] = row.box;
        const { size } = row;
        const placement = {
          source: { left, top, width, height },
          resizedWidth: size,
          resizedHeight: size,
          left: 0,
          top: 0,
          width: size,
          height: size,
          padLeft: 0,
          padTop: 0,
          outputHeight: size,
          outputWidth: size,
          interpolation: "nearest",
          isTorch: false,
          isMirrored: row.flip,
          isDrawn: true,
        } as const;
        for (const resampler of ["torch", "pillow"] as const) {
          const { data } = placeMask(drawMask(row.width, row.height), placement, resampler);
          assert.equal(await sha256(data), row[resampler], JSON.stringify([row, resampler]));
        }
      }
    },
  },
  {
    name: "transformMask() of training() takes the part that the image's numbers draw",
    run(): void {
      const transform = training({ size: 16, seed: 5 });
      const mask = drawMask(40, 30);
      const place = { epoch: 1, shard: 0, index: 7 };
      const made = [1, 2].map(() =>
        transformMask(mask, transform, { random: seededRandom(5, place) }).data
      );
      assert.deepEqual(made[0], made[1]);
      const other = seededRandom(5, { ...place, index: 8 });
      assert.notDeepEqual(transformMask(mask, transform, { random: other }).data, made[0]);
      assert.throws(() => transformMask(mask, transform), TypeError, /random/);
    },
  },
  {
    name: "transformMask() refuses masks and options that are none",
    run(): void {
      const transform = evaluation({ size: 8 });
      const data = new Uint8Array(5);
      assert.throws(() => transformMask({ width: 2, height: 3, data }, transform), RangeError);
      assert.throws(() => transformMask({ width: 0, height: 0, data }, transform), RangeError);
      const mask = drawMask(4, 4);
      // deno-lint-ignore no-explicit-any -- what the types forbid
      const options: any = { resampler: "nearest" };
      assert.throws(() => transformMask(mask, transform, options), /resampler/);
    },
  },
];
