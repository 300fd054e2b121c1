/** Grouping of entries into samples, as webdataset does it. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { SampleError, TarError } from "../../src/errors.ts";
import { isMetaName, type Sample, samples, splitName } from "../../src/sample/mod.ts";
import type { SamplesOptions } from "../../src/sample/mod.ts";
import { readTar } from "../../src/tar/mod.ts";
import { archive, inChunks, join, member } from "../tar/archive.ts";
import { rejection } from "../source/bytes.ts";

interface Golden {
  /** Key and lower-cased extension by name; `null` where the name is skipped. */
  readonly names: Record<string, [string, string] | null>;
}

/** An archive of files, each with its own name as its body. */
function files(...names: readonly string[]): Uint8Array<ArrayBuffer> {
  return archive(...names.map((name) => member({ name }, name)));
}

async function group(
  bytes: Uint8Array,
  options: SamplesOptions = {},
  chunkBytes = 1000,
): Promise<Sample[]> {
  const grouped: Sample[] = [];
  const entries = readTar(inChunks(bytes, chunkBytes), { name: options.shard });
  for await (const sample of samples(entries, options)) grouped.push(sample);
  return grouped;
}

function show(grouped: readonly Sample[]): string[] {
  return grouped.map(({ key, fields }) => `${key}: ${Object.keys(fields).join(" ")}`);
}

export const cases: TestCase[] = [
  {
    name: "splitName() and isMetaName() agree with webdataset's expressions",
    async run({ read }) {
      const text = new TextDecoder().decode(await read("grouping/golden.json"));
      const { names } = JSON.parse(text) as Golden;
      assert.isAbove(Object.keys(names).length, 5000);
      for (const [name, expected] of Object.entries(names)) {
        const split = isMetaName(name) ? undefined : splitName(name);
        const got = split === undefined ? null : [split[0], split[1].toLowerCase()];
        assert.deepEqual(got, expected, JSON.stringify(name));
      }
    },
  },
  {
    name: "samples() joins consecutive entries of one key, and only those",
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
    name: "samples() skips what is no field, without ending the sample around it",
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
    name: "samples() keeps names that objects have by themselves",
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
    name: "samples() gives key, shard, bytes and offsets",
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
    name: "samples() reports an extension that a sample has twice",
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
    name: "samples() never yields a sample that a cut may have shortened",
    async run() {
      const whole = files("a.cls", "a.jpg", "b.cls", "b.jpg");
      for (let length = 0; length < 4 * 1024 + 512; length += 64) {
        const cut = whole.subarray(0, length);
        const error = await rejection(group(cut)) as TarError;
        assert.equal(error.code, "tar/truncated", `cut at ${length}`);
        const skipped: unknown[] = [];
        const kept = await group(cut, { onError: "skip", onSkip: (e) => skipped.push(e) });
        // The second sample's first member, at bytes 2048 to 2565, shows that the first is complete.
        assert.deepEqual(show(kept), length < 2565 ? [] : ["a: cls jpg"], `cut at ${length}`);
        assert.lengthOf(skipped, 1);
        assert.instanceOf(skipped[0], TarError);
      }
    },
  },
  {
    name: "samples() takes the entries of @std/tar, with streams for bodies and no kinds",
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
      for await (const sample of samples(entries())) grouped.push(sample);
      assert.deepEqual(show(grouped), ["a: cls txt", "b: txt"]);
      assert.equal(new TextDecoder().decode(grouped[0].fields.txt), "hello");
      assert.lengthOf(grouped[1].fields.txt, 0);
      assert.deepEqual(cancelled, ["README"]);
    },
  },
  {
    name: "samples() takes entries whose bodies readTar() streams",
    async run() {
      const bytes = files("a.cls", "README", "a.jpg");
      const grouped: Sample[] = [];
      const entries = readTar(inChunks(bytes, 100), { body: "stream" });
      for await (const sample of samples(entries)) grouped.push(sample);
      assert.deepEqual(show(grouped), ["a: cls jpg"]);
      assert.equal(new TextDecoder().decode(grouped[0].fields.jpg), "a.jpg");
    },
  },
  {
    name: "samples() cancels the archive when its loop is left, and throws the signal's reason",
    async run() {
      const bytes = join([member({ name: "a.txt" }, "1"), member({ name: "b.txt" }, "2")]);
      let cancelled = false;
      const endless = (): ReadableStream<Uint8Array> =>
        new ReadableStream({
          pull: (controller) => controller.enqueue(bytes),
          cancel: () => void (cancelled = true),
        });
      for await (const _ of samples(readTar(endless()))) break;
      assert.isTrue(cancelled);

      const controller = new AbortController();
      const reason = new Error("stop");
      const reading = rejection((async () => {
        const options = { signal: controller.signal, onError: "skip" } as const;
        for await (const _ of samples(readTar(endless(), options), options)) {
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
