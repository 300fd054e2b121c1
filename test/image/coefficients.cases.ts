import { assert } from "chai";
import {
  type AveragingInterpolation,
  nearestIndices,
  precomputeCoefficients,
} from "../../src/image/resize/coefficients.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { readJson } from "../reference/json.ts";
import type { ResampleGolden } from "../reference/golden.ts";

const FILTERS: AveragingInterpolation[] = ["box", "bilinear", "hamming", "bicubic", "lanczos"];

/** Tests of the resampling coefficients. */
export const cases: TestCase[] = [
  ...FILTERS.map((filter): TestCase => ({
    name: `precomputeCoefficients() makes Pillow's integers for ${filter}`,
    async run(fixtures) {
      const golden = await readJson<ResampleGolden>(fixtures, "resample/golden.json");
      const rows = golden.coefficients.filter((row) => row[4] === filter);
      assert.equal(rows.length, 60);
      for (const [inSize, in0, in1, outSize, , digest] of rows) {
        const axis = precomputeCoefficients(inSize, in0, in1, outSize, filter);
        const flat: number[] = [];
        for (let i = 0; i < outSize; i++) {
          const [first, count] = axis.bounds.subarray(2 * i);
          const row = axis.weights.subarray(i * axis.ksize, (i + 1) * axis.ksize);
          flat.push(first, count, ...row.subarray(0, count));
          assert(row.subarray(count).every((weight) => weight === 0), "the rest of a row is 0");
        }
        const what = `${inSize}[${in0}, ${in1}] to ${outSize}`;
        assert.equal(await sha256(Int32Array.from(flat)), digest, what);
      }
    },
  })),
  {
    name: "precomputeCoefficients() makes the same outputs when only some are asked for",
    run() {
      for (const filter of FILTERS) {
        const all = precomputeCoefficients(301, 10.3, 280.9, 97, filter);
        const some = precomputeCoefficients(301, 10.3, 280.9, 97, filter, 13, 71);
        assert.deepEqual([some.outBegin, some.outEnd, some.ksize], [13, 71, all.ksize]);
        assert.deepEqual(some.bounds, all.bounds.slice(26, 142));
        assert.deepEqual(some.weights, all.weights.slice(13 * all.ksize, 71 * all.ksize));
      }
    },
  },
  {
    name: "precomputeCoefficients() never reaches outside the inputs",
    run() {
      for (const filter of FILTERS) {
        for (const [inSize, in0, in1, outSize] of [[1, 0, 1, 500], [3, 2.9, 3, 7], [9, 0, 0, 2]]) {
          const { bounds, ksize } = precomputeCoefficients(inSize, in0, in1, outSize, filter);
          for (let i = 0; i < bounds.length; i += 2) {
            assert.isAtLeast(bounds[i], 0);
            assert.isAtMost(bounds[i] + bounds[i + 1], inSize);
            assert.isAtMost(bounds[i + 1], ksize);
          }
        }
      }
    },
  },
  {
    name: "nearestIndices() makes Pillow's positions",
    async run(fixtures) {
      const golden = await readJson<ResampleGolden>(fixtures, "resample/golden.json");
      for (const [inSize, box0, box1, outSize, digest] of golden.nearest) {
        const what = `${inSize}[${box0}, ${box1}] to ${outSize}`;
        assert.equal(await sha256(nearestIndices(inSize, box0, box1, outSize)), digest, what);
      }
    },
  },
  {
    name: "nearestIndices() makes the same outputs when only some are asked for",
    run() {
      const all = nearestIndices(333, 1.7, 300.1, 100);
      assert.deepEqual(nearestIndices(333, 1.7, 300.1, 100, 40, 90), all.slice(40, 90));
    },
  },
];
