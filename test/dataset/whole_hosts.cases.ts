/** Orders of shards on a host that sends the whole shard for every range. */

import { assert } from "chai";
import { type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { formatShardList } from "../../src/index/mod.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { TestCase } from "../case.ts";
import { expectKeys } from "./lanes.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const CHUNK_BYTES = 128 << 10;

/** A host without ranges that counts what it sends, and how many answers are open at one time. */
class PlainHost {
  readonly #shards: readonly Uint8Array<ArrayBuffer>[];
  requests = 0;
  sentBytes = 0;
  open = 0;
  most = 0;

  constructor(shards: readonly Uint8Array<ArrayBuffer>[]) {
    this.#shards = shards;
  }

  readonly fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const shard = /\/(\d+)\.tar$/.exec(String(input))?.[1];
    if (shard === undefined) return Promise.resolve(new Response(null, { status: 404 }));
    this.requests++;
    const bytes = this.#shards[Number(shard)];
    let at = 0;
    let isOpen = true;
    this.most = Math.max(this.most, ++this.open);
    const end = (): void => {
      if (isOpen) this.open--;
      isOpen = false;
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        init.signal?.addEventListener("abort", () => {
          if (isOpen) controller.error(init.signal!.reason);
          end();
        });
      },
      pull: (controller) => {
        const part = bytes.slice(at, at + CHUNK_BYTES);
        at += part.length;
        this.sentBytes += part.length;
        controller.enqueue(part);
        if (at < bytes.length) return;
        controller.close();
        end();
      },
      cancel: end,
    }, { highWaterMark: 0 });
    const headers = { "content-length": String(bytes.length), etag: `"${shard}"` };
    return Promise.resolve(new Response(body, { headers }));
  };

  /** Forgets what was counted. */
  reset(): void {
    this.requests = this.sentBytes = this.most = 0;
  }
}

async function makeHost(lengths: readonly number[], sampleBytes: number) {
  const body = "x".repeat(sampleBytes);
  const shards = await Promise.all(
    lengths.map((length, shard) =>
      makeShard(Array.from({ length }, (_, i) => [`${shard}/${i}.txt`, body] as const))
    ),
  );
  const host = new PlainHost(shards);
  const hints: string[] = [];
  const open = (splitIndex: false | "list"): WebDataset =>
    webdataset(lengths.map((_, shard) => `https://plain.example/${shard}.tar`), {
      fetch: host.fetch,
      onHint: (hint) => void hints.push(hint),
      splitIndex: splitIndex && bytesSource(
        new TextEncoder().encode(formatShardList(
          lengths.map((sampleCount, shard) => ({ url: `${shard}.tar`, sampleCount })),
        )),
        "list",
      ),
    });
  const total = shards.reduce((sum, { length }) => sum + length, 0);
  return { host, hints, open, total };
}

const keysOf = async (dataset: WebDataset): Promise<string[]> =>
  (await collect(dataset)).map(({ key }) => key);

export const cases: TestCase[] = [
  {
    name: "on a host without ranges four lanes are read, each shard in one piece",
    async run(): Promise<void> {
      const lengths = [21, 21, 21, 21];
      const { host, hints, open, total } = await makeHost(lengths, 300_000);
      const order = { seed: 4, window: 2 };
      const shuffled = open("list").shuffle(order);
      const keys = await keysOf(shuffled);
      assert.deepEqual(keys, expectKeys({ ...order, lengths, lanes: 4 }));
      assert.equal(shuffled.state()?.lanes, 4);
      // One request, of which nothing is read, says that there are no ranges.
      assert.isAtMost(host.requests, 6);
      assert.isAtMost(host.sentBytes, total * 1.1);
      assert.isAtMost(host.most, 4);
      assert.match(hints.join(), /no ranges/);
      assert.lengthOf(hints, 1);
      assert.equal((await shuffled.at(11)).key, keys[11]);
      const { share, order: explained, hints: said } = await shuffled.explain();
      assert.deepInclude(share, { lanes: 4, requests: 4 });
      assert.deepEqual(said, hints);
      assert.equal(explained?.lanes, 4);
      await keysOf(shuffled);
      assert.equal(host.open, 0);
      assert.lengthOf(hints, 1);
      // A share of several processes has as many lanes for each.
      const own = open("list").shuffle(order).split({ rank: 1, world: 3 });
      assert.deepEqual(
        await keysOf(own),
        expectKeys({ ...order, lengths, lanes: 12 }, { rank: 1, world: 3 }),
      );
    },
  },
  {
    name: "on a host without ranges shards of unknown length are sent once, and passes go on",
    async run(): Promise<void> {
      const lengths = [18, 15, 20, 16, 17];
      const { host, open, total } = await makeHost(lengths, 300_000);
      const shuffled = open(false).shuffle({ seed: 4, window: 2 });
      const keys = await keysOf(shuffled);
      assert.equal(new Set(keys).size, 86);
      assert.isAtMost(host.sentBytes, total * 1.1);
      assert.isAtMost(host.most, 5);
      let state = "";
      let given = 0;
      for await (const _ of shuffled) {
        if (++given < 40) continue;
        state = JSON.stringify(shuffled.state());
        break;
      }
      assert.deepEqual(
        await keysOf(open(false).shuffle({ seed: 4, window: 2 }).resume(state)),
        keys.slice(40),
      );
      assert.equal(host.open, 0);
    },
  },
  {
    name: "more lanes than a host without ranges can serve are an error that says what to do",
    async run(): Promise<void> {
      const { host, open } = await makeHost([16, 16, 16, 16, 16, 16], 300_000);
      const error = await catchError(collect(open("list").shuffle({ lanes: 6 }))) as WdsError;
      assert.equal(error.code, "order/streams");
      assert.match(error.message, /4 lanes/);
      assert.equal(host.open, 0);
      // Two processes that read three each may.
      assert.lengthOf(
        await collect(open("list").shuffle({ lanes: 6 }).split({ rank: 0, world: 2 })),
        48,
      );
      // And what comes in one piece holds nothing.
      const small = await makeHost([4, 4, 4, 4, 4, 4], 1000);
      assert.lengthOf(await collect(small.open("list").shuffle({ lanes: 6 })), 24);
      assert.isAtMost(small.host.requests, 16);
    },
  },
];
