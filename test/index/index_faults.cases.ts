/** Indexes of shards with faults, sparse members and names of all kinds, and their limits. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import {
  formatIndex,
  indexShard,
  type IndexShardOptions,
  openShard,
  parseIndex,
} from "../../src/index/mod.ts";
import { isWithinLimits } from "../../src/index/shard_index.ts";
import type { WdsError } from "../../src/errors.ts";
import type { Sample } from "../../src/sample/mod.ts";
import { parseMember } from "../../src/tar/parse_member.ts";
import type { TestCase } from "../case.ts";
import { archive, gnuLong, member, pax } from "../tar/archive.ts";
import { oldSparse, type Parts, paxSparse } from "../tar/sparse.ts";
import { eventually } from "../eventually.ts";
import { catchError, collect } from "../dataset/shards.ts";

const PARTS: Parts = [[0, 10], [5000, 600]];
const many: Parts = Array.from({ length: 40 }, (_, i) => [10 * i, 3]);

/** Every kind of member that is more than a header and a body. */
const SPECIAL = archive(
  member({ name: "a.CLS" }, "7"),
  pax("x", { path: "a.txt" }),
  member({ name: "PaxHeader" }, "named by pax"),
  gnuLong("L", "a.Long.bin"),
  member({ name: "short" }, "named by GNU"),
  oldSparse("b.old", many, 9000),
  paxSparse("0.0", "b.pax00", PARTS, 9000),
  paxSparse("0.1", "b.pax01", PARTS, 9000),
  paxSparse("1.0", "b.pax10", many, 9000),
  member({ name: "c.cls" }, "8"),
);

/** A shard of three samples, the second of which has a member twice. */
const TWICE = archive(
  ...["a", "b", "b", "c"].map((key) => member({ name: `${key}.cls` }, "1")),
  member({ name: "c.txt" }, "c"),
);

const codeOf = async (work: () => unknown): Promise<unknown> => {
  const error = await catchError(Promise.resolve().then(work)) as { code?: string; name: string };
  return error.code ?? error.name;
};

export const cases: TestCase[] = [
  {
    name: "formatIndex() keeps capitals for DALI and leaves hidden files out, as wds2idx does",
    async run({ read }) {
      const index = await indexShard(await read("index/capitals.tar"), { name: "capitals.tar" });
      const expected = new TextDecoder().decode(await read("index/capitals.v1.2.idx"));
      assert.equal(formatIndex(index, "dali"), expected);
      const again = parseIndex(expected, { shard: "capitals.tar" });
      assert.equal(formatIndex(again, "dali"), expected);
      assert.deepEqual(again.samples[0].fields.map(({ extension }) => extension), ["jpg", "cls"]);
    },
  },
  {
    name: "formatIndex() and parseIndex() keep where records begin, zeros and capitals",
    async run() {
      const index = await indexShard(SPECIAL, { name: "s.tar" });
      assert.deepEqual(parseIndex(formatIndex(index)), index);
      assert.deepEqual(index.samples.map(({ key, cls }) => [key, cls]), [
        ["a", 7],
        ["b", undefined],
        [
          "c",
          8,
        ],
      ]);
      const [{ fields: [cls, txt, bin] }, { fields: [old] }] = index.samples;
      assert.deepEqual(cls, {
        extension: "cls",
        offsetBytes: 512,
        sizeBytes: 1,
        storedExtension: "CLS",
      });
      assert.equal(txt.headBytes, 3 * 512);
      assert.equal(bin.storedExtension, "Long.bin");
      assert.deepEqual([old.sizeBytes, old.sparseBytes, old.headBytes], [120, 9000, 3 * 512]);
      assert.equal(await codeOf(() => formatIndex(index, "dali")), "index/unsupported");
    },
  },
  {
    name: "an index says from where on parseMember() gives the bytes that a pass gives",
    async run() {
      const { samples } = await indexShard(SPECIAL, { name: "s.tar" });
      const passed: Sample[] = await collect(webdataset(SPECIAL, { name: "s.tar" }));
      assert.deepEqual(samples.map(({ key }) => key), passed.map(({ key }) => key));
      for (const [i, { key, fields }] of samples.entries()) {
        assert.deepEqual(fields.map(({ extension }) => extension), Object.keys(passed[i].bytes));
        for (const field of fields) {
          const { extension, offsetBytes, sizeBytes, headBytes = 512 } = field;
          const range = SPECIAL.subarray(offsetBytes - headBytes, offsetBytes + sizeBytes);
          const { path, bytes } = parseMember(range, { offsetBytes: offsetBytes - headBytes });
          assert.equal(path, `${key}.${field.storedExtension ?? extension}`);
          assert.deepEqual(bytes, passed[i].bytes[extension]);
        }
      }
    },
  },
  {
    name: "indexShard() leaves out what a dataset leaves out, so that their numbers are the same",
    async run() {
      const shards: [Uint8Array<ArrayBuffer>, string[], string][] = [
        [TWICE, ["a", "c"], "sample/duplicate-field"],
        [TWICE.slice(0, -1024), ["a", "c"], "tar/truncated"],
        [TWICE.slice(0, -1024 - 512), ["a"], "tar/truncated"],
        [
          archive(
            member({ name: "a.cls" }, "1"),
            oldSparse("b.bin", [[0, 5], [4, 5]], 100),
            member({ name: "c.cls" }, "1"),
          ),
          ["a", "c"],
          "tar/bad-sparse",
        ],
      ];
      for (const [bytes, keys, code] of shards) {
        const told: [unknown[], unknown[]] = [[], []];
        const onSkip = (i: number) => (error: WdsError): void => {
          told[i].push(`${error.code} ${error.offsetBytes} ${error.message}`);
        };
        const options = { name: "s.tar", onError: "skip" } as const;
        const index = await indexShard(bytes, { ...options, onSkip: onSkip(0) });
        const passed = await collect(webdataset(bytes, { ...options, onSkip: onSkip(1) }));
        assert.deepEqual(index.samples.map(({ key }) => key), keys, code);
        assert.deepEqual(passed.map(({ key }) => key), keys, code);
        assert.deepEqual(told[0], told[1]);
        assert.include(`${told[0].at(-1)}`, code);
        const shard = await openShard(bytes, { index });
        for (const [i, { key, fields }] of passed.entries()) {
          assert.deepEqual((await shard.get(i)).fields, fields);
          assert.deepEqual((await shard.get(key)).fields, fields);
        }
        assert.equal(
          await codeOf(() => indexShard(bytes)),
          told[0].length > 1 ? "sample/duplicate-field" : code,
        );
      }
    },
  },
  {
    name:
      "indexShard() lists samples of any size; isWithinLimits() tells which of them a pass yields",
    async run() {
      const bytes = archive(
        member({ name: "a.bin" }, "x".repeat(3000)),
        member({ name: "b.bin" }, "x".repeat(900)),
        member({ name: "b.txt" }, "x".repeat(900)),
        oldSparse("c.bin", [[0, 10]], 2000),
        ...["d.0", "d.1", "d.2"].map((name) => member({ name }, "d")),
        member({ name: "e.bin" }, "x"),
      );
      const { samples } = await indexShard(bytes);
      assert.deepEqual(samples.map(({ key }) => key), ["a", "b", "c", "d", "e"]);
      const most = { maxEntryBytes: 3000, maxSampleBytes: 3000, maxSampleFields: 3 };
      const limited = [
        most,
        { ...most, maxEntryBytes: 2999 },
        { ...most, maxEntryBytes: 1999 },
        { ...most, maxSampleBytes: 1799 },
        { ...most, maxSampleFields: 2 },
        { ...most, maxEntryBytes: 1 },
      ];
      for (const limits of limited) {
        const passed = await collect(webdataset(bytes, { onError: "skip", ...limits }));
        const listed = samples.filter((sample) => isWithinLimits(sample, limits));
        assert.deepEqual(listed.map(({ key }) => key), passed.map(({ key }) => key));
      }
    },
  },
  {
    name: "an index keeps the numbers of samples behind those that were left out",
    async run() {
      const bytes = archive(
        member({ name: "a.txt" }, "a"),
        ...["b.0", "b.1", "b.2"].map((name) => member({ name }, "b")),
        member({ name: "c.txt" }, "c"),
        ...["d.0", "d.1", "d.2"].map((name) => member({ name }, "d")),
        ...["e.0", "e.1", "e.2"].map((name) => member({ name }, "e")),
        member({ name: "f.txt" }, "f"),
      );
      const options = { maxSampleFields: 2, onError: "skip" } as const;
      const index = await indexShard(bytes, options);
      const text = formatIndex(index);
      const again = parseIndex(text);
      assert.deepEqual(again, index);
      const numbers = again.samples.map(({ key, index: number }, i) => [key, number ?? i]);
      const passed = await collect(webdataset(bytes, options));
      assert.deepEqual(numbers, passed.map(({ key, index: number }) => [key, number]));
      assert.deepEqual(numbers, [["a", 0], ["c", 2], ["f", 5]]);
      assert.include(text, '"skipped":[1,3,4]');
      for (const wrong of ["[1,1]", "[3,1]", "[-1]", "[1.5]", "[7]", '"1"', "[null]", "{}"]) {
        const code = await codeOf(() => parseIndex(text.replace("[1,3,4]", wrong)));
        assert.equal(code, "index/bad", wrong);
      }
      // One that lies behind all others changes nothing of them.
      assert.lengthOf(parseIndex(text.replace("[1,3,4]", "[3,4]")).samples, 3);
    },
  },
  {
    name: "indexShard() and parseIndex() bound the fields of a sample, in linear time below it",
    async run() {
      const fields = 20_000;
      const bytes = archive(
        ...Array.from({ length: fields }, (_, i) => member({ name: `a.${i}` })),
        member({ name: "b.txt" }, "b"),
      );
      const index = await indexShard(bytes);
      const text = formatIndex(index);
      await eventually(async () => {
        const start = performance.now();
        await indexShard(bytes);
        formatIndex(index);
        assert.deepEqual(parseIndex(text), index);
        assert.isBelow(performance.now() - start, 5000);
      });
      assert.lengthOf(index.samples[0].fields, fields);
      const limit = { maxSampleFields: fields - 1 };
      assert.equal(await codeOf(() => indexShard(bytes, limit)), "sample/too-large");
      const rest = await indexShard(bytes, { ...limit, onError: "skip" });
      assert.deepEqual(rest.samples.map(({ key }) => key), ["b"]);
      assert.equal(await codeOf(() => parseIndex(text, limit)), "index/bad");
      assert.equal(
        await codeOf(() => parseIndex(text, { maxLength: text.length - 1 })),
        "index/bad",
      );
      const dali = formatIndex(index, "dali");
      assert.lengthOf(parseIndex(dali).samples, 2);
      assert.equal(await codeOf(() => parseIndex(dali, limit)), "index/bad");
    },
  },
  {
    name: "parseIndex() refuses what an index may not say more of a field",
    async run() {
      const own = (more: object): string =>
        JSON.stringify({
          wdstream: "shard-index",
          version: 1,
          samples: [["a", null, ["jpg", 1024, 1, more]]],
        });
      for (const more of [{}, { head: 1024 }, { sparse: 0 }, { name: "JPG" }, { later: 1 }]) {
        assert.lengthOf(parseIndex(own(more)).samples, 1);
      }
      for (
        const more of [
          { head: 0 },
          { head: 513 },
          { head: 1536 },
          { head: "512" },
          { sparse: -1 },
          { sparse: "1" },
          { name: "png" },
          { name: 3 },
        ]
      ) assert.equal(await codeOf(() => parseIndex(own(more))), "index/bad", JSON.stringify(more));
    },
  },
  {
    name: "indexShard() and parseIndex() refuse options that are none, and open nothing",
    async run() {
      let opened = 0;
      const source = {
        name: "s.tar",
        open: (): never => {
          opened++;
          throw new Error("opened");
        },
      };
      const mistakes: [object, string][] = [
        [{ onError: "ignore" }, "TypeError"],
        [{ onSkip: "f" }, "TypeError"],
        [{ endOfArchive: "maybe" }, "TypeError"],
        [{ maxSampleFields: NaN }, "RangeError"],
        [{ maxPaxBytes: -1 }, "RangeError"],
        [{ maxPaxHeaders: "3" }, "TypeError"],
      ];
      for (const [options, name] of mistakes) {
        assert.equal(await codeOf(() => indexShard(source, options as IndexShardOptions)), name);
      }
      assert.equal(opened, 0);
      assert.equal(await codeOf(() => parseIndex("", { maxLength: NaN })), "RangeError");
    },
  },
];
