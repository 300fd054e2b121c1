/** Folders of browsers and buckets of R2: what they hold, and what they list. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SourceError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { type DirectoryLike, type R2BucketLike, toStore } from "../../src/storage/mod.ts";
import { collect, rejection } from "./bytes.ts";
import { makeShard } from "./shard_bytes.ts";

type Tree = { readonly [name: string]: Tree | Blob };

/** A folder as browsers have it. */
function makeFolder(tree: Tree): DirectoryLike {
  const find = (name: string): Tree | Blob => {
    if (Object.hasOwn(tree, name)) return tree[name];
    throw new DOMException("none", "NotFoundError");
  };
  return {
    getDirectoryHandle(name) {
      const found = find(name);
      if (found instanceof Blob) throw new DOMException("a file", "TypeMismatchError");
      return Promise.resolve(makeFolder(found));
    },
    getFileHandle(name) {
      const found = find(name);
      if (!(found instanceof Blob)) throw new DOMException("a folder", "TypeMismatchError");
      return Promise.resolve({ getFile: () => Promise.resolve(found) });
    },
    async *entries() {
      for (const [name, inner] of Object.entries(tree)) {
        yield [name, { kind: inner instanceof Blob ? "file" : "directory" }] as const;
      }
    },
  };
}

async function checkFolder(folder: DirectoryLike): Promise<void> {
  const store = toStore(folder, { prefix: "in/" });
  const names: string[] = [];
  for await (const { name } of store.list!()) names.push(name);
  assert.deepEqual(names, ["0.tar", "1.tar", "deep/2.tar"]);
  const keys: string[] = [];
  for await (const { key, shard } of webdataset(names.map((name) => store.open(name)))) {
    keys.push(`${shard} ${key}`);
  }
  assert.deepEqual(keys, ["in/0.tar k0", "in/1.tar k1", "in/deep/2.tar k2"]);
  const source = store.open("0.tar");
  const { body } = await source.open({ offset: 0, length: 6 });
  assert.equal(new TextDecoder().decode(await collect(body)), "k0.txt");
  for (const name of ["no.tar", "no/a.tar", "0.tar/a"]) {
    const error = await rejection(Promise.resolve(store.open(name).open())) as SourceError;
    assert.equal(error.code, "source/not-found", name);
  }
  assert.isTrue(source.isLocal);
  assert.equal(typeof source.beside, "function");
}

/** What is used of a browser's own folder to fill it. */
interface OwnFolder extends DirectoryLike {
  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<OwnFolder>;
  getFileHandle(
    name: string,
    options?: { create: boolean },
  ): Promise<{ getFile(): Promise<Blob>; createWritable(): Promise<OwnFile> }>;
  removeEntry(name: string, options: { recursive: boolean }): Promise<void>;
}

interface OwnFile {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const { navigator } = globalThis as {
  navigator?: { storage?: { getDirectory?(): Promise<OwnFolder> } };
};

export const cases: TestCase[] = [
  {
    name: "toStore() opens and lists the files of a FileSystemDirectoryHandle",
    async run() {
      const blob = async (key: string): Promise<Blob> => new Blob([await makeShard([key])]);
      const deep = { "2.tar": await blob("k2") };
      await checkFolder(
        makeFolder({ in: { "1.tar": await blob("k1"), deep, "0.tar": await blob("k0") } }),
      );
    },
  },
  {
    name: "toStore() opens and lists the files of a browser's own folder (OPFS)",
    skip: navigator?.storage?.getDirectory ? undefined : "this runtime has no folder of its own",
    async run() {
      const root = await navigator!.storage!.getDirectory!();
      const folder = await root.getDirectoryHandle("folders-case", { create: true });
      const inner = await folder.getDirectoryHandle("in", { create: true });
      const deep = await inner.getDirectoryHandle("deep", { create: true });
      for (const [place, n] of [[inner, 0], [inner, 1], [deep, 2]] as const) {
        const file = await place.getFileHandle(`${n}.tar`, { create: true });
        const stream = await file.createWritable();
        await stream.write(await makeShard([`k${n}`]));
        await stream.close();
      }
      await checkFolder(folder);
      await root.removeEntry("folders-case", { recursive: true });
    },
  },
  {
    name: "toStore() lists a bucket of R2, page by page",
    async run() {
      const keys = ["in/a", "in/b", "in/c"];
      const asked: unknown[] = [];
      const bucket: R2BucketLike = {
        get: () => Promise.resolve(null),
        head: () => Promise.resolve(null),
        list(options = {}) {
          asked.push(options);
          const from = Number(options.cursor ?? 0);
          const objects = keys.slice(from, from + 2).map((key) => ({
            key,
            size: 7,
            httpEtag: '"1"',
          }));
          const more = { truncated: from + 2 < keys.length, cursor: String(from + 2) };
          return Promise.resolve({ objects, ...more });
        },
      };
      const listed = [];
      for await (const object of toStore(bucket, { prefix: "in/" }).list!()) listed.push(object);
      assert.deepEqual(
        listed,
        ["a", "b", "c"].map((name) => ({ name, sizeBytes: 7, etag: '"1"' })),
      );
      assert.deepEqual(asked, [{ prefix: "in/" }, { prefix: "in/", cursor: "2" }]);
    },
  },
  {
    name: "toStore() reads nothing behind the end of an object of R2, where R2 itself fails",
    async run() {
      const sizes: Record<string, number> = { a: 10, empty: 0 };
      let fails = false;
      const bucket: R2BucketLike = {
        // As workerd does, error 10039, or 0.
        get(key, { range: { offset = 0, length = Infinity } = {} } = {}) {
          if (!(key in sizes)) return Promise.resolve(null);
          const size = sizes[key];
          if (fails || offset >= size) return Promise.reject(new Error("not satisfiable (10039)"));
          const body = new Blob([new Uint8Array(Math.min(size - offset, length))]).stream();
          return Promise.resolve({ size, httpEtag: '"1"', body });
        },
        head: (key) => Promise.resolve(key in sizes ? { size: sizes[key], httpEtag: '"1"' } : null),
      };
      const store = toStore(bucket);
      for (
        const [key, offset, length, count] of [
          ["a", 5, 100, 5],
          ["a", 10, Infinity, 0],
          ["a", 20, 1, 0],
          ["empty", 0, 5, 0],
        ] as const
      ) {
        const { body, sizeBytes } = await store.open(key).open({ offset, length });
        assert.equal(sizeBytes, sizes[key]);
        assert.lengthOf(await collect(body), count, `${key} from ${offset}`);
      }
      const fail = async (key: string): Promise<string> => {
        const error = await rejection((async () => await store.open(key).open({ offset: 3 }))());
        return (error as SourceError).code;
      };
      assert.equal(await fail("none"), "source/not-found");
      fails = true;
      assert.equal(await fail("a"), "source/network");
    },
  },
];
