/** How much an order holds, and the order of a large dataset: every sample once, over many processes, in small states. */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { listShards } from "../../src/imagenet/mod.ts";
import {
  locateSample,
  orderEpoch,
  RankSequence,
  seededRandom,
  spellOrder,
} from "../../src/order/mod.ts";
import { planEpoch } from "../../src/order/plan.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { Source } from "../../src/storage/source.ts";
import { noCompression, type TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const SAMPLE_BYTES = 900;

/** Shards whose samples have as many bytes each. */
function makeEven(lengths: readonly number[]): Promise<Uint8Array<ArrayBuffer>[]> {
  const body = "x".repeat(SAMPLE_BYTES);
  return Promise.all(
    lengths.map((length, shard) =>
      makeShard(Array.from({ length }, (_, i) => [`${shard}/${i}.txt`, body] as const))
    ),
  );
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export const cases: TestCase[] = [
  {
    name: "an order never holds more samples than its lanes times its window",
    skip: noCompression,
    async run(): Promise<void> {
      const random = seededRandom(21, { epoch: 0, shard: 0, index: 0 });
      const lengths = [13, 40, 7, 22, 31];
      const plain = await makeEven(lengths);
      const packed = await Promise.all(plain.map(gzip));
      for (let i = 0; i < 24; i++) {
        const [lanes, window, seed] = [1, 1, 0].map((least) => random.integer(least, 9));
        const world = [1, 1, lanes, 2, 3][random.integer(0, 4)];
        // Of shards of unknown length, whole lanes alone are a rank's.
        const isPacked = lanes % world === 0 && i % 2 === 0;
        const own = lanes % world === 0 ? lanes / world : lanes;
        const maxBufferedBytes = own * window * SAMPLE_BYTES;
        const shards = isPacked ? packed : plain;
        const order = { lanes, window, seed, maxBufferedBytes };
        let count = 0;
        for (let rank = 0; rank < world; rank++) {
          count += (await collect(webdataset(shards).shuffle(order).split({ rank, world }))).length;
        }
        assert.equal(count, 113, JSON.stringify({ ...order, world, isPacked }));
      }
    },
  },
  {
    name: "windows begin small: the first samples of an order wait for few others",
    async run(): Promise<void> {
      const shards = await makeEven([64, 64]);
      const shuffled = webdataset(shards).shuffle({ lanes: 2, window: 32, maxBufferedBytes: 2000 });
      const given: string[] = [];
      const error = await catchError((async () => {
        for await (const { key } of shuffled) given.push(key);
      })()) as WdsError;
      // Two samples may wait: enough for the windows of one and of two, and not for those of four.
      assert.equal(error.code, "order/too-large");
      assert.isAtLeast(given.length, 2);
      assert.isAtMost(given.length, 8);
    },
  },
  {
    name: "64 ranks of ImageNet's training split are a partition, whatever they read was planned",
    run() {
      const { shardLengths, sampleCount } = listShards("train");
      const options = { lengths: shardLengths, seed: 42, epoch: 3, lanes: 64, window: 16 };
      const order = orderEpoch(options);
      const spelled = spellOrder(planEpoch(options));
      const seen = new Uint8Array(sampleCount);
      for (let rank = 0; rank < 64; rank++) {
        const sequence = new RankSequence({ from: 0, to: sampleCount }, { rank, world: 64 });
        assert.isAtLeast(sequence.length, Math.floor(sampleCount / 64));
        assert.isAtMost(sequence.length, Math.ceil(sampleCount / 64));
        for (let n = 0; n < sequence.length; n++) seen[spelled[sequence.at(n).position]]++;
      }
      assert.isTrue(seen.every((count) => count === 1));
      // And what is spelled out is what is found one by one.
      const starts = shardLengths.map(() => 0);
      for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1] + shardLengths[i - 1];
      const find = locateSample(order);
      for (let position = 5; position < sampleCount; position += 99_991) {
        const { shard, index } = find(position);
        assert.equal(starts[shard] + index, spelled[position]);
      }
    },
  },
  {
    name:
      "one rank of 64 reads its share of 1,024 shards made on the fly, in states below a kilobyte",
    async run(): Promise<void> {
      const { shardNames, shardLengths, sampleCount } = listShards("train");
      const made = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
      const make = (shard: number): Promise<Uint8Array<ArrayBuffer>> => {
        const members = Array.from(
          { length: shardLengths[shard] },
          (_, index) => [`${shard}/${index}.txt`, "x"] as const,
        );
        made.set(shard, made.get(shard) ?? makeShard(members));
        return made.get(shard)!;
      };
      const sources = shardNames.map((name, shard): Source => ({
        name,
        async open(options) {
          return bytesSource(await make(shard), name).open(
            options,
          );
        },
      }));
      const plan = { sources, shardLengths, sampleCount };
      const settings = { seed: 1, lanes: 64, window: 16 };
      const split = { rank: 17, world: 64 };
      const dataset = makeDataset(() => Promise.resolve(plan), {}).shuffle(settings).split(split);
      const order = orderEpoch({ ...settings, lengths: shardLengths });
      const sequence = new RankSequence({ from: 0, to: sampleCount }, split);
      const find = locateSample(order);
      let n = 0;
      let longest = 0;
      const pass = dataset[Symbol.asyncIterator]();
      for await (const { key } of pass) {
        const { shard, index } = find(sequence.at(n++).position);
        if (key !== `${shard}/${index}`) assert.equal(key, `${shard}/${index}`, `item ${n}`);
        if (n % 4999 === 0) longest = Math.max(longest, JSON.stringify(pass.state()).length);
      }
      assert.equal(n, sequence.length);
      assert.isBelow(longest, 400);
      // Its own lane: sixteen shards, and of one more a part.
      assert.isAtMost(made.size, 18);
    },
  },
];
