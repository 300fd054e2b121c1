/** How `readTar()` treats the stream that it reads, and the streams that it gives. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { TarError } from "../../src/errors.ts";
import { readTar, type TarEntry, type TarStreamEntry, UntarStream } from "../../src/tar/mod.ts";
import { collect, makeNoise, rejection } from "../storage/bytes.ts";
import { archive, inChunks, member } from "./archive.ts";

const small = makeNoise(300, 1);
const large = makeNoise(50_000, 2);
const bytes = archive(
  member({ name: "small" }, small),
  member({ name: "large" }, large),
  member({ name: "empty" }),
  member({ name: "folder", typeflag: "5" }),
  member({ name: "last" }, small),
);

/** Yields an archive's start for ever, and tells when it was cancelled. */
function endless(): { stream: ReadableStream<Uint8Array>; reasons: unknown[] } {
  const reasons: unknown[] = [];
  const start = member({ name: "a" }, small);
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(start.slice()),
    cancel: (reason) => void reasons.push(reason),
  });
  return { stream, reasons };
}

async function* readBytes(size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const bodies: TestCase[] = [
  {
    name: "readTar() gives views of the chunk for large bodies and copies of small ones",
    async run() {
      const entries: TarEntry[] = [];
      for await (const entry of readTar(readBytes(bytes.length))) entries.push(entry);
      const [first, second] = entries;
      assert.notStrictEqual(first.bytes.buffer, bytes.buffer);
      assert.strictEqual(second.bytes.buffer, bytes.buffer);
      assert.deepEqual(second.bytes, large);
      for (const { header } of entries) assert.isBelow(header.rawName.buffer.byteLength, 300);
    },
  },
  {
    name: "readTar() tells where headers and bodies lie",
    async run() {
      for await (const entry of readTar(readBytes(999))) {
        const { offsetBytes, bodyOffsetBytes, path, bytes: body } = entry;
        assert.equal(bodyOffsetBytes, offsetBytes + 512);
        const name = bytes.subarray(offsetBytes, offsetBytes + path.length);
        assert.equal(new TextDecoder().decode(name), path);
        assert.deepEqual(bytes.slice(bodyOffsetBytes, bodyOffsetBytes + body.length), body.slice());
      }
    },
  },
  {
    name: "readTar() streams bodies, in chunks of any size",
    async run() {
      for (const size of [1, 511, 4096, bytes.length]) {
        const seen: Record<string, Uint8Array | undefined> = {};
        for await (const entry of readTar(readBytes(size), { body: "stream" })) {
          seen[entry.path] = entry.readable && await collect(entry.readable);
          assert.notProperty(entry, "bytes");
        }
        const empty = new Uint8Array(0);
        assert.deepEqual(seen, { small, large, empty, folder: undefined, last: small });
      }
    },
  },
  {
    name: "readTar() goes on past bodies that were not read, read in part or cancelled",
    async run() {
      for (const size of [1, 1000, bytes.length]) {
        for (const treat of ["ignore", "read a part", "cancel", "leave a read pending"]) {
          const paths: string[] = [];
          for await (const { path, readable } of readTar(readBytes(size), { body: "stream" })) {
            paths.push(path);
            if (treat === "cancel") await readable?.cancel();
            const reader = treat.includes("read") ? readable?.getReader() : undefined;
            const reading = reader?.read();
            if (treat === "read a part") await reading;
          }
          assert.deepEqual(paths, ["small", "large", "empty", "folder", "last"], treat);
        }
      }
    },
  },
  {
    name: "readTar() fails a body that is read after its archive went on",
    async run() {
      const entries: TarStreamEntry[] = [];
      for await (const e of readTar(readBytes(1000), { body: "stream" })) entries.push(e);
      const error = await rejection(collect(entries[1].readable!));
      assert.instanceOf(error, TypeError);
      assert.lengthOf(await collect(entries[2].readable!), 0);
    },
  },
  {
    name: "readTar() fails the body's stream and itself where the archive ends in a body",
    async run() {
      const cut = bytes.subarray(0, 3000);
      const codes: string[] = [];
      const error = await rejection((async () => {
        for await (const { readable } of readTar(inChunks(cut, 700), { body: "stream" })) {
          await collect(readable!).catch((e: TarError) => codes.push(`${e.code} ${e.key}`));
        }
      })());
      assert.deepEqual(codes, ["tar/truncated large"]);
      assert.equal((error as TarError).code, "tar/truncated");
    },
  },
];

const endings: TestCase[] = [
  {
    name: "readTar() cancels a stream at once when its loop is left, and behind the end marker",
    async run() {
      const input = endless();
      for await (const _ of readTar(input.stream)) break;
      assert.lengthOf(input.reasons, 1);
      assert.isFalse(input.stream.locked);

      let cancelled = false;
      const followed = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(512)),
        cancel: () => void (cancelled = true),
      });
      for await (const _ of readTar(followed)) assert.fail("there are no entries");
      assert.isTrue(cancelled);
    },
  },
  {
    name: "readTar() cancels a stream when the archive is bad",
    async run() {
      let cancelled = false;
      const noise = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(large.slice()),
        cancel: () => void (cancelled = true),
      });
      const error = await rejection(readTar(noise).next());
      assert.equal((error as TarError).code, "tar/bad-header");
      assert.isTrue(cancelled);
    },
  },
  {
    name: "readTar() does not wait for the other branch of a tee",
    async run() {
      const [left, right] = inChunks(bytes, 1000).tee();
      for await (const _ of readTar(left)) break;
      assert.deepEqual(await collect(right), bytes);
    },
  },
  {
    name: "readTar() ends an iterator when its loop is left",
    async run() {
      let ended = false;
      async function* chunks(): AsyncGenerator<Uint8Array> {
        try {
          yield* readBytes(1000);
        } finally {
          ended = true;
        }
      }
      for await (const _ of readTar(chunks())) break;
      assert.isTrue(ended);
    },
  },
  {
    name: "readTar() throws the signal's reason at once, though no bytes come",
    async run() {
      const reason = new Error("stop");
      const reasons: unknown[] = [];
      const silent = new ReadableStream<Uint8Array>({ cancel: (r) => void reasons.push(r) });
      const never: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
      };
      for (const input of [silent, never]) {
        const controller = new AbortController();
        const reading = rejection(readTar(input, { signal: controller.signal }).next());
        setTimeout(() => controller.abort(reason), 5);
        assert.strictEqual(await reading, reason);
      }
      assert.deepEqual(reasons, [reason]);
      const aborted = readTar(readBytes(100), { signal: AbortSignal.abort(reason) });
      assert.strictEqual(await rejection(aborted.next()), reason);
    },
  },
  {
    name: "readTar() passes on what its input fails with, and refuses chunks that are no bytes",
    async run() {
      const fault = new Error("broken");
      const broken = new ReadableStream<Uint8Array>({ pull: (c) => c.error(fault) });
      assert.strictEqual(await rejection(readTar(broken).next()), fault);
      const text = new ReadableStream({ start: (c) => c.enqueue("text") });
      assert.instanceOf(await rejection(readTar(text).next()), TypeError);
    },
  },
];

const pairs: TestCase[] = [
  {
    name: "UntarStream gives the entries of readTar() through a pipe",
    async run() {
      for (const size of [1, 1000, bytes.length]) {
        const paths: string[] = [];
        const entries = inChunks(bytes, size).pipeThrough(new UntarStream()).getReader();
        while (true) {
          const { done, value } = await entries.read();
          if (done) break;
          paths.push(`${value.path} ${value.bytes.length}`);
        }
        const expected = ["small 300", "large 50000", "empty 0", "folder 0", "last 300"];
        assert.deepEqual(paths, expected);
      }
    },
  },
  {
    name: "UntarStream takes what follows the end, so that the pipe ends well",
    async run() {
      const untar = new UntarStream();
      const padded = archive(member({ name: "a" }, small), new Uint8Array(10_240));
      const piping = inChunks(padded, 512).pipeTo(untar.writable);
      const entries = untar.readable.getReader();
      assert.equal((await entries.read()).value?.path, "a");
      assert.isTrue((await entries.read()).done);
      await piping;
    },
  },
  {
    name: "UntarStream fails both ends where the archive is bad",
    async run() {
      const untar = new UntarStream({ name: "bad.tar" });
      const piping = rejection(inChunks(large, 512).pipeTo(untar.writable));
      const error = await rejection(untar.readable.getReader().read());
      assert.equal((error as TarError).code, "tar/bad-header");
      assert.equal((error as TarError).shard, "bad.tar");
      assert.strictEqual(await piping, error);
    },
  },
  {
    name: "UntarStream cancels its input when its entries are cancelled",
    async run() {
      const input = endless();
      const entries = input.stream.pipeThrough(new UntarStream()).getReader();
      await entries.read();
      const reason = new Error("enough");
      await entries.cancel(reason);
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual(input.reasons, [reason]);
    },
  },
];

/** The entries of `@std/tar`'s `UntarStream`, by structure: ours can stand in for them. */
interface StdTarStreamEntry {
  path: string;
  header: { name: string; mode: number; uid: number; gid: number; size: number } & {
    mtime: number;
    typeflag: string;
    linkname: string;
  };
  readable?: ReadableStream<Uint8Array<ArrayBuffer>>;
}

const types: TestCase[] = [{
  name: "readTar() gives entries that stand in for those of @std/tar",
  async run() {
    const ours = readTar(readBytes(1000), { body: "stream" });
    const theirs: AsyncIterable<StdTarStreamEntry> = ours;
    let files = 0;
    for await (const { header, readable } of theirs) {
      if (readable !== undefined) files++;
      assert.equal(readable !== undefined, header.typeflag === "0");
    }
    assert.equal(files, 4);
  },
}];

export const cases: TestCase[] = [...bodies, ...endings, ...pairs, ...types];
