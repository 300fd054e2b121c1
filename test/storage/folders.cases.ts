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
  {
    name:
      "toStore() puts into a bucket of R2, in equal parts of which one is held, what is larger than one",
    async run() {
      const bucket = new PartedBucket();
      const store = toStore(bucket);
      const part = 10 * 1024 * 1024;
      const put = async (name: string, sizeBytes: number, ifAbsent = true): Promise<boolean> => {
        const draft = await store.create!(name, { ifAbsent });
        const chunk = new Uint8Array(1_000_003);
        for (let at = 0; at < sizeBytes; at += chunk.length) {
          // What was written may be changed.
          chunk.fill((at + sizeBytes) % 251);
          await draft.write(chunk.subarray(0, Math.min(chunk.length, sizeBytes - at)));
        }
        return await draft.finish();
      };
      for (const sizeBytes of [0, 5, part, part + 1, 2 * part + 7]) {
        const name = `of-${sizeBytes}`;
        assert.isTrue(await put(name, sizeBytes));
        const there = bucket.objects.get(name)!;
        assert.lengthOf(there, sizeBytes);
        let isRight = true;
        // Not all of them, which takes seconds: the last ones before and the first ones behind each end of a part or piece.
        for (let at = 0; at < sizeBytes; at += at % 1_000_003 < 50 || at % part < 50 ? 1 : 17) {
          isRight &&= there[at] === (at - at % 1_000_003 + sizeBytes) % 251;
        }
        assert.isTrue(isRight, name);
        assert.isFalse(await put(name, sizeBytes), "what is there stays");
        assert.isTrue(await put(name, sizeBytes, false));
      }
      assert.deepEqual([bucket.uploads, bucket.whole], [6, 6]);
      assert.equal(bucket.open, 0);
    },
  },
  {
    name:
      "toStore() leaves nothing in a bucket of R2 of what is given up, aborted, or fails in the middle",
    async run() {
      const bucket = new PartedBucket();
      const store = toStore(bucket);
      const bytes = new Uint8Array(11 * 1024 * 1024);
      const given = await store.create!("given-up");
      await given.write(bytes);
      assert.equal(bucket.open, 1);
      await given.discard();
      const stop = new AbortController();
      const stopped = await store.create!("stopped", { signal: stop.signal });
      await stopped.write(bytes);
      stop.abort(new Error("enough"));
      assert.match(String(await rejection(stopped.finish())), /enough/);
      bucket.failing = 2;
      const failing = await store.create!("failing");
      await failing.write(bytes);
      assert.equal((await rejection(failing.finish()) as SourceError).code, "source/write");
      assert.equal(bucket.open, 0);
      assert.equal(bucket.objects.size, 0);
    },
  },
];

/** A bucket that takes parts as R2 does. */
class PartedBucket implements R2BucketLike {
  readonly objects = new Map<string, Uint8Array>();
  /** Uploads that were begun, that are open, and objects that were put in one piece. */
  uploads = 0;
  open = 0;
  whole = 0;
  /** Number of the part that fails. */
  failing = 0;

  get(): Promise<null> {
    return Promise.resolve(null);
  }

  head(key: string): Promise<{ size: number; httpEtag: string } | null> {
    const found = this.objects.get(key);
    return Promise.resolve(found === undefined ? null : { size: found.length, httpEtag: '"1"' });
  }

  async put(
    key: string,
    value: Uint8Array | Blob,
    options?: { onlyIf?: { etagDoesNotMatch: string } },
  ): Promise<unknown> {
    if (options?.onlyIf !== undefined && this.objects.has(key)) return null;
    this.whole++;
    this.objects.set(key, new Uint8Array(await new Response(value as BodyInit).arrayBuffer()));
    return {};
  }

  createMultipartUpload(
    key: string,
  ): ReturnType<NonNullable<R2BucketLike["createMultipartUpload"]>> {
    const parts = new Map<number, Uint8Array>();
    this.uploads++;
    this.open++;
    return Promise.resolve({
      uploadPart: (partNumber: number, value: Uint8Array) => {
        if (partNumber === this.failing) return Promise.reject(new Error("internal error"));
        parts.set(partNumber, value.slice());
        return Promise.resolve({ partNumber, etag: String(partNumber) });
      },
      complete: (list: { readonly partNumber: number }[]) => {
        this.open--;
        const sizes = list.map(({ partNumber }) => parts.get(partNumber)!.length);
        const isAllowed = sizes.slice(0, -1).every((size) => size === sizes[0] && size >= 5 << 20);
        if (!isAllowed || sizes.at(-1)! > sizes[0]) {
          return Promise.reject(new Error("invalid part"));
        }
        const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
        let at = 0;
        for (const { partNumber } of list) {
          whole.set(parts.get(partNumber)!, at);
          at += parts.get(partNumber)!.length;
        }
        this.objects.set(key, whole);
        return Promise.resolve({});
      },
      abort: () => Promise.resolve(void this.open--),
    });
  }
}
