import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { convertCmyk } from "../reference/cmyk.ts";
import { encodeCoefficients, type EncodedComponent } from "../reference/encode_jpeg.ts";
import { inverseDct } from "../reference/idct.ts";
import { inverseDct1, inverseDct2, inverseDct4 } from "../reference/scaled_idct.ts";

const TWINS = { 8: inverseDct, 4: inverseDct4, 2: inverseDct2, 1: inverseDct1 } as const;
const SCALES = [8, 4, 2, 1] as const;

const BLOCKS_WIDE = 24;
const BLOCKS_HIGH = 10;

interface Style {
  /** Quantisation step at natural position k. */
  step(k: number): number;
  /** Coefficient at natural position k; DC values stay within 1023, so that their differences fit. */
  value(k: number): number;
}

/** What is drawn into a file, once a block. */
const STYLES: Record<string, (random: RandomSource) => Style> = {
  "ordinary blocks": (random) => ({
    step: (k) => 1 + random.below(4 + k),
    value: (k) => k === 0 ? random.integer(-60, 60) : random.below(3) ? 0 : random.integer(-9, 9),
  }),
  "blocks that overflow 16 bits": (random) => ({
    step: () => 1 + random.below(255),
    value: () => random.integer(-1023, 1023),
  }),
  "blocks with 16-bit steps": (random) => ({
    step: () => 1 + random.below(65535),
    value: (k) => k === 0 || random.below(8) === 0 ? random.integer(-1023, 1023) : 0,
  }),
  "blocks of extremes": (random) => ({
    step: () => [1, 32, 255, 32767, 32768, 65535][random.below(6)],
    value: () => [-1023, 1023, 0, 1, -1][random.below(5)],
  }),
  "flat blocks": (random) => {
    // Nothing but the first row, or the row and the column that the smaller transforms leave out.
    const kind = random.below(4);
    return {
      step: () => [1, 16, 255, 8191, 65535][random.below(5)],
      value: (k) =>
        k < 8 || (kind === 1 && k >> 3 === 4) || (kind === 2 && (k & 7) === 4)
          ? random.integer(-1023, 1023)
          : 0,
    };
  },
};

function drawComponent(random: RandomSource, makeStyle: (random: RandomSource) => Style) {
  const { step } = makeStyle(random);
  const quantization = Uint16Array.from({ length: 64 }, (_, k) => step(k));
  const coefficients = new Int16Array(BLOCKS_WIDE * BLOCKS_HIGH * 64);
  for (let at = 0; at < coefficients.length; at += 64) {
    const { value } = makeStyle(random);
    for (let k = 0; k < 64; k++) coefficients[at + k] = value(k);
  }
  return { h: 1, v: 1, coefficients, quantization };
}

function checkBlocks({ coefficients, quantization }: EncodedComponent, file: Uint8Array): void {
  for (const scale of SCALES) {
    const { width, data } = decodeJpeg(file, { as: "native", scale });
    assert.equal(width, BLOCKS_WIDE * scale);
    for (let n = 0; n < BLOCKS_WIDE * BLOCKS_HIGH; n++) {
      const block = coefficients.subarray(64 * n, 64 * n + 64);
      const expected = TWINS[scale](block, quantization);
      const corner = Math.floor(n / BLOCKS_WIDE) * scale * width + n % BLOCKS_WIDE * scale;
      const actual = expected.map((_, i) =>
        data[corner + Math.floor(i / scale) * width + i % scale]
      );
      assert.deepEqual([...actual], [...expected], `${scale}/8, block ${n}: ${block}`);
    }
  }
}

/** Tests of the reduced transforms, and of CMYK, against the scalar twins. */
export const cases: TestCase[] = [
  ...Object.entries(STYLES).map(([style, makeStyle], index): TestCase => ({
    name: `decodeJpeg() equals the scalar transforms in each size on ${style}`,
    async run() {
      await init();
      for (let n = 0; n < 6; n++) {
        const component = drawComponent(
          seededRandom(12, { epoch: index, shard: 0, index: n }),
          makeStyle,
        );
        const file = encodeCoefficients(8 * BLOCKS_WIDE, 8 * BLOCKS_HIGH, [component]);
        checkBlocks(component, file);
      }
    },
  })),
  {
    name: "decodeJpeg() equals the scalar conversion of CMYK, in each size",
    async run() {
      await init();
      // Flat blocks: with a step of 8 the sample is the coefficient + 128. Two inks take every pair of
      // 64 values, the extremes among them, the third the other way round.
      const [count, step] = [64, new Uint16Array(64).fill(8)];
      const values = Array.from({ length: count }, (_, i) => Math.round(i * 255 / (count - 1)));
      const planes = [0, 1, 2, 3].map((plane) =>
        Array.from({ length: count * count }, (_, n) => {
          const [x, y] = [n % count, Math.floor(n / count)];
          return values[[x, count - 1 - x, (x + y) % count, y][plane]];
        })
      );
      const components = planes.map((plane): EncodedComponent => {
        const coefficients = new Int16Array(plane.length * 64);
        plane.forEach((value, n) => coefficients[64 * n] = value - 128);
        return { h: 1, v: 1, coefficients, quantization: step };
      });
      const file = encodeCoefficients(8 * count, 8 * count, components);
      for (const scale of SCALES) {
        const [rgb, cmyk] = (["rgb", "native"] as const).map((as) =>
          decodeJpeg(file, { as, scale })
        );
        for (let n = 0; n < count * count; n++) {
          const at = Math.floor(n / count) * scale * rgb.width + n % count * scale;
          // Pillow takes the file's inks for inverted.
          const inks = planes.map((plane) => 255 - plane[n]);
          assert.deepEqual([...cmyk.data.subarray(4 * at, 4 * at + 4)], inks, `${scale}/8, ${n}`);
          const colour = [...rgb.data.subarray(3 * at, 3 * at + 3)];
          assert.deepEqual(colour, convertCmyk(inks), `${scale}/8, inks ${inks}`);
        }
      }
    },
  },
];
