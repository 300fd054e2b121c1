/** Grouping of entries into samples, as webdataset does it. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { SampleError, SourceError, TarError, type WdsError } from "../../src/errors.ts";
import {
  isMetaName,
  readSamples,
  type Sample,
  type SampleEntry,
  type SamplesOptions,
  splitName,
} from "../../src/sample/mod.ts";
import { readTar, type ReadTarOptions } from "../../src/tar/mod.ts";
import { archive, inChunks, join, member } from "../tar/archive.ts";
import { hash } from "../tar/listing.ts";
import { oldSparse } from "../tar/sparse.ts";
import { eventually } from "../eventually.ts";
import { rejection } from "../storage/bytes.ts";

interface Golden {
  /** Key and lower-cased extension by name; `null` where the name is skipped. */
  readonly names: Record<string, [string, string] | null>;
  /** SHA-256 of what becomes of the names of `makeNames()`. */
  readonly digest: string;
}

/** The names that `make_golden.py` makes: unsigned where its numbers are. */
function* makeNames(): Generator<string> {
  const letters = ["a", "b", ".", "/", "_", "\n", ".", "/", "\r", "\u2028", "\u00e9"];
  let state = 20_261_127;
  for (let i = 0; i < 100_000; i++) {
    let name = "";
    while (true) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const at = (state >>> 0) % (letters.length + 1);
      if (at === letters.length) break;
      name += letters[at];
    }
    yield name;
  }
}

/** Key and lower-cased extension, as the golden has them. */
function splitAsGolden(name: string): [string, string] | null {
  const split = isMetaName(name) ? undefined : splitName(name);
  return split === undefined ? null : [split[0], split[1].toLowerCase()];
}

/** Letters beyond ASCII as Python's `json` writes them. */
function toAscii(text: string): string {
  return text.replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An archive of files, each with its own name as its body. */
function files(...names: readonly string[]): Uint8Array<ArrayBuffer> {
  return archive(...names.map((name) => member({ name }, name)));
}

async function group(
  bytes: Uint8Array,
  options: SamplesOptions = {},
  chunkBytes = 1000,
  reading: Pick<ReadTarOptions, "memberFaults" | "maxEntryBytes"> = {},
): Promise<Sample[]> {
  const grouped: Sample[] = [];
  const entries = readTar(inChunks(bytes, chunkBytes), {
    ...reading,
    name: options.shard,
    body: "bytes",
  });
  for await (const sample of readSamples(entries, options)) grouped.push(sample);
  return grouped;
}

function show(grouped: readonly Sample[]): string[] {
  return grouped.map(({ key, fields }) => `${key}: ${Object.keys(fields).join(" ")}`);
}

/** What is left of an archive of two samples, each of two members of 1024 bytes, that is cut. */
function keptOf(length: number, memberFaults: "throw" | "mark"): string[] {
  const [first, second] = ["a: cls jpg", "b: cls jpg"];
  // An end between two members may be the archive's own, whose marker is missing; a sample that lacks what the one
  // before it has is taken for cut.
  if (length === 1024) return ["a: cls"];
  if (length === 2048) return [first];
  if (length === 4096) return [first, second];
  // The header of the second sample shows that the first is complete, if the reader gives the header of a body
  // that is cut; else the body's end at byte 2565 does.
  return length < (memberFaults === "mark" ? 2560 : 2565) ? [] : [first];
}

export const cases: TestCase[] = [
  {
    name: "splitName() and isMetaName() agree with webdataset's expressions",
    async run({ read }) {
      const text = new TextDecoder().decode(await read("grouping/golden.json"));
      const { names, digest } = JSON.parse(text) as Golden;
      assert.isAbove(Object.keys(names).length, 5000);
      for (const [name, expected] of Object.entries(names)) {
        assert.deepEqual(splitAsGolden(name), expected, JSON.stringify(name));
      }
      let lines = "";
      for (const name of makeNames()) lines += `${toAscii(JSON.stringify(splitAsGolden(name)))}\n`;
      assert.equal(await hash(new TextEncoder().encode(lines)), digest);
    },
  },
  {
    name: "readSamples() joins consecutive entries of one key, and only those",
    async run() {
      const bytes = files("a.cls", "a.JPG", "b.jpg", "a.txt", "A.txt", "d/a.txt", "d/a.seg.png");
      for (const size of [1, 700, 1 << 20]) {
        assert.deepEqual(show(await group(bytes, {}, size)), [
          "a: cls jpg",
          "b: jpg",
          "a: txt",
          "A: txt",
          "d/a: txt seg.png",
        ]);
      }
    },
  },
  {
    name: "readSamples() skips what is no field, without ending the sample around it",
    async run() {
      const bytes = archive(
        member({ name: "a.cls" }, "1"),
        member({ name: "README" }, "no dot"),
        member({ name: ".hidden" }, "no key"),
        member({ name: "__meta__" }, "metadata"),
        member({ name: "__folder__/x.txt" }, "metadata"),
        member({ name: "a.folder", typeflag: "5" }),
        member({ name: "a.link", typeflag: "2", linkname: "a.cls" }),
        member({ name: "a.hard", typeflag: "1", linkname: "a.cls" }),
        member({ name: "a.unknown", typeflag: "V" }, "volume"),
        member({ name: "a.jpg", typeflag: "7" }, "contiguous"),
        member({ name: "a.txt", typeflag: "\0" }, "v7"),
      );
      assert.deepEqual(show(await group(bytes)), ["a: cls jpg txt"]);
      assert.deepEqual(await group(archive()), []);
    },
  },
  {
    name: "readSamples() keeps names that objects have by themselves",
    async run() {
      const [sample] = await group(
        files("x.__proto__", "x.constructor", "x.key", "x.__key__", "x.toString"),
      );
      const names = ["__proto__", "constructor", "key", "__key__", "tostring"];
      for (const record of [sample.fields, sample.bytes, sample.offsets]) {
        assert.isNull(Object.getPrototypeOf(record));
        assert.deepEqual(Object.keys(record), names);
      }
      assert.equal(new TextDecoder().decode(sample.fields["__proto__"]), "x.__proto__");
      assert.notProperty(sample.fields, "hasOwnProperty");
    },
  },
  {
    name: "readSamples() gives key, shard, bytes and offsets",
    async run() {
      const [sample] = await group(files("d/x.cls", "d/x.jpg"), { shard: "s.tar" });
      assert.equal(sample.key, "d/x");
      assert.equal(sample.shard, "s.tar");
      assert.deepEqual({ ...sample.offsets }, { cls: 0, jpg: 1024 });
      assert.deepEqual(sample.bytes.jpg, new TextEncoder().encode("d/x.jpg"));
      assert.deepEqual({ ...sample.fields }, { ...sample.bytes });
    },
  },
  {
    name: "readSamples() reports an extension that a sample has twice",
    async run() {
      const error = await rejection(group(files("a.jpg", "b.jpg", "b.JPG"), { shard: "s.tar" }));
      assert.instanceOf(error, SampleError);
      const { code, key, shard, offsetBytes } = error as SampleError;
      assert.deepEqual(
        { code, key, shard, offsetBytes },
        { code: "sample/duplicate-field", key: "b", shard: "s.tar", offsetBytes: 2048 },
      );
    },
  },
  {
    name: "readSamples() never yields a sample that a cut has shortened, as far as it can be known",
    async run() {
      const whole = files("a.cls", "a.jpg", "b.cls", "b.jpg");
      for (let length = 0; length < 4 * 1024 + 512; length += 64) {
        const cut = whole.subarray(0, length);
        const error = await rejection(group(cut)) as TarError;
        assert.equal(error.code, "tar/truncated", `cut at ${length}`);
        for (const memberFaults of ["throw", "mark"] as const) {
          const skipped: unknown[] = [];
          const options = { onError: "skip", onSkip: (e: WdsError) => skipped.push(e) } as const;
          const kept = await group(cut, options, 1000, { memberFaults });
          assert.deepEqual(show(kept), keptOf(length, memberFaults), `cut at ${length}`);
          assert.lengthOf(skipped, 1);
          assert.instanceOf(skipped[0], TarError);
        }
      }
    },
  },
  {
    name: "readSamples() leaves out a sample for a fault of one member, and no other",
    async run() {
      const large = member({ name: "b.bin" }, "x".repeat(5000));
      const sparse = oldSparse("b.map", [[0, 5], [4, 5]], 100);
      const twice = member({ name: "b.CLS" }, "again");
      const faults: [string, Uint8Array, number][] = [
        ["tar/too-large", large, 2048],
        ["tar/bad-sparse", sparse, 2048],
        ["sample/duplicate-field", twice, 2048],
      ];
      for (const [code, bad, offsetBytes] of faults) {
        const bytes = archive(
          member({ name: "a.cls" }, "1"),
          member({ name: "b.cls" }, "2"),
          bad,
          member({ name: "b.txt" }, "more of it"),
          bad,
          member({ name: "c.cls" }, "3"),
          member({ name: "README" }, "x".repeat(5000)),
          member({ name: "d.cls" }, "4"),
        );
        const told: WdsError[] = [];
        const options = { onError: "skip", onSkip: (e: WdsError) => told.push(e) } as const;
        const reading = { memberFaults: "mark", maxEntryBytes: 4096 } as const;
        const kept = await group(bytes, { ...options, shard: "s.tar" }, 1000, reading);
        assert.deepEqual(show(kept), ["a: cls", "c: cls", "d: cls"], code);
        assert.deepEqual(told.map((e) => [e.code, e.shard, e.offsetBytes]), [
          [code, "s.tar", offsetBytes],
        ]);
        assert.include(told[0].message, '"b.');
        // Nothing is skipped where nothing should be: the sample before it comes, then the fault.
        const grouped = readSamples(readTar(inChunks(bytes, 1000), reading), { shard: "s.tar" });
        assert.equal((await grouped.next()).value?.key, "a");
        assert.equal((await rejection(grouped.next()) as WdsError).code, code);
      }
    },
  },
  {
    name: "readSamples() bounds the bytes and the fields of a sample",
    async run() {
      const bytes = files("a.0", "a.1", "a.2", "b.0", "b.1", "c.0", "c.1", "c.2");
      const told: string[] = [];
      const options = {
        onError: "skip",
        onSkip: (e: WdsError) => told.push(`${e.code} ${e.key}`),
      } as const;
      const limits = [{ maxSampleFields: 2 }, { maxSampleBytes: 6 }];
      for (const limit of limits) {
        told.length = 0;
        assert.deepEqual(show(await group(bytes, { ...options, ...limit })), ["b: 0 1"]);
        assert.deepEqual(told, ["sample/too-large a", "sample/too-large c"]);
        const error = await rejection(group(bytes, limit)) as SampleError;
        assert.include(error.message, Object.keys(limit)[0]);
      }
      assert.lengthOf(await group(bytes, { maxSampleFields: 3, maxSampleBytes: 9 }), 3);
      // Of a body that is streamed, no more is read than shows that it is too much.
      let given = 0;
      async function* entries(): AsyncGenerator<SampleEntry> {
        const endless = new ReadableStream<Uint8Array>({
          pull: (controller) => {
            given++;
            controller.enqueue(new Uint8Array(1000));
          },
        }, { highWaterMark: 0 });
        yield { path: "a.bin", header: { typeflag: "0" }, readable: endless };
      }
      const streamed = readSamples(entries(), { maxSampleBytes: 10_000 });
      assert.equal((await rejection(streamed.next()) as SampleError).code, "sample/too-large");
      assert.equal(given, 11);
    },
  },
  {
    name: "readSamples() throws what is no fault of the data, whatever is skipped",
    async run() {
      const failing = (error: Error): ReadableStream<Uint8Array> => {
        let isFirst = true;
        return new ReadableStream({
          pull: (controller) => {
            if (!isFirst) return controller.error(error);
            isFirst = false;
            controller.enqueue(files("a.cls", "b.cls").subarray(0, 2048));
          },
        });
      };
      const network = new SourceError("source/network", {
        action: "read it",
        reason: "the connection broke",
      });
      const damaged = new SourceError("source/gzip", {
        action: "read it",
        reason: "the packed data is damaged",
      });
      for (const error of [network, new TypeError("a mistake"), new Error("anything"), damaged]) {
        const told: WdsError[] = [];
        const options = { onError: "skip", onSkip: (e: WdsError) => told.push(e) } as const;
        const keys: string[] = [];
        const reading = (async () => {
          for await (const { key } of readSamples(readTar(failing(error)), options)) keys.push(key);
        })();
        if (error === damaged) await reading;
        else assert.strictEqual(await rejection(reading), error);
        assert.deepEqual(told, error === damaged ? [damaged] : []);
        assert.deepEqual(keys, ["a"]);
      }
    },
  },
  {
    name: "readSamples() refuses options that are none",
    run() {
      const entries = readTar(inChunks(files("a.cls"), 100));
      const mistakes: [object, ErrorConstructor][] = [
        [{ onError: "ignore" }, TypeError],
        [{ onSkip: 3 }, TypeError],
        [{ maxSampleBytes: NaN }, RangeError],
        [{ maxSampleFields: -1 }, RangeError],
      ];
      for (const [options, type] of mistakes) {
        assert.throws(() => readSamples(entries, options), type, /must be/);
      }
    },
  },
  {
    name: "splitName() and isMetaName() take linear time",
    async run() {
      const n = 400_000;
      const names = ["a", "/", ".", "a/", "a/.", "a.", "/.", "\n", "a\n/.", "_", "__a"].map((
        part,
      ) => part.repeat(n / part.length));
      for (const name of [...names, ...names.map((name) => `${name}x`), `${"a/".repeat(n)}.b`]) {
        await eventually(() => {
          const start = performance.now();
          splitName(name);
          isMetaName(name);
          assert.isBelow(performance.now() - start, 200);
        });
      }
    },
  },
  {
    name: "readSamples() takes the entries of @std/tar, with streams for bodies and no kinds",
    async run() {
      const body = (text: string): ReadableStream<Uint8Array> => new Blob([text]).stream();
      const cancelled: string[] = [];
      const skippedBody = (name: string): ReadableStream<Uint8Array> =>
        new ReadableStream({ cancel: () => void cancelled.push(name) }, { highWaterMark: 0 });
      async function* entries(): AsyncGenerator<StdTarStreamEntry> {
        yield { path: "a.cls", header: stdHeader("0"), readable: body("7") };
        yield { path: "a.d", header: stdHeader("5") };
        yield { path: "README", header: stdHeader("0"), readable: skippedBody("README") };
        yield { path: "a.txt", header: stdHeader("\0"), readable: body("hello") };
        yield { path: "b.txt", header: stdHeader(""), readable: body("") };
      }
      const grouped: Sample[] = [];
      for await (const sample of readSamples(entries())) grouped.push(sample);
      assert.deepEqual(show(grouped), ["a: cls txt", "b: txt"]);
      assert.equal(new TextDecoder().decode(grouped[0].fields.txt), "hello");
      assert.lengthOf(grouped[1].fields.txt, 0);
      assert.deepEqual(cancelled, ["README"]);
    },
  },
  {
    name: "readSamples() takes entries whose bodies readTar() streams",
    async run() {
      const bytes = files("a.cls", "README", "a.jpg");
      const grouped: Sample[] = [];
      const entries = readTar(inChunks(bytes, 100), { body: "stream" });
      for await (const sample of readSamples(entries)) grouped.push(sample);
      assert.deepEqual(show(grouped), ["a: cls jpg"]);
      assert.equal(new TextDecoder().decode(grouped[0].fields.jpg), "a.jpg");
    },
  },
  {
    name: "readSamples() cancels the archive when its loop is left, and throws the signal's reason",
    async run() {
      const bytes = join([member({ name: "a.txt" }, "1"), member({ name: "b.txt" }, "2")]);
      let cancelled = false;
      const endless = (): ReadableStream<Uint8Array> =>
        new ReadableStream({
          pull: (controller) => controller.enqueue(bytes),
          cancel: () => void (cancelled = true),
        });
      for await (const _ of readSamples(readTar(endless()))) break;
      assert.isTrue(cancelled);

      const controller = new AbortController();
      const reason = new Error("stop");
      const reading = rejection((async () => {
        const options = { signal: controller.signal, onError: "skip" } as const;
        for await (const _ of readSamples(readTar(endless(), options), options)) {
          controller.abort(reason);
        }
      })());
      assert.strictEqual(await reading, reason);
    },
  },
];

/** What `@std/tar`'s `UntarStream` yields, by structure. */
interface StdTarStreamEntry {
  path: string;
  header: {
    name: string;
    mode: number;
    uid: number;
    gid: number;
    size: number;
    mtime: number;
    typeflag: string;
    linkname: string;
  };
  readable?: ReadableStream<Uint8Array>;
}

function stdHeader(typeflag: string): StdTarStreamEntry["header"] {
  return { name: "", mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, typeflag, linkname: "" };
}
