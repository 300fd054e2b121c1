/**
 * Tests of resizing as torch does it.
 *
 * @module
 */
import { assert } from "chai";
import {
  decodeJpeg,
  evaluation,
  type EvaluationTransform,
  init,
  resize,
  transformImage,
} from "../../src/image/mod.ts";
import { torchCoefficients } from "../../src/image/resize/coefficients.ts";
import { evaluationGeometry } from "../../src/image/transform/geometry.ts";
import type { Image } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";
import { sha256 } from "../reference/digest.ts";
import type { TorchResizeGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";
import { drawNoise } from "../reference/random.ts";
import { resizeAsTorch } from "../reference/resample.ts";

const FILTERS = ["bilinear", "bicubic"] as const;

/** What the crop of a transform keeps of an image that was resized whole; zeros around what is too small. */
function cropResized(image: Image, transform: EvaluationTransform): Uint8Array {
  const [height, width] = transform.crop;
  const place = evaluationGeometry(image.width, image.height, transform);
  const interpolation = transform.interpolation as "bilinear" | "bicubic";
  const resized = resizeAsTorch(image, place.resizedWidth, place.resizedHeight, interpolation);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < place.height; y++) {
    const from = 3 * ((place.top + y) * resized.width + place.left);
    const to = 3 * ((place.padTop + y) * width + place.padLeft);
    data.set(resized.data.subarray(from, from + 3 * place.width), to);
  }
  return data;
}

/** Tests of `resampler: "torch"`. */
export const cases: TestCase[] = [
  ...FILTERS.map((interpolation): TestCase => ({
    name: `resize() matches torch's uint8 kernel on noise, ${interpolation}`,
    async run(fixtures) {
      await init();
      const golden = await readJson<TorchResizeGolden>(fixtures, "torch/golden.json");
      const rows = golden.images.filter((row) => row[5] === interpolation);
      assert.lengthOf(rows, 200);
      for (const row of rows) {
        const [imageWidth, imageHeight, channels, width, height, , digest] = row;
        const data = drawNoise(imageWidth, imageHeight, channels);
        const image = { width: imageWidth, height: imageHeight, channels, data };
        const resized = resize(image, { width, height, interpolation, resampler: "torch" });
        if (await sha256(resized.data) === digest) continue;
        const expected = resizeAsTorch(image, width, height, interpolation);
        assert.fail(`${JSON.stringify(row)}: ${describeDifference(resized, expected)}`);
      }
    },
  })),
  {
    name: "resizeAsTorch(), the scalar twin, matches torch's uint8 kernel",
    async run(fixtures) {
      const golden = await readJson<TorchResizeGolden>(fixtures, "torch/golden.json");
      // All special shapes, and every fourth of the others.
      const rows = golden.images.filter((_, i) => i < 140 || i % 4 === 0);
      for (const [width, height, channels, ...[outWidth, outHeight, filter, digest]] of rows) {
        const image = { width, height, channels, data: drawNoise(width, height, channels) };
        const resized = resizeAsTorch(image, outWidth, outHeight, filter);
        const what = `${width}x${height}x${channels} to ${outWidth}x${outHeight}, ${filter}`;
        assert.equal(await sha256(resized.data), digest, what);
      }
    },
  },
  {
    name: "resize() equals the scalar twin of torch's kernel on drawn sizes",
    async run() {
      await init();
      for (let n = 0; n < 300; n++) {
        const random = seededRandom(5, { epoch: 0, shard: 0, index: n });
        // Every third shape is so much larger than its result that coefficients have many fractional bits.
        const reach = n % 3 === 0 ? 900 : 120;
        const [imageWidth, imageHeight] = [1 + random.below(reach), 1 + random.below(120)];
        const [width, height] = [1 + random.below(n % 3 === 0 ? 4 : 90), 1 + random.below(90)];
        const channels = ([1, 3, 4] as const)[random.below(3)];
        const interpolation = FILTERS[random.below(2)];
        const data = drawNoise(imageWidth, imageHeight, channels);
        const image: Image = { width: imageWidth, height: imageHeight, channels, data };
        const resized = resize(image, { width, height, interpolation, resampler: "torch" });
        const expected = resizeAsTorch(image, width, height, interpolation);
        const what = `${n}: ${imageWidth}x${imageHeight}x${channels} to ${width}x${height}, ` +
          interpolation;
        assert.isUndefined(describeDifference(resized, expected), what);
      }
    },
  },
  {
    name: "transformImage() crops what torch resizes: all outputs decide the coefficients' bits",
    async run(fixtures) {
      await init();
      const files = ["baseline/420_48x26.jpg", "baseline/420_35x31.jpg", "baseline/420_7x9.jpg"];
      for (const name of files) {
        const file = await fixtures.read(`jpeg/${name}`);
        const image = decodeJpeg(file);
        for (const interpolation of FILTERS) {
          for (
            const [shorter, size] of [[20, 12], [50, 31], [26, 40], [200, 8], [9, 9], [31, 31]]
          ) {
            const transform = evaluation({
              resize: shorter,
              size,
              interpolation,
              resampler: "torch",
              type: "uint8",
            });
            const { data } = transformImage(file, transform);
            const what = `${name}, ${interpolation} ${shorter}, ${size}`;
            assert.deepEqual(data, cropResized(image, transform), what);
          }
        }
      }
    },
  },
  {
    name: "transformImage() normalises what torch resizes as it does what Pillow resizes",
    async run(fixtures) {
      await init();
      const file = await fixtures.read("jpeg/baseline/420_48x26.jpg");
      const options = { resize: 30, size: 24, resampler: "torch" } as const;
      const pixels = transformImage(file, evaluation({ ...options, type: "uint8" })).data;
      const transform = evaluation(options);
      const { data } = transformImage(file, transform);
      for (let i = 0; i < data.length; i++) {
        const [c, at] = [Math.floor(i / 576), i % 576];
        const value = Math.fround(pixels[3 * at + c] / 255);
        const centred = Math.fround(value - Math.fround(transform.mean[c]));
        assert.equal(data[i], Math.fround(centred / Math.fround(transform.std[c])), `${i}`);
      }
    },
  },
  {
    name: "resize() keeps the tables of torch and of Pillow apart",
    async run() {
      await init();
      const image: Image = { width: 61, height: 47, channels: 3, data: drawNoise(61, 47, 3) };
      const options = { width: 20, height: 19, interpolation: "bicubic" } as const;
      const by = (resampler: "pillow" | "torch") => resize(image, { ...options, resampler }).data;
      const [pillow, torch] = [by("pillow"), by("torch")];
      assert.notDeepEqual(pillow, torch);
      assert.deepEqual(by("pillow"), pillow);
      assert.deepEqual(by("torch"), torch);
    },
  },
  {
    name: "torchCoefficients() makes the same outputs when only some are asked for",
    run() {
      for (const [inputs, outputs] of [[301, 97], [40, 133], [7, 9], [5000, 3]]) {
        for (const filter of FILTERS) {
          const all = torchCoefficients(inputs, outputs, filter);
          const [begin, end] = [Math.floor(outputs / 3), Math.ceil(outputs / 2)];
          const some = torchCoefficients(inputs, outputs, filter, begin, end);
          assert.equal(some.precision, all.precision, `${inputs} to ${outputs}, ${filter}`);
          assert.deepEqual(some.bounds, all.bounds.slice(2 * begin, 2 * end));
          assert.deepEqual(some.weights, all.weights.slice(begin * all.ksize, end * all.ksize));
          assert.isTrue(all.weights.every((weight) => Math.abs(weight) < 1 << 15));
        }
      }
    },
  },
  {
    name: "resize() refuses filters, boxes and resamplers that torch has not",
    async run() {
      await init();
      const image: Image = { width: 9, height: 7, channels: 3, data: drawNoise(9, 7, 3) };
      // Where nothing would be resized as well.
      for (const width of [4, 9]) {
        const size = { width, height: 7, resampler: "torch" } as const;
        for (const interpolation of ["nearest", "box", "hamming", "lanczos"] as const) {
          assert.throws(() => resize(image, { ...size, interpolation }), RangeError, "bilinear");
        }
        assert.throws(() => resize(image, { ...size, box: [1, 0, 9, 7] }), TypeError, "box");
        const unknown = { ...size, resampler: "tensorflow" as "torch" };
        assert.throws(() => resize(image, unknown), /resampler/);
      }
      assert.throws(() => evaluation({ resampler: "torch", interpolation: "lanczos" }), RangeError);
    },
  },
];
