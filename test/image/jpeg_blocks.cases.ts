import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";
import { decodeSlowly } from "../reference/decode_jpeg.ts";
import { drawImage, type DrawnImage, SAMPLINGS, STYLES } from "../reference/draw_coefficients.ts";
import { encodeCoefficients } from "../reference/encode_jpeg.ts";

/** Tests of decoding, from coefficients that are drawn, against the scalar twin. */
export const cases: TestCase[] = [
  ...Object.entries(SAMPLINGS).flatMap(([sampling, factors]) =>
    Object.entries(STYLES).map(([style, makeStyle], index): TestCase => ({
      name: `decodeJpeg() equals the scalar decoder on ${sampling} ${style}`,
      async run() {
        await init();
        for (let n = 0; n < 12; n++) {
          const random = seededRandom(factors.length, { epoch: index, shard: 0, index: n });
          checkDrawn(drawImage(random, factors, makeStyle), `file ${n}`);
        }
      },
    }))
  ),
  {
    // Blocks are transformed in batches of 128.
    name: "decodeJpeg() equals the scalar decoder on rows of more blocks than a batch",
    async run() {
      await init();
      for (const factors of [SAMPLINGS.grey, SAMPLINGS["4:4:4"], SAMPLINGS["4:2:0"]]) {
        for (const blocks of [127, 128, 129, 256, 257, 300]) {
          const random = seededRandom(factors.length, { epoch: 100, shard: 0, index: blocks });
          const makeStyle = STYLES["blocks of which a part is zero"];
          const size: [number, number] = [8 * blocks * factors[0][0] - random.below(8), 17];
          checkDrawn(drawImage(random, factors, makeStyle, size), `${blocks} blocks a row`);
        }
      }
    },
  },
];

function checkDrawn({ width, height, components, restart }: DrawnImage, what: string): void {
  const file = encodeCoefficients(width, height, components, { restart });
  const actual = decodeJpeg(file, { as: "native" });
  assert.isUndefined(describeDifference(actual, decodeSlowly(file)), what);
}
