import { assert } from "chai";
import { roundHalfEven } from "../../src/numbers/round_half_even.ts";
import { evaluationGeometry } from "../../src/image/transform/geometry.ts";
import type { TestCase } from "../case.ts";
import { readJson } from "../reference/json.ts";

/** Tests of the evaluation transform's geometry. */
export const cases: TestCase[] = [
  {
    name: "evaluationGeometry() places every crop where torchvision does",
    async run(fixtures) {
      const golden = await readJson<{ rows: number[][] }>(fixtures, "geometry/golden.json");
      assert.isAbove(golden.rows.length, 500);
      for (const [width, height, resize, cropHeight, cropWidth, ...expected] of golden.rows) {
        const g = evaluationGeometry(width, height, { resize, crop: [cropHeight, cropWidth] });
        assert.deepEqual(
          [
            g.resizedWidth,
            g.resizedHeight,
            g.left,
            g.top,
            g.width,
            g.height,
            g.padLeft,
            g.padTop,
          ],
          expected,
          `${width}x${height}, resize ${resize}, crop ${cropHeight}x${cropWidth}`,
        );
      }
    },
  },
  {
    name: "evaluationGeometry() refuses sizes that no image has",
    run() {
      const transform = { resize: 8, crop: [8, 8] as const };
      for (const size of [0, -1, 1.5, NaN, Infinity]) {
        assert.throws(() => evaluationGeometry(size, 4, transform), RangeError);
        assert.throws(() => evaluationGeometry(4, size, transform), RangeError);
      }
    },
  },
  {
    name: "roundHalfEven() rounds as Python does",
    run() {
      assert.deepEqual(
        [0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001, 7, 0.49999999999999994].map(roundHalfEven),
        [0, 2, 2, -0, -2, 2, 3, 7, 0].map((value) => value + 0),
      );
    },
  },
];
