/** Stores of every kind that needs no host, and what wraps sources. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SourceError } from "../../src/errors.ts";
import { type Source, type StoreInput, toSource, toStore, wrap } from "../../src/storage/mod.ts";
import { within } from "../../src/storage/store.ts";
import { collect, rejection } from "./bytes.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const read = async (source: Source): Promise<string> =>
  new TextDecoder().decode(await collect((await source.open()).body));

/** A host that answers with the address that it is asked for. */
const echo = ((url: string) => Promise.resolve(new Response(url))) as typeof globalThis.fetch;

const folders: TestCase[] = ([
  ["https://h.test/data", "https://h.test/data/a%20b.tar"],
  ["https://h.test/data/", "https://h.test/data/a%20b.tar"],
  ["https://h.test", "https://h.test/a%20b.tar"],
  ["https://h.test/data?sig=s%2F1", "https://h.test/data/a%20b.tar?sig=s%2F1"],
  [new URL("https://h.test/data?x=1"), "https://h.test/data/a%20b.tar?x=1"],
] as const).map(([folder, url]) => ({
  name: `toStore() opens the objects of the folder ${folder}${
    typeof folder === "string" ? "" : ", a URL"
  }`,
  async run() {
    const store = toStore(folder, { fetch: echo });
    assert.equal(await read(store.open("a b.tar")), url);
    assert.equal(store.open("a b.tar").name, url.replace(/\?.*/, ""));
    const inner = toStore(folder, { fetch: echo, prefix: "in/" });
    assert.equal(await read(inner.open("a b.tar")), url.replace("a%20b", "in/a%20b"));
    assert.equal(
      await read(store.open("a b.tar").beside!(".idx")),
      url.replace("b.tar", "b.tar.idx"),
    );
  },
}));

export const cases: TestCase[] = [
  ...folders,
  {
    name: "toStore() takes functions, objects with open(), and one shard alone",
    async run() {
      const asked: string[] = [];
      const open = (name: string): Uint8Array<ArrayBuffer> => {
        asked.push(name);
        return encode(name);
      };
      const byFunction = toStore(open);
      assert.equal(await read(byFunction.open("a.tar")), "a.tar");
      assert.equal(byFunction.open("a.tar").name, "a.tar");
      // A function may give the same for every name: it is not asked for what lies beside.
      assert.isUndefined(byFunction.open("a.tar").beside);

      const byObject = toStore({ open }, { prefix: "p/" });
      const source = byObject.open("a.tar");
      assert.equal(source.name, "p/a.tar");
      assert.equal(await read(source), "p/a.tar");
      assert.equal(await read(source.beside!(".idx")), "p/a.tar.idx");
      assert.equal(await read(source.beside!(".idx").beside!(".gz")), "p/a.tar.idx.gz");

      const shard = toSource(encode("the shard"));
      assert.strictEqual(toStore(shard).open("any.tar"), shard);
    },
  },
  {
    name: "toStore() passes on list and put of a store of one's own",
    async run() {
      const put: string[] = [];
      class Own {
        readonly names = ["a/1.tar", "a/2.tar", "b/1.tar"];
        open(name: string): Source {
          return toSource(encode(name), { name });
        }
        async *list(prefix = "") {
          for (const name of this.names) if (name.startsWith(prefix)) yield { name, sizeBytes: 7 };
        }
        put(name: string) {
          put.push(name);
          return Promise.resolve(this.names.includes(name));
        }
      }
      const store = toStore(new Own(), { prefix: "a/" });
      const names: string[] = [];
      for await (const { name, sizeBytes } of store.list!()) names.push(`${name} ${sizeBytes}`);
      assert.deepEqual(names, ["1.tar 7", "2.tar 7"]);
      for await (const { name } of store.list!("2")) assert.equal(name, "2.tar");
      assert.isTrue(await store.put!("1.tar", encode("")));
      assert.deepEqual(put, ["a/1.tar"]);
      assert.isUndefined(within({ open: (name) => toSource(encode(name)) }, "a/").list);
    },
  },
  {
    name: "toStore() reads R2, and tells an object that is not there from a bucket that failed",
    async run() {
      const ranges: unknown[] = [];
      const bucket = {
        get(key: string, options?: { range?: { offset?: number; length?: number } }) {
          ranges.push(options?.range);
          if (key === "bad") return Promise.reject(new Error("internal"));
          if (key !== "in/a.tar") return Promise.resolve(null);
          const body = new Blob([encode("0123456789")]).stream();
          return Promise.resolve({ size: 10, httpEtag: '"1"', body });
        },
        head: (key: string) =>
          Promise.resolve(key === "in/a.tar" ? { size: 10, httpEtag: '"1"' } : null),
      };
      const store = toStore(bucket, { prefix: "in/" });
      const source = store.open("a.tar");
      assert.deepEqual(await source.stat!(), { sizeBytes: 10, etag: '"1"' });
      const { body, ...facts } = await source.open({ offset: 2, length: 3 });
      await body.cancel();
      assert.deepEqual(facts, { sizeBytes: 10, etag: '"1"' });
      assert.deepEqual(ranges, [{ offset: 2, length: 3 }]);
      const code = async (from: Source): Promise<string> =>
        (await rejection((async () => await from.open())()) as SourceError).code;
      assert.equal(await code(source.beside!(".idx")), "source/not-found");
      assert.equal(await code(toStore(bucket).open("bad")), "source/network");
    },
  },
  {
    name: "toStore() refuses what is no folder of objects",
    run() {
      for (const odd of [5, null, {}, new Uint8Array(3), undefined]) {
        assert.throws(
          () => toStore(odd as unknown as StoreInput),
          TypeError,
          /Cannot open a store/,
        );
      }
      assert.throws(() => toStore("data:,a"), /no objects lie below it/);
      assert.throws(() => toStore("ftp://h.test/a"), /"ftp:" are not supported/);
      assert.throws(() => toStore("/a", { prefix: 5 as unknown as string }), TypeError, /prefix/);
    },
  },
  {
    name: "wrap() passes on what it is not told of",
    async run() {
      const beside = toSource(encode("beside"));
      const plain: Source = {
        ...toSource(encode("plain")),
        beside: () => beside,
      };
      const renamed = wrap(plain, { name: "other" });
      assert.equal(renamed.name, "other");
      assert.isTrue(renamed.isLocal);
      assert.equal(await read(renamed), "plain");
      assert.deepEqual(await renamed.stat!(), { sizeBytes: 5 });
      assert.strictEqual(renamed.beside!(".idx"), beside);

      const opened = wrap(toSource(encode("plain")), {
        open: ({ offset = 0 }, source) => source.open({ offset: offset + 1 }),
        beside: (suffix) => toSource(encode(suffix)),
      });
      assert.equal(await read(opened), "lain");
      assert.equal(await read(opened.beside!(".idx")), ".idx");
    },
  },
];
