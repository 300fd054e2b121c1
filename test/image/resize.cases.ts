import { assert } from "chai";
import {
  decodeJpeg,
  drawTrainingBox,
  init,
  resize,
  training,
  transformImage,
} from "../../src/image/mod.ts";
import type { Image, Interpolation } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";
import { sha256 } from "../reference/digest.ts";
import type { ResampleGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";
import { drawNoise, drawTall } from "../reference/random.ts";
import { resizeSlowly } from "../reference/resample.ts";

const FILTERS: Interpolation[] = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"];

/** Width, height, filter, new width and height, whether of a box, digest. */
type TallRow = readonly [number, number, Interpolation, number, number, boolean, string];

/** What Pillow 13.0.0.dev0 (August 2026) makes of images of `drawTall`. */
const TALL: readonly TallRow[] = [
  [
    50,
    5000,
    "bilinear",
    64,
    64,
    false,
    "5623bfb4c7f4c4b95b8ff89e66912c70086f81879a6a55877bbf8988d5a8fa4b",
  ],
  [
    50,
    5001,
    "bilinear",
    64,
    64,
    false,
    "fe55c949ba9d33a1e16a0fd43d8073e60fec49a609b813feffa4c7e8e767ff88",
  ],
  [
    50,
    5001,
    "hamming",
    16,
    1667,
    true,
    "3ed63e17f0855a6d867d0e521d0cfa97df38a05165eb62e19d3026f188115287",
  ],
  [
    10,
    1001,
    "lanczos",
    97,
    61,
    true,
    "cd0660d63cdb53136375bbaf2e246ab933adcb6a374023ba2a250202b1df92d5",
  ],
  [
    10,
    1001,
    "bicubic",
    20,
    1001,
    false,
    "b031e3acca7c3d9e4cac23bc52cab14c4592967364cd696ea66df142625bed70",
  ],
  [
    7,
    900,
    "box",
    97,
    61,
    false,
    "583dd392edeb141e6a0b73816f113288f6bb3804ab49949ce9f05459d14a4d60",
  ],
  [
    3,
    700,
    "bicubic",
    1,
    233,
    false,
    "3f61706d292171a2a7c1829efb7ca6db78bbfa5871df399f6645c4abe958aafc",
  ],
  [
    1,
    101,
    "lanczos",
    64,
    64,
    false,
    "397ef2e077acafa5b3f74d7d1e152f6ca7ff4014a24dec9c56730295691fd4f4",
  ],
  [
    10,
    1001,
    "nearest",
    64,
    64,
    false,
    "6f9ce37eb5c9e33736ff4d0bb71a6b984bdcf4fd8550b96a76d997cc2588da24",
  ],
];

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
    name: "resize() resizes images taller than 100 times their width as today's Pillow",
    async run() {
      await init();
      for (const [imageWidth, imageHeight, interpolation, width, height, hasBox, digest] of TALL) {
        const image = drawTall(imageWidth, imageHeight);
        const box = hasBox
          ? [imageWidth * 0.1, imageHeight * 0.2, imageWidth * 0.9, imageHeight * 0.77] as const
          : undefined;
        const resized = resize(image, { width, height, interpolation, box });
        const what = `${imageWidth}x${imageHeight} to ${width}x${height}, ${interpolation}`;
        assert.equal(await sha256(resized.data), digest, what);
        const former = resize(image, {
          width,
          height,
          interpolation,
          box,
          reference: "pillow-9.4",
        });
        const slowly = resizeSlowly(image, width, height, interpolation, box);
        assert.isUndefined(describeDifference(former, slowly), `${what}, as Pillow 9.4`);
      }
    },
  },
  {
    name: "transformImage() resizes a tall part of an image vertically first, as today's Pillow",
    async run(fixtures) {
      await init();
      const file = await fixtures.read("jpeg/pictures/tall_420.jpg");
      const transform = training({ scale: [1e-3, 1e-3], ratio: [1 / 400, 1 / 400], size: [20, 9] });
      const { left, top, width, height } = drawTrainingBox(
        60,
        310,
        transform,
        seededRandom(1, { epoch: 2, shard: 0, index: 3 }),
      );
      assert.isAbove(height, 100 * width);
      const image = decodeJpeg(file);
      const data = new Uint8Array(3 * width * height);
      for (let y = 0; y < height; y++) {
        const from = 3 * ((top + y) * image.width + left);
        data.set(image.data.subarray(from, from + 3 * width), 3 * y * width);
      }
      const crop: Image = { width, height, channels: 3, data };
      for (const reference of ["pillow-12.2", "pillow-9.4"] as const) {
        for (const flip of [0, 1]) {
          const uint8 = { ...transform, type: "uint8", flip, interpolation: "bicubic" } as const;
          const random = seededRandom(1, { epoch: 2, shard: 0, index: 3 });
          const actual = transformImage(file, uint8, { random, reference }).data;
          const options = { width: 9, height: 20, interpolation: "bicubic", reference } as const;
          const resized = resize(crop, options).data;
          const expected = Uint8Array.from(actual, (_, i) => {
            const [x, c] = [Math.floor(i / 3) % 9, i % 3];
            const row = i - 3 * x - c;
            return resized[row + 3 * (flip ? 8 - x : x) + c];
          });
          assert.deepEqual(actual, expected, `${reference}, flip ${flip}`);
        }
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
