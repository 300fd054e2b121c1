import { assert } from "chai";
import { locateSample, mixEpoch, type MixOptions } from "../../src/order/mod.ts";
import { LaneShares, shareLanes } from "../../src/order/shares.ts";
import { MAX_WEIGHT, scaleWeights } from "../../src/order/weights.ts";
import type { TestCase } from "../case.ts";
import { readJson } from "../reference/json.ts";

interface Golden {
  mixes: { weights: number[]; places: number[]; choices: [part: number, count: number][] }[];
}

/** How often each sample of each part is given, by the part, the shard and the index. */
function countSamples(options: MixOptions): Map<string, number>[] {
  const mix = mixEpoch(options);
  const find = locateSample(mix);
  const counts = options.parts.map(() => new Map<string, number>());
  for (let position = 0; position < mix.sampleCount; position++) {
    const { part, shard, index } = find(position);
    const key = `${shard}/${index}`;
    counts[part].set(key, (counts[part].get(key) ?? 0) + 1);
  }
  return counts;
}

const PARTS = [
  { lengths: [40, 25, 60], window: 4 },
  { lengths: [30, 0, 9], window: 4 },
  { lengths: [5], window: 4 },
];

export const cases: TestCase[] = [
  {
    name: "LaneShares without phases chooses as Grain's mix does",
    async run(fixtures) {
      const { mixes } = await readJson<Golden>(fixtures, "order/golden.json");
      assert.isAtLeast(mixes.length, 7);
      for (const { weights, places, choices } of mixes) {
        const shares = new LaneShares(weights, weights.map(() => 0));
        const own = places.map((place) => {
          const { part, count } = shares.at(place);
          return [part, count];
        });
        assert.deepEqual(own, choices, weights.join(":"));
      }
    },
  },
  {
    name:
      "LaneShares: each place has one part, counts are its places before, and placeOf() inverts them",
    run() {
      for (
        const weights of [[1], [1, 1], [5, 3, 2], [1, 100, 1], [7, 7, 7, 1], [33554431, 33554433]]
      ) {
        const total = weights.reduce((a, b) => a + b, 0);
        for (const shares of shareLanes(weights, 5, 9)) {
          const counts = weights.map(() => 0);
          for (let place = 0; place < 400; place++) {
            assert.deepEqual(shares.countsAt(place), counts);
            const { part, count } = shares.at(place);
            assert.equal(count, counts[part]);
            if (place < 60) assert.equal(shares.placeOf(part, count), place);
            counts[part]++;
            for (const [i, weight] of weights.entries()) {
              assert.closeTo(counts[i], (place + 1) * weight / total, weights.length);
            }
          }
        }
      }
    },
  },
  {
    name: "LaneShares is exact far out: no place is skipped or given twice near 2^52",
    run() {
      const weights = [MAX_WEIGHT - 3, 1, 1, 1];
      const [shares] = shareLanes(weights, 1, 1);
      for (const start of [2 ** 40, 2 ** 45 + 12345, 2 ** 52]) {
        const counts = shares.countsAt(start);
        for (let place = start; place < start + 100; place++) {
          const { part, count } = shares.at(place);
          assert.equal(count, counts[part]++);
        }
        assert.deepEqual(shares.countsAt(start + 100), counts);
        assert.equal(counts.reduce((a, b) => a + b, 0), start + 100);
      }
      assert.throws(() => shares.placeOf(1, 2 ** 40), RangeError);
    },
  },
  {
    name: "mixEpoch() keeps proportions over the lanes, not only in each",
    run() {
      // 64 lanes and weights of 3:1: each 64 positions that follow each other are a place of all lanes.
      const mix = mixEpoch({
        parts: [{ lengths: [9000] }, { lengths: [3000] }],
        weights: [0.75, 0.25],
        lanes: 64,
      });
      for (let start = 0; start + 64 <= mix.sampleCount; start += 64) {
        const [before, after] = [mix.countsAt(start), mix.countsAt(start + 64)];
        assert.closeTo(after[1] - before[1], 16, 1);
      }
    },
  },
  {
    name: "scaleWeights() keeps ratios: decimals, thirds, very large and very small ones",
    run() {
      assert.deepEqual(scaleWeights([0.5, 0.3, 0.2]), [5, 3, 2]);
      assert.deepEqual(scaleWeights([0.7, 0.2, 0.1]), [7, 2, 1]);
      assert.deepEqual(scaleWeights([1, 1, 1]), [1, 1, 1]);
      assert.deepEqual(scaleWeights([100, 250]), [2, 5]);
      assert.deepEqual(scaleWeights([1e-7, 3e-7]), [1, 3]);
      assert.deepEqual(scaleWeights([1e300, 2e300]), [1, 2]);
      assert.deepEqual(scaleWeights([5e-324, 1e-323]), [1, 2]);
      assert.deepEqual(scaleWeights([1 / 3, 2 / 3]), [1, 2]);
      assert.deepEqual(scaleWeights([42]), [1]);
      const uneven = scaleWeights([Math.PI, Math.E, 1e-6]);
      const total = uneven.reduce((a, b) => a + b, 0);
      assert.isAtMost(total, MAX_WEIGHT);
      assert.closeTo(uneven[0] / uneven[1], Math.PI / Math.E, 1e-7);
      for (const wrong of [0, -1, NaN, Infinity, "1" as unknown as number]) {
        assert.throws(() => scaleWeights([1, wrong]), RangeError);
      }
      assert.throws(() => scaleWeights([1, 1e-9]), RangeError, /1e-9/);
    },
  },
  {
    name: 'mixEpoch() with stop "first" gives no sample twice, and ends with the first part',
    run() {
      for (const lanes of [1, 3, 8]) {
        for (const weights of [[3, 1, 0.2], [1, 1, 1], [1, 5, 0.5]]) {
          const counts = countSamples({ parts: PARTS, weights, lanes });
          const left = counts.map((part, i) => {
            assert.isTrue([...part.values()].every((count) => count === 1));
            return PARTS[i].lengths.reduce((a, b) => a + b, 0) - part.size;
          });
          // A few may be left in lanes that had not come to their end yet.
          assert.isAtMost(Math.min(...left), 2 * lanes, `${lanes} lanes, ${weights}`);
        }
      }
    },
  },
  {
    name: 'mixEpoch() with stop "all" gives every sample at least once, and none much more often',
    run() {
      for (const lanes of [1, 3, 8]) {
        for (const weights of [[3, 1, 0.2], [1, 1, 1], [1, 5, 0.5]]) {
          const counts = countSamples({ parts: PARTS, weights, lanes, stop: "all" });
          counts.forEach((part, i) => {
            assert.equal(part.size, PARTS[i].lengths.reduce((a, b) => a + b, 0));
            const numbers = [...part.values()];
            assert.isAtMost(Math.max(...numbers) - Math.min(...numbers), 2);
          });
        }
      }
    },
  },
  {
    name:
      "mixEpoch() repeats a short part in other orders, epoch after epoch, and never an epoch twice",
    run() {
      const parts = [{ lengths: [300] }, { lengths: [24], window: 8 }];
      const epochs: number[][] = [];
      const orders = new Set<string>();
      for (let epoch = 0; epoch < 3; epoch++) {
        const mix = mixEpoch({ parts, lanes: 2, stop: "all", epoch });
        const find = locateSample(mix);
        const byEpoch = new Map<number, number[]>();
        for (let position = 0; position < mix.sampleCount; position++) {
          const sample = find(position);
          if (sample.part === 0) assert.equal(sample.epoch, epoch);
          else byEpoch.set(sample.epoch, [...byEpoch.get(sample.epoch) ?? [], sample.index]);
        }
        epochs.push([...byEpoch.keys()]);
        for (const order of [...byEpoch.values()].slice(0, -1)) {
          assert.equal(new Set(order).size, 24);
          orders.add(order.join());
        }
      }
      const all = epochs.flat();
      assert.equal(new Set(all).size, all.length);
      assert.equal(Math.max(...all), all.length - 1);
      assert.isAtLeast(orders.size, all.length - 3);
    },
  },
  {
    name: 'mixEpoch() with stop "never" goes on, also with parts of fewer samples than lanes',
    run() {
      const mix = mixEpoch({
        parts: [{ lengths: [3] }, { lengths: [1, 1] }],
        weights: [2, 1],
        lanes: 16,
        stop: "never",
      });
      assert.equal(mix.sampleCount, Infinity);
      const find = locateSample(mix);
      const counts = new Map<string, number>();
      for (let position = 0; position < 4800; position++) {
        const { shardOfAll, index } = find(position);
        const key = `${shardOfAll}/${index}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      assert.deepEqual([...counts.keys()].sort(), ["0/0", "0/1", "0/2", "1/0", "2/0"]);
      const numbers = [...counts].sort().map(([, count]) => count);
      for (const count of numbers.slice(0, 3)) assert.closeTo(count, 3200 / 3, 16);
      for (const count of numbers.slice(3)) assert.closeTo(count, 800, 16);
      assert.doesNotThrow(() => find(2 ** 33));
    },
  },
  {
    name: "mixEpoch() of one part is the part's own order",
    run() {
      const part = { lengths: [20, 30, 7], seed: 5, window: 4 };
      const mix = mixEpoch({ parts: [part], lanes: 4, epoch: 2, weights: [0.3] });
      assert.equal(mix.sampleCount, 57);
      for (let position = 0; position < 57; position++) {
        assert.deepEqual(mix.turnAt(position), {
          part: 0,
          epoch: 2,
          lane: position % 4,
          place: Math.floor(position / 4),
        });
      }
    },
  },
  {
    name: "mixEpoch() refuses empty parts, wrong weights and epochs of an endless mix",
    run() {
      const parts = [{ lengths: [3] }, { lengths: [0] }];
      assert.throws(() => mixEpoch({ parts }), RangeError, /Part 1/);
      assert.throws(() => mixEpoch({ parts: [] }), RangeError);
      const fine = [{ lengths: [3] }, { lengths: [4] }];
      assert.throws(() => mixEpoch({ parts: fine, weights: [1] }), RangeError, /2 parts/);
      assert.throws(() => mixEpoch({ parts: fine, weights: [1, 0] }), RangeError);
      assert.throws(() => mixEpoch({ parts: fine, stop: "never", epoch: 1 }), RangeError);
      assert.throws(() => mixEpoch({ parts: fine, stop: "last" as "all" }), RangeError, /last/);
      assert.throws(() => mixEpoch({ parts: fine, lanes: 0 }), RangeError);
      assert.throws(() => mixEpoch({ parts: fine, seed: -1 }), RangeError);
    },
  },
];
