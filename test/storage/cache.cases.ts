/** Segments that are kept, wherever a runtime can keep them. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { imagenet1k } from "../../src/imagenet/mod.ts";
import { openShard } from "../../src/index/mod.ts";
import {
  type CacheInput,
  type CacheStore,
  type FolderHandleLike,
  type SourceOptions,
  toSource,
} from "../../src/storage/mod.ts";
import { MemoryStore } from "../../src/storage/cache/memory_store.ts";
import { makeShard, makeTextShard } from "../dataset/shards.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { MemoryHost } from "./memory_host.ts";

const MiB = 1 << 20;
const bytes = makeNoise(2.5 * MiB);
const QUICK = { attempts: 2, baseMs: 1 };

function optionsOf(host: MemoryHost, cache: CacheInput): SourceOptions {
  return { fetch: host.fetch, cache, retry: QUICK };
}

async function read(
  host: MemoryHost,
  cache: CacheInput,
  offset = 0,
  length = Infinity,
): Promise<Uint8Array> {
  const source = toSource("https://host.test/a?token=s", optionsOf(host, cache));
  return await collect((await source.open({ offset, length })).body);
}

/** A store whose entries can be looked at. */
class OpenStore extends MemoryStore {
  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.list()) keys.push(key);
    return keys;
  }
}

const HABITS = { chunkBytes: 65_536 };

function makeHost(): MemoryHost {
  return new MemoryHost({ "/a": bytes }, HABITS);
}

const reading: TestCase[] = [
  {
    name: "ranges come from the cache as from the host, whatever of them is kept",
    async run() {
      const ranges = [[0, 10], [MiB - 5, 10], [2 * MiB, Infinity], [100, 2 * MiB], [0, Infinity]];
      for (const first of ranges) {
        const store = new OpenStore();
        const host = makeHost();
        for (const [offset, length] of [first, ...ranges, ...ranges]) {
          const got = await read(host, store, offset, length);
          assert.deepEqual(got, bytes.slice(offset, offset + length), `${first}: ${offset}`);
        }
        host.seen.length = 0;
        // Each source of its own asks once whether the version is still the one that was kept.
        for (const [offset, length] of ranges) await read(host, store, offset, length);
        assert.deepEqual(host.seen, Array(5).fill("/a 0-0"));
        assert.lengthOf(await store.keys(), 4);
      }
    },
  },
  {
    name: "what is missing side by side is fetched by one request, and only that",
    async run() {
      const store = new OpenStore();
      const host = makeHost();
      await read(host, store, MiB + 5, 5);
      assert.deepEqual(host.seen, [`/a ${MiB}-${2 * MiB - 1}`]);
      const source = toSource("https://host.test/a", optionsOf(host, store));
      assert.deepEqual(await collect((await source.open()).body), bytes);
      assert.deepEqual(host.seen.slice(1), [`/a 0-${MiB - 1}`, `/a ${2 * MiB}-`]);
      assert.deepEqual(await collect((await source.open()).body), bytes);
      assert.lengthOf(host.seen, 3);
    },
  },
  {
    name: "what is kept is read where the host is not reached, and a part of it is an error",
    async run() {
      const store = new MemoryStore();
      const host = makeHost();
      await read(host, store, 0, MiB);
      host.isDown = true;
      assert.deepEqual(await read(host, store, 5, MiB - 5), bytes.slice(5, MiB));
      const error = await rejection(read(host, store, 5)) as WdsError;
      assert.equal(error.code, "source/network");
    },
  },
  {
    name: "an age says for how long the host is not asked",
    async run() {
      const store = new MemoryStore();
      const host = makeHost();
      await read(host, store);
      host.seen.length = 0;
      await read(host, { in: store, maxAgeMs: 60_000 });
      assert.lengthOf(host.seen, 0);
    },
  },
  {
    name: "another version is fetched anew, and its bytes are never joined to those that were kept",
    async run() {
      const store = new MemoryStore();
      let tag = '"1"';
      const host = new MemoryHost({ "/a": bytes }, { ...HABITS, headers: () => ({ etag: tag }) });
      await read(host, store, 0, 2 * MiB);
      const other = makeNoise(bytes.length, 9);
      host.objects.set("/a", other);
      tag = '"2"';
      assert.deepEqual(await read(host, store), other);
      // With half of it given, it changes once more.
      const source = toSource("https://host.test/a", optionsOf(host, new MemoryStore()));
      await (await source.open({ length: 10 })).body.cancel();
      const body = (await source.open()).body.getReader();
      await body.read();
      tag = '"3"';
      const drain = async (): Promise<void> => {
        while (!(await body.read()).done);
      };
      assert.equal((await rejection(drain()) as WdsError).code, "source/changed");
    },
  },
  {
    name: "without a version nothing is kept, which is said once",
    async run() {
      const store = new OpenStore();
      const host = new MemoryHost({ "/a": bytes }, { ...HABITS, headers: () => ({}) });
      const said: string[] = [];
      const onUncached = ({ shard, reason }: { shard: string; reason: string }): void =>
        void said.push(`${shard}: ${reason}`);
      const cache = { in: store, onUncached };
      const source = toSource("https://host.test/a?sig=secret", optionsOf(host, cache));
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(await collect((await source.open()).body), bytes);
      }
      assert.deepEqual(said, [
        "https://host.test/a: its host names no version of it (no ETag, no Last-Modified)",
      ]);
      assert.deepEqual(await store.keys(), []);
    },
  },
  {
    name: "damaged and foreign bytes are not believed",
    async run() {
      const damages: ((framed: Uint8Array) => Uint8Array)[] = [
        (framed) => framed.subarray(0, -1),
        (framed) => framed.subarray(0, 0),
        (framed) => framed.subarray(0, 7),
        (framed) => framed.map((value, i) => i === 5000 ? value ^ 1 : value),
        (framed) => framed.map((value, i) => i === 20 ? value ^ 1 : value),
        () => makeNoise(MiB),
      ];
      for (const [i, damage] of damages.entries()) {
        const store = new OpenStore();
        const host = makeHost();
        await read(host, store);
        for (const key of await store.keys()) await store.put(key, damage((await store.get(key))!));
        assert.deepEqual(await read(host, store), bytes, `damage ${i}`);
      }
      const store = new OpenStore();
      const host = makeHost();
      await read(host, store);
      const [first, second] = (await store.keys()).filter((key) => /-[01]$/.test(key));
      await store.put(first, (await store.get(second))!);
      assert.deepEqual(await read(host, store), bytes);
    },
  },
  {
    name: "a store that fails costs the cache, and no byte",
    async run() {
      const fail = (): Promise<never> => Promise.reject(new Error("the disk is full"));
      for (
        const store of [{ get: fail, put: fail }, {
          get: () => Promise.resolve(undefined),
          put: fail,
        }]
      ) {
        const said: string[] = [];
        const onUncached = ({ reason }: { reason: string }): void => void said.push(reason);
        const host = makeHost();
        assert.deepEqual(await read(host, { in: store as CacheStore, onUncached }), bytes);
        assert.deepEqual(said, ["the cache failed (the disk is full)"]);
      }
    },
  },
  {
    name: "what was used least recently goes when there is more than is to be kept",
    async run() {
      const store = new OpenStore();
      const host = new MemoryHost(
        Object.fromEntries(["a", "b", "c", "d"].map((name, i) => [
          `/${name}`,
          makeNoise(MiB, i + 1),
        ])),
        HABITS,
      );
      const cache: CacheInput = { in: store, maxBytes: 3.5 * MiB, maxAgeMs: Infinity };
      const get = async (name: string): Promise<void> => {
        const source = toSource(`https://host.test/${name}`, optionsOf(host, cache));
        await collect((await source.open()).body);
        await new Promise((resolve) => setTimeout(resolve, 3));
      };
      for (const name of ["a", "b", "c", "a", "d"]) await get(name);
      host.seen.length = 0;
      for (const name of ["a", "d", "c"]) await get(name);
      assert.deepEqual(host.seen, []);
      await get("b");
      assert.deepEqual(host.seen, ["/b"]);
    },
  },
  {
    name: "a place that is none is refused at once",
    run() {
      for (const cache of [1, "", {}, { in: 5 }, { in: { get() {} } }]) {
        assert.throws(
          () => toSource("https://a.test/", { cache: cache as "" }),
          TypeError,
          /cache/,
        );
      }
      const wrong = { in: "memory", maxBytes: -1 };
      assert.throws(() => webdataset("https://a.test/", { cache: wrong }), RangeError, /maxBytes/);
    },
  },
];

const hosts: TestCase[] = [
  {
    name: "a host that knows no ranges is asked once for an object that is kept",
    async run() {
      const store = new MemoryStore();
      const host = new MemoryHost({ "/a.tar": await makeLargeShard() }, {
        ...HABITS,
        ignoresRanges: true,
      });
      const cache = { in: store, maxAgeMs: Infinity };
      const dataset = webdataset("https://host.test/a.tar", optionsOf(host, cache));
      for (let epoch = 0; epoch < 2; epoch++) assert.lengthOf(await listKeys(dataset), 8);
      assert.deepEqual(host.seen, ["/a.tar 0-4194303"]);
    },
  },
];

async function listKeys(items: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of items) keys.push(key);
  return keys;
}

function makeLargeShard(): Promise<Uint8Array<ArrayBuffer>> {
  return makeShard(Array.from({ length: 8 }, (_, i) => [`${i}.bin`, makeNoise(700_000, i + 1)]));
}

/** A folder, as far as its type is known everywhere. */
interface Folder extends FolderHandleLike {
  getDirectoryHandle(name: string, options?: { readonly create?: boolean }): Promise<Folder>;
}

const privateFolders = (globalThis as {
  navigator?: { storage?: { getDirectory(): Promise<Folder> } };
}).navigator?.storage;

const datasets: TestCase[] = [
  {
    name:
      "a second epoch makes no request: in order, shuffled, by number, and with another dataset",
    async run() {
      const objects: Record<string, Uint8Array<ArrayBuffer>> = { "/0.tar": await makeLargeShard() };
      for (let i = 1; i < 4; i++) objects[`/${i}.tar`] = await makeTextShard(`${i}-`, 5);
      const host = new MemoryHost(objects, HABITS);
      const store = new MemoryStore();
      const url = "https://host.test/{0..3}.tar";
      const dataset = webdataset(url, optionsOf(host, store));
      const first = await listKeys(dataset);
      assert.lengthOf(first, 23);
      assert.equal(dataset.stats.network.cachedBytes, 0);
      const { bytes } = dataset.stats.network;
      host.seen.length = 0;
      assert.deepEqual(await listKeys(dataset), first);
      assert.deepEqual(host.seen, []);
      assert.deepEqual(dataset.stats.network, {
        requests: 0,
        bytes: 0,
        retries: 0,
        waitMs: 0,
        cachedBytes: bytes,
      });
      const shuffled = dataset.shuffle({ seed: 3 });
      const order = await listKeys(shuffled);
      await dataset.at(9);
      host.seen.length = 0;
      assert.deepEqual(await listKeys(shuffled), order);
      assert.equal((await dataset.at(9)).key, first[9]);
      assert.deepEqual(host.seen, []);
      // Another dataset, or another process, asks once for each shard; where that fails, it goes without.
      const again = webdataset(url, optionsOf(host, store));
      assert.deepEqual(await listKeys(again), first);
      assert.deepEqual(host.seen, [0, 1, 2, 3].map((i) => `/${i}.tar 0-0`));
      host.isDown = true;
      const offline = webdataset(url, optionsOf(host, store));
      assert.deepEqual(await listKeys(offline.shuffle({ seed: 3 })), order);
      assert.equal((await offline.at(9)).key, first[9]);
      assert.isAtMost(offline.stats.network.requests, 12);
    },
  },
  {
    name: "openShard() and imagenet1k() read through the cache, what is not there included",
    async run() {
      const shard = await makeTextShard("a", 6);
      const host = new MemoryHost({ "/a.tar": shard, "/imagenet1k-validation-00.tar": shard });
      const store = new MemoryStore();
      for (let time = 0; time < 2; time++) {
        host.isDown = time > 0;
        const opened = await openShard("https://host.test/a.tar", optionsOf(host, store));
        assert.equal((await opened.get(4)).key, "a4");
        const dataset = imagenet1k("validation", {
          store: "https://host.test/",
          ...optionsOf(host, store),
          onError: "skip",
        });
        assert.equal((await dataset.plan()).sources.length, 64);
        for await (const { key } of dataset) {
          assert.equal(key, "a0");
          break;
        }
      }
    },
  },
  {
    name: "a Cache of the Cache API keeps segments",
    skip: typeof caches === "undefined" ? "this runtime has no Cache API" : undefined,
    async run() {
      const cache = await caches.open(`wdstream-test-${crypto.randomUUID()}`);
      const host = makeHost();
      assert.deepEqual(await read(host, cache), bytes);
      host.isDown = true;
      assert.deepEqual(await read(host, cache, 7), bytes.slice(7));
    },
  },
  {
    name: "the private folders of a browser keep segments",
    skip: typeof privateFolders?.getDirectory === "function"
      ? undefined
      : "this runtime has no private folders",
    async run() {
      const all = await privateFolders!.getDirectory();
      const folder = await all.getDirectoryHandle(crypto.randomUUID(), { create: true });
      const host = makeHost();
      const cache = { in: folder, maxBytes: 9 * MiB };
      assert.deepEqual(await read(host, cache), bytes);
      host.isDown = true;
      assert.deepEqual(await read(host, cache, 7), bytes.slice(7));
    },
  },
];

export const cases: TestCase[] = [...reading, ...hosts, ...datasets];
