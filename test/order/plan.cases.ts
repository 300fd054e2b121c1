import { assert } from "chai";
import { listShards } from "../../src/imagenet/catalogue.ts";
import {
  defaultLanes,
  type EpochOrder,
  LaneBuffer,
  laneLength,
  locate,
  locateSample,
  mixEpoch,
  type MixPart,
  OpenLaneBuffer,
  planEpoch,
  PlanLanes,
  type PlanOptions,
  RunCursor,
  spellOrder,
  walkLane,
  walkRuns,
} from "../../src/order/mod.ts";
import { windowAt } from "../../src/order/window.ts";
import type { TestCase } from "../case.ts";
import { readJson } from "../reference/json.ts";

interface Own {
  plans: (Required<Omit<PlanOptions, "indexes" | "part">> & { order: number[] })[];
  mixes: {
    parts: MixPart[];
    weights: number[];
    seed: number;
    lanes: number;
    order: [part: number, epoch: number, shard: number, index: number][];
  }[];
}

/** The samples of an order from one position to another, by the names of what tells them apart. */
function tell(order: EpochOrder, from: number, to: number): number[][] {
  const find = locateSample(order);
  const samples: number[][] = [];
  for (let position = from; position < to; position++) {
    const { part, epoch, shard, index } = find(position);
    samples.push([part, epoch, shard, index]);
  }
  return samples;
}

export const cases: TestCase[] = [
  {
    name: "planEpoch() gives the order that a second implementation, in Python, gives",
    async run(fixtures) {
      const { plans } = await readJson<Own>(fixtures, "order/own.json");
      assert.isAtLeast(plans.length, 5);
      for (const { order, ...options } of plans) {
        assert.deepEqual([...spellOrder(planEpoch(options))], order, JSON.stringify(options));
      }
    },
  },
  {
    name: "mixEpoch() gives the order that a second implementation, in Python, gives",
    async run(fixtures) {
      const { mixes } = await readJson<Own>(fixtures, "order/own.json");
      assert.isAtLeast(mixes.length, 2);
      for (const { order, parts, weights, seed, lanes } of mixes) {
        const mix = mixEpoch({ parts, weights, seed, lanes, stop: "never" });
        assert.deepEqual(tell(mix, 0, order.length), order);
      }
    },
  },
  {
    name:
      "planEpoch() of ImageNet's training split gives every sample once, in lanes of whole shards",
    run() {
      const { shardLengths, sampleCount } = listShards("train");
      const plan = planEpoch({ lengths: shardLengths, seed: 3, epoch: 5, lanes: 64, window: 16 });
      const order = spellOrder(plan);
      assert.equal(order.length, sampleCount);
      const seen = new Uint8Array(sampleCount);
      for (const sample of order) seen[sample]++;
      assert.isTrue(seen.every((count) => count === 1));
      const lanes = new PlanLanes(plan);
      for (let lane = 0; lane < 64; lane++) {
        const { runs, length } = lanes.lane(lane);
        assert.equal(length, laneLength(plan, lane));
        assert.isAtMost(runs.length, 18);
        // All runs but the first and the last are whole shards.
        for (const { shard, from, to } of runs.slice(1, -1)) {
          assert.deepEqual([from, to], [0, shardLengths[shard]]);
        }
      }
    },
  },
  {
    name: "planEpoch() without shuffling gives one rank the dataset in its own order",
    run() {
      const lengths = [3, 0, 4, 1, 0];
      const plan = planEpoch({ lengths, shuffled: false, window: 8, epoch: 3 });
      assert.equal(plan.lanes, 1);
      assert.deepEqual([...spellOrder(plan)], [0, 1, 2, 3, 4, 5, 6, 7]);
      const lane = new PlanLanes(plan).lane(0);
      assert.deepEqual(lane.runs, [
        { shard: 0, from: 0, to: 3 },
        { shard: 2, from: 0, to: 4 },
        { shard: 3, from: 0, to: 1 },
      ]);
    },
  },
  {
    name:
      "locate() finds what spellOrder() spells out, and walkLane() and walkRuns() walk the same samples",
    run() {
      const lengths = [30, 1, 0, 17, 25, 40, 8];
      const indexes = lengths.map((length, shard) =>
        shard % 2 === 0 ? undefined : Uint32Array.from({ length }, (_, i) => 3 * i + shard)
      );
      const plan = planEpoch({ lengths, indexes, seed: 1, lanes: 5, window: 7 });
      const order = spellOrder(plan);
      const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
      const numberOf = ({ shard, index }: { shard: number; index: number }): number =>
        starts[shard] + (shard % 2 === 0 ? index : (index - shard) / 3);
      order.forEach((sample, position) => assert.equal(numberOf(locate(plan, position)), sample));
      const lanes = new PlanLanes(plan);
      for (let lane = 0; lane < 5; lane++) {
        const given = [...walkLane(plan, lanes.lane(lane))].map(numberOf);
        assert.deepEqual(given, [...order].filter((_, position) => position % 5 === lane));
        const read = [...walkRuns(plan, lanes.lane(lane))].map(numberOf);
        assert.deepEqual([...read].sort(), [...given].sort());
      }
    },
  },
  {
    name: "planEpoch() gives each epoch, seed and part of a mix another order",
    run() {
      const lengths = new Array<number>(20).fill(10);
      const orders = new Set<string>();
      for (let seed = 0; seed < 10; seed++) {
        for (let epoch = 0; epoch < 10; epoch++) {
          for (const part of [0, 1]) {
            orders.add(
              spellOrder(planEpoch({ lengths, seed, epoch, part, lanes: 4, window: 4 })).join(),
            );
          }
        }
      }
      assert.equal(orders.size, 200);
    },
  },
  {
    name: "windowAt() ramps up 1, 2, 4 and so on to the full size",
    run() {
      const sizes = (size: number, count: number): number[] => {
        const found: number[] = [];
        for (let place = 0; found.length < count;) {
          const window = windowAt(place, size);
          assert.deepEqual(window, { number: found.length, start: place, size: window.size });
          const last = place + window.size - 1;
          assert.deepEqual(windowAt(last, size), window);
          found.push(window.size);
          place += window.size;
        }
        return found;
      };
      assert.deepEqual(sizes(1, 4), [1, 1, 1, 1]);
      assert.deepEqual(sizes(2, 4), [1, 2, 2, 2]);
      assert.deepEqual(sizes(5, 6), [1, 2, 4, 5, 5, 5]);
      assert.deepEqual(sizes(16, 7), [1, 2, 4, 8, 16, 16, 16]);
      assert.equal(sizes(2 ** 24, 26)[25], 2 ** 24);
    },
  },
  {
    name: "defaultLanes() is the least multiple of the world from 16 on",
    run() {
      const lanes = [1, 3, 5, 16, 17, 64].map((world) => defaultLanes(world));
      assert.deepEqual(lanes, [16, 18, 20, 16, 17, 64]);
      assert.equal(defaultLanes(3, false), 3);
    },
  },
  {
    name: "planEpoch() refuses numbers out of their range",
    run() {
      const wrong: PlanOptions[] = [
        { lengths: [-1] },
        { lengths: [0.5] },
        { lengths: [2 ** 32] },
        { lengths: [1, "2" as unknown as number] },
        { lengths: [1], seed: -1 },
        { lengths: [1], seed: 2 ** 53 },
        { lengths: [1], epoch: 2 ** 32 },
        { lengths: [1], lanes: 0 },
        { lengths: [1], lanes: 65537 },
        { lengths: [1], window: 0 },
        { lengths: [1], window: 2 ** 24 + 1 },
        { lengths: [1], part: 65536 },
        { lengths: [1], indexes: [] },
        { lengths: [1], indexes: [new Uint32Array(2)] },
      ];
      for (const options of wrong) {
        assert.throws(() => planEpoch(options), RangeError, undefined, JSON.stringify(options));
      }
      const plan = planEpoch({ lengths: [4] });
      for (const position of [-1, 4, 0.5, NaN]) {
        assert.throws(() => locate(plan, position), RangeError);
      }
      assert.throws(() => new PlanLanes(plan).lane(16), RangeError);
      assert.throws(() => new RunCursor([{ shard: 0, from: 2, to: 4 }]).at(2), RangeError);
    },
  },
  {
    name: "planEpoch() of nothing is an epoch without positions",
    run() {
      for (const lengths of [[], [0], [0, 0, 0]]) {
        const plan = planEpoch({ lengths, lanes: 3, window: 4 });
        assert.equal(plan.sampleCount, 0);
        assert.equal(spellOrder(plan).length, 0);
        assert.equal(new PlanLanes(plan).lane(2).length, 0);
        assert.throws(() => locate(plan, 0), RangeError);
      }
    },
  },
  {
    name: "LaneBuffer gives every place, begins at any, and never reads back",
    run() {
      const lane = new PlanLanes(planEpoch({ lengths: [50, 31], lanes: 1, window: 9, seed: 4 }))
        .lane(0);
      for (const [from, step] of [[0, 1], [1, 1], [40, 1], [80, 1], [0, 2], [5, 3], [3, 20]]) {
        const isWanted = (place: number): boolean => place % step === from % step;
        for (const wanted of [isWanted, undefined]) {
          const buffer = new LaneBuffer<number>(lane, { from, isWanted: wanted });
          let last = -1;
          for (let place = from; place < 81; place += step) {
            while (!buffer.has(place)) {
              assert.isAbove(buffer.nextRead, last);
              last = buffer.nextRead;
              buffer.offer(last);
              assert.isAtMost(buffer.held, 9);
            }
            assert.equal(buffer.take(place), lane.readAt(place));
            assert.isAtMost(last, place + 9);
          }
          assert.isAtMost(buffer.held, wanted === undefined ? step : 0);
          assert.throws(() => buffer.has(from), RangeError);
          assert.throws(() => buffer.has(81), RangeError);
        }
      }
      const early = new LaneBuffer<number>(lane);
      assert.throws(() => early.take(0), RangeError, /not offered/);
    },
  },
  {
    name: "OpenLaneBuffer gives a lane of known length the order that WindowLane gives",
    run() {
      for (const length of [0, 1, 2, 7, 8, 9, 30]) {
        const options = { lengths: [length], lanes: 1, window: 8, seed: 4, epoch: 2 };
        const plan = planEpoch(options);
        const lane = new PlanLanes(plan).lane(0);
        for (let from = 0; from <= length; from++) {
          const buffer = new OpenLaneBuffer<number>(8, { ...plan, lane: 0 }, from);
          let read = buffer.windowStart;
          const given: number[] = [];
          for (;;) {
            while (!buffer.isReady && !buffer.isOver) {
              if (read < length) buffer.offer(read++);
              else buffer.end();
            }
            if (buffer.isOver) break;
            given.push(buffer.take());
            assert.isAtMost(buffer.held, 8);
          }
          const expected = Array.from({ length }, (_, place) => lane.readAt(place)).slice(from);
          assert.deepEqual(given, expected, `${length} from ${from}`);
          assert.throws(() => buffer.take(), RangeError);
        }
      }
    },
  },
];
