import { assert } from "chai";
import { init, resize } from "../../src/image/mod.ts";
import type { Image, Interpolation } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";
import { sha256 } from "../reference/digest.ts";
import type { ResampleGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";
import { drawNoise } from "../reference/random.ts";
import { resizeSlowly } from "../reference/resample.ts";

const FILTERS: Interpolation[] = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"];

/** Tests of resize(). */
export const cases: TestCase[] = [
  ...FILTERS.map((interpolation): TestCase => ({
    name: `resize() matches Pillow on noise, ${interpolation}`,
    async run(fixtures) {
      await init();
      const golden = await readJson<ResampleGolden>(fixtures, "resample/golden.json");
      const rows = golden.images.filter((row) => row[5] === interpolation);
      assert.lengthOf(rows, 60);
      for (const row of rows) {
        const [imageWidth, imageHeight, channels, width, height, , box, digest] = row;
        const data = drawNoise(imageWidth, imageHeight, channels);
        const image = { width: imageWidth, height: imageHeight, channels, data };
        const resized = resize(image, { width, height, interpolation, box: box ?? undefined });
        if (await sha256(resized.data) === digest) continue;
        const expected = resizeSlowly(image, width, height, interpolation, box ?? undefined);
        assert.fail(`${JSON.stringify(row)}: ${describeDifference(resized, expected)}`);
      }
    },
  })),
  {
    name: "resize() equals the scalar twin on drawn sizes, filters and boxes",
    async run() {
      await init();
      for (let n = 0; n < 150; n++) {
        const random = seededRandom(4, { epoch: 0, shard: 0, index: n });
        const [imageWidth, imageHeight] = [1 + random.below(140), 1 + random.below(140)];
        const [width, height] = [1 + random.below(90), 1 + random.below(90)];
        const channels = ([1, 3, 4] as const)[random.below(3)];
        const interpolation = FILTERS[random.below(6)];
        const [left, top] = [random.uniform(0, imageWidth / 2), random.uniform(0, imageHeight / 2)];
        const [right, bottom] = [
          random.uniform(left + 0.4, imageWidth),
          random.uniform(top + 0.4, imageHeight),
        ];
        const box = random.below(2) === 0 ? undefined : [left, top, right, bottom] as const;
        const image: Image = {
          width: imageWidth,
          height: imageHeight,
          channels,
          data: drawNoise(imageWidth, imageHeight, channels),
        };
        const resized = resize(image, { width, height, interpolation, box });
        const expected = resizeSlowly(image, width, height, interpolation, box);
        const what = `${n}: ${imageWidth}x${imageHeight}x${channels} to ${width}x${height}, ` +
          `${interpolation} of ${box}`;
        assert.isUndefined(describeDifference(resized, expected), what);
      }
    },
  },
  {
    name: "resize() leaves its input as it is, and copies it where nothing changes",
    async run() {
      await init();
      const data = drawNoise(9, 7, 3);
      const image: Image = { width: 9, height: 7, channels: 3, data };
      resize(image, { width: 4, height: 4 });
      const copy = resize(image, { width: 9, height: 7 });
      assert.deepEqual(data, drawNoise(9, 7, 3));
      assert.deepEqual(copy.data, data);
      assert.notEqual(copy.data, data);
    },
  },
  {
    name: "resize() refuses sizes and boxes that Pillow refuses",
    async run() {
      await init();
      const image: Image = { width: 9, height: 7, channels: 3, data: drawNoise(9, 7, 3) };
      for (const width of [0, -1, 1.5, NaN, 65536]) {
        assert.throws(() => resize(image, { width, height: 4 }), RangeError);
        assert.throws(() => resize(image, { width: 4, height: width }), RangeError);
      }
      for (
        const box of [[-1, 0, 9, 7], [0, 0, 9.5, 7], [0, 0, 9, 8], [5, 0, 4, 7], [0, NaN, 9, 7]]
      ) {
        const wrong = box as unknown as [number, number, number, number];
        assert.throws(() => resize(image, { width: 4, height: 4, box: wrong }), RangeError);
      }
      const short: Image = { ...image, data: image.data.subarray(1) };
      assert.throws(() => resize(short, { width: 4, height: 4 }), TypeError);
    },
  },
];
