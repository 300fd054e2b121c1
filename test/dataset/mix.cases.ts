/** Mixes of datasets: the samples that mixEpoch() names, on any rank, and again after a resume. */

import { assert } from "chai";
import { type Dataset, mix, type MixedDataset, type WebDataset } from "../../src/dataset/mod.ts";
import { OrderError } from "../../src/errors.ts";
import { init, training } from "../../src/image/mod.ts";
import {
  locateSample,
  mixEpoch,
  type MixStop,
  RankSequence,
  seededRandom,
} from "../../src/order/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { TestCase } from "../case.ts";
import { makeLaned, makeShards } from "./lanes.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const nameOf = ({ part, key, isPadding }: Sample): string =>
  `${part}:${key}${isPadding ? "+" : ""}`;

/** The datasets of drawn lengths, and those lengths. */
async function makeParts(lengths: readonly (readonly number[])[]): Promise<WebDataset[]> {
  return await Promise.all(
    lengths.map(async (own, part) =>
      makeLaned(await makeShards(own), part % 2 === 0 ? own : undefined)
    ),
  );
}

/** What a pass gives, at most so many items. */
async function first<T>(dataset: Dataset<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for await (const item of dataset) if (items.push(item) >= count) break;
  return items;
}

export const cases: TestCase[] = [
  {
    name: "drawn mixes give what mixEpoch() says, on any rank, and exactly the rest after any item",
    async run(): Promise<void> {
      let cuts = 0;
      for (let number = 0; number < 40; number++) {
        const random = seededRandom(6, { epoch: 0, shard: 0, index: number });
        const between = (low: number, high: number): number => random.integer(low, high);
        const lengths = Array.from(
          { length: between(1, 3) },
          () => Array.from({ length: between(1, 3) }, (_, i) => between(i === 0 ? 1 : 0, 6)),
        );
        const stop: MixStop = (["first", "all", "never"] as const)[between(0, 2)];
        const weights = lengths.map(() => between(1, 4));
        const seeds = lengths.map(() => between(0, 9));
        const [seed, lanes, window] = [between(0, 9), between(1, 5), between(1, 4)];
        const isOwn = between(0, 1) === 0;
        const world = between(1, 3);
        const even = stop === "never"
          ? "exact"
          : (["exact", "pad", "drop"] as const)[between(0, 2)];
        const split = { rank: between(0, world - 1), world, even };
        const epochs = stop === "never" ? 1 : between(1, 2);
        const parts = (await makeParts(lengths)).map((part, i) =>
          isOwn ? part.shuffle({ seed: seeds[i], window, lanes }) : part
        );
        let mixed: MixedDataset = mix(parts, { weights, stop, seed }).split(split);
        if (!isOwn) mixed = mixed.shuffle({ seed: 5, window, lanes });
        if (epochs > 1) mixed = mixed.epochs(epochs);
        const most = 60;
        const expected: string[] = [];
        for (let epoch = 0; epoch < epochs; epoch++) {
          const order = mixEpoch({
            parts: lengths.map((own, i) => ({ lengths: own, window, seed: isOwn ? seeds[i] : 5 })),
            weights,
            stop,
            seed,
            lanes,
            epoch,
          });
          const find = locateSample(order);
          const sequence = new RankSequence({ from: 0, to: order.sampleCount }, split);
          for (let n = 0; n < Math.min(sequence.length, most); n++) {
            const { position, isPadding } = sequence.at(n);
            const { part, shard, index } = find(position);
            expected.push(`${part}:${shard}/${index}${isPadding ? "+" : ""}`);
          }
        }
        const build = (from: MixedDataset): Dataset<string> => from.map(nameOf);
        const whole = await first(build(mixed), most);
        assert.deepEqual(whole, expected.slice(0, most), `mix ${number}`);
        if (whole.length === 0) continue;
        const i = between(0, Math.min(whole.length, expected.length / epochs) - 1);
        assert.equal(nameOf(await mixed.at(i)), whole[i], `at ${i}`);
        const pass = build(mixed)[Symbol.asyncIterator]();
        for (let given = 1; given < Math.min(most, whole.length + 1); given++) {
          await pass.next();
          if (between(0, 3) > 0 && given < whole.length) continue;
          const state = JSON.stringify(pass.state());
          assert.isBelow(state.length, 1024);
          const rest = await first(build(mixed.resume(state)), most - given);
          assert.deepEqual(rest, whole.slice(given), `mix ${number} after ${given}`);
          cuts++;
        }
        await pass.return?.();
      }
      assert.isAbove(cuts, 200);
    },
  },
  {
    name:
      "a mix goes on with another number of ranks, and each stretch of it has the weights' shares",
    async run(): Promise<void> {
      const parts = await makeParts([[30, 40, 20], [25, 25]]);
      const mixed = mix(parts, { weights: [0.75, 0.25], stop: "all" }).shuffle({
        lanes: 6,
        seed: 2,
      });
      const names = await collect(mixed.map(nameOf));
      for (let from = 0; from + 24 <= names.length; from += 24) {
        const own = names.slice(from, from + 24).filter((name) => name.startsWith("0:")).length;
        assert.isAtMost(Math.abs(own - 18), 2, `${own} of 24`);
      }
      assert.equal(new Set(names).size, 140);
      const runs = await Promise.all([0, 1].map(async (rank) => {
        const pass = mixed.split({ rank, world: 2 }).map(nameOf)[Symbol.asyncIterator]();
        const names: string[] = [];
        while (names.length < 15) names.push((await pass.next()).value!);
        await pass.return?.();
        return { names, state: pass.state()! };
      }));
      const rest = await Promise.all(
        [0, 1, 2].map((rank) =>
          collect(mixed.split({ rank, world: 3 }).resume(runs[0].state).map(nameOf))
        ),
      );
      const all = [...runs.flatMap(({ names }) => names), ...rest.flat()];
      assert.deepEqual(all.sort(), [...names].sort());
    },
  },
  {
    name:
      "samples of a mix keep shard, index and training draws, and batches say of which part they are",
    async run(fixtures): Promise<void> {
      await init();
      const jpeg = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const make = async (prefix: string, count: number) =>
        await makeShard(
          Array.from({ length: count }, (_, i): [string, string | Uint8Array][] => [
            [`${prefix}${i}.cls`, String(i)],
            [`${prefix}${i}.jpg`, jpeg],
          ]).flat(),
        );
      const a = makeLaned([await make("a", 9), await make("b", 5)], [9, 5]);
      const b = makeLaned([await make("c", 7)], [7]);
      const draws = training({ size: 8, seed: 3, scale: [0.1, 0.6] });
      const alone = new Map<string, string>();
      for (const [part, dataset] of [a, b].entries()) {
        for await (const { key, index, image } of dataset.transform(draws)) {
          alone.set(`${part}:${key}:${index}`, image.join());
        }
      }
      let count = 0;
      const mixed = mix([a, b], { stop: "all" }).shuffle({ seed: 1, lanes: 3, window: 2 });
      const seen = new Set<string>();
      for await (const { keys, parts, indexes, images, size } of mixed.transform(draws).batch(4)) {
        for (let i = 0; i < size; i++) {
          const name = `${parts![i]}:${keys[i]}:${indexes[i]}`;
          // What comes again is of the part's next epoch, and draws for that.
          const isAgain = seen.has(name);
          seen.add(name);
          if (isAgain) continue;
          count++;
          assert.equal(images.slice(i * 192, (i + 1) * 192).join(), alone.get(name), name);
        }
      }
      assert.equal(count, 21);
      const { samples, share } = await mixed.split({ rank: 0, world: 2 }).explain({ count: true });
      const all = (await collect(mixed)).length;
      assert.deepEqual([samples, share.samples], [all, Math.ceil(all / 2)]);
      const sample = await mixed.at(2);
      assert.equal(sample.part, (await first(mixed, 3))[2].part);
    },
  },
  {
    name: "a mix refuses what cannot be mixed, and states of other mixes",
    async run(): Promise<void> {
      const [a, b] = await makeParts([[3, 4], [5]]);
      const other = makeLaned(await makeShards([2]), [2], { onError: "skip" });
      assert.throws(() => mix([]), RangeError);
      assert.throws(() => mix([a, b], { weights: [1] }), RangeError, /2 parts/);
      assert.throws(() => mix([a, b], { weights: [1, 0] }), RangeError, /positive/);
      assert.throws(() => mix([a, b], { stop: "soon" as "all" }), TypeError);
      assert.throws(() => mix([a, b], { seed: -1 }), RangeError);
      assert.throws(() => mix([a, other]), TypeError, /onError/);
      assert.isNotEmpty(await collect(mix([b, other], { onError: "throw" })));
      for (
        const part of [a.epochs(2), a.split({ rank: 0, world: 2 }), mix([a]), a.shuffle().take(2)]
      ) {
        assert.throws(() => mix([part, b]), TypeError, /Part 0/);
      }
      // @ts-expect-error What has steps is no part, by types too.
      assert.throws(() => mix([a.map((sample) => sample)]), TypeError);
      // @ts-expect-error Nor has a mix samples to select.
      assert.throws(() => mix([a, b]).select({ every: 2 }), TypeError);
      assert.throws(() => mix([a, b], { stop: "never" }).epochs(2), RangeError);
      const mixed = mix([a, b], { weights: [2, 1] });
      await first(mixed, 2);
      const state = mixed.state()!;
      for (
        const [changed, what] of [
          [mix([a, b], { weights: [1, 1] }), /weights/],
          [mix([a, b], { weights: [2, 1], stop: "all" }), /mix/],
          [mix([b, a], { weights: [2, 1] }), /shards/],
          [mix([a.take(6), b], { weights: [2, 1] }), /selection/],
        ] as const
      ) {
        const error = await catchError(collect(changed.resume(state)));
        assert.instanceOf(error, OrderError);
        assert.match((error as Error).message, what);
      }
    },
  },
];
