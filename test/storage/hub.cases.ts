/** Repositories of Hugging Face: targets that are kept, versions, commits, tokens, listings. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { OrderError, type SourceError, type WdsError } from "../../src/errors.ts";
import type { WebDataset } from "../../src/dataset/dataset.ts";
import { imagenet1k } from "../../src/imagenet/mod.ts";
import { parseState } from "../../src/order/state.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { type AccessOptions, type Source, toSource, toStore } from "../../src/storage/mod.ts";
import { readExpiry } from "../../src/storage/http_linked.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { HUB, HubHost, type HubHostOptions } from "./hub_host.ts";
import { makeShard } from "./shard_bytes.ts";

const [OLD, NEW] = ["a".repeat(40), "b".repeat(40)];
const TOKEN = "hf_SECRET";

function makeHost(options?: HubHostOptions): [host: HubHost, access: AccessOptions] {
  const host = new HubHost(OLD, { "a.tar": makeNoise(9000), "b.tar": makeNoise(9000, 2) }, options);
  return [host, { fetch: host.fetch, hf: { endpoint: HUB }, retry: { baseMs: 1 } }];
}

async function readRange(source: Source, offset: number): Promise<Uint8Array> {
  return await collect((await source.open({ offset, length: 100 })).body);
}

export const cases: TestCase[] = [
  {
    name: "hf: a shard is resolved once, and its signed target is used for every range",
    async run() {
      const [host, access] = makeHost({ token: TOKEN });
      const source = toSource("hf://datasets/o/n/a.tar", { ...access, token: TOKEN });
      for (const offset of [0, 1000, 5000]) {
        assert.deepEqual(
          await readRange(source, offset),
          makeNoise(9000).slice(offset, offset + 100),
        );
      }
      assert.deepEqual([host.count("hub"), host.count("cdn")], [1, 3]);
      const { etag, sizeBytes } = await source.stat!();
      assert.deepEqual([etag, sizeBytes], [`"${OLD}-a.tar"`, 9000]);
      assert.isFalse(host.isLeaked);
      assert.isFalse(host.hasCondition);
    },
  },
  {
    name: "hf: a target that is refused, or over, is asked for anew, without a fault",
    async run() {
      const [host, access] = makeHost();
      const source = toSource("hf://datasets/o/n/a.tar", { ...access, retry: false });
      await readRange(source, 0);
      host.secret++;
      assert.deepEqual(await readRange(source, 50), makeNoise(9000).slice(50, 150));
      assert.deepEqual([host.count("hub"), host.count("cdn")], [2, 3]);
      await readRange(source, 0);
      assert.equal(host.count("hub"), 2);

      const [brief, other] = makeHost({ expiresSeconds: 20 });
      const soon = toSource("hf://datasets/o/n/a.tar", other);
      await readRange(soon, 0);
      await readRange(soon, 0);
      assert.equal(brief.count("hub"), 2, "what ends within half a minute is not kept");
    },
  },
  {
    name: "hf: main stays at the commit of the first answer, for all shards of a dataset",
    async run() {
      const [host, access] = makeHost();
      const [a, b] = ["a", "b"].map((n) => toSource(`hf://datasets/o/n/${n}.tar`, access));
      await readRange(a, 0);
      host.commits.set(NEW, new Map([["a.tar", makeNoise(50)], ["b.tar", makeNoise(50)]]));
      host.main = NEW;
      assert.deepEqual(await readRange(b, 0), makeNoise(9000, 2).slice(0, 100));
      assert.include(host.seen, `hub /datasets/o/n/resolve/${OLD}/b.tar`);
      // Other options are another dataset's.
      const later = toSource("hf://datasets/o/n/b.tar", { ...access });
      assert.deepEqual(await readRange(later, 0), makeNoise(50));
    },
  },
  {
    name: "hf: of two first answers with two commits, the second is asked for at the first's",
    async run() {
      const [host, access] = makeHost();
      host.commits.set(NEW, new Map([["b.tar", makeNoise(50)]]));
      const asked: string[] = [];
      let release = (): void => {};
      const held = new Promise<void>((resolve) => release = resolve);
      const fetch = (async (url: string, init: RequestInit) => {
        asked.push(url);
        if (url.endsWith("main/b.tar")) await held;
        return await host.fetch(url, init);
      }) as typeof globalThis.fetch;
      const options = { ...access, fetch };
      const late = readRange(toSource("hf://datasets/o/n/b.tar", options), 0);
      await readRange(toSource("hf://datasets/o/n/a.tar", options), 0);
      host.main = NEW;
      release();
      assert.deepEqual(await late, makeNoise(9000, 2).slice(0, 100));
    },
  },
  {
    name: "hf: bytes of another size than the hub names are source/changed",
    async run() {
      const [host, access] = makeHost();
      host.cut = 7;
      const source = toSource("hf://datasets/o/n/a.tar", access);
      const error = await rejection(readRange(source, 0)) as SourceError;
      assert.equal(error.code, "source/changed");
      assert.match(error.message, /9000 bytes/);
      assert.notInclude(error.message, "cdn");
    },
  },
  {
    name: "hf: a rate limit that is used up is waited for, as long as RateLimit says",
    async run() {
      const [host, access] = makeHost({ refusals: 2 });
      const waits: number[] = [];
      const retry = { baseMs: 1, onRetry: ({ waitMs }: { waitMs: number }) => waits.push(waitMs) };
      await readRange(toSource("hf://datasets/o/n/a.tar", { ...access, retry }), 0);
      assert.equal(waits.length, 2);
      assert.equal(host.count("hub"), 3);
    },
  },
  {
    name: "hf: a token that is refused is typed, and never told",
    async run() {
      const [, access] = makeHost({ token: TOKEN });
      const source = toSource("hf://datasets/o/n/a.tar", { ...access, token: "hf_WRONG" });
      const error = await rejection(readRange(source, 0)) as SourceError;
      assert.equal(error.code, "source/unauthorized");
      assert.notMatch(`${error.stack}${JSON.stringify(source)}`, /hf_/);
    },
  },
  {
    name:
      "a run over hf: that is resumed reads the commit that it was begun at, though main has moved",
    async run() {
      const files: Record<string, Uint8Array<ArrayBuffer>> = {};
      const newer: Record<string, Uint8Array<ArrayBuffer>> = {};
      for (const n of [0, 1, 2]) {
        files[`t-${n}.tar`] = await makeShard([`o${2 * n}`, `o${2 * n + 1}`]);
        newer[`t-${n}.tar`] = await makeShard([`n${2 * n}`, `n${2 * n + 1}`]);
      }
      const host = new HubHost(OLD, files);
      host.commits.set(NEW, new Map(Object.entries(newer)));
      for (const shuffle of [false, true]) {
        for (
          const pattern of [
            "hf://datasets/o/n/t-*.tar",
            "hf://datasets/o/n/t-{0..2}.tar",
            `${HUB}/datasets/o/n/resolve/main/t-{0..2}.tar`,
          ]
        ) {
          host.main = OLD;
          const open = (): WebDataset => {
            const dataset = webdataset(pattern, {
              fetch: host.fetch,
              hf: { endpoint: HUB },
            });
            return shuffle ? dataset.shuffle({ seed: 1, lanes: 2, window: 1 }) : dataset;
          };
          const begun = open();
          const keys: string[] = [];
          for await (const { key } of begun) {
            keys.push(key);
            if (keys.length === 3) break;
          }
          const state = JSON.stringify(begun.state());
          assert.include(state, OLD);
          host.main = NEW;
          for await (const { key } of open().resume(state)) keys.push(key);
          assert.deepEqual(keys.sort(), [0, 1, 2, 3, 4, 5].map((n) => `o${n}`), pattern);
          // A dataset that has read the newer one already cannot be two at once.
          const other = open();
          for await (const _ of other);
          const error = await rejection((async () => {
            for await (const _ of other.resume(state));
          })()) as WdsError;
          assert.equal(error.code, "order/changed", error.message);
        }
      }
      const print = { v: 1, print: {}, epoch: 0, lanes: 1, rank: 0, world: 1, taken: 0 };
      assert.throws(() => parseState({ ...print, commits: { main: "main" } }), OrderError);
    },
  },
  {
    name: "plain addresses of a hub stay at the commit of the first answer; others are as they are",
    async run() {
      const [host, access] = makeHost();
      const read = (url: string, options = access): Promise<Uint8Array> =>
        readRange(toSource(url, options), 0);
      const main = `${HUB}/datasets/o/n/resolve/main`;
      await read(`${main}/a.tar`);
      host.commits.set(NEW, new Map([["b.tar", makeNoise(50)]]));
      host.main = NEW;
      assert.deepEqual(await read(`${main}/b.tar`), makeNoise(9000, 2).slice(0, 100));
      assert.deepEqual(
        await readRange(toStore(main, access).open("b.tar"), 10),
        makeNoise(9000, 2).slice(10, 110),
      );
      // The same pin as by the hub's own scheme.
      assert.deepEqual(await read("hf://datasets/o/n/b.tar"), makeNoise(9000, 2).slice(0, 100));
      assert.deepEqual(await read(`${HUB}/datasets/o/n/resolve/${NEW}/b.tar`), makeNoise(50));
      // Where that is no hub, a path of this shape says nothing.
      const { hf: _, ...plain } = access;
      host.seen.length = 0;
      await read(`${main}/b.tar`, plain);
      assert.deepEqual(host.seen[0], "hub /datasets/o/n/resolve/main/b.tar");
    },
  },
  {
    name: "imagenet1k() reads all shards at the commit of its catalogue, and a state names it",
    async run() {
      const filenames = ["a.tar", "b.tar"];
      const splits = { validation: { filenames, shard_lengths: [2, 1], num_samples: 3 } };
      const info = new TextEncoder().encode(JSON.stringify({ splits }));
      const [a, b] = [await makeShard(["k0", "k1"]), await makeShard(["k2"])];
      const host = new HubHost(OLD, { "_info.json": info, "a.tar": a, "b.tar": b });
      host.commits.set(NEW, new Map());
      const home = "https://huggingface.co/datasets/timm/imagenet-1k-wds/";
      const fetch =
        ((input: string, init?: RequestInit) =>
          host.fetch(input.replace(home, `${HUB}/datasets/o/n/`), init)) as typeof globalThis.fetch;
      const dataset = imagenet1k("validation", { fetch, retry: false });
      const keys: string[] = [];
      for await (const { key } of dataset) {
        keys.push(key);
        host.main = NEW;
        assert.include(JSON.stringify(dataset.state()), OLD);
      }
      assert.deepEqual(keys, ["k0", "k1", "k2"]);
    },
  },
  {
    name: "webdataset() reads hf://datasets/o/n/in/*.tar at one commit, in order, page by page",
    async run() {
      const files: Record<string, Uint8Array<ArrayBuffer>> = { "x.tar": makeNoise(9) };
      for (const n of [2, 0, 1]) files[`in/t-${n}.tar`] = await makeShard([`k${n}`]);
      files["in/t-0.json"] = files["in/deep/t-3.tar"] = makeNoise(9);
      const host = new HubHost(OLD, files, { pageSize: 2, token: TOKEN });
      const access = { fetch: host.fetch, token: TOKEN, hf: { endpoint: HUB } };
      const dataset = webdataset("hf://datasets/o/n/in/*.tar", access);
      const keys: string[] = [];
      for await (const { key, shard } of dataset) {
        keys.push(`${shard} ${key}`);
        host.main = NEW;
      }
      assert.deepEqual(keys, [0, 1, 2].map((n) => `hf://datasets/o/n/in/t-${n}.tar k${n}`));
      assert.equal(host.seen.filter((line) => line.includes("/tree/")).length, 2);
      assert.deepEqual(host.seen.filter((line) => line.includes("resolve/main")).join(), "");
      assert.isFalse(host.isLeaked);

      const [other, plain] = makeHost();
      const names: string[] = [];
      for await (const { name, etag } of toStore("hf://datasets/o/n", plain).list!()) {
        names.push(`${name} ${etag}`);
      }
      assert.deepEqual(names, [`a.tar "${OLD}-a.tar"`, `b.tar "${OLD}-b.tar"`]);
      assert.include(other.seen[1], "recursive=true");
    },
  },
  {
    name: "hf: a next page on another host is an error: it would be sent the token",
    async run() {
      const fetch = ((url: string) =>
        Promise.resolve(
          url.includes("/revision/")
            ? Response.json({ sha: OLD })
            : Response.json([], { headers: { link: '<https://evil.test/>; rel="next"' } }),
        )) as typeof globalThis.fetch;
      const list = (async () => {
        for await (const _ of toStore("hf://datasets/o/n", { fetch, token: TOKEN }).list!());
      })();
      assert.equal((await rejection(list) as SourceError).code, "source/http");
    },
  },
  {
    name: "the end of a signed target is by the clock of the host that signed it",
    run() {
      const left = (query: string, date?: string): number => {
        const headers = new Headers(date === undefined ? [] : [["date", date]]);
        const end = readExpiry(new URL(`https://h.test/?${query}`), new Response("", { headers }));
        return Math.round((end - performance.now()) / 1000);
      };
      const date = "Sat, 28 Nov 2026 06:00:00 GMT";
      assert.equal(left("X-Amz-Date=20261128T055900Z&X-Amz-Expires=3600", date), 3600 - 60 - 30);
      assert.equal(left("Expires=1795849200", date), (1795849200 - Date.parse(date) / 1000) - 30);
      assert.equal(left("X-Amz-Expires=600"), 570);
      assert.equal(left(""), Infinity);
    },
  },
];
