import { assert } from "chai";
import {
  locateSample,
  orderEpoch,
  RankSequence,
  resumeOrder,
  spellOrder,
} from "../../src/order/mod.ts";
import type { TestCase } from "../case.ts";
import { checkPlans } from "./property.ts";

/** Plans of a run of the suite; `deno task test:order` looks at more. */
const PLANS = 500;

export const cases: TestCase[] = [
  {
    name:
      `${PLANS} random orders are partitions, resume exactly, and change their number of ranks exactly`,
    run() {
      const counts = checkPlans(0, PLANS);
      assert.equal(counts.plans, PLANS);
      // Not all were empty.
      assert.isAbove(counts.cuts, PLANS * 10);
      assert.isAbove(counts.worlds, PLANS * 2);
      assert.isAbove(counts.held, 0.5);
    },
  },
  {
    name: "elastic determinism, Mosaic's: global batches hold the same samples on 1 to 64 ranks",
    run() {
      const lengths = Array.from({ length: 40 }, (_, shard) => 90 + shard);
      const order = orderEpoch({ lengths, seed: 3, lanes: 64, window: 8 });
      const find = locateSample(order);
      const positions = { from: 0, to: order.sampleCount };
      const batch = 192;
      const expected = spellOrder(order.lanesOf(0, 0).plan);
      // On 8 ranks until here, and then on others: Mosaic rounds down to a multiple of nodes, we do not.
      const state = { v: 1, print: {}, epoch: 0, lanes: 64, rank: 5, world: 8, taken: 5 * 24 };
      const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
      for (const world of [1, 2, 3, 4, 6, 8, 16, 24, 32, 48, 64]) {
        const sequences = Array.from({ length: world }, (_, rank) => {
          const split = { rank, world };
          const { taken, done } = resumeOrder(state, { print: {}, positions, split });
          return { taken, sequence: new RankSequence(positions, split, done[0]) };
        });
        const each = batch / world;
        for (let step = 0; step * batch + 960 < order.sampleCount; step++) {
          const own = sequences.flatMap(({ taken, sequence }) =>
            Array.from({ length: each }, (_, i) => taken + step * each + i)
              .filter((n) => n < sequence.length)
              .map((n) => find(sequence.at(n).position))
          );
          const numbers = own.map(({ shard, index }) => starts[shard] + index);
          const from = 960 + step * batch;
          assert.deepEqual(
            numbers.sort((a, b) => a - b),
            [...expected.subarray(from, from + batch)].sort((a, b) => a - b),
          );
        }
      }
    },
  },
];
