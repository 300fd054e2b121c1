import { assert } from "chai";
import { philox4x32 } from "../../src/numbers/philox.ts";
import { permute, type Purpose, randomFor, seededRandom } from "../../src/numbers/seeded_random.ts";
import type { TestCase } from "../case.ts";
import { readJson } from "../reference/json.ts";

interface Own {
  philox: [counter: number[], key: [number, number], words: number[]][];
}

/** philox4x32 with 10 rounds in Random123's tests/kat_vectors (9545ff6): counter, key, words. */
const KNOWN_ANSWERS = [
  "00000000 00000000 00000000 00000000 00000000 00000000   6627e8d5 e169c58d bc57ac4c 9b00dbd8",
  "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff   408f276d 41c83b0e a20bc7c6 6d5451fd",
  "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0   d16cfe09 94fdcceb 5001e420 24126ea1",
];

const PURPOSES: readonly Purpose[] = ["sample", "shards", "window", "phase", "selection"];
const MASK = 0xffffffffn;

function words(counter: readonly number[], key: readonly number[]): number[] {
  const into = Uint32Array.from(counter);
  philox4x32(key[0], key[1], into);
  return [...into];
}

/** The counter that gives some words under a key: ten rounds backwards, in integers without bounds. */
function invert(output: readonly number[], key: readonly number[]): number[] {
  let [a, b, c, d] = output.map(BigInt);
  const multipliers = [0xd2511f53n, 0xcd9e8d57n];
  const inverses = multipliers.map((odd) => {
    let inverse = odd;
    for (let i = 0; i < 5; i++) inverse = inverse * (2n - odd * inverse) & MASK;
    return inverse;
  });
  for (let round = 9n; round >= 0n; round--) {
    const k0 = BigInt(key[0]) + round * 0x9e3779b9n & MASK;
    const k1 = BigInt(key[1]) + round * 0xbb67ae85n & MASK;
    const first = d * inverses[0] & MASK;
    const third = b * inverses[1] & MASK;
    const second = a ^ k0 ^ (third * multipliers[1] >> 32n);
    const fourth = c ^ k1 ^ (first * multipliers[0] >> 32n);
    [a, b, c, d] = [first, second & MASK, third, fourth & MASK];
  }
  return [a, b, c, d].map(Number);
}

export const cases: TestCase[] = [
  {
    name: "philox4x32() gives Random123's known answers",
    async run(fixtures) {
      for (const row of KNOWN_ANSWERS) {
        const numbers = row.split(/\s+/).map((word) => parseInt(word, 16));
        assert.deepEqual(words(numbers.slice(0, 4), numbers.slice(4, 6)), numbers.slice(6), row);
      }
      const { philox } = await readJson<Own>(fixtures, "order/own.json");
      for (const [counter, key, expected] of philox) {
        assert.deepEqual(words(counter, key), expected);
      }
    },
  },
  {
    name: "philox4x32() can be undone: no two counters give the same words",
    run() {
      const random = seededRandom(1, { epoch: 0, shard: 0, index: 0 });
      const draw = (): number => random.below(2 ** 32 - 1);
      for (let n = 0; n < 2000; n++) {
        const counter = [draw(), draw(), draw(), draw()];
        const key = [draw(), draw()];
        assert.deepEqual(invert(words(counter, key), key), counter);
      }
    },
  },
  {
    name: "randomFor() keeps seed, purpose and numbers apart: all are in the key and the counter",
    run() {
      for (const seed of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
        for (const [p, purpose] of PURPOSES.entries()) {
          for (const [a, b, c] of [[0, 0, 0], [1, 2, 3], [2 ** 32 - 1, 7, 2 ** 32 - 1]]) {
            const random = randomFor(seed, { purpose, a, b, c });
            const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32) + p * 2 ** 21];
            for (let block = 0; block < 3; block++) {
              const drawn = words([a, b, c, block], key);
              assert.deepEqual([0, 0].map(() => random.random()), [
                ((drawn[0] >>> 5) * 67108864 + (drawn[1] >>> 6)) / 2 ** 53,
                ((drawn[2] >>> 5) * 67108864 + (drawn[3] >>> 6)) / 2 ** 53,
              ]);
            }
          }
        }
      }
    },
  },
  {
    name: "seededRandom() shares no stream between epochs, shards, samples or seeds",
    run() {
      // The generator before this one hashed all into 32 bits: under seed 0, epochs 3 and 50 had the same
      // streams, in another order, as had two of 90 epochs under 128 of 200 seeds.
      const drawn = new Set<number>();
      const add = (seed: number, epoch: number, shard: number, index: number): void => {
        drawn.add(seededRandom(seed, { epoch, shard, index }).random());
      };
      let count = 0;
      for (const epoch of [3, 50]) {
        for (let index = 0; index < 20000; index++, count++) add(0, epoch, 0, index);
      }
      for (let seed = 0; seed < 20; seed++) {
        for (let epoch = 100; epoch < 190; epoch++) {
          for (let index = 0; index < 10; index++, count += 2) {
            add(seed, epoch, 0, index);
            add(seed, epoch, 1 + index, 0);
          }
        }
      }
      assert.equal(drawn.size, count);
    },
  },
  {
    name: "seededRandom() is evenly spread over samples, and over its own numbers",
    run() {
      for (
        const draw of [
          (n: number) => seededRandom(7, { epoch: 0, shard: 0, index: n }).random(),
          (n: number) => seededRandom(7, { epoch: n, shard: 3, index: 5 }).random(),
          ((random) => () => random.random())(seededRandom(7, { epoch: 0, shard: 0, index: 0 })),
        ]
      ) {
        const counts = new Array<number>(10).fill(0);
        for (let n = 0; n < 20000; n++) counts[Math.floor(draw(n) * 10)]++;
        // 5 standard deviations of a binomial count.
        for (const count of counts) assert.closeTo(count, 2000, 5 * Math.sqrt(20000 * 0.09));
      }
    },
  },
  {
    name: "randomFor() and seededRandom() refuse numbers out of their range",
    run() {
      for (const wrong of [-1, 0.5, NaN, Infinity, 2 ** 53, "1" as unknown as number]) {
        assert.throws(() => randomFor(wrong, { purpose: "shards" }), RangeError);
      }
      for (const wrong of [-1, 0.5, NaN, 2 ** 32, null as unknown as number]) {
        assert.throws(() => seededRandom(0, { epoch: wrong, shard: 0, index: 0 }), RangeError);
        assert.throws(() => seededRandom(0, { epoch: 0, shard: wrong, index: 0 }), RangeError);
        assert.throws(() => seededRandom(0, { epoch: 0, shard: 0, index: wrong }), RangeError);
      }
      assert.throws(() => randomFor(0, { purpose: "other" as Purpose }), RangeError, /other/);
    },
  },
  {
    name: "permute() gives each order as often as another",
    run() {
      const counts = new Map<string, number>();
      for (let n = 0; n < 24000; n++) {
        const order = permute(4, randomFor(2, { purpose: "window", c: n })).join();
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      assert.equal(counts.size, 24);
      for (const count of counts.values()) {
        assert.closeTo(count, 1000, 5 * Math.sqrt(24000 / 24 * 23 / 24));
      }
      assert.deepEqual(
        [0, 1].map((size) => permute(size, randomFor(0, { purpose: "window" })).length),
        [
          0,
          1,
        ],
      );
    },
  },
];
