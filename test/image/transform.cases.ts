import { assert } from "chai";
import { decodeJpeg, evaluation, init, transformImage } from "../../src/image/mod.ts";
import type { EvaluationTransform } from "../../src/image/types.ts";
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import { makeNormalization } from "../../src/image/transform/tensor.ts";
import type { TestCase } from "../case.ts";
import { encodeCoefficients, type EncodedComponent } from "../reference/encode_jpeg.ts";
import { evaluateSlowly } from "../reference/transform.ts";

const FACTORS: readonly (readonly [h: number, v: number][])[] = [
  [[1, 1]],
  [[1, 1], [1, 1], [1, 1]],
  [[2, 1], [1, 1], [1, 1]],
  [[2, 2], [1, 1], [1, 1]],
  [[1, 2], [1, 1], [1, 1]],
];

/** A small picture of soft noise in any sampling. */
function drawFile(random: RandomSource): Uint8Array<ArrayBuffer> {
  const [width, height] = [1 + random.below(110), 1 + random.below(110)];
  const factors = FACTORS[random.below(FACTORS.length)];
  const [maxH, maxV] = factors[0];
  const mcus = Math.ceil(width / (8 * maxH)) * Math.ceil(height / (8 * maxV));
  const quantization = Uint16Array.from({ length: 64 }, (_, k) => 6 + k);
  const components = factors.map(([h, v]): EncodedComponent => {
    const coefficients = Int16Array.from(
      { length: mcus * h * v * 64 },
      (_, i) =>
        i % 64 === 0 ? random.integer(-120, 120) : random.below(6) ? 0 : random.integer(-6, 6),
    );
    return { h, v, coefficients, quantization };
  });
  return encodeCoefficients(width, height, components);
}

function drawTransform(random: RandomSource): EvaluationTransform {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)];
  const channels = (low: number, high: number): [number, number, number] => [
    random.uniform(low, high),
    random.uniform(low, high),
    random.uniform(low, high),
  ];
  return evaluation({
    size: [1 + random.below(90), 1 + random.below(90)],
    resize: 1 + random.below(80),
    interpolation: pick(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]),
    type: pick(["float32", "float16", "uint8"]),
    normalize: pick(["torchvision", "prefetcher"]),
    mean: channels(0, 1),
    std: channels(0.05, 1),
  });
}

/** Tests of the fused path from file to tensor. */
export const cases: TestCase[] = [
  {
    name: "makeNormalization() divides every byte as float32 does",
    run() {
      const f = Math.fround;
      const mean = [0.485, 0.456, 0.406] as const;
      const std = [0.229, 0.224, 0.225] as const;
      const [a, b] = makeNormalization({ mean, std, normalize: "torchvision" });
      for (let v = 0; v < 256; v++) assert.equal(f(f(v * a) + f(v * b)), f(v / 255), `${v}`);
    },
  },
  {
    name: "transformImage() equals decoding, resizing, cropping and normalising one by one",
    async run() {
      await init();
      for (let n = 0; n < 150; n++) {
        const random = seededRandom(6, { epoch: 0, shard: 0, index: n });
        const file = drawFile(random);
        const transform = drawTransform(random);
        const { data } = transformImage(file, transform);
        const image = decodeJpeg(file);
        const expected = evaluateSlowly(image, transform);
        const wrong = expected.findIndex((value: number, i: number) => !Object.is(data[i], value));
        const what = `${n}: ${image.width}x${image.height}, ${JSON.stringify(transform)}`;
        assert.equal(wrong, -1, `${what}: first ${data[wrong]} for ${expected[wrong]}`);
        assert.lengthOf(data, expected.length);
      }
    },
  },
  {
    name: "transformImage() writes into the middle of an array and nowhere else",
    async run() {
      await init();
      const random = seededRandom(7, { epoch: 0, shard: 0, index: 0 });
      const file = drawFile(random);
      const transform = evaluation({ size: [5, 7], resize: 9, interpolation: "bilinear" });
      const { data } = transformImage(file, transform);
      const into = new Float32Array(105 + 20).fill(-7);
      transformImage(file, transform, { into, offset: 11 });
      assert.deepEqual(into.subarray(11, 116), data);
      assert.deepEqual([...into.subarray(0, 11), ...into.subarray(116)], new Array(20).fill(-7));
      assert.throws(() => transformImage(file, transform, { into, offset: 21 }), RangeError);
      assert.throws(() => transformImage(file, transform, { into, offset: -1 }), RangeError);
      assert.throws(
        () => transformImage(file, transform, { into: new Uint8Array(200) }),
        TypeError,
      );
    },
  },
];
