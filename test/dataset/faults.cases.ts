/** What faults and limits of a dataset leave out, and what they do not. */

import { assert } from "chai";
import { webdataset, type WebDatasetOptions } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { noCompression, type TestCase } from "../case.ts";
import { archive, join, member } from "../tar/archive.ts";
import { oldSparse } from "../tar/sparse.ts";
import { collect as collectBytes } from "../storage/bytes.ts";
import { catchError, collect } from "./shards.ts";

const sample = (key: string, text = key): Uint8Array =>
  join([member({ name: `${key}.cls` }, "1"), member({ name: `${key}.txt` }, text)]);

/** Keys of what is read, and what was skipped, each told with shard, key and offset. */
async function skipAll(
  bytes: Uint8Array<ArrayBuffer>,
  options: WebDatasetOptions = {},
): Promise<{ keys: string[]; faults: string[] }> {
  const faults: string[] = [];
  const dataset = webdataset(bytes, {
    name: "s.tar",
    onError: "skip",
    onSkip: ({ code, shard, key, offsetBytes }) =>
      void faults.push(`${code} ${shard} ${key} ${offsetBytes}`),
    ...options,
  });
  const keys = (await collect(dataset.decode())).map(({ key }) => key);
  assert.equal(dataset.stats.skipped, faults.length);
  return { keys, faults };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return await collectBytes(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
}

export const cases: TestCase[] = [
  {
    name: "Dataset leaves out a sample for a fault of one member, and no other of the shard",
    async run() {
      const faults: [Uint8Array, string][] = [
        [member({ name: "b.TXT" }, "again"), "sample/duplicate-field s.tar b 4096"],
        [member({ name: "b.bin" }, "x".repeat(5000)), "tar/too-large s.tar b.bin 4096"],
        [oldSparse("b.bin", [[0, 9], [5, 9]], 99), "tar/bad-sparse s.tar b.bin 4096"],
      ];
      for (const [bad, told] of faults) {
        const bytes = archive(sample("a"), sample("b"), bad, sample("c"), sample("d"));
        const options = { maxEntryBytes: 4999 };
        assert.deepEqual(await skipAll(bytes, options), { keys: ["a", "c", "d"], faults: [told] });
        const dataset = webdataset(bytes, { name: "s.tar", ...options });
        const error = await catchError(collect(dataset)) as WdsError;
        assert.equal(error.code, told.split(" ")[0]);
      }
    },
  },
  {
    name: "Dataset bounds the bytes and the fields of a sample",
    async run() {
      const bytes = archive(sample("a"), sample("b", "long".repeat(500)), sample("c"));
      const { keys, faults } = await skipAll(bytes, { maxSampleBytes: 1000 });
      assert.deepEqual(keys, ["a", "c"]);
      assert.deepEqual(faults, ["sample/too-large s.tar b 3072"]);
      assert.lengthOf((await skipAll(bytes, { maxSampleBytes: 2001 })).keys, 3);
      const none = catchError(collect(webdataset(bytes, { onError: "skip", maxSampleFields: 1 })));
      assert.equal((await none as WdsError).code, "sample/empty");
    },
  },
  {
    name:
      "Dataset.decode() bounds what a compressed field unpacks to, and those of a sample together",
    skip: noCompression,
    async run() {
      const blanks = await gzip(new TextEncoder().encode(`${" ".repeat(2 ** 20 - 1)}1`));
      const two = [member({ name: "b.json.gz" }, blanks), member({ name: "b.x.json.gz" }, blanks)];
      const bytes = archive(sample("a"), ...two, sample("c"));
      const limits: [WebDatasetOptions, boolean][] = [
        [{ maxEntryBytes: 2 ** 20 }, true],
        [{ maxEntryBytes: 2 ** 20 - 1 }, false],
        [{ maxSampleBytes: 2 ** 21 }, true],
        [{ maxSampleBytes: 2 ** 21 - 1 }, false],
      ];
      for (const [options, isRead] of limits) {
        const { keys, faults } = await skipAll(bytes, options);
        assert.deepEqual(keys, isRead ? ["a", "b", "c"] : ["a", "c"]);
        assert.lengthOf(faults, isRead ? 0 : 1);
        if (!isRead) assert.match(faults[0], /^sample\/too-large s\.tar b /);
        const first = webdataset(bytes, options).decode().at(1);
        if (isRead) assert.equal((await first).fields["json.gz"], 1);
        else assert.equal((await catchError(first) as WdsError).code, "sample/too-large");
      }
    },
  },
  {
    name: "Dataset.decode() reads a .gz field of several members as Python's gzip does",
    skip: noCompression,
    async run() {
      const text = (value: string): Promise<Uint8Array<ArrayBuffer>> =>
        gzip(new TextEncoder().encode(value));
      const bytes = archive(
        member({ name: "a.txt.gz" }, join([await text("hello "), await text("world")])),
        member({ name: "b.txt.gz" }, join([await text("xy"), await text(""), await text("z")])),
        member({ name: "c.txt.gz" }),
      );
      const samples = await collect(webdataset(bytes).decode());
      assert.deepEqual(samples.map(({ fields }) => fields["txt.gz"]), ["hello world", "xyz", ""]);
      for (const bad of [(await text("cut")).slice(0, -1), new TextEncoder().encode("no gzip")]) {
        const broken = archive(member({ name: "a.txt.gz" }, bad), sample("b"));
        const { keys, faults } = await skipAll(broken);
        assert.deepEqual([keys, faults], [["b"], ["sample/bad-field s.tar a 0"]]);
      }
    },
  },
  {
    name: "Dataset bounds the samples of a .tar.gz, however well they are packed",
    skip: noCompression,
    async run() {
      const zeros = new Uint8Array(300_000);
      const members = Array.from({ length: 20 }, (_, i) => member({ name: `b.${i}` }, zeros));
      const packed = await gzip(archive(sample("a"), ...members, sample("c")));
      assert.isBelow(packed.length, 20_000);
      const { keys, faults } = await skipAll(packed, { maxSampleBytes: 1_000_000 });
      assert.deepEqual(keys, ["a", "c"]);
      assert.lengthOf(faults, 1);
    },
  },
  {
    name:
      "Dataset keeps the last sample of an archive without its end marker where faults are skipped",
    async run() {
      const bytes = archive(sample("a"), sample("b")).slice(0, -1024);
      const error = await catchError(collect(webdataset(bytes))) as WdsError;
      assert.include(error.message, 'endOfArchive: "optional"');
      const told = ["tar/truncated s.tar undefined 4096"];
      assert.deepEqual(await skipAll(bytes), { keys: ["a", "b"], faults: told });
      const optional = { endOfArchive: "optional" } as const;
      assert.deepEqual(await skipAll(bytes, optional), { keys: ["a", "b"], faults: [] });
      // One that was cut between two members lacks what the sample before it has.
      const cut = bytes.slice(0, 3072);
      assert.deepEqual((await skipAll(cut)).keys, ["a"]);
    },
  },
  {
    name: "Dataset takes no answer without bytes for an archive",
    async run() {
      for (const endOfArchive of ["required", "optional"] as const) {
        const dataset = webdataset(new Uint8Array(0), { endOfArchive, name: "s.tar" });
        const { code, message } = await catchError(collect(dataset)) as WdsError;
        assert.equal(code, "tar/truncated");
        assert.include(message, "empty");
      }
    },
  },
  {
    name: "Dataset refuses options that are none, when it is made",
    run() {
      const mistakes: [object, ErrorConstructor][] = [
        [{ onError: "ignore" }, TypeError],
        [{ onSkip: {} }, TypeError],
        [{ endOfArchive: true }, TypeError],
        [{ maxEntryBytes: NaN }, RangeError],
        [{ maxEntryBytes: "1" }, TypeError],
        [{ maxSampleBytes: -1 }, RangeError],
        [{ maxSampleFields: NaN }, RangeError],
        [{ maxPaxBytes: NaN }, RangeError],
        [{ maxPaxHeaders: -Infinity }, RangeError],
      ];
      for (const [options, type] of mistakes) {
        assert.throws(() => webdataset("s.tar", options), type, /must be/, JSON.stringify(options));
      }
    },
  },
];
