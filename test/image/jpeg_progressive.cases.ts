import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";
import { SAMPLINGS, STYLES } from "../reference/draw_coefficients.ts";
import { drawProgressive } from "../reference/draw_progressive.ts";

/** Tests of progressive decoding against sequential decoding of the same coefficients. */
export const cases: TestCase[] = Object.keys(SAMPLINGS).flatMap((sampling) =>
  Object.keys(STYLES).map((style): TestCase => ({
    name: `decodeJpeg() makes the same of ${sampling} ${style}, whatever scans they come in`,
    async run() {
      await init();
      for (let n = 0; n < 12; n++) {
        const { progressive, sequential } = drawProgressive(
          sampling,
          style,
          seededRandom(21, { epoch: 1, shard: 0, index: n }),
        );
        const actual = decodeJpeg(progressive, { as: "native" });
        const expected = decodeJpeg(sequential, { as: "native" });
        assert.isUndefined(describeDifference(actual, expected), `file ${n}`);
        assert.deepEqual(Object.values(actual.warnings).filter((count) => count > 0), []);
      }
    },
  }))
);
