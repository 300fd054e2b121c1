import { assert } from "chai";
import { decodeJpeg, init, resize } from "../../src/image/mod.ts";
import { pythonRandom } from "../../src/numbers/mersenne_twister.ts";
import {
  drawFlip,
  drawTrainingBox,
  training,
  type TrainingOptions,
} from "../../src/image/transform/training.ts";
import type { Interpolation } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { readJson } from "../reference/json.ts";

interface Golden {
  random: {
    seed: string;
    random: number[];
    uniform: number[];
    randint: number[];
    far: number;
  }[];
  boxes: {
    seed: string;
    scale: [number, number];
    ratio: [number, number];
    interpolation: Interpolation | "random";
    rows: [...numbers: [number, number, number, number, number, number], interpolation: string][];
  }[];
  crops: [
    file: string,
    left: number,
    top: number,
    width: number,
    height: number,
    outWidth: number,
    outHeight: number,
    interpolation: Interpolation,
    sha256: string,
  ][];
}

/** Tests of the training transform's draws. */
export const cases: TestCase[] = [
  {
    name: "pythonRandom() draws what Python's random.Random draws",
    async run(fixtures) {
      const golden = await readJson<Golden>(fixtures, "training/golden.json");
      assert.isAtLeast(golden.random.length, 10);
      for (const row of golden.random) {
        const random = pythonRandom(BigInt(row.seed));
        assert.deepEqual(row.random.map(() => random.random()), row.random, row.seed);
        assert.deepEqual(row.uniform.map(() => random.uniform(0.08, 1)), row.uniform, row.seed);
        const highs = [0, 1, 2, 9, 100, 65499, 2 ** 31, 2 ** 32 - 2];
        assert.deepEqual(highs.map((high) => random.integer(0, high)), row.randint, row.seed);
        for (let i = 0; i < 1999; i++) random.random();
        assert.equal(random.random(), row.far, row.seed);
      }
      assert.equal(pythonRandom(42).random(), pythonRandom(42n).random());
    },
  },
  {
    name: "drawTrainingBox() draws timm's boxes for Python's seeds",
    async run(fixtures) {
      const golden = await readJson<Golden>(fixtures, "training/golden.json");
      for (const { seed, rows, ...transform } of golden.boxes) {
        const random = pythonRandom(BigInt(seed));
        for (const row of rows) {
          const box = drawTrainingBox(row[0], row[1], transform, random);
          assert.deepEqual(
            [row[0], row[1], box.left, box.top, box.width, box.height, box.interpolation],
            row,
            `seed ${seed}`,
          );
        }
      }
    },
  },
  {
    name: "decodeJpeg() of a box and resize() equal torchvision's resized_crop",
    async run(fixtures) {
      await init();
      const { crops } = await readJson<Golden>(fixtures, "training/golden.json");
      assert.isNotEmpty(crops);
      for (const [file, x, y, boxWidth, boxHeight, width, height, interpolation, digest] of crops) {
        const region = { x, y, width: boxWidth, height: boxHeight };
        const crop = decodeJpeg(await fixtures.read(`jpeg/${file}`), { region });
        const resized = resize(crop, { width, height, interpolation });
        assert.equal(await sha256(resized.data), digest, `${file} ${JSON.stringify(region)}`);
      }
    },
  },
  {
    name: "drawFlip() flips with the probability that was asked for",
    run() {
      const random = seededRandom(1, { epoch: 2, shard: 0, index: 3 });
      const flips = (flip: number): number => {
        let count = 0;
        for (let i = 0; i < 4000; i++) count += Number(drawFlip({ flip }, random));
        return count;
      };
      assert.equal(flips(0), 0);
      assert.equal(flips(1), 4000);
      assert.closeTo(flips(0.25), 1000, 5 * Math.sqrt(4000 * 0.25 * 0.75));
    },
  },
  {
    name: "drawTrainingBox() stays inside every image, however small",
    run() {
      const transform = training();
      for (let position = 0; position < 2000; position++) {
        const random = seededRandom(9, { epoch: 0, shard: 0, index: position });
        const [width, height] = [1 + random.below(12), 1 + random.below(12)];
        const box = drawTrainingBox(width, height, transform, random);
        assert.isAtLeast(Math.min(box.left, box.top), 0);
        assert.isAtLeast(Math.min(box.width, box.height), 1);
        assert.isAtMost(box.left + box.width, width);
        assert.isAtMost(box.top + box.height, height);
      }
    },
  },
  {
    name: "training() defaults to timm's settings",
    run() {
      const transform = training();
      assert.deepEqual(structuredClone(transform), transform);
      assert.deepEqual(transform, {
        kind: "training",
        crop: [224, 224],
        scale: [0.08, 1],
        ratio: [3 / 4, 4 / 3],
        interpolation: "random",
        flip: 0.5,
        type: "float32",
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        normalize: "torchvision",
        seed: 0,
      });
    },
  },
  {
    name: "training() refuses wrong options",
    run() {
      const ranges: TrainingOptions[] = [
        { size: 0 },
        { scale: [0, 1] },
        { scale: [1, 0.5] },
        { ratio: [0.5, Infinity] },
        { flip: 1.5 },
        { flip: NaN },
        { seed: -1 },
        { seed: 0.5 },
        { interpolation: "any" as "random" },
      ];
      for (const options of ranges) {
        assert.throws(() => training(options), RangeError, undefined, JSON.stringify(options));
      }
      for (const options of [{ scale: 1 }, { ratio: ["1", 2] }, { flip: true }, { seed: 1n }]) {
        assert.throws(() => training(options as unknown as TrainingOptions), TypeError);
      }
    },
  },
];
