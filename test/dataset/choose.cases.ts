/** Samples that are chosen before they are read: by number, key and class, and what is read for it. */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import { type Dataset, type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import { IndexError, type WdsError } from "../../src/errors.ts";
import { indexShard } from "../../src/index/mod.ts";
import { formatIndex } from "../../src/index/text.ts";
import { locateSample, orderEpoch, RankSequence, selectSamples } from "../../src/order/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { OpenOptions, Source } from "../../src/storage/source.ts";
import type { TestCase } from "../case.ts";
import { makeLaned, makeShards } from "./lanes.ts";
import { catchError, collect, CountingSource, makeShard, makeTextShard } from "./shards.ts";

const keysOf = async (dataset: Dataset<Sample>): Promise<string[]> =>
  (await collect(dataset)).map(({ key }) => key);

const LENGTHS = [6, 0, 9, 5];
const ALL = LENGTHS.flatMap((length, shard) => Array.from({ length }, (_, i) => `${shard}/${i}`));

/** Checks that a cut anywhere leaves exactly the rest. */
async function checkCuts(dataset: WebDataset, keys: readonly string[]): Promise<void> {
  const pass = dataset[Symbol.asyncIterator]();
  for (let given = 1; given <= keys.length; given++) {
    await pass.next();
    const rest = await keysOf(dataset.resume(JSON.stringify(pass.state())));
    assert.deepEqual(rest, keys.slice(given), `after ${given}`);
  }
  await pass.return?.();
}

/** A shard on a host with an index beside it, which counts the bytes that it sends. */
class RangedSource implements Source {
  readonly name: string;
  readonly #bytes: Uint8Array;
  readonly #index: string;
  sent = 0;
  requests = 0;

  constructor(name: string, bytes: Uint8Array, index: string) {
    this.name = name;
    this.#bytes = bytes;
    this.#index = index;
  }

  open({ offset = 0, length = Infinity }: OpenOptions = {}) {
    this.requests++;
    const sizeBytes = this.#bytes.length;
    const part = this.#bytes.slice(offset, Math.min(sizeBytes, offset + length));
    this.sent += part.length;
    return { body: new Blob([part]).stream(), sizeBytes };
  }

  beside(suffix: string): Source {
    const text = suffix === ".idx" ? this.#index : "<html>";
    return bytesSource(new TextEncoder().encode(text), this.name + suffix);
  }
}

async function makeRanged(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<RangedSource> {
  return new RangedSource(name, bytes, formatIndex(await indexShard(bytes)));
}

export const cases: TestCase[] = [
  {
    name: "take() and skip() mean what stands before them: dataset, order, share, or all epochs",
    async run(): Promise<void> {
      const shards = await makeShards(LENGTHS);
      for (const lengths of [LENGTHS, undefined]) {
        const dataset = makeLaned(shards, lengths);
        const expected: [WebDataset, string[]][] = [
          [dataset.take(8), ALL.slice(0, 8)],
          [dataset.skip(5).take(3), ALL.slice(5, 8)],
          [dataset.take(8).skip(5), ALL.slice(5, 8)],
          [dataset.skip(19), ALL.slice(19)],
          [dataset.skip(3).take(2).epochs(2), [...ALL.slice(3, 5), ...ALL.slice(3, 5)]],
          [dataset.epochs(3).skip(18).take(5), [...ALL, ...ALL].slice(18, 23)],
          [
            dataset.take(4).epochs(3).skip(6).take(5),
            [...Array(12).keys()].slice(6, 11).map((i) => ALL[i % 4]),
          ],
          [dataset.epochs(Infinity).take(45), [...ALL, ...ALL, ...ALL].slice(0, 45)],
        ];
        for (const [own, keys] of expected) {
          assert.deepEqual(await keysOf(own), keys);
          await checkCuts(own, keys);
        }
        assert.equal((await dataset.skip(5).take(3).at(2)).key, ALL[7]);
        assert.instanceOf(await catchError(dataset.skip(5).take(3).at(3)), RangeError);
        assert.instanceOf(await catchError(dataset.skip(5).at(-1)), RangeError);
        for (
          const none of [
            dataset.take(0),
            dataset.skip(40),
            dataset.take(0).shuffle(),
            dataset.shuffle().skip(20),
          ]
        ) {
          assert.isEmpty(await keysOf(none));
        }
        assert.equal(
          ((await catchError(keysOf(dataset.skip(40).epochs(Infinity)))) as WdsError).code,
          "sample/empty",
        );
        const shuffled = dataset.shuffle({ seed: 3, lanes: 4, window: 3 });
        const all = await keysOf(shuffled.epochs(2));
        assert.sameMembers(await keysOf(dataset.take(7).shuffle({ seed: 3 })), ALL.slice(0, 7));
        const cuts: [WebDataset, string[]][] = [
          [shuffled.take(7), all.slice(0, 7)],
          [shuffled.skip(12).epochs(2), [...all.slice(12, 20), ...all.slice(32, 40)]],
          [shuffled.epochs(2).skip(15).take(12), all.slice(15, 27)],
        ];
        for (const [own, keys] of cuts) {
          assert.deepEqual(await keysOf(own), keys);
          await checkCuts(own, keys);
        }
        // Of a share, and of all shares.
        for (const rank of [0, 1]) {
          const share = shuffled.split({ rank, world: 2 });
          const own = await keysOf(share);
          assert.deepEqual(await keysOf(share.take(3)), own.slice(0, 3));
          assert.deepEqual(await keysOf(share.skip(3).take(4)), own.slice(3, 7));
          const some = await keysOf(shuffled.take(6).split({ rank, world: 2 }));
          assert.deepEqual(some, own.slice(0, 3));
        }
        // What is said of all epochs before the split is of the dataset's own order, then, too.
        const shares = [0, 1].map((rank) =>
          keysOf(dataset.epochs(2).skip(13).take(9).split({ rank, world: 2 }))
        );
        assert.sameMembers((await Promise.all(shares)).flat(), [...ALL, ...ALL].slice(13, 22));
        for (const count of [-1, 0.5, NaN]) {
          assert.throws(() => dataset.take(count), RangeError);
          assert.throws(() => dataset.skip(count), RangeError);
        }
      }
    },
  },
  {
    name: "skip() and take() open no shard that is known to have none of the samples",
    async run(): Promise<void> {
      const shards = await makeShards(LENGTHS);
      const sources = shards.map((bytes, i) => new CountingSource(`${i}.tar`, bytes));
      const dataset = makeDataset(() => Promise.resolve({ sources, shardLengths: LENGTHS }), {});
      assert.deepEqual(await keysOf(dataset.skip(7).take(3)), ALL.slice(7, 10));
      assert.deepEqual(sources.map(({ opened }) => opened), [0, 0, 1, 0]);
      assert.isTrue(sources[2].left);
      assert.deepEqual(await keysOf(dataset.take(5).epochs(2)), [
        ...ALL.slice(0, 5),
        ...ALL.slice(0, 5),
      ]);
      assert.deepEqual(sources.map(({ opened }) => opened), [2, 0, 1, 0]);
    },
  },
  {
    name:
      "select() gives what selectSamples() does, in any order, by any rank, and exactly the rest",
    async run(): Promise<void> {
      const shards = await makeShards(LENGTHS);
      const classes = LENGTHS.flatMap((length) => Array.from({ length }, (_, i) => i));
      const starts = LENGTHS.map((_, i) => LENGTHS.slice(0, i).reduce((a, b) => a + b, 0));
      const findKey = (key: string) => {
        const [shard, index] = key.split("/").map(Number);
        return { shard, index };
      };
      const index = { lengths: LENGTHS, classes, findKey };
      const lists = [
        { classes: [2, 4] },
        { keys: ["3/1", "0/5"] },
        { every: 3 },
        { samples: [19, 0, 7, 8] },
        { perClass: 1 },
        { random: { count: 6, seed: 4 } },
        { classes: [1, 2, 3], perClass: { count: 2, seed: 1 }, random: { count: 4 } },
      ];
      for (const select of lists) {
        const { lengths, indexes } = selectSamples(index, select);
        const keys = lengths.flatMap((length, shard) =>
          Array.from({ length }, (_, i) => `${shard}/${indexes[shard]?.[i] ?? i}`)
        );
        const dataset = makeLaned(shards, LENGTHS).select(select);
        assert.deepEqual(await keysOf(dataset), keys);
        await checkCuts(dataset, keys);
        const settings = { seed: 5, lanes: 3, window: 2 };
        const order = orderEpoch({ ...settings, lengths, indexes, epoch: 0 });
        const find = locateSample(order);
        const shuffled = dataset.shuffle(settings);
        for (const world of [1, 2]) {
          for (let rank = 0; rank < world; rank++) {
            const sequence = new RankSequence({ from: 0, to: order.sampleCount }, { rank, world });
            const own = Array.from({ length: sequence.length }, (_, n) => {
              const { shard, index } = find(sequence.at(n).position);
              return `${shard}/${index}`;
            });
            const share = shuffled.split({ rank, world });
            assert.deepEqual(await keysOf(share), own, JSON.stringify(select));
            await checkCuts(share, own);
            if (own.length > 0) assert.equal((await share.at(0)).key, own[0]);
          }
        }
      }
      const { share, samples } = await makeLaned(shards, LENGTHS).select({ classes: [2] }).shuffle()
        .take(2).explain({ count: true });
      assert.deepEqual([samples, share.samples, starts[3]], [2, 2, 15]);
      const chosen = makeLaned(shards, undefined).skip(2).select({ every: 4 }).take(3);
      assert.deepEqual(await keysOf(chosen), [ALL[2], ALL[6], ALL[10]]);
      const { index: number } = await makeLaned(shards, LENGTHS).select({ keys: ["2/7"] }).at(0);
      assert.equal(number, 7);
    },
  },
  {
    name:
      "select() reads of shards on hosts the wanted samples alone, or all where most are wanted",
    async run(): Promise<void> {
      const big = async (prefix: string) =>
        await makeShard(
          Array.from({ length: 20 }, (_, i): [string, string][] => [
            [`${prefix}${i}.cls`, String(i % 10)],
            [`${prefix}${i}.txt`, "x".repeat(9000)],
          ]).flat(),
        );
      const sources = await Promise.all(
        ["a", "b", "c"].map(async (name) => await makeRanged(`${name}.tar`, await big(name))),
      );
      const dataset = webdataset(sources, { splitIndex: false });
      assert.deepEqual(await keysOf(dataset.select({ classes: [3] })), [
        "a3",
        "a13",
        "b3",
        "b13",
        "c3",
        "c13",
      ]);
      for (const { sent, requests } of sources) {
        assert.equal(requests, 2);
        assert.isBelow(sent, 2 * 12_000);
      }
      const few = dataset.select({ keys: ["b7"] }).shuffle();
      for (const source of sources) source.sent = source.requests = 0;
      assert.deepEqual(await keysOf(few), ["b7"]);
      assert.deepEqual(sources.map(({ requests }) => requests), [0, 1, 0]);
      for (const source of sources) source.sent = source.requests = 0;
      const most = await keysOf(dataset.select({ classes: [0, 1, 2, 3, 4, 5, 6, 7] }));
      assert.lengthOf(most, 48);
      for (const { requests } of sources) assert.equal(requests, 1);
    },
  },
  {
    name:
      "select() is checked at once as far as can be, and before the order by types and at run time",
    async run(): Promise<void> {
      const shards = await makeShards([3, 3]);
      const dataset = makeLaned(shards, [3, 3]);
      assert.throws(() => dataset.select({ every: 0 }), RangeError);
      assert.throws(() => dataset.select({ random: { count: -1 } }), RangeError);
      assert.throws(() => dataset.select({ perClass: 0.5 }), RangeError);
      assert.throws(() => dataset.shuffle().select({ every: 2 }), TypeError);
      for (const gone of ["select", "shuffle", "split", "epochs", "resume"]) {
        assert.notProperty(dataset.map((sample) => sample), gone);
        assert.notProperty(dataset.filter(() => true), gone);
      }
      // @ts-expect-error Samples are selected before the steps, by types too.
      assert.throws(() => dataset.decode().select({ every: 2 }), TypeError);
      // @ts-expect-error What take() leaves after a step can be put in no order.
      assert.throws(() => dataset.map((sample) => sample).take(2).shuffle(), TypeError);
      const error = await catchError(keysOf(dataset.select({ keys: ["0/1", "none"] })));
      assert.instanceOf(error, RangeError);
      assert.match((error as Error).message, /none/);
      const unlabelled = webdataset([await makeShard([["a.txt", "1"], ["b.txt", "2"]])]);
      assert.instanceOf(await catchError(keysOf(unlabelled.select({ classes: [1] }))), IndexError);
      const none = await catchError(
        keysOf(webdataset([await makeTextShard("a", 3)]).select({ classes: [9] })),
      );
      assert.equal((none as WdsError).code, "sample/empty");
    },
  },
];
