import { assert } from "chai";
import {
  planEpoch,
  PlanLanes,
  type Selection,
  selectSamples,
  skipSelected,
  type SplitIndex,
  takeSelected,
  walkLane,
} from "../../src/order/mod.ts";
import type { TestCase } from "../case.ts";

const LENGTHS = [4, 0, 5, 1, 6];
const CLASSES = [7, 1, 7, 2, 1, 1, 7, 2, 7, 7, 2, 1, 1, 1, 7, 3];
const INDEX: SplitIndex = {
  lengths: LENGTHS,
  classes: CLASSES,
  findKey(key) {
    const [, shard, index] = /^k(\d)_(\d)$/.exec(key)?.map(Number) ?? [];
    return index < LENGTHS[shard] ? { shard, index } : undefined;
  },
};

/** The selected samples, numbered through the shards. */
function list({ lengths, indexes }: Selection): number[] {
  let start = 0;
  return LENGTHS.flatMap((length, shard) => {
    const own = indexes[shard] ?? Array.from({ length: lengths[shard] }, (_, i) => i);
    assert.equal(own.length, lengths[shard]);
    const numbers = Array.from(own, (index) => start + index);
    start += length;
    return numbers;
  });
}

const ofClasses = (...classes: number[]): number[] =>
  CLASSES.flatMap((label, sample) => classes.includes(label) ? [sample] : []);

export const cases: TestCase[] = [
  {
    name: "selectSamples() selects by number, key, class and step, each among what the others left",
    run() {
      assert.deepEqual(list(selectSamples(INDEX, {})), CLASSES.map((_, i) => i));
      assert.deepEqual(list(selectSamples(INDEX, { samples: [9, 3, 3, 15] })), [3, 9, 15]);
      assert.deepEqual(list(selectSamples(INDEX, { keys: ["k4_0", "k0_1", "k2_4"] })), [1, 8, 10]);
      assert.deepEqual(list(selectSamples(INDEX, { classes: [2, 7] })), ofClasses(2, 7));
      assert.deepEqual(list(selectSamples(INDEX, { every: 5 })), [0, 5, 10, 15]);
      assert.deepEqual(
        list(
          selectSamples(INDEX, { classes: new Set([1, 7]), every: 2, samples: [0, 1, 2, 4, 5, 6] }),
        ),
        [0, 2, 5],
      );
      assert.deepEqual(list(selectSamples(INDEX, { classes: [99] })), []);
      const within = selectSamples(INDEX, { classes: [7] });
      assert.deepEqual(list(selectSamples(INDEX, { every: 3, within })), [0, 8]);
    },
  },
  {
    name: "selectSamples() takes some of each class, the first or by chance",
    run() {
      const firsts = list(selectSamples(INDEX, { perClass: 2 }));
      assert.deepEqual(firsts, [0, 1, 2, 3, 4, 7, 15]);
      const orders = new Set<string>();
      for (let seed = 0; seed < 20; seed++) {
        const picked = list(selectSamples(INDEX, { perClass: { count: 2, seed } }));
        assert.deepEqual([...picked].sort((a, b) => a - b), picked);
        const counts = [1, 2, 3, 7].map((label) =>
          picked.filter((s) => CLASSES[s] === label).length
        );
        assert.deepEqual(counts, [2, 2, 1, 2]);
        // A class draws by itself, whichever others there are.
        const alone = list(selectSamples(INDEX, { classes: [7], perClass: { count: 2, seed } }));
        assert.deepEqual(alone, picked.filter((sample) => CLASSES[sample] === 7));
        orders.add(picked.join());
      }
      assert.isAbove(orders.size, 15);
    },
  },
  {
    name:
      "selectSamples() by chance chooses each sample as often as another, and the same for a seed",
    run() {
      const counts = CLASSES.map(() => 0);
      for (let seed = 0; seed < 3200; seed++) {
        const picked = list(selectSamples(INDEX, { random: { count: 5, seed } }));
        assert.equal(new Set(picked).size, 5);
        for (const sample of picked) counts[sample]++;
      }
      for (const count of counts) assert.closeTo(count, 1000, 5 * Math.sqrt(1000 * 11 / 16));
      const twice = [1, 2].map(() => list(selectSamples(INDEX, { random: { count: 5, seed: 8 } })));
      assert.deepEqual(twice[0], twice[1]);
      assert.equal(selectSamples(INDEX, { random: { count: 99 } }).sampleCount, 16);
      assert.equal(selectSamples(INDEX, { random: { count: 0 } }).sampleCount, 0);
    },
  },
  {
    name: "takeSelected() and skipSelected() cut selections of all and of some samples",
    run() {
      for (
        const selection of [selectSamples(INDEX, {}), selectSamples(INDEX, { classes: [1, 7] })]
      ) {
        const all = list(selection);
        for (let count = 0; count <= 18; count++) {
          assert.deepEqual(list(takeSelected(selection, count)), all.slice(0, count));
          assert.deepEqual(list(skipSelected(selection, count)), all.slice(count));
          const both = takeSelected(skipSelected(selection, count), 3);
          assert.deepEqual(list(both), all.slice(count, count + 3));
          assert.equal(both.sampleCount, Math.max(0, Math.min(3, all.length - count)));
        }
      }
    },
  },
  {
    name: "planEpoch() over a selection gives the selected samples, by their own numbers",
    run() {
      const { lengths, indexes } = selectSamples(INDEX, { classes: [1, 2] });
      const plan = planEpoch({ lengths, indexes, lanes: 3, window: 2 });
      const lanes = new PlanLanes(plan);
      const starts = LENGTHS.map((_, i) => LENGTHS.slice(0, i).reduce((a, b) => a + b, 0));
      const given = [0, 1, 2].flatMap((lane) =>
        [...walkLane(plan, lanes.lane(lane))].map(({ shard, index }) => starts[shard] + index)
      );
      assert.deepEqual(given.sort((a, b) => a - b), ofClasses(1, 2));
    },
  },
  {
    name: "selectSamples() refuses what is not there, and says so",
    run() {
      const bare = { lengths: LENGTHS };
      assert.throws(() => selectSamples(bare, { classes: [1] }), TypeError, /classes/);
      assert.throws(() => selectSamples(bare, { perClass: 1 }), TypeError, /classes/);
      assert.throws(() => selectSamples(bare, { keys: ["a"] }), TypeError, /keys/);
      assert.throws(
        () => selectSamples(INDEX, { keys: ["k0_0", "x", "y"] }),
        RangeError,
        /"x", "y"/,
      );
      assert.throws(() => selectSamples({ ...bare, classes: [1] }, { classes: [1] }), RangeError);
      assert.throws(() => selectSamples(INDEX, { samples: [16] }), RangeError);
      assert.throws(() => selectSamples(INDEX, { every: 0 }), RangeError);
      assert.throws(() => selectSamples(INDEX, { perClass: -1 }), RangeError);
      assert.throws(() => selectSamples(INDEX, { random: { count: 1.5 } }), RangeError);
      assert.throws(() => selectSamples(INDEX, { random: { count: 1, seed: -1 } }), RangeError);
      const other = selectSamples({ lengths: [3] }, {});
      assert.throws(() => selectSamples(INDEX, { within: other }), RangeError);
      assert.throws(() => takeSelected(other, -1), RangeError);
      assert.throws(() => skipSelected(other, 0.5), RangeError);
    },
  },
];
