/** Shards whose lengths are not known: how they are dealt to lanes, and how states tell where those stand. */

import { assert } from "chai";
import {
  dealShards,
  formatMarks,
  type LaneMark,
  LaneTurns,
  listLanes,
  parseMarks,
  printOrder,
  resumeOrder,
  seededRandom,
} from "../../src/order/mod.ts";
import type { TestCase } from "../case.ts";
import { PRINT, range, state, throwsOrder } from "./states.ts";

export const cases: TestCase[] = [
  {
    name: "lanes of unknown length: dealt in turn, given in turn, resumed lane by lane",
    run() {
      // Five shards; what they hold is known to the reader alone.
      const contents = [3, 0, 5, 1, 2];
      const lanes = dealShards({ shardCount: 5, lanes: 4, seed: 2, epoch: 1 });
      assert.deepEqual([...lanes.flat()].sort(), [0, 1, 2, 3, 4]);
      const lengths = lanes.map((shards) =>
        shards.reduce((sum, shard) => sum + contents[shard], 0)
      );
      const walk = (marks: { lane: number; place: number }[], count: number) => {
        const given: string[] = [];
        const places = new Map(marks.map(({ lane, place }) => [lane, place]));
        const turns = new LaneTurns(marks);
        while (given.length < count) {
          const lane = turns.lane;
          if (lane === undefined) break;
          const place = places.get(lane) as number;
          if (place === lengths[lane]) {
            turns.close();
            places.delete(lane);
            continue;
          }
          given.push(`${lane}:${place}`);
          places.set(lane, place + 1);
          turns.advance();
        }
        return { given, marks: [...places].map(([lane, place]) => ({ lane, place })) };
      };
      const begin = (world: number, rank: number) =>
        listLanes(4, { rank, world }).map((lane) => ({ lane, place: 0 }));
      for (const world of [1, 2, 4]) {
        const whole = range(0, world).map((rank) => walk(begin(world, rank), Infinity).given);
        assert.equal(new Set(whole.flat()).size, 11);
        for (let count = 0; count <= 11; count++) {
          const cut = range(0, world).map((rank) => walk(begin(world, rank), count));
          cut.forEach(({ given, marks }, rank) => {
            assert.deepEqual([...given, ...walk(marks, Infinity).given], whole[rank]);
          });
          const states = cut.map(({ marks }, rank) =>
            state({
              lanes: 4,
              world,
              rank,
              at: formatMarks(marks.map(({ lane, place }) => [lane, place, 0, 0, 0]), {
                rank,
                world,
              }),
            })
          );
          for (const next of [1, 2, 4].filter((next) => next !== world)) {
            const rest = range(0, next).flatMap((rank) => {
              const { at = [] } = resumeOrder(states, {
                print: PRINT,
                split: { rank, world: next },
              });
              return walk(at.map(([lane, place]) => ({ lane, place })), Infinity).given;
            });
            const all = [...cut.flatMap(({ given }) => given), ...rest];
            assert.deepEqual([...all].sort(), [...whole.flat()].sort());
          }
        }
      }
      throwsOrder(
        "order/ranks",
        () => resumeOrder(state({ lanes: 4 }), { print: PRINT, split: { rank: 0, world: 1 } }),
        /all ranks/,
      );
      throwsOrder(
        "order/ranks",
        () => resumeOrder(state({ lanes: 4 }), { print: PRINT, split: { rank: 1, world: 2 } }),
        /each rank needs its own/,
      );
      const epochs = [state({ lanes: 4 }), state({ lanes: 4, rank: 1, epoch: 1 })];
      throwsOrder(
        "order/ranks",
        () => resumeOrder(epochs, { print: PRINT, split: { rank: 0, world: 1 } }),
        /different epochs/,
      );
      assert.throws(() => listLanes(4, { rank: 0, world: 3 }), RangeError, /must divide/);
      assert.throws(() => listLanes(4, { rank: 0, world: 2, even: "pad" }), RangeError, /pad/);
      assert.deepEqual(dealShards({ shardCount: 3, shuffled: false }), [[0, 1, 2]]);
    },
  },
  {
    name: "where lanes stand is a text of some ten letters a lane, and is read back as it was",
    run() {
      const random = seededRandom(8, { epoch: 0, shard: 0, index: 0 });
      for (let i = 0; i < 200; i++) {
        const world = random.integer(1, 4);
        const rank = random.integer(0, world - 1);
        const count = random.integer(0, 20);
        const lanes = world * 20;
        const marks: LaneMark[] = [];
        for (let lane = rank; lane < lanes && marks.length < count; lane += world) {
          if (random.integer(0, 3) === 0) continue;
          const numbers = [5, 3, 2000, 300_000].map((most) => random.integer(0, most));
          const [place, run, index, block] = numbers;
          marks.push([lane, place, run, index, block * 512]);
        }
        const text = formatMarks(marks, { rank, world });
        assert.deepEqual(parseMarks(text, { rank, world, lanes }), marks);
      }
      const long = range(0, 128).map((i): LaneMark => [i, 1250 + (i < 9 ? 1 : 0), 7, 1250, 512e5]);
      const print = printOrder({ parts: [{ shardNames: ["a"], seed: 2 ** 53 - 1 }], steps: [] });
      for (const lanes of [64, 128]) {
        const at = formatMarks(long.slice(0, lanes), { rank: 0, world: 1 });
        const text = JSON.stringify(state({ print, lanes, taken: 1e6, at }));
        assert.isBelow(text.length, 1024, `${lanes} lanes`);
        const read = parseMarks(at, { rank: 0, world: 1, lanes });
        assert.deepEqual(
          read.map((mark) => mark.slice(0, 4)),
          long.slice(0, lanes).map((mark) => mark.slice(0, 4)),
        );
        // Of more lanes than 64, offsets are left out, and their shards are read from the beginning.
        assert.equal(read[0][4], lanes === 64 ? 512e5 : 0);
      }
    },
  },
];
