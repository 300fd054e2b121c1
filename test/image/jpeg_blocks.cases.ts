import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";
import { decodeSlowly } from "../reference/decode_jpeg.ts";
import { drawImage, SAMPLINGS, STYLES } from "../reference/draw_coefficients.ts";
import { encodeCoefficients } from "../reference/encode_jpeg.ts";

/** Tests of decoding, from coefficients that are drawn, against the scalar twin. */
export const cases: TestCase[] = Object.entries(SAMPLINGS).flatMap(([sampling, factors]) =>
  Object.entries(STYLES).map(([style, makeStyle], index): TestCase => ({
    name: `decodeJpeg() equals the scalar decoder on ${sampling} ${style}`,
    async run() {
      await init();
      for (let n = 0; n < 12; n++) {
        const random = seededRandom(factors.length, { epoch: index, shard: 0, index: n });
        const { width, height, components, restart } = drawImage(random, factors, makeStyle);
        const file = encodeCoefficients(width, height, components, { restart });
        const actual = decodeJpeg(file, { as: "native" });
        assert.isUndefined(describeDifference(actual, decodeSlowly(file)), `file ${n}`);
      }
    },
  }))
);
