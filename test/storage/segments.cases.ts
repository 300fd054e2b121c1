/** Objects on hosts that are read in segments. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { type Source, toSource } from "../../src/storage/mod.ts";
import { updateCrc32 } from "../../src/numbers/crc32.ts";
import { ByteBudget, RequestPool } from "../../src/storage/request_pool.ts";
import { SegmentReader } from "../../src/storage/segment_reader.ts";
import { makeShard } from "../dataset/shards.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { FAULTS, isSame, makeDraw, makeFaultyFetch, type Open } from "./faults.ts";
import { MemoryHost } from "./memory_host.ts";

const bytes = makeNoise(9500);
const other = makeNoise(2500, 7);

interface Reading {
  readonly reader: SegmentReader;
  readonly sources: readonly Source[];
  readonly end: AbortController;
}

/** Two objects of a host, read in segments of 1000 bytes. */
function read(
  fetch: typeof globalThis.fetch,
  { ahead = 5, budget = 1e6, waitMs = 20_000 } = {},
): Reading {
  const end = new AbortController();
  const retry = { attempts: 4, baseMs: 0.01, connectMs: waitMs, stallMs: waitMs };
  const sources = ["a", "b"].map((name) => toSource(`https://host.test/${name}`, { fetch, retry }));
  const share = {
    requests: new RequestPool(),
    budget: new ByteBudget(budget),
    segmentBytes: 1000,
    signal: end.signal,
  };
  return { reader: new SegmentReader({ share, sourceAt: (n) => sources[n], ahead }), sources, end };
}

async function settle(host: MemoryHost): Promise<void> {
  for (let i = 0; i < 2000 && host.open > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(host.open, 0);
}

const reading: TestCase[] = [
  {
    name: "segments are the object's bytes, fetched at multiples of their size and never twice",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other });
      for (const offset of [0, 1, 999, 1000, 4500, 9499]) {
        host.seen.length = 0;
        const { reader, sources, end } = read(host.fetch);
        const opened = await reader.open(sources[0], 0, offset);
        assert.equal(opened.sizeBytes, 9500);
        assert.deepEqual(await collect(opened.body), bytes.slice(offset), `from ${offset}`);
        assert.deepEqual(await collect((await reader.open(sources[1], 1, 0)).body), other);
        end.abort();
        const first = Math.floor(offset / 1000);
        const asked = host.seen.filter((each) => each.startsWith("/a"));
        assert.lengthOf(asked, 10 - first);
        assert.lengthOf(host.seen, 10 - first + 3);
        assert.equal(asked[0], `/a ${offset}-${first * 1000 + 999}`);
        assert.isAtMost(host.mostOpen, 6);
        await settle(host);
      }
    },
  },
  {
    name: "who looks at the first bytes alone takes one request, and who goes on gets more ahead",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other });
      const { reader, sources, end } = read(host.fetch);
      const body = (await reader.open(sources[0], 0, 0)).body.getReader();
      await settle(host);
      assert.lengthOf(host.seen, 1);
      const counts: number[] = [];
      for (let i = 0; i < 20; i++) {
        const { value, done } = await body.read();
        if (done) break;
        if ((value?.length ?? 0) < 700) counts.push(host.seen.length);
        await settle(host);
      }
      // Segments of two chunks each: behind each of them more were begun, the next object's among them.
      assert.deepEqual(counts.slice(0, 3), [2, 4, 6]);
      assert.isAbove(host.seen.filter((each) => each.startsWith("/b")).length, 0);
      end.abort();
    },
  },
  {
    name: "the next object is on its way before the end of the one that is read",
    async run() {
      const host = new MemoryHost({ "/a": bytes.slice(0, 2200), "/b": other });
      const { reader, sources, end } = read(host.fetch);
      const body = (await reader.open(sources[0], 0, 0)).body.getReader();
      let read0 = 0;
      while (!host.seen.includes("/b 0-999")) read0 += (await body.read()).value!.length;
      assert.isBelow(read0, 2200);
      await body.cancel();
      const asked = host.seen.length;
      assert.deepEqual(await collect((await reader.open(sources[1], 1, 0)).body), other);
      assert.lengthOf(host.seen, asked + 2);
      end.abort();
      await settle(host);
    },
  },
  {
    name: "no more is held ahead than the budget allows",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other });
      const { reader, sources } = read(host.fetch, { budget: 2500 });
      const body = (await reader.open(sources[0], 0, 0)).body.getReader();
      let position = 0;
      while (true) {
        const { done, value } = await body.read();
        if (done) break;
        position += value.length;
        await settle(host);
        const asked = host.seen.filter((each) => each.startsWith("/a")).length * 1000;
        assert.isAtMost(asked - position, 2500 + 700);
      }
      assert.equal(position, 9500);
    },
  },
  {
    name: "a reader that stops holds no connection open",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other });
      const { reader, sources, end } = read(host.fetch);
      const body = (await reader.open(sources[0], 0, 0)).body.getReader();
      await body.read();
      await settle(host);
      end.abort(new Error("enough"));
      assert.equal((await rejection(collectRest(body))).message, "enough");
    },
  },
];

async function collectRest(body: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await body.read()).done);
}

const hosts: TestCase[] = [
  {
    name: "a host that knows no ranges is asked once, and sends one stream",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other }, { ignoresRanges: true });
      const { reader, sources, end } = read(host.fetch);
      const { body } = await reader.open(sources[0], 0, 0);
      assert.deepEqual(await collect(body), bytes);
      assert.deepEqual(host.seen, ["/a 0-999"]);
      const inside = await reader.open(sources[0], 0, 1234);
      assert.deepEqual(await collect(inside.body), bytes.slice(1234));
      assert.lengthOf(host.seen, 2);
      end.abort();
      await settle(host);
    },
  },
  {
    name: "an object whose size is not told is read as one stream",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other }, { hidesSize: true });
      const { reader, sources, end } = read(host.fetch);
      assert.deepEqual(await collect((await reader.open(sources[0], 0, 0)).body), bytes);
      assert.deepEqual(host.seen, ["/a 0-999", "/a"]);
      end.abort();
      await settle(host);
    },
  },
  {
    name: "an object that is another one from some segment on is refused",
    async run() {
      const headers = (_: string, request: number): Record<string, string> => ({
        etag: request > 4 ? '"2"' : '"1"',
      });
      const host = new MemoryHost({ "/a": bytes, "/b": other }, { headers });
      const { reader, sources, end } = read(host.fetch);
      const { body } = await reader.open(sources[0], 0, 0);
      assert.equal((await rejection(collect(body)) as WdsError).code, "source/changed");
      end.abort();
      await settle(host);
    },
  },
  {
    name:
      "an object that comes no further is an error that says where, and that what came is whole",
    async run() {
      const host = new MemoryHost({ "/a": bytes, "/b": other });
      const { reader, sources, end } = read(host.fetch, { ahead: 0 });
      const body = (await reader.open(sources[0], 0, 0)).body.getReader();
      for (let i = 0; i < 4; i++) await body.read();
      host.isDown = true;
      const { code, message } = await rejection(collectRest(body)) as WdsError;
      assert.equal(code, "source/network");
      assert.match(message, /tried 4 times from byte 2000 on/);
      assert.match(message, /the bytes before are whole/);
      end.abort();
    },
  },
  {
    name: "objects without a byte, and of just as many as segments have, are read",
    async run() {
      const host = new MemoryHost({ "/a": bytes.slice(0, 0), "/b": bytes.slice(0, 2000) });
      const { reader, sources, end } = read(host.fetch);
      assert.deepEqual(await collect((await reader.open(sources[0], 0, 0)).body), new Uint8Array());
      const second = await collect((await reader.open(sources[1], 1, 0)).body);
      assert.deepEqual(second, bytes.slice(0, 2000));
      assert.deepEqual(host.seen.filter((each) => each.startsWith("/b")), [
        "/b 0-999",
        "/b 1000-1999",
      ]);
      end.abort();
    },
  },
  {
    name: "120 readings in segments from a host that fails at random give exact bytes or one error",
    async run() {
      const codes = await Promise.all(Array.from({ length: 120 }, (_, i) => runSegments(i + 1)));
      assert.isAbove(codes.filter((code) => code === "whole").length, 30);
    },
  },
];

/** One reading of an object in segments. */
async function runSegments(seed: number): Promise<string> {
  const draw = makeDraw(seed);
  const share = draw() / 2;
  const open: Open = { bodies: 0 };
  const version: Record<string, string> = draw() < 0.8 ? { etag: '"1"' } : {};
  const fetch = makeFaultyFetch({ bytes, version }, () => {
    const isFaulty = draw() < share;
    return { fault: isFaulty ? FAULTS[Math.floor(draw() * FAULTS.length)] : "none", at: draw() };
  }, open);
  const { reader, sources, end } = read(fetch, { waitMs: 20 });
  const offset = draw() < 0.5 ? 0 : Math.floor(draw() * 9500);
  try {
    const got = await collect((await reader.open(sources[0], 0, offset)).body);
    const isRight = isSame(got, bytes.subarray(offset)) ||
      [9500, 9600].some((size) => isSame(got, makeNoise(size, 77).subarray(offset)));
    // A page in the place of an object that names no version is what it says it is.
    assert.isTrue(isRight || got.length < 40, `seed ${seed}: ${got.length} bytes`);
    return isRight ? "whole" : "other";
  } catch (error) {
    const { code } = error as WdsError;
    assert.match(String(code), /^source\//, `seed ${seed}: ${error}`);
    return code;
  } finally {
    end.abort();
    for (let i = 0; i < 2000 && open.bodies > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(open.bodies, 0, `seed ${seed} leaves bodies open`);
  }
}

const datasets: TestCase = {
  name:
    "a pass asks a host for the segments of large shards and once for small ones, and counts it",
  async run() {
    const large = await makeShard(
      Array.from({ length: 12 }, (_, i) => [`${i}.bin`, makeNoise(800_000, i + 1)]),
    );
    const small = await makeShard([["small.bin", makeNoise(5000)]]);
    const objects = { "/0.tar": large, "/1.tar": small, "/2.tar": small };
    for (const [ignoresRanges, requests] of [[false, 5], [true, 3]] as const) {
      const host = new MemoryHost(objects, { ignoresRanges, chunkBytes: 65_536 });
      const shards = "https://host.test/{0..2}.tar";
      const dataset = webdataset(shards, { fetch: host.fetch, retry: false });
      const keys: string[] = [];
      for await (const { key } of dataset) keys.push(key);
      assert.lengthOf(keys, 14);
      assert.deepEqual(keys.slice(10), ["10", "11", "small", "small"]);
      assert.lengthOf(host.seen, requests);
      const { network, bytes } = dataset.stats;
      assert.equal(network.requests, requests);
      assert.equal(network.bytes, large.length + 2 * small.length);
      // Less what lies behind the end of each archive.
      assert.isAtMost(network.bytes - bytes, 3 * 1024);
      host.seen.length = 0;
      for await (const _ of dataset) break;
      assert.lengthOf(host.seen, 1);
      await settle(host);
    }
  },
};

const broken: TestCase = {
  name: "an epoch of 24 shards from a host that breaks 5% of all segments is the same epoch",
  async run() {
    const objects: Record<string, Uint8Array<ArrayBuffer>> = {};
    for (let i = 0; i < 24; i++) {
      const members = Array.from({ length: 8 }, (_, j): [string, Uint8Array] => [
        `${i}-${j}.bin`,
        makeNoise(120_000, 10 * i + j + 1),
      ]);
      objects[`/${i}.tar`] = await makeShard(members);
    }
    const read = async (breaks: (request: number) => boolean): Promise<[string[], number]> => {
      const host = new MemoryHost(objects, { chunkBytes: 65_536, breaks });
      const retry = { baseMs: 1 };
      const dataset = webdataset("https://host.test/{0..23}.tar", { fetch: host.fetch, retry });
      const lines: string[] = [];
      let retries = 0;
      for (const samples of [dataset, dataset.shuffle({ lanes: 256, seed: 1 })]) {
        for await (const { key, bytes: { bin } } of samples) {
          lines.push(`${key} ${bin.length} ${updateCrc32(bin, 0)}`);
        }
        retries += samples.stats.network.retries;
        await settle(host);
      }
      return [lines, retries];
    };
    const [lines, none] = await read(() => false);
    assert.lengthOf(lines, 2 * 24 * 8);
    assert.equal(none, 0);
    const [again, retries] = await read((request) => request % 20 === 7);
    assert.deepEqual(again, lines);
    assert.isAtLeast(retries, 4);
  },
};

export const cases: TestCase[] = [...reading, ...hosts, datasets, broken];
