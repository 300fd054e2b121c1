/** What `diffShards()` finds different, and samples as lines. */

import { assert } from "chai";
import { encodePng } from "../../src/image/encode/png.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { toSource } from "../../src/storage/mod.ts";
import { encodeField } from "../../src/writing/mod.ts";
import { toBase64 } from "../../src/tools/describe_sample.ts";
import {
  describeSample,
  type Difference,
  type DiffOptions,
  type DiffReport,
  diffShards,
  type ShardInputs,
} from "../../src/tools/mod.ts";
import { noCompression, type TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { allWithFormats } from "../with_formats.ts";

type Members = readonly (readonly [path: string, body: string | Uint8Array])[];

async function compare(
  before: ShardInputs,
  after: ShardInputs,
  options: DiffOptions = {},
): Promise<{ told: string[]; report: DiffReport }> {
  const told: string[] = [];
  const report = await diffShards(before, after, {
    ...options,
    onDifference: ({ kind, key, field = "", why = "" }: Difference) =>
      void told.push(`${kind} ${key} ${field} ${why}`.trim().replace(/ +/g, " ")),
  });
  return { told, report };
}

/** A few samples, in some order. */
function listMembers(order: readonly number[], changes: Record<string, string> = {}): Members {
  return order.flatMap((i): Members => [
    [`k${i}.cls`, changes[`k${i}.cls`] ?? `${i}`],
    [`k${i}.txt`, changes[`k${i}.txt`] ?? `text ${i}`],
  ]);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const cases: TestCase[] = allWithFormats([
  {
    name: "diffShards() finds what was changed, removed and added, in order or not",
    async run(): Promise<void> {
      const before = await makeShard([...listMembers(range(6)), ["k5.json", "{}"]]);
      const orders = [[0, 1, 2, 3, 5, 7], [7, 5, 3, 2, 1, 0], [3, 0, 7, 5, 1, 2]];
      for (const order of orders) {
        const after = await makeShard([
          ...listMembers(order, { "k1.cls": "12", "k3.txt": "text 4" }),
          ["k9.txt", "new"],
        ]);
        const { told, report } = await compare(before, after);
        assert.sameMembers(told.map((line) => line.replace(/(?<=\.?cls|txt) .*/, "")), [
          "changed k1 cls",
          "changed k3 txt",
          "removed k4",
          "removed k5 json",
          "added k7",
          "added k9",
        ]);
        assert.deepEqual(report, {
          before: 6,
          after: 7,
          same: 2,
          changed: 3,
          removed: 1,
          added: 2,
        });
      }
    },
  },
  {
    name: "diffShards() takes datasets of any number of shards, and keys that come twice",
    async run(): Promise<void> {
      const whole = await makeShard(listMembers([0, 1, 2, 3]));
      const parts = [await makeShard(listMembers([2, 3])), await makeShard(listMembers([0, 1]))];
      assert.deepEqual((await compare(whole, parts)).told, []);
      const twice = [whole, whole];
      const { report, told } = await compare(twice, [...parts, ...parts]);
      assert.deepEqual(told, []);
      assert.equal(report.same, 8);
      assert.equal((await compare(twice, whole)).report.removed, 4);
    },
  },
  {
    name:
      "diffShards() compares the fields that are named alone, and says where bytes begin to differ",
    async run(): Promise<void> {
      const a = await makeShard(listMembers([0, 1]));
      const b = await makeShard(listMembers([0, 1], { "k0.txt": "texts 0", "k1.cls": "3" }));
      assert.deepEqual((await compare(a, b)).told, [
        "changed k0 txt 6 and 7 bytes, from byte 4 on",
        "changed k1 cls 1 and 1 bytes, from byte 0 on",
      ]);
      assert.deepEqual((await compare(a, b, { fields: ["cls"] })).told, [
        "changed k1 cls 1 and 1 bytes, from byte 0 on",
      ]);
    },
  },
  {
    name: "diffShards() compares images by their pixels where it is asked to, in order or not",
    skip: noCompression,
    async run(fixtures): Promise<void> {
      await init();
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const image = decodeJpeg(picture);
      const same = await encodePng(image);
      const data = image.data.slice();
      data[100] ^= 4;
      data[101] ^= 2;
      data[999] ^= 1;
      const other = await encodePng({ ...image, data });
      const a = await makeShard([["a.jpg", picture], ["b.jpg", picture], ["c.jpg", picture]]);
      const b = await makeShard([["a.jpg", same], ["b.jpg", other], ["c.jpg", "no image"]]);
      assert.deepEqual((await compare(a, b)).report.changed, 3);
      assert.deepEqual((await compare(a, b, { pixels: true })).told, [
        "changed b jpg 2 of 1344 pixels, by 4 of 255 at most, 0.002 on average",
        `changed c jpg ${picture.length} and 8 bytes, and not both decode`,
      ]);
      const turned = await makeShard([["c.jpg", "no image"], ["b.jpg", other], ["a.jpg", same]]);
      const { told, report } = await compare(a, turned, { pixels: true });
      assert.deepEqual(report, { before: 3, after: 3, same: 1, changed: 2, removed: 0, added: 0 });
      assert.lengthOf(told, 2);
    },
  },
  {
    name: "diffShards() holds no more than it may, and goes on behind faults",
    async run(): Promise<void> {
      const a = await makeShard(listMembers(range(20)));
      const b = await makeShard(listMembers(range(20).reverse()));
      let thrown: unknown;
      await diffShards(a, b, { maxWaiting: 5 }).catch((error) => thrown = error);
      assert.match(String(thrown), /RangeError: More than 5 samples wait/);
      const damaged = a.slice();
      damaged[4 * 1024] ^= 1;
      const faults: string[] = [];
      const { report } = await compare(toSource(damaged, { name: "x.tar" }), a, {
        onFault: ({ code }) => faults.push(code),
      });
      assert.deepEqual(faults, ["tar/bad-header"]);
      assert.equal(report.same, 19);
    },
  },
  {
    name: "describeSample() gives values of what JSON has values for, and the size of all else",
    async run(): Promise<void> {
      const shard = await makeShard([
        ["a.cls", "12"],
        ["a.id", "12345678901234567890"],
        ["a.json", '{"x": [1, 98765432109876543210, NaN], "__proto__": 1}'],
        ["a.txt", "h\u00f8st\n"],
        ["a.bin", new Uint8Array([1, 2, 3, 255])],
        ["a.__proto__", "x"],
        ["b.cls", "no"],
      ]);
      const lines: string[] = [];
      const codes: string[] = [];
      for await (const sample of webdataset(toSource(shard, { name: "x.tar" }))) {
        const { line, faults } = await describeSample(sample);
        lines.push(line);
        codes.push(...faults.map(({ code }) => code));
      }
      assert.equal(
        lines[0],
        '{"key":"a","shard":"x.tar","index":0,"fields":{"cls":12,"id":12345678901234567890,' +
          '"json":{"x":[1,98765432109876543210,null],"__proto__":1},"txt":"h\u00f8st\\n",' +
          '"bin":{"sizeBytes":4},"__proto__":{"sizeBytes":1}}}',
      );
      assert.equal(JSON.parse(lines[1]).fields.cls.error.code, "sample/bad-field");
      assert.deepEqual(codes, ["sample/bad-field"]);
    },
  },
  {
    name: "describeSample() shows arrays by their shape, and bytes in base64 where it is asked to",
    async run(): Promise<void> {
      const array = encodeField("npy", {
        data: new Float32Array(6),
        shape: [2, 3],
        dtype: "f4",
        fortranOrder: false,
      });
      const long = new Uint8Array(100_001).map((_, i) => i * 7);
      const shard = await makeShard([["a.npy", array], ["a.bin", long]]);
      for await (const sample of webdataset(toSource(shard, { name: "x.tar" }))) {
        const plain = JSON.parse((await describeSample(sample)).line).fields;
        assert.deepEqual(plain.npy, { dtype: "f4", shape: [2, 3], sizeBytes: array.length });
        const { fields } = JSON.parse((await describeSample(sample, { bytes: "base64" })).line);
        assert.deepEqual(Uint8Array.from(atob(fields.bin.base64), (c) => c.charCodeAt(0)), long);
        const one = JSON.parse((await describeSample(sample, { fields: ["bin"] })).line);
        assert.deepEqual(Object.keys(one.fields), ["bin"]);
      }
      assert.equal(toBase64(new Uint8Array([1])), "AQ==");
    },
  },
]);
