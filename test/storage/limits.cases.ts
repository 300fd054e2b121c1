/** How much a host is asked for at one time by one dataset: connections, a rate, pauses that it asks for. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { formatIndex, indexShard, openShard } from "../../src/index/mod.ts";
import { memoryOwner } from "../../src/runtime.ts";
import { Pace } from "../../src/storage/request_pool.ts";
import { type AccessOptions, toSource, toStore } from "../../src/storage/mod.ts";
import { collect, rejection } from "./bytes.ts";
import { sendObject } from "./s3_host.ts";
import { eventually } from "../eventually.ts";
import { makeShard } from "./shard_bytes.ts";

const SAMPLES = 12;

/** A host that counts the answers whose bodies are under way. */
class BusyHost {
  /** Answers that are under way, and the most that were at one time. */
  open = 0;
  most = 0;
  requests = 0;
  /** Whether bodies bring nothing but their first byte. */
  stalls = false;
  readonly #objects: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

  constructor(objects: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    this.#objects = objects;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    this.requests++;
    this.most = Math.max(this.most, ++this.open);
    const bytes = this.#objects.get(new URL(String(input)).pathname);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (bytes === undefined) {
      this.open--;
      return new Response("none", { status: 404 });
    }
    const headers = new Headers(init.headers);
    const answer = sendObject(bytes, headers.get("range"), init.method === "HEAD");
    return new Response(this.#count(answer.body!, init.signal ?? undefined), answer);
  };

  #count(body: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.open--;
      isOver = true;
    };
    signal?.addEventListener("abort", over);
    return new ReadableStream({
      pull: async (controller) => {
        if (this.stalls) return await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, 1));
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        over();
        controller.close();
      },
      cancel: over,
    }, { highWaterMark: 0 });
  }
}

async function makeHost(): Promise<BusyHost> {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let n = 0; n < SAMPLES / 2; n++) {
    const shard = await makeShard([`${n}a`, `${n}b`]);
    objects.set(`/${n}.tar`, shard);
    const index = formatIndex(await indexShard(shard, { name: `${n}.tar` }));
    objects.set(`/${n}.tar.idx`, new TextEncoder().encode(index));
  }
  return new BusyHost(objects);
}

const SHARDS = `https://host.test/{0..${SAMPLES / 2 - 1}}.tar`;
const KEYS = Array.from({ length: SAMPLES / 2 }, (_, n) => [`${n}a`, `${n}b`]).flat().sort();

async function readKeys(samples: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of samples) keys.push(key);
  return keys.sort();
}

/** Passes of one dataset, in its order and in lanes, and all its samples by their numbers, all at one time. */
async function readAllAtOnce(host: BusyHost, limits: AccessOptions["limits"]): Promise<number> {
  const dataset = webdataset(SHARDS, { fetch: host.fetch, limits });
  const all = await Promise.all([
    readKeys(dataset),
    readKeys(dataset.shuffle({ seed: 1, lanes: 6 })),
    readKeys(dataset),
    Promise.all([0, 3, 5].map(async (i) => (await dataset.at(i)).key)),
  ]);
  const single = all.pop();
  assert.deepEqual(single, ["0a", "1b", "2b"]);
  for (const keys of all) assert.deepEqual(keys, KEYS);
  assert.equal(host.open, 0);
  return host.most;
}

/** In an isolate, what one request waits for must not belong to another one. */
const skip = memoryOwner() === "isolate"
  ? "passes of an isolate do not wait for another"
  : undefined;

export const cases: TestCase[] = [
  {
    name: "passes, single samples and indexes of one dataset share its connections",
    skip,
    async run() {
      assert.equal(await readAllAtOnce(await makeHost(), undefined), 6);
      assert.equal(await readAllAtOnce(await makeHost(), { connections: 2 }), 2);
    },
  },
  {
    name: "a pass keeps to its connections, wherever it runs",
    async run() {
      const host = await makeHost();
      const limits = { connections: 2 };
      const dataset = webdataset(SHARDS, { fetch: host.fetch, limits });
      assert.deepEqual(await readKeys(dataset), KEYS);
      assert.deepEqual(await readKeys(dataset.shuffle({ seed: 3, lanes: 6 })), KEYS);
      assert.equal(host.most, 2);
    },
  },
  {
    name: "a single sample that is given up gives its connection to the next one",
    async run() {
      const host = await makeHost();
      const dataset = webdataset(SHARDS, { fetch: host.fetch, limits: { connections: 1 } });
      await dataset.at(0);
      host.stalls = true;
      for (let i = 2; i < 6; i++) {
        const end = new AbortController();
        const reading = dataset.at(i, { signal: end.signal });
        setTimeout(() => end.abort(new Error("enough")), 5);
        assert.match((await rejection(reading)).message, /enough/);
      }
      host.stalls = false;
      assert.equal((await dataset.at(7)).key, "3b");
      assert.deepEqual(await readKeys(dataset), KEYS);
    },
  },
  {
    name: "single samples of one shard share its connections",
    skip,
    async run() {
      for (const [limits, most] of [[undefined, 6], [{ connections: 2 }, 2]] as const) {
        const host = await makeHost();
        const options = { fetch: host.fetch, limits, readAheadBytes: 0 };
        const shard = await openShard("https://host.test/0.tar", options);
        const keys = await Promise.all(
          Array.from({ length: 20 }, async (_, i) => (await shard.get(i % 2)).key),
        );
        assert.deepEqual(keys.slice(0, 2), ["0a", "0b"]);
        assert.equal(host.most, most);
        assert.equal(host.open, 0);
      }
    },
  },
  {
    name: "a body that a user holds takes no connection from the dataset",
    async run() {
      const host = await makeHost();
      const access = { fetch: host.fetch, limits: { connections: 1 } };
      const store = toStore("https://host.test", access);
      const held = await Promise.all([0, 1, 2].map((n) => store.open(`${n}.tar`).open()));
      assert.deepEqual(await readKeys(webdataset(SHARDS, access)), KEYS);
      for (const { body } of held) await body.cancel();
    },
  },
  {
    name: "what a host asks to wait holds for all that a dataset asks of it, and of no other host",
    async run() {
      const sent: [url: string, ms: number][] = [];
      let isRefused = false;
      const fetch = ((url: string) => {
        sent.push([url, performance.now()]);
        if (isRefused || !url.includes("busy")) return Promise.resolve(new Response("x"));
        isRefused = true;
        const headers = { "retry-after": "1" };
        return Promise.resolve(new Response("no", { status: 429, headers }));
      }) as typeof globalThis.fetch;
      const access = { fetch, retry: { baseMs: 0 } };
      const read = async (url: string): Promise<void> => {
        await collect((await toSource(url, access).open()).body);
      };
      const first = read("https://busy.test/0");
      await new Promise((resolve) => setTimeout(resolve, 10));
      await Promise.all([read("https://busy.test/1"), read("https://other.test/2"), first]);
      const [[, start]] = sent;
      const at = (url: string): number => sent.findLast((each) => each[0] === url)![1] - start;
      assert.isAtLeast(at("https://busy.test/1"), 990);
      // Long before: on a busy machine no clock tells, but the order does.
      assert.equal(sent[1][0], "https://other.test/2");
      assert.lengthOf(sent, 4);
      // Another dataset's wait is its own.
      const own = toSource("https://busy.test/3", { fetch, retry: { baseMs: 0 } });
      await collect((await own.open()).body);
    },
  },
  {
    name: "no more requests are sent in a second than was said",
    async run() {
      await eventually(async () => {
        const host = await makeHost();
        const start = performance.now();
        const dataset = webdataset("https://host.test/{0..5}.tar", {
          fetch: host.fetch,
          limits: { requestsPerSecond: 20 },
        });
        assert.lengthOf(await readKeys(dataset), 12);
        assert.equal(host.requests, 6);
        assert.isAtLeast(performance.now() - start, 245);
        // Where the machine stands still between two requests there is less to wait for.
        assert.isAbove(dataset.stats.network.waitMs, 100);
      });
    },
  },
  {
    name: "Pace gives requests their times",
    run() {
      const pace = new Pace();
      assert.equal(pace.book("a", 1000, 0), 0);
      pace.pause("a", 60_000);
      pace.pause("a", 1000);
      assert.closeTo(pace.book("a", Infinity, 0), 60_000, 10_000);
      assert.equal(pace.book("a", 30_000, 0), 0, "whoever has no time for it asks at once");
      assert.equal(pace.book("b", Infinity, 0), 0);
      const slow = new Pace(10);
      const start = performance.now();
      const waits = [0, 0, 0].map(() => slow.book("a", Infinity, 0));
      const spent = performance.now() - start;
      for (const [i, wait] of waits.entries()) {
        assert.isAtMost(wait, 100 * i + 1);
        assert.isAtLeast(wait, 100 * i - spent - 1);
      }
      assert.equal(slow.book("b", Infinity, 0), 0);
    },
  },
  {
    name: "limits that are none are refused",
    run() {
      const open = (limits: unknown) => () =>
        webdataset("https://host.test/a.tar", { limits: limits as never });
      assert.throws(open(7), TypeError, /limits/);
      assert.throws(open({ connections: 0 }), RangeError, /limits.connections/);
      assert.throws(open({ connections: 1.5 }), RangeError);
      assert.throws(open({ requestsPerSecond: 0 }), RangeError, /requestsPerSecond/);
      assert.throws(open({ requestsPerSecond: "5" }), RangeError);
    },
  },
];
