/** Samples in an order from shards of unknown length: compressed ones, streams, hosts without indexes. */

import { assert } from "chai";
import { type Dataset, type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import {
  dealShards,
  LaneTurns,
  listLanes,
  OpenLaneBuffer,
  seededRandom,
  type Split,
} from "../../src/order/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { OpenOptions, Source } from "../../src/storage/source.ts";
import { noCompression, type TestCase } from "../case.ts";
import { makeShards } from "./lanes.ts";
import { catchError, collect, makeShard } from "./shards.ts";

/** Datasets of a run of the suite. */
const DATASETS = 25;

const keysOf = async (dataset: Dataset<Sample>): Promise<string[]> =>
  (await collect(dataset)).map(({ key }) => key);

/** A shard on a host without an index; counts the bytes that it sends. */
class BareHost implements Source {
  readonly name: string;
  readonly #bytes: Uint8Array;
  sentBytes = 0;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.#bytes = bytes;
  }

  open(options: OpenOptions = {}) {
    const { offset = 0, length = Infinity } = options;
    this.sentBytes += Math.max(0, Math.min(this.#bytes.length, offset + length) - offset);
    return bytesSource(this.#bytes, this.name).open(options);
  }
}

/** What a rank is given of an epoch, by the pure functions: shards dealt, lanes in turns, windows. */
function expectDealt(
  lengths: readonly number[],
  numbers: {
    readonly seed: number;
    readonly lanes: number;
    readonly window: number;
    readonly epoch: number;
    readonly shuffled: boolean;
  },
  split: Split,
): string[] {
  const { lanes, window, seed, epoch } = numbers;
  const dealt = dealShards({ ...numbers, shardCount: lengths.length });
  const own = listLanes(lanes, split);
  const buffers = new Map(own.map((lane) => {
    const buffer = new OpenLaneBuffer<string>(window, { seed, epoch, part: 0, lane });
    const keys = dealt[lane].flatMap((shard) =>
      Array.from({ length: lengths[shard] }, (_, index) => `${shard}/${index}`)
    );
    return [lane, { buffer, keys }];
  }));
  const turns = new LaneTurns(own.map((lane) => ({ lane, place: 0 })));
  const given: string[] = [];
  for (let lane = turns.lane; lane !== undefined; lane = turns.lane) {
    const { buffer, keys } = buffers.get(lane)!;
    while (!buffer.isReady && !buffer.isOver) {
      const next = keys.shift();
      if (next === undefined) buffer.end();
      else buffer.offer(next);
    }
    if (buffer.isOver) turns.close();
    else {
      given.push(buffer.take());
      turns.advance();
    }
  }
  return given;
}

async function drawDataset(number: number) {
  const random = seededRandom(15, { epoch: 0, shard: 0, index: number });
  const between = (low: number, high: number): number => random.integer(low, high);
  const lengths = Array.from({ length: between(1, 7) }, () => between(0, 9));
  lengths[0]++;
  const world = between(1, 3);
  const split = { rank: between(0, world - 1), world };
  const lanes = world * between(1, 3);
  const shuffled = between(0, 4) > 0;
  const [seed, window, epochs, from] = [between(0, 9), between(1, 6), between(1, 3), between(0, 2)];
  const shards = await makeShards(lengths);
  const sources = shards.map((bytes, i) => new BareHost(`${i}.tar`, bytes));
  let dataset: WebDataset = webdataset(sources).epochs(epochs, { from });
  if (world > 1 || !shuffled) dataset = dataset.split(split);
  if (shuffled) dataset = dataset.shuffle({ seed, lanes, window });
  const numbers = {
    seed,
    lanes: shuffled ? lanes : world,
    window: shuffled ? window : 1,
    shuffled,
  };
  const expected = Array.from(
    { length: epochs },
    (_, i) => expectDealt(lengths, { ...numbers, epoch: from + i }, split),
  ).flat();
  return { dataset, expected, between, sources };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export const cases: TestCase[] = [
  {
    name:
      `${DATASETS} drawn datasets of unknown lengths are dealt, and go on exactly after any item`,
    async run(): Promise<void> {
      let cuts = 0;
      for (let number = 0; number < DATASETS; number++) {
        const { dataset, expected, between } = await drawDataset(number);
        if (expected.length === 0) continue;
        assert.deepEqual(await keysOf(dataset), expected, `dataset ${number}`);
        const [size, ahead] = [between(1, 3), between(0, 3)];
        const build = (from: WebDataset): Dataset<unknown> => {
          const steps = from.map(({ key, index }) => `${key} ${index}`)
            .filter((key) => !key.endsWith("3")).batch(size);
          return ahead > 0 ? steps.prefetch(ahead) : steps;
        };
        const whole = await collect(build(dataset));
        const pass = build(dataset)[Symbol.asyncIterator]();
        for (let given = 1; given <= whole.length; given++) {
          await pass.next();
          const state = JSON.stringify(pass.state());
          assert.isBelow(state.length, 1024);
          const rest = build(dataset.resume(state));
          assert.deepEqual(await collect(rest), whole.slice(given), `${number}, ${given} given`);
          // And after a pass that was itself resumed.
          if (given + 1 < whole.length) {
            const next = rest[Symbol.asyncIterator]();
            await next.next();
            const again = build(dataset.resume(JSON.stringify(next.state())));
            assert.deepEqual(await collect(again), whole.slice(given + 1));
            await next.return?.();
          }
          cuts++;
        }
        await pass.return?.();
      }
      assert.isAbove(cuts, DATASETS * 3);
    },
  },
  {
    name: "all ranks are an epoch, and other numbers of them go on where they divide the lanes",
    async run(): Promise<void> {
      const lengths = [5, 3, 0, 8, 1, 4, 6];
      const shards = await makeShards(lengths);
      const sources = shards.map((bytes, i) => new BareHost(`${i}.tar`, bytes));
      const shuffled = webdataset(sources).shuffle({ seed: 2, lanes: 6, window: 3 });
      for (const [before, next] of [[2, 3], [3, 1], [1, 6], [6, 2]]) {
        for (const count of [0, 1, 3]) {
          const all: string[] = [];
          const states = await Promise.all(
            Array.from({ length: before }, async (_, rank) => {
              const pass = shuffled.split({ rank, world: before })[Symbol.asyncIterator]();
              for (let i = 0; i <= count + rank; i++) {
                const { done, value } = await pass.next();
                if (!done) all.push(value.key);
              }
              await pass.return?.();
              return pass.state();
            }),
          );
          if (states.some((state) => state === undefined)) continue;
          for (let rank = 0; rank < next; rank++) {
            const rest = shuffled.split({ rank, world: next }).resume(states.map((each) => each!));
            all.push(...await keysOf(rest));
          }
          assert.lengthOf(all, 27);
          assert.equal(new Set(all).size, 27, `${before} to ${next}`);
        }
      }
      const odd = await catchError(collect(shuffled.split({ rank: 0, world: 4 })));
      assert.instanceOf(odd, RangeError);
      assert.match((odd as Error).message, /must divide/);
      const even = await catchError(
        collect(shuffled.split({ rank: 0, world: 2, even: "pad" })),
      );
      assert.instanceOf(even, RangeError);
    },
  },
  {
    name: "compressed shards are dealt and go on exactly; explain() and a hint say so, once",
    skip: noCompression,
    async run(): Promise<void> {
      const lengths = [4, 7, 2, 5];
      const shards = await Promise.all((await makeShards(lengths)).map(gzip));
      const hints: string[] = [];
      const sources = shards.map((bytes, i) => bytesSource(bytes, `${i}.tar.gz`));
      const dataset = webdataset(sources, { onHint: (hint) => void hints.push(hint) })
        .shuffle({ seed: 5, lanes: 2, window: 3 });
      const numbers = { seed: 5, lanes: 2, window: 3, epoch: 0, shuffled: true };
      const expected = expectDealt(lengths, numbers, { rank: 0, world: 1 });
      assert.isUndefined((await dataset.plan()).sampleCount);
      assert.isUndefined((await dataset.explain({ count: true })).samples);
      assert.deepEqual(await keysOf(dataset), expected);
      const pass = dataset[Symbol.asyncIterator]();
      for (let given = 1; given <= expected.length; given++) {
        await pass.next();
        const rest = dataset.resume(JSON.stringify(pass.state()));
        assert.deepEqual(await keysOf(rest), expected.slice(given));
      }
      assert.lengthOf(hints, 1);
      assert.deepEqual((await webdataset(sources).shuffle().explain()).hints, hints);
      // What was read to its end is counted, and the order stays what any process gives.
      assert.deepInclude(await dataset.plan(), { sampleCount: 18, shardLengths: lengths });
      assert.equal((await dataset.explain()).samples, 18);
      assert.deepEqual(await keysOf(dataset), expected);
    },
  },
  {
    name: "a lane of unknown length is opened again at its byte, behind records of its own too",
    async run(): Promise<void> {
      const long = "n".repeat(150);
      const shard = await makeShard(
        Array.from({ length: 60 }, (_, i) => [`${long}/${i}.txt`, "x".repeat(3000)] as const),
      );
      const source = new BareHost("0.tar", shard);
      const shuffled = webdataset([source]).shuffle({ lanes: 1, window: 4 });
      const pass = shuffled[Symbol.asyncIterator]();
      const keys: string[] = [];
      while (keys.length < 50) keys.push((await pass.next()).value!.key);
      const state = JSON.stringify(pass.state());
      await pass.return?.();
      const whole = await keysOf(shuffled);
      const unknown = await catchError(shuffled.at(3)) as WdsError;
      assert.equal(unknown.code, "index/needed");
      assert.match(unknown.message, /0\.tar.*wdstream index --split/);
      source.sentBytes = 0;
      assert.deepEqual(await keysOf(shuffled.resume(state)), whole.slice(50));
      assert.isBelow(source.sentBytes, shard.length / 3);
    },
  },
  {
    name: "faulty samples and damaged shards leave the rest of their lane exactly resumable",
    async run(): Promise<void> {
      const shards = await makeShards([6, 5, 6]);
      shards[1] = await makeShard([0, 1, 2, 3, 4].flatMap((i) => [
        [`1/${i}.cls`, "1"] as const,
        ...(i === 2 ? [[`1/${i}.cls`, "again"] as const] : []),
      ]));
      shards[2].fill(7, 6 * 1024, 6 * 1024 + 400);
      const sources = shards.map((bytes, i) => new BareHost(`${i}.tar`, bytes));
      const faults: WdsError[] = [];
      const options = { onError: "skip", onSkip: (fault: WdsError) => void faults.push(fault) };
      const dataset = webdataset(sources, options as { onError: "skip" })
        .shuffle({ lanes: 2, window: 3, seed: 1 });
      const whole = await keysOf(dataset);
      assert.deepEqual(
        faults.map(({ code }) => code).sort(),
        ["sample/duplicate-field", "tar/bad-header"],
      );
      assert.lengthOf(whole, 6 + 4 + 2);
      const pass = dataset[Symbol.asyncIterator]();
      for (let given = 1; given <= whole.length; given++) {
        await pass.next();
        assert.deepEqual(await keysOf(dataset.resume(pass.state()!)), whole.slice(given));
      }
      const error = await catchError(collect(webdataset(sources).shuffle({ lanes: 2 })));
      assert.include(["sample/duplicate-field", "tar/bad-header"], (error as WdsError).code);
    },
  },
  {
    name: "streams are read in an order once, and cannot be gone on with",
    async run(): Promise<void> {
      const shards = await makeShards([3, 4]);
      const open = (): WebDataset =>
        webdataset(shards.map((bytes) => new Blob([bytes]).stream())).shuffle({ lanes: 2 });
      const dataset = open();
      const pass = dataset[Symbol.asyncIterator]();
      const keys = [(await pass.next()).value!.key];
      const state = pass.state()!;
      for await (const { key } of pass) keys.push(key);
      assert.equal(new Set(keys).size, 7);
      const error = await catchError(collect(open().resume(state))) as WdsError;
      assert.equal(error.code, "source/unsupported");
      assert.match(error.message, /stream/);
    },
  },
  {
    name: "a pass in the shards' own order goes on without looking through them",
    async run(): Promise<void> {
      const shards = await makeShards([40, 40, 40]);
      const sources = shards.map((bytes, i) => new BareHost(`${i}.tar`, bytes));
      const dataset = webdataset(sources).epochs(2);
      const whole = await keysOf(dataset);
      for (const given of [1, 40, 70, 119, 120, 121, 240]) {
        const pass = dataset[Symbol.asyncIterator]();
        for (let i = 0; i < given; i++) await pass.next();
        const state = pass.state()!;
        await pass.return?.();
        sources[0].sentBytes = 0;
        assert.deepEqual(await keysOf(dataset.resume(state)), whole.slice(given), `${given}`);
        if (given === 70 || given === 121) {
          // Once, in the epoch that follows, or not quite.
          assert.isAtMost(sources[0].sentBytes, shards[0].length);
        }
      }
    },
  },
];
