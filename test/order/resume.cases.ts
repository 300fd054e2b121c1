import { assert } from "chai";
import {
  checkPrint,
  countReaders,
  doneIn,
  parseState,
  type Positions,
  type Print,
  printOrder,
  RankSequence,
  type Resume,
  resumeOrder,
  selectSamples,
  type Split,
} from "../../src/order/mod.ts";
import { WordHash } from "../../src/order/word_hash.ts";
import type { TestCase } from "../case.ts";
import { PRINT, range, state, throwsOrder } from "./states.ts";

/** The positions that are left in an epoch for all ranks of a world. */
function listLeft(
  resume: (split: Split) => Resume,
  world: number,
  positions: Positions,
): number[] {
  const left: number[] = [];
  for (let rank = 0; rank < world; rank++) {
    const { epoch, taken, done } = resume({ rank, world });
    const sequence = new RankSequence(positions, { rank, world }, doneIn(done, epoch));
    for (let n = taken; n < sequence.length; n++) left.push(sequence.at(n).position);
  }
  return left.sort((a, b) => a - b);
}

export const cases: TestCase[] = [
  {
    name: "RankSequence deals positions out exactly, padded or cut",
    run() {
      const list = (split: Split): string[] => {
        const sequence = new RankSequence({ from: 0, to: 10 }, split);
        return Array.from({ length: sequence.length }, (_, n) => {
          const { position, isPadding } = sequence.at(n);
          return `${position}${isPadding ? "+" : ""}`;
        });
      };
      assert.deepEqual(list({ rank: 1, world: 4 }), ["1", "5", "9"]);
      assert.deepEqual(list({ rank: 2, world: 4 }), ["2", "6"]);
      assert.deepEqual(list({ rank: 2, world: 4, even: "pad" }), ["2", "6", "2+"]);
      assert.deepEqual(list({ rank: 1, world: 4, even: "drop" }), ["1", "5"]);
      assert.deepEqual(list({ rank: 11, world: 12 }), []);
      assert.deepEqual(list({ rank: 11, world: 12, even: "pad" }), ["1+"]);
      assert.deepEqual(list({ rank: 3, world: 12, even: "drop" }), []);
      const empty = new RankSequence({ from: 0, to: 0 }, { rank: 0, world: 2, even: "pad" });
      assert.equal(empty.length, 0);
      const endless = new RankSequence({ from: 0, to: Infinity }, { rank: 1, world: 2 });
      assert.equal(endless.length, Infinity);
      assert.deepEqual(endless.at(10 ** 9), { position: 2 * 10 ** 9 + 1, isPadding: false });
    },
  },
  {
    name: "RankSequence of a part of an epoch keeps ranks on their lanes",
    run() {
      const positions = { from: 5, to: 17 };
      const all = [0, 1, 2].map((rank) => {
        const sequence = new RankSequence(positions, { rank, world: 3 });
        return Array.from({ length: sequence.length }, (_, n) => sequence.at(n).position);
      });
      assert.deepEqual(all, [[6, 9, 12, 15], [7, 10, 13, 16], [5, 8, 11, 14]]);
    },
  },
  {
    name: "countReaders() says how often bytes are read",
    run() {
      assert.deepEqual([1, 2, 3, 16, 24].map((world) => countReaders(world, 16)), [1, 1, 3, 1, 3]);
      assert.deepEqual([3, 24].map((world) => countReaders(world, 48)), [1, 1]);
    },
  },
  {
    name: "resumeOrder() of one state goes on in lockstep on any number of ranks",
    run() {
      const positions = { from: 0, to: 50 };
      for (let world = 1; world <= 6; world++) {
        for (let taken = 0; taken <= 8; taken++) {
          const saved = JSON.stringify(state({ world, rank: world - 1, taken }));
          for (let next = 1; next <= 7; next++) {
            const resume = (split: Split): Resume =>
              resumeOrder(saved, { print: PRINT, positions, split });
            assert.deepEqual(listLeft(resume, next, positions), range(taken * world, 50));
          }
        }
      }
    },
  },
  {
    name:
      "resumeOrder() of one's own state goes on where that rank was, with its counts and its lanes",
    run() {
      const saved = state({ rank: 1, taken: 9, counts: [4], at: ".2.1.4" });
      const split = { rank: 1, world: 2 };
      const positions = { from: 0, to: 50 };
      const common = { epoch: 0, lanes: 12, taken: 9, done: [], counts: [4] };
      assert.deepEqual(resumeOrder(saved, { print: PRINT, split }), {
        ...common,
        at: [[1, 4, 0, 2, 512]],
      });
      // Where lengths are known, the number of positions says all.
      for (const rank of [0, 1]) {
        const options = { print: PRINT, positions, split: { rank, world: 2 } };
        assert.deepEqual(resumeOrder(saved, options), common);
      }
    },
  },
  {
    name:
      "resumeOrder() of ranks that stand apart is exact on any number of ranks, and again after that",
    run() {
      const positions = { from: 0, to: 60 };
      const first = [state({ world: 3, rank: 0, taken: 7 })];
      first.push(state({ world: 3, rank: 2, taken: 0 }), state({ world: 3, rank: 1, taken: 4 }));
      const left = range(0, 60).filter((p) => Math.floor(p / 3) >= [7, 4, 0][p % 3]);
      for (let world = 1; world <= 7; world++) {
        if (world === 3) continue;
        const resume = (split: Split): Resume =>
          resumeOrder(first.map((each) => JSON.stringify(each)), {
            print: PRINT,
            positions,
            split,
          });
        assert.deepEqual(listLeft(resume, world, positions), left);
        // Each rank takes some, and all are resumed by 3 ranks again.
        const taken = new Set<number>();
        const second = range(0, world).map((rank) => {
          const { epoch, lanes, done } = resume({ rank, world });
          const sequence = new RankSequence(positions, { rank, world }, doneIn(done, epoch));
          const count = Math.min(sequence.length, 1 + rank);
          for (let n = 0; n < count; n++) taken.add(sequence.at(n).position);
          return state({ epoch, lanes, world, rank, taken: count, done });
        });
        for (const next of [2, 3, 5].filter((next) => next !== world)) {
          const again = (split: Split): Resume =>
            resumeOrder(second, { print: PRINT, positions, split });
          assert.deepEqual(listLeft(again, next, positions), left.filter((p) => !taken.has(p)));
        }
      }
    },
  },
  {
    name: "resumeOrder() of ranks in different epochs ends the earlier one first",
    run() {
      const positions = { from: 0, to: 10 };
      const states = [state({ epoch: 1, taken: 2 }), state({ epoch: 0, rank: 1, taken: 3 })];
      const splits = range(0, 3).map((rank) => ({ rank, world: 3 }));
      const resumes = splits.map((split) =>
        resumeOrder(states, { print: PRINT, positions, split })
      );
      for (
        const [epoch, expected] of [[0, [7, 9]], [1, [1, 3, 4, 5, 6, 7, 8, 9]], [2, range(0, 10)]]
      ) {
        const left = resumes.flatMap(({ done }, i) => {
          const sequence = new RankSequence(positions, splits[i], doneIn(done, epoch as number));
          return range(0, sequence.length).map((n) => sequence.at(n).position);
        });
        assert.deepEqual(left.sort((a, b) => a - b), expected);
      }
      assert.isTrue(resumes.every(({ epoch }) => epoch === 0));
    },
  },
  {
    name: "resumeOrder() at the end of an epoch has nothing left, quietly",
    run() {
      const positions = { from: 0, to: 11 };
      for (const even of ["exact", "pad"] as const) {
        const sequence = new RankSequence(positions, { rank: 0, world: 2, even });
        const saved = state({ taken: sequence.length });
        for (let world = 1; world <= 4; world++) {
          const resume = (split: Split): Resume =>
            resumeOrder(saved, { print: PRINT, positions, split });
          assert.deepEqual(listLeft(resume, world, positions), []);
        }
      }
    },
  },
  {
    name: "resumeOrder() says which states do not belong together, or are missing",
    run() {
      const positions = { from: 0, to: 50 };
      const resume = (states: unknown, split = { rank: 0, world: 5 }): Resume =>
        resumeOrder(states, { print: PRINT, positions, split });
      const three = [0, 1, 2].map((rank) => state({ rank, world: 3 }));
      throwsOrder("order/ranks", () => resume([]), /none/);
      throwsOrder("order/ranks", () => resume(three.slice(0, 2)), /of 3 ranks, 2 is missing/);
      throwsOrder("order/ranks", () => resume([...three, three[1]]), /two of rank 1/);
      throwsOrder(
        "order/ranks",
        () => resume([three[0], three[1], state({ rank: 2, world: 4 })]),
        /rank 2 has world 4, and rank 0 has 3/,
      );
      throwsOrder(
        "order/ranks",
        () => resume([three[0], state({ rank: 1, world: 3, lanes: 13 }), three[2]]),
        /lanes 13/,
      );
      throwsOrder(
        "order/ranks",
        () => resume([three[0], { ...three[1], done: [{ epoch: 0, before: 4 }] }, three[2]]),
        /resumed from different/,
      );
      throwsOrder("order/ranks", () => resume(state({ counts: [3] })), /take/);
      throwsOrder(
        "order/ranks",
        () =>
          resumeOrder([state({ taken: 0 }), state({ rank: 1, taken: 2 ** 40 })], {
            print: PRINT,
            positions: { from: 0, to: Infinity },
            split: { rank: 0, world: 3 },
          }),
        /apart/,
      );
      throwsOrder(
        "order/ranks",
        () =>
          resumeOrder(state({ taken: 2 ** 53 - 1 }), {
            print: PRINT,
            positions: { from: 0, to: Infinity },
            split: { rank: 0, world: 3 },
          }),
        /2\^53/,
      );
      const far = { epoch: 0, before: 0, dealt: [{ world: 2, taken: [0, 2 ** 50] }] };
      throwsOrder(
        "order/ranks",
        () =>
          resumeOrder(state({ done: [far] }), {
            print: PRINT,
            positions: { from: 0, to: 2 ** 40 },
            split: { rank: 0, world: 2 },
          }),
        /apart/,
      );
      throwsOrder(
        "order/ranks",
        () =>
          resumeOrder([state({ lanes: 5 }), state({ lanes: 5, rank: 1 })], {
            print: PRINT,
            split: { rank: 0, world: 1 },
          }),
        /5 lanes/,
      );
      // What is done before the positions begin, or after they end, is not taken for more.
      for (const [before, left] of [[0, 6], [7, 4], [99, 0]]) {
        const rest = new RankSequence({ from: 5, to: 11 }, { rank: 0, world: 1 }, { before });
        assert.equal(rest.length, left);
      }
      throwsOrder(
        "order/changed",
        () =>
          resumeOrder(state(), {
            print: PRINT,
            positions,
            split: { rank: 0, world: 2 },
            lanes: 16,
          }),
        /lanes changed .* from 12 to 16/,
      );
      assert.throws(() => resume(state(), { rank: 5, world: 5 }), RangeError);
    },
  },
  {
    name: "checkPrint() names the field that changed",
    run() {
      throwsOrder(
        "order/changed",
        () => checkPrint(PRINT, { ...PRINT, window: "8" }),
        /\(window\)/,
      );
      throwsOrder("order/changed", () => checkPrint(PRINT, { ...PRINT, steps: "x" }), /\(steps\)/);
      throwsOrder("order/changed", () => checkPrint({ ...PRINT, mix: "1:1" }, PRINT), /\(mix\)/);
      assert.doesNotThrow(() => checkPrint(PRINT, { ...PRINT }));
    },
  },
  {
    name: "printOrder() changes with everything that it is made of, and with nothing else",
    run() {
      const part = { shardNames: ["a", "b"], lengths: [2, 3], seed: 1, window: 4, shuffled: true };
      const selection = selectSamples({ lengths: [2, 3] }, { every: 2 });
      const print = printOrder({ parts: [part] });
      const differ = (field: string, other: Print): void => {
        assert.notEqual(Reflect.get(print, field), Reflect.get(other, field), field);
        assert.deepEqual({ ...print, [field]: "" }, { ...other, [field]: "" });
      };
      differ("shards", printOrder({ parts: [{ ...part, shardNames: ["ab", ""] }] }));
      differ("lengths", printOrder({ parts: [{ ...part, lengths: [3, 2] }] }));
      differ("seed", printOrder({ parts: [{ ...part, seed: 2 }] }));
      differ("window", printOrder({ parts: [{ ...part, window: 5 }] }));
      differ("shuffled", printOrder({ parts: [{ ...part, shuffled: false }] }));
      differ("select", printOrder({ parts: [{ ...part, selection }] }));
      differ("mix", printOrder({ parts: [part], mix: { weights: [1] } }));
      differ("steps", printOrder({ parts: [part], steps: [{ name: "batch", size: 4 }] }));
      const steps = [printOrder({ parts: [part], steps: { a: 1, b: [2] } })];
      steps.push(printOrder({ parts: [part], steps: { b: [2], a: 1 } }));
      assert.deepEqual(steps[0], steps[1]);
      assert.notEqual(steps[0].steps, printOrder({ parts: [part], steps: { a: 1, b: 2 } }).steps);
    },
  },
  {
    name: "a state of a mix of 40 datasets of a thousand shards is below a kilobyte",
    run() {
      const shardNames = range(0, 1000).map((i) => `a-rather-long-name-of-a-shard-${i}.tar`);
      const part = {
        shardNames,
        lengths: shardNames.map(() => 1000),
        seed: 2 ** 53 - 1,
        window: 64,
      };
      const parts = new Array(40).fill(part);
      const mix = { weights: parts.map((_, i) => i + 0.123), stop: "all", seed: 9 } as const;
      const text = JSON.stringify(state({
        print: printOrder({ parts, mix, steps: parts }),
        epoch: 4e9,
        lanes: 65536,
        world: 65536,
        rank: 65535,
        taken: 2 ** 53 - 1,
        done: [{ epoch: 4e9, before: 2 ** 53 - 1 }],
        counts: [1e6, 1e6],
      }));
      assert.isBelow(text.length, 500);
      assert.doesNotThrow(() => parseState(text));
    },
  },
  {
    name: "parseState() gives back what was saved, and refuses all else with its reason",
    run() {
      const saved = state({
        done: [{
          epoch: 0,
          before: 3,
          dealt: [{ world: 2, taken: [1, 0] }, { world: 3, taken: 2 }],
        }],
        counts: [0, 5],
        at: "2.3.1",
      });
      assert.deepEqual(parseState(saved), saved);
      assert.deepEqual(parseState(JSON.stringify(saved)), saved);
      const hostile: [unknown, RegExp][] = [
        ["{", /not JSON/],
        [" ".repeat(2 ** 20 + 1), /characters/],
        ["null", /it is null/],
        [[], /a list/],
        [7n, /bigint/],
        [{ ...saved, v: 2 }, /version is 2/],
        [{ ...saved, v: "1" }, /version is "1"/],
        [{ ...saved, print: undefined }, /print is missing/],
        [{ ...saved, print: { evil: "1" } }, /unknown field "evil"/],
        [JSON.stringify(saved).replace('"print":{', '"print":{"__proto__":"1",'), /__proto__/],
        [{ ...saved, print: { seed: 7 } }, /print.seed is 7/],
        [{ ...saved, print: { seed: "7".repeat(65) } }, /print.seed/],
        [{ ...saved, epoch: -1 }, /epoch is -1/],
        [{ ...saved, epoch: 2 ** 32 }, /epoch/],
        [{ ...saved, lanes: 0 }, /lanes is 0/],
        [{ ...saved, world: 1e9 }, /world/],
        [{ ...saved, rank: 2 }, /rank is 2/],
        [{ ...saved, taken: 1.5 }, /taken is 1.5/],
        [{ ...saved, taken: NaN }, /taken is NaN/],
        [{ ...saved, taken: "9" }, /taken is "9"/],
        [{ ...saved, done: {} }, /done is an object/],
        [{ ...saved, done: [null] }, /done is null/],
        [{ ...saved, done: new Array(65).fill(saved.done) }, /done is a list/],
        [{ ...saved, done: [{ epoch: 0, before: -2 }] }, /done.before is -2/],
        [
          { ...saved, done: [{ epoch: 0, before: 0, dealt: [{ world: 2, taken: [1] }] }] },
          /1 ranks/,
        ],
        [{ ...saved, done: [{ epoch: 0, before: 0, dealt: [{ world: 1, taken: "1" }] }] }, /taken/],
        [{ ...saved, counts: [1, -1] }, /counts is -1/],
        [{ ...saved, at: [[1, 2, 3, 4]] }, /at is a list/],
        [{ ...saved, at: "1.2.3.4.5.6" }, /at is "1/],
        [{ ...saved, at: "1.?" }, /at is/],
        [{ ...saved, at: "1;;" + "1;".repeat(99) }, /at is/],
        [{ ...saved, at: "1.2.zzzzzzzzzzz" }, /at is/],
      ];
      for (const [value, message] of hostile) {
        throwsOrder("order/state", () => parseState(value), message);
      }
      // What is not known is not kept, and what is inherited is not there.
      const kept = parseState({ ...saved, more: 1 });
      assert.notProperty(kept, "more");
      throwsOrder("order/state", () => parseState(Object.create(saved)));
    },
  },
  {
    name: "WordHash gives MurmurHash3's known values",
    run() {
      // x86_32 with seed 0 of "", of "test" and of four bytes ff.
      assert.equal(`${new WordHash()}`, "00000000");
      assert.equal(`${new WordHash().add(0x74736574)}`, "ba6bd213");
      assert.equal(`${new WordHash().add(0xffffffff)}`, "76293b50");
    },
  },
];
