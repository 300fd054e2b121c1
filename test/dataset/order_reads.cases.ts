/** Samples in an order from shards that are damaged, on hosts, or too large, and as tensors by workers. */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import { type Dataset, webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { init, training } from "../../src/image/mod.ts";
import { indexShard } from "../../src/index/mod.ts";
import { formatIndex } from "../../src/index/text.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { Batch } from "../../src/steps/mod.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { OpenOptions, Source } from "../../src/storage/source.ts";
import { noCompression, type TestCase } from "../case.ts";
import { expectKeys, makeLaned, makeShards } from "./lanes.ts";
import { eventually } from "../eventually.ts";
import { MemoryHost } from "../storage/memory_host.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const keysOf = async (dataset: Dataset<Sample>): Promise<string[]> =>
  (await collect(dataset)).map(({ key }) => key);

/** A shard on a host, with an index beside it or not; counts what is asked of it at one time. */
class HostSource implements Source {
  static open = 0;
  static most = 0;
  readonly name: string;
  readonly #bytes: Uint8Array;
  readonly #index: string | undefined;
  requests = 0;

  constructor(name: string, bytes: Uint8Array, index?: string) {
    this.name = name;
    this.#bytes = bytes;
    this.#index = index;
  }

  async open({ offset = 0, length = Infinity, signal, network }: OpenOptions = {}) {
    this.requests++;
    if (network !== undefined) network.requests++;
    HostSource.most = Math.max(HostSource.most, ++HostSource.open);
    const sizeBytes = this.#bytes.length;
    const part = this.#bytes.slice(offset, Math.min(sizeBytes, offset + length));
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (signal?.aborted) HostSource.open--;
    signal?.throwIfAborted();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (part.length > 0) controller.enqueue(part);
        HostSource.open--;
        controller.close();
      },
      cancel: () => void HostSource.open--,
    }, { highWaterMark: 0 });
    return { body, sizeBytes };
  }

  beside(suffix: string): Source {
    const text = this.#index ?? "<html>";
    return new HostSource(this.name + suffix, new TextEncoder().encode(text));
  }
}

export const cases: TestCase[] = [
  {
    name: "in an order, a faulty sample and a damaged shard keep their places",
    async run(): Promise<void> {
      const lengths = [6, 5, 6];
      const shards = await makeShards(lengths);
      shards[1] = await makeShard([0, 1, 2, 3, 4].flatMap((i) => [
        [`1/${i}.cls`, "1"] as const,
        ...(i === 2 ? [[`1/${i}.cls`, "again"] as const] : []),
      ]));
      // The header of the sample 2/3 is spoilt: what follows is lost, and 2/2 may lack members.
      shards[2].fill(7, 6 * 1024, 6 * 1024 + 400);
      const lost = new Set(["1/2", "2/2", "2/3", "2/4", "2/5"]);
      for (
        const order of [{ lanes: 3, window: 2 }, { lanes: 5, window: 4, seed: 9 }, { lanes: 1 }]
      ) {
        const faults: WdsError[] = [];
        const onSkip = (fault: WdsError): void => void faults.push(fault);
        const dataset = makeLaned(shards, lengths, { onError: "skip", onSkip }).shuffle(order);
        const all = expectKeys({ window: 16, ...order, lengths });
        const kept = all.filter((key) => !lost.has(key));
        assert.deepEqual(await keysOf(dataset), kept);
        assert.includeMembers(faults.map(({ code }) => code), [
          "sample/duplicate-field",
          "tar/bad-header",
        ]);
        assert.equal(dataset.stats.samples, 12);
        const pass = dataset[Symbol.asyncIterator]();
        for (let given = 1; given <= kept.length; given++) {
          await pass.next();
          assert.deepEqual(await keysOf(dataset.resume(pass.state()!)), kept.slice(given));
        }
        const ranks = await Promise.all(
          [0, 1].map((rank) => keysOf(dataset.split({ rank, world: 2 }))),
        );
        assert.deepEqual(ranks[0], all.filter((key, i) => i % 2 === 0 && !lost.has(key)));
        assert.deepEqual(ranks[1], all.filter((key, i) => i % 2 === 1 && !lost.has(key)));
        const error = await catchError(collect(makeLaned(shards, lengths).shuffle(order)));
        assert.include(["sample/duplicate-field", "tar/bad-header"], (error as WdsError).code);
      }
    },
  },
  {
    name: "in an order, a shard of another length than the catalogue's is an error at its end",
    async run(): Promise<void> {
      const shards = await makeShards([4, 4]);
      for (const lengths of [[4, 5], [3, 4]]) {
        const error = await catchError(collect(makeLaned(shards, lengths).shuffle({ lanes: 2 })));
        assert.deepInclude(error, { code: "dataset/length" });
      }
    },
  },
  {
    name:
      "shards on hosts are counted by their indexes and read in segments, six requests at a time",
    async run(): Promise<void> {
      const lengths = Array.from({ length: 12 }, (_, i) => 3 + i % 4);
      const shards = await makeShards(lengths);
      const sources = await Promise.all(shards.map(async (bytes, i) => {
        const index = await indexShard(bytes, { name: `${i}.tar` });
        return new HostSource(`${i}.tar`, bytes, formatIndex(index));
      }));
      HostSource.most = 0;
      const order = { lanes: 12, window: 3, seed: 2 };
      const dataset = webdataset(sources).shuffle(order);
      assert.deepEqual(await keysOf(dataset), expectKeys({ ...order, lengths }));
      assert.isAtLeast(dataset.stats.network.requests, shards.length);
      assert.isAtMost(HostSource.most, 6);
      assert.isAbove(HostSource.most, 1);
      assert.equal(HostSource.open, 0);
      assert.lengthOf(await collect(dataset.take(5)), 5);
      // Requests that were under way are let go of when the host answers.
      await eventually(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(HostSource.open, 0);
      });
    },
  },
  {
    name: "the index of a shard is asked for once, however many lanes begin inside it",
    async run(): Promise<void> {
      const objects: Record<string, Uint8Array<ArrayBuffer>> = {};
      for (const [i, bytes] of (await makeShards([20, 20])).entries()) {
        objects[`/${i}.tar`] = bytes;
        const index = formatIndex(await indexShard(bytes, { name: `${i}.tar` }));
        objects[`/${i}.tar.idx`] = new TextEncoder().encode(index);
      }
      const host = new MemoryHost(objects);
      const dataset = webdataset("https://host.test/{0..1}.tar", { fetch: host.fetch });
      const order = { lanes: 10, window: 1, seed: 4 };
      const keys = await keysOf(dataset.shuffle(order));
      assert.deepEqual(keys, expectKeys({ ...order, lengths: [20, 20] }));
      // Twice: when the samples are counted, and for all lanes.
      for (const name of ["/0.tar.idx", "/1.tar.idx"]) {
        assert.isAtMost(host.seen.filter((each) => each.startsWith(name)).length, 2, name);
      }
    },
  },
  {
    name:
      "a lane that begins inside a shard opens it there, by headers or index, but not a compressed one",
    skip: noCompression,
    async run(): Promise<void> {
      const lengths = [40];
      const [shard] = await makeShards(lengths);
      // The index of another shard, whose samples are larger.
      const other = await makeShard(
        Array.from({ length: 40 }, (_, i) => [`${i}.txt`, "x".repeat(600)] as const),
      );
      const packed = new Blob([shard]).stream().pipeThrough(new CompressionStream("gzip"));
      const gzip = new Uint8Array(await new Response(packed).arrayBuffer());
      const index = async (bytes: Uint8Array): Promise<string> =>
        formatIndex({ ...await indexShard(bytes, { name: "0.tar" }), sizeBytes: undefined });
      const ways: [name: string, source: Source, isShort: boolean][] = [
        ["local", bytesSource(shard, "0.tar"), true],
        ["index", new HostSource("0.tar", shard, await index(shard)), true],
        ["outdated index", new HostSource("0.tar", shard, await index(other)), false],
        ["none", new HostSource("0.tar", shard), false],
        ["gzip", bytesSource(gzip, "0.tar"), false],
      ];
      for (const [name, source, isShort] of ways) {
        const plan = { sources: [source], shardLengths: lengths };
        const whole = makeDataset(() => Promise.resolve(plan), {}).shuffle({ lanes: 1, window: 2 });
        const keys: string[] = [];
        for await (const { key } of whole) if (keys.push(key) === 30) break;
        const rest = whole.resume(whole.state()!);
        keys.push(...await keysOf(rest));
        assert.deepEqual(keys, expectKeys({ lengths, lanes: 1, window: 2 }), name);
        if (isShort) assert.isBelow(rest.stats.bytes, shard.length / 2, name);
      }
    },
  },
  {
    name: "windows that hold more bytes than maxBufferedBytes are an error that says what to do",
    async run(): Promise<void> {
      const big = "x".repeat(10_000);
      const shard = await makeShard(
        Array.from({ length: 16 }, (_, i) => [`${i}.txt`, big] as const),
      );
      const shuffle = (maxBufferedBytes: number): Dataset<Sample> =>
        webdataset(shard).shuffle({ lanes: 2, window: 4, maxBufferedBytes });
      assert.lengthOf(await collect(shuffle(80_000)), 16);
      const error = await catchError(collect(shuffle(25_000))) as WdsError;
      assert.equal(error.code, "order/too-large");
      assert.match(error.message, /fewer lanes/);
    },
  },
  {
    name: "batches of an order are the same by workers, go on exactly, and tell of padding",
    async run({ read }): Promise<void> {
      await init();
      const picture = await read("jpeg/baseline/420_42x32.jpg");
      const shards = await Promise.all(["a", "b", "c"].map((name) =>
        makeShard(
          Array.from({ length: 5 }, (_, i): [string, string | Uint8Array][] => [
            [`${name}${i}.cls`, String(i)],
            [`${name}${i}.jpg`, picture],
          ]).flat(),
        )
      ));
      const open = (workers: number, resume?: string): Dataset<Batch> => {
        const shuffled = webdataset(shards, { workers }).shuffle({ seed: 8, lanes: 4, window: 2 })
          .epochs(2).split({ rank: 1, world: 2, even: "pad" });
        const start = resume === undefined ? shuffled : shuffled.resume(resume);
        return start.transform(training({ size: 16, seed: 3, type: "uint8" })).batch(3);
      };
      const whole = await collect(open(0));
      assert.deepEqual(whole.map(({ size, padding }) => [size, padding]), [
        [3, undefined],
        [3, undefined],
        [2, 1],
        [3, undefined],
        [3, undefined],
        [2, 1],
      ]);
      assert.deepEqual(await collect(open(2)), whole);
      for (const workers of [0, 2]) {
        const pass = open(workers)[Symbol.asyncIterator]();
        for (let given = 1; given <= whole.length; given++) {
          await pass.next();
          const state = JSON.stringify(pass.state());
          if (workers > 0 && given % 2 === 0) continue;
          assert.deepEqual(await collect(open(workers, state)), whole.slice(given));
        }
        await pass.return?.();
      }
    },
  },
];
