/** Orders of Python's on the chain: the samples that webdataset and timm give, by their own code. */

import { assert } from "chai";
import type { Dataset, WebDataset } from "../../src/dataset/mod.ts";
import { OrderError } from "../../src/errors.ts";
import { type PythonOrder, timmOrder, turnWorkers, webdatasetOrder } from "../../src/order/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { readJson } from "../reference/json.ts";
import { makeLaned, makeShards } from "./lanes.ts";
import { catchError, collect } from "./shards.ts";

interface Loader {
  readonly of: string;
  readonly given: {
    readonly rank: number;
    readonly world: number;
    readonly workers: number;
    readonly batch: number;
    readonly persistent: boolean;
    readonly shardshuffle: number | false;
    readonly seed: number;
    readonly detshuffle: boolean;
    readonly buffer: number;
    readonly initial: number;
    readonly sampleSeed: number;
  };
  readonly epochs: readonly (readonly (readonly number[])[])[];
  readonly seeds: readonly string[];
}

interface Given {
  readonly items: number;
  readonly bufsize: number;
  readonly initial: number;
  readonly seed: number;
  readonly shards: number;
  readonly size: number;
  readonly batch: number;
}

interface Vector {
  readonly name: string;
  readonly given: Given;
  readonly gives: unknown;
}

interface Worker {
  readonly rank: number;
  readonly worker: number;
  readonly epochs: readonly (readonly number[])[];
}

/** A dataset of such shards, whose samples are numbered through them. */
async function number(lengths: readonly number[]): Promise<{
  dataset: WebDataset;
  numbers: (dataset: Dataset<Sample>) => Promise<number[]>;
}> {
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
  const dataset = makeLaned(await makeShards(lengths), lengths);
  const numbers = async (own: Dataset<Sample>): Promise<number[]> =>
    (await collect(own)).map(({ key }) => {
      const [shard, index] = key.split("/").map(Number);
      return starts[shard] + index;
    });
  return { dataset, numbers };
}

/** Checks an order of ranks against what their workers give, and a cut of each epoch. */
async function checkRanks(
  { given: { shards, size }, gives }: Vector,
  order: PythonOrder,
  batch: number,
): Promise<void> {
  const { dataset, numbers } = await number(Array.from({ length: shards }, () => size));
  const workers = gives as readonly Worker[];
  for (const rank of [0, 1]) {
    const own = workers.filter((each) => each.rank === rank).map(({ epochs }) => epochs);
    const expected = [0, 1].map((epoch) => {
      const at = own.map(() => 0);
      return [...turnWorkers(own.map((epochs) => epochs[epoch].length), batch)]
        .flatMap(({ worker, size }) => own[worker][epoch].slice(at[worker], at[worker] += size));
    });
    const epochs = dataset.shuffle(order).split({ rank, world: 2 }).epochs(2);
    assert.deepEqual(await numbers(epochs), expected.flat(), `rank ${rank}`);
    const pass = epochs[Symbol.asyncIterator]();
    for (let given = 1; given <= expected.flat().length; given++) {
      await pass.next();
      if (given % 7 !== 0) continue;
      const rest = await numbers(epochs.resume(JSON.stringify(pass.state())));
      assert.deepEqual(rest, expected.flat().slice(given), `rank ${rank} after ${given}`);
    }
    await pass.return?.();
  }
}

async function loaders(fixtures: Fixtures, of: string): Promise<[Loader[], number[]]> {
  const golden = await readJson<{ loaders: Loader[]; lengths: number[] }>(
    fixtures,
    "order/golden.json",
  );
  return [golden.loaders.filter((run) => run.of === of), golden.lengths];
}

export const cases: TestCase[] = [
  {
    name: "Dataset.shuffle(webdatasetOrder()) gives the samples of webdataset's pipeline",
    async run(fixtures): Promise<void> {
      const { vectors } = await readJson<{ vectors: Vector[] }>(fixtures, "order/golden.json");
      let count = 0;
      for (const vector of vectors) {
        const { name, given: { items, bufsize, initial, seed }, gives } = vector;
        if (name.startsWith("shuffle-")) {
          const { dataset, numbers } = await number([items]);
          const order = webdatasetOrder({ buffer: bufsize, initial, sampleSeed: seed });
          assert.deepEqual(await numbers(dataset.shuffle(order)), gives, name);
        } else if (name === "detshuffle") {
          const { dataset, numbers } = await number([items]);
          for (const [epoch, expected] of (gives as number[][]).entries()) {
            const order = webdatasetOrder({ buffer: bufsize, initial, sampleSeed: seed + epoch });
            assert.deepEqual(await numbers(dataset.shuffle(order)), expected, name);
          }
        } else if (name === "shardshuffle-repeats") {
          const { dataset, numbers } = await number(Array.from({ length: items }, () => 1));
          const order = webdatasetOrder({ shardShuffle: bufsize, seed });
          assert.deepEqual(
            await numbers(dataset.shuffle(order).epochs(2)),
            (gives as number[][]).flat(),
          );
        } else if (name.startsWith("webdataset-2-ranks")) {
          const order = webdatasetOrder({
            shardShuffle: 100,
            detshuffle: true,
            seed: 3,
            buffer: 8,
            initial: 4,
            sampleSeed: ({ rank, worker }) => 11 + rank * 1000 + worker,
            workers: 2,
            batch: 5,
          });
          await checkRanks(vector, order, 5);
        } else if (name.startsWith("timm-2-ranks")) {
          const { batch } = vector.given;
          const workerSeed = ({ worker }: { worker: number }) => 77 + worker;
          const order = timmOrder({ batch, buffer: 12, initial: 5, workers: 2, workerSeed });
          await checkRanks(vector, order, batch);
        } else continue;
        count++;
      }
      assert.isAtLeast(count, 7);
    },
  },
  {
    name: "Dataset.shuffle() gives the batches of webdataset and of timm under torch's DataLoader",
    async run(fixtures): Promise<void> {
      const [runs, lengths] = await loaders(fixtures, "webdataset");
      const { dataset, numbers } = await number(lengths);
      for (const { given, epochs } of runs) {
        const { shardshuffle, rank, world, persistent, ...settings } = given;
        const order = webdatasetOrder({ ...settings, persistent, shardShuffle: shardshuffle });
        const own = dataset.shuffle(order).split({ rank, world }).epochs(epochs.length);
        assert.deepEqual(await numbers(own), epochs.flat(2), JSON.stringify(given));
        const batches = await collect(own.map(({ key }) => key).batch(given.batch));
        if (given.workers === 1) {
          assert.deepEqual(
            batches.map(({ length }) => length),
            epochs.flat().map(({ length }) => length),
          );
        }
      }
      const [timm] = await loaders(fixtures, "timm");
      for (const { given, epochs, seeds } of timm) {
        const { rank, world, batch, buffer, initial, seed, workers } = given;
        const workerSeed = ({ worker }: { worker: number }) => BigInt(seeds[worker]);
        const order = timmOrder({ batch, buffer, initial, seed, workers, workerSeed });
        const own = dataset.shuffle(order).split({ rank, world }).epochs(epochs.length);
        assert.deepEqual(await numbers(own), epochs.flat(2), JSON.stringify(given));
      }
    },
  },
  {
    name:
      "an order of Python's goes on with its own ranks and settings only, and is bounded in bytes",
    async run(): Promise<void> {
      const { dataset } = await number([4, 4, 4, 4]);
      const order = webdatasetOrder({ shardShuffle: 10, buffer: 4, seed: 2n });
      const share = (world: number, own = order) => dataset.shuffle(own).split({ rank: 0, world });
      const pass = share(2)[Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) await pass.next();
      const state = pass.state()!;
      await pass.return?.();
      for (
        const [other, message] of [
          [share(4), /another one for 4 ranks/],
          [share(2, webdatasetOrder({ shardShuffle: 10, buffer: 5, seed: 2n })), /shuffled/],
          [dataset.shuffle().split({ rank: 0, world: 2 }), /shuffled|window/],
        ] as const
      ) {
        const error = await catchError(collect(other.resume(state)));
        assert.instanceOf(error, OrderError);
        assert.match((error as Error).message, message);
      }
      assert.throws(
        () => dataset.shuffle(order).split({ rank: 0, world: 2, even: "pad" }),
        TypeError,
      );
      assert.throws(
        () => dataset.split({ rank: 0, world: 2, even: "drop" }).shuffle(order),
        TypeError,
      );
      const small = dataset.shuffle(order, { maxBufferedBytes: 10 });
      assert.propertyVal(await catchError(collect(small)), "code", "order/too-large");
      // Among what was selected, too.
      assert.lengthOf(await collect(dataset.select({ every: 2 }).shuffle(order)), 8);
    },
  },
];
