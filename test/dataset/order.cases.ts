/** Samples in an order: exactly those that the pure functions name, on any rank, and again after a resume. */

import { assert } from "chai";
import { type Dataset, type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import { OrderError, type WdsError } from "../../src/errors.ts";
import { seededRandom, type Split } from "../../src/order/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { defaultLanes } from "../../src/order/plan.ts";
import type { TestCase } from "../case.ts";
import { expectKeys, makeLaned, makeShards } from "./lanes.ts";
import { catchError, collect } from "./shards.ts";

/** Datasets of a run of the suite. */
const DATASETS = 50;

const nameOf = ({ key, isPadding }: Sample): string => `${key}${isPadding ? "+" : ""}`;
const keysOf = async (dataset: Dataset<Sample>): Promise<string[]> =>
  (await collect(dataset)).map(nameOf);

/** A drawn dataset, the steps that follow it, and the keys of its epochs by the pure functions. */
async function drawDataset(number: number) {
  const random = seededRandom(5, { epoch: 0, shard: 0, index: number });
  const between = (low: number, high: number): number => random.integer(low, high);
  const lengths = Array.from({ length: between(1, 5) }, () => between(0, 7));
  lengths[0] += 1;
  const world = between(0, 1) === 0 ? 1 : between(2, 3);
  const even = (["exact", "pad", "drop"] as const)[between(0, 2)];
  const split: Split = { rank: between(0, world - 1), world, even };
  const shuffled = between(0, 3) > 0;
  const isNamed = between(0, 1) === 0;
  const settings = { seed: between(0, 99), window: between(1, 5), lanes: between(1, 6) };
  const lanes = shuffled && isNamed ? settings.lanes : defaultLanes(world, shuffled);
  const isSplit = world > 1 || between(0, 1) === 0;
  const epochs = between(1, 3);
  const from = between(0, 2);
  const shards = await makeShards(lengths);
  const shardLengths = between(0, 1) === 0 ? lengths : undefined;
  let dataset: WebDataset = makeLaned(shards, shardLengths).epochs(epochs, { from });
  if (isSplit) dataset = dataset.split(split);
  const { seed, window } = settings;
  if (shuffled) dataset = dataset.shuffle({ seed, window, lanes: isNamed ? lanes : undefined });
  const expected = Array.from(
    { length: epochs },
    (_, i) => expectKeys({ lengths, shuffled, seed, window, lanes, epoch: from + i }, split),
  );
  return { dataset, expected, lengths, between, from };
}

/** Every other sample, in batches, read ahead: with as many items as the random numbers say. */
function addSteps(
  dataset: WebDataset,
  between: (low: number, high: number) => number,
): (dataset: WebDataset) => Dataset<unknown> {
  const [skip, take, size, ahead] = [between(0, 3), between(1, 30), between(1, 4), between(0, 3)];
  const uses = Array.from({ length: 4 }, () => between(0, 1) === 0);
  return (from = dataset) => {
    let steps: Dataset<unknown> = from.map(nameOf);
    if (uses[0]) steps = steps.filter((key) => !String(key).endsWith("2"));
    if (uses[1]) steps = steps.skip(skip);
    if (uses[2]) steps = steps.batch(size);
    if (ahead > 0) steps = steps.prefetch(ahead);
    if (uses[3]) steps = steps.take(take);
    return steps;
  };
}

export const cases: TestCase[] = [
  {
    name:
      `${DATASETS} drawn datasets give what orderEpoch() says, and exactly the rest after any item`,
    async run(): Promise<void> {
      let cuts = 0;
      for (let number = 0; number < DATASETS; number++) {
        const { dataset, expected, between, from } = await drawDataset(number);
        assert.deepEqual(await keysOf(dataset), expected.flat(), `dataset ${number}`);
        if (expected[0].length > 0 && dataset.state() !== undefined) {
          const i = between(0, expected[0].length - 1);
          assert.equal((await dataset.at(i)).key, expected[0][i].replace("+", ""), `at ${i}`);
        }
        const build = addSteps(dataset, between);
        const whole = await collect(build(dataset));
        const pass = build(dataset)[Symbol.asyncIterator]();
        assert.isUndefined(pass.state());
        for (let given = 1; given <= whole.length; given++) {
          await pass.next();
          const state = JSON.stringify(pass.state());
          assert.isBelow(state.length, 1024);
          const rest = await collect(build(dataset.resume(state)));
          assert.deepEqual(
            rest,
            whole.slice(given),
            `dataset ${number} from ${from}, ${given} given`,
          );
          cuts++;
        }
        await pass.return?.();
      }
      assert.isAbove(cuts, DATASETS * 4);
    },
  },
  {
    name: "each epoch has another order, and all ranks of a world are an epoch",
    async run(): Promise<void> {
      const lengths = [9, 4, 11];
      const shards = await makeShards(lengths);
      const shuffled = makeLaned(shards, lengths).shuffle({ seed: 3, lanes: 6, window: 4 });
      const keys = await keysOf(shuffled.epochs(3, { from: 5 }));
      const epochs = [0, 24, 48].map((start) => keys.slice(start, start + 24));
      assert.equal(new Set(epochs.map((epoch) => epoch.join())).size, 3);
      for (const epoch of epochs) assert.equal(new Set(epoch).size, 24);
      for (const world of [1, 2, 3, 4, 5]) {
        const ranks = await Promise.all(
          Array.from({ length: world }, (_, rank) => keysOf(shuffled.split({ rank, world }))),
        );
        assert.equal(new Set(ranks.flat()).size, 24);
        assert.lengthOf(ranks.flat(), 24);
      }
    },
  },
  {
    name:
      "another number of ranks goes on after one state, or after all of a run whose ranks stand apart",
    async run(): Promise<void> {
      const lengths = [9, 4, 11, 6];
      const shards = await makeShards(lengths);
      const shuffled = makeLaned(shards, lengths).shuffle({ seed: 3, lanes: 6, window: 4 });
      const run = async (dataset: Dataset<Sample>, count: number) => {
        const pass = dataset[Symbol.asyncIterator]();
        const keys: string[] = [];
        for (let i = 0; i < count; i++) keys.push((await pass.next()).value!.key);
        await pass.return?.();
        return { keys, state: pass.state()! };
      };
      for (const counts of [[4, 4], [5, 2]]) {
        const runs = await Promise.all(
          counts.map((count, rank) => run(shuffled.split({ rank, world: 2 }), count)),
        );
        const states = counts[0] === counts[1] ? runs[1].state : runs.map(({ state }) => state);
        const rest = await Promise.all(
          [0, 1, 2].map((rank) => keysOf(shuffled.split({ rank, world: 3 }).resume(states))),
        );
        const all = [...runs.flatMap(({ keys }) => keys), ...rest.flat()];
        assert.lengthOf(all, 30);
        assert.equal(new Set(all).size, 30);
      }
    },
  },
  {
    name: "a state of another dataset, or a damaged one, is refused with the setting that differs",
    async run(): Promise<void> {
      const lengths = [5, 5];
      const shards = await makeShards(lengths);
      const make = (seed: number, window = 2): WebDataset =>
        makeLaned(shards, lengths).shuffle({ seed, window, lanes: 2 });
      const dataset = make(1);
      assert.isUndefined(dataset.state());
      for await (const _ of dataset) break;
      const state = dataset.state()!;
      const refused: [Dataset<unknown>, RegExp][] = [
        [make(2).resume(state), /the seed/],
        [make(1, 3).resume(state), /the window/],
        [makeLaned(shards, lengths).resume(state), /seed|window|shuffled/],
        [make(1).resume(state).batch(2), /the steps/],
        [make(1).shuffle({ seed: 1, window: 2, lanes: 3 }).resume(state), /lanes/],
        [makeLaned(shards.slice(1), [5]).shuffle({ seed: 1, window: 2 }).resume(state), /shards/],
        [make(1).epochs(2, { from: 1 }).resume(state), /epoch 0/],
      ];
      for (const [other, message] of refused) {
        const error = await catchError(collect(other)) as WdsError;
        assert.instanceOf(error, OrderError);
        assert.equal(error.code, "order/changed");
        assert.match(error.message, message);
      }
      // What reads ahead may change.
      assert.lengthOf(await collect(make(1).resume(state).prefetch(3)), 9);
      assert.throws(() => make(1).resume("{}"), OrderError);
      assert.throws(() => make(1).resume([]), RangeError);
    },
  },
  {
    name: "settings of an order are checked at once, and explain() shows them",
    async run(): Promise<void> {
      const dataset = webdataset(await makeShards([3, 3]));
      for (const bad of [{ seed: -1 }, { lanes: 0 }, { window: 0.5 }, { maxBufferedBytes: -1 }]) {
        assert.throws(() => dataset.shuffle(bad), RangeError);
      }
      assert.throws(
        () => dataset.shuffle({ maxBufferedBytes: "1" as unknown as number }),
        TypeError,
      );
      for (const split of [{ rank: 2, world: 2 }, { rank: 0, world: 0 }]) {
        assert.throws(() => dataset.split(split), RangeError);
      }
      const even = "often" as unknown as "pad";
      assert.throws(() => dataset.split({ rank: 0, world: 2, even }), RangeError);
      assert.notProperty(await dataset.explain(), "order");
      const { order } = await dataset.shuffle({ seed: 4 }).split({ rank: 1, world: 3 }).explain();
      assert.deepInclude(order, {
        shuffled: true,
        seed: 4,
        lanes: 18,
        window: 16,
        rank: 1,
        world: 3,
      });
      // @ts-expect-error An order is said before the steps, by types too.
      assert.throws(() => dataset.map((sample) => sample).shuffle(), TypeError);
      for (const gone of ["shuffle", "split", "resume", "epochs"]) {
        assert.notProperty(dataset.map((sample) => sample), gone);
      }
    },
  },
  {
    name: "a shuffled pass has one body a lane open at most, and none after it was left",
    async run(): Promise<void> {
      const shards = await makeShards([6, 6, 6, 6, 6]);
      let open = 0;
      let most = 0;
      const sources = shards.map((bytes, i) => ({
        name: `${i}.tar`,
        isLocal: true,
        open({ offset = 0 } = {}) {
          most = Math.max(most, ++open);
          let at = offset;
          const body = new ReadableStream<Uint8Array>({
            pull(controller) {
              if (at < bytes.length) return controller.enqueue(bytes.slice(at, at += 512));
              open--;
              controller.close();
            },
            cancel: () => void open--,
          }, { highWaterMark: 0 });
          return { body };
        },
      }));
      const shuffled = webdataset(sources).shuffle({ lanes: 3, window: 2 }).epochs(2);
      assert.lengthOf(await collect(shuffled), 60);
      assert.equal(open, 0);
      assert.isAtMost(most, 5);
      most = 0;
      for (const leave of [1, 4, 17, 31]) {
        assert.lengthOf(await collect(shuffled.take(leave)), leave);
        assert.equal(open, 0, `left after ${leave}`);
      }
      assert.equal(most, 3);
      const end = new AbortController();
      const aborted = webdataset(sources, { signal: end.signal }).shuffle({ lanes: 3 });
      const error = await catchError((async () => {
        for await (const _ of aborted) end.abort(new Error("enough"));
      })()) as Error;
      assert.equal(error.message, "enough");
      assert.equal(open, 0);
    },
  },
];
