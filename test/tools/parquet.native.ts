/** Parquet files that are damaged, or made to do harm: each gives rows or a typed error, and comes to an end. */

import { assert } from "chai";
import { SampleError } from "../../src/errors.ts";
import { randomFor } from "../../src/numbers/seeded_random.ts";
import { toSource } from "../../src/storage/to_source.ts";
import { openParquet, type Row } from "../../src/tools/parquet.ts";
import { readLevels, readRuns } from "../../src/tools/parquet_levels.ts";
import { checkLz4, checkSnappy, checkZstd } from "../../src/tools/parquet_packed.ts";
import { ThriftReader, writeStruct } from "../../src/tools/parquet_thrift.ts";
import { checkValues } from "../../src/tools/parquet_values.ts";
import type { TestCase } from "../case.ts";

/** Each codec, encoding and shape that there is among the fixtures. */
const FILES = [
  ...["none", "snappy", "gzip", "zstd", "lz4", "brotli"].flatMap((codec) =>
    [1, 2].map((version) => `codec_${codec}_${version}`)
  ),
  ...["bytes", "checksums", "hf-00000-of-00002", "labels", "lists", "nulls", "plain", "twins"],
];

const DAMAGED_EACH = 40;

async function readRows(bytes: Uint8Array): Promise<Row[]> {
  const file = await openParquet(toSource(bytes, { name: "a.parquet" }), undefined);
  const rows: Row[] = [];
  for (const [number] of file.groups.entries()) rows.push(...await file.read(number));
  return rows;
}

const whole = (...bytes: number[]) => ({
  bytes: Uint8Array.from(bytes),
  start: 0,
  end: bytes.length,
});

/** A value of a page, with what is usual. */
const facts = {
  type: "BYTE_ARRAY",
  typeLength: undefined,
  encoding: "PLAIN",
  count: 3,
  dictionarySize: undefined,
  isVersion2: false,
};

export const cases: TestCase[] = [
  {
    name: "Parquet files are read that have no values, and checksums",
    async run(fixtures) {
      const nulls = await readRows(await fixtures.read("tables/nulls.parquet"));
      assert.deepEqual(nulls, ["a", "b", "c", "d"].map((key) => ({ key, none: null })));
      const bytes = await fixtures.read("tables/checksums.parquet");
      const rows = await readRows(bytes);
      assert.deepEqual(
        rows,
        Array.from({ length: 40 }, (_, i) => ({
          n: BigInt(i),
          list: Array<bigint>(i % 4).fill(BigInt(i)),
          text: `t${i % 7}`,
        })),
      );
      // The eighth byte of a page: another value, as sound as the one before.
      const damaged = bytes.slice();
      damaged[60] ^= 1;
      const error = await readRows(damaged).catch((error) => error);
      assert.instanceOf(error, SampleError);
      assert.match(error.message, /rows 1 to 20: column "n": the checksum of a page is wrong/);
    },
  },
  ...FILES.map((name): TestCase => ({
    name: `${name}.parquet gives rows or a typed error, ${DAMAGED_EACH} times damaged`,
    async run(fixtures) {
      const random = randomFor(7, { purpose: "sample" });
      const sound = await fixtures.read(`tables/${name}.parquet`);
      const rows = await readRows(sound);
      let faults = 0;
      for (let i = 0; i < DAMAGED_EACH; i++) {
        const bytes = sound.slice();
        // Before the footer, of which another test is.
        const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
        for (let k = random.below(3); k >= 0; k--) {
          const at = 4 + random.below(bytes.length - footer - 12);
          const length = 1 + random.below(5);
          for (let j = 0; j < length; j++) bytes[at + j] = [0xff, 0, random.below(256)][k];
        }
        try {
          assert.lengthOf(await readRows(bytes), rows.length);
        } catch (error) {
          assert.instanceOf(error, SampleError, String((error as Error).stack));
          assert.equal((error as SampleError).code, "sample/bad-field");
          faults++;
        }
      }
      assert.isAbove(faults, 0);
    },
  })),
  {
    name: "runs of a page are as long as there are values left",
    run(): void {
      const read = (part: ReturnType<typeof whole>, width: number, count: number): number[] => {
        const values: number[] = [];
        readRuns(part, width, count, (value, times) => {
          for (let i = 0; i < times; i++) values.push(value);
        });
        return values;
      };
      assert.deepEqual(read(whole(6, 5, 3, 0b10_001_000, 0b11_000_110, 0xfa), 3, 8), [
        ...[5, 5, 5],
        ...[0, 1, 2, 3, 4],
      ]);
      assert.deepEqual(read(whole(16), 0, 8), Array(8).fill(0));
      // What says of 2^31 that they follow, packed or not, and of 2^31 times nothing.
      assert.throws(() => read(whole(0xfe, 0xff, 0xff, 0xff, 0x0f, 1), 1, 8), /2147483647 values/);
      assert.throws(() => read(whole(0xff, 0xff, 0xff, 0xff, 0x0f, 1), 1, 8), /and 8 are left/);
      assert.throws(() => read(whole(0xff, 0xff, 0xff, 0xff, 0x0f), 0, 8), /and 8 are left/);
      assert.throws(() => read(whole(0xff, 0xff, 0xff, 0xff, 0xff, 0x0f), 0, 8), /32 bits/);
      assert.throws(() => read(whole(4, 1), 1, 8), /fewer values than the 8/);
      assert.throws(() => read(whole(3, 1), 33, 8), /33 bits/);
      assert.deepEqual(readLevels(whole(6, 2, 4, 0), 2, 5), { highest: 3, zeros: 2, first: 2 });
      assert.throws(() => readLevels(whole(6, 3), 2, 3), /a level of 3, and 2 is the highest/);
    },
  },
  {
    name: "values of a page are there, as many as it says",
    run(): void {
      const check = (own: Partial<typeof facts>, ...bytes: number[]) => () =>
        checkValues(whole(...bytes), { ...facts, ...own } as typeof facts);
      check({ count: 2 }, 1, 0, 0, 0, 65, 0, 0, 0, 0)();
      assert.throws(check({ count: 2 }, 1, 0, 0, 0, 65, 0, 0, 0), /ends before/);
      assert.throws(check({ count: 1 }, 9, 0, 0, 0, 65), /9 bytes, of which it has 1/);
      assert.throws(check({ type: "INT64", count: 2 }, ...Array<number>(15).fill(0)), /16 bytes/);
      assert.throws(check({ type: "BOOLEAN", count: 9 }, 0), /2 bytes/);
      assert.throws(check({ type: "FIXED_LEN_BYTE_ARRAY" }, 0), /no length/);
      const words = { encoding: "RLE_DICTIONARY", dictionarySize: 2 as never };
      check(words, 1, 6, 1)();
      assert.throws(check(words, 2, 6, 2), /value 2 of a dictionary of 2/);
      assert.throws(check({ encoding: "RLE_DICTIONARY" }, 1, 6, 1), /there is none/);
      assert.throws(check({ encoding: "RLE" }, 0), /BYTE_ARRAY are never in RLE/);
      // Blocks of 128 in parts of 32; of no parts at all.
      const deltas = [0x80, 1, 4, 3, 2, 2, 0, 0, 0, 0];
      check({ type: "INT32", encoding: "DELTA_BINARY_PACKED" }, ...deltas)();
      for (const sizes of [[0x80, 1, 0], [0, 4], [0xff, 0xff, 0xff, 0xff, 0x0f, 1]]) {
        const own = { type: "INT32", encoding: "DELTA_BINARY_PACKED" };
        assert.throws(check(own, ...sizes, 3, 2, 2), /blocks of \d+ values in \d+ parts/);
      }
      // Lengths 1, 1, 1 of which a value begins with one of the value before; then with 64.
      const three = [0x80, 1, 4, 3, 2, 0, 0, 0, 0, 0];
      const shared = [0x80, 1, 4, 3, 0, 2, 0, 0, 0, 0];
      const texts = { encoding: "DELTA_BYTE_ARRAY" };
      check({ ...texts, count: 2 }, ...shared, ...three, 65, 66)();
      shared[5] = 0x80;
      shared.splice(6, 0, 1);
      assert.throws(check({ ...texts, count: 2 }, ...shared, ...three, 65, 66), /begins with 64/);
    },
  },
  {
    name: "packed pages are unpacked that come to what they say, and to an end",
    run(): void {
      const bytes = (...own: number[]): Uint8Array => Uint8Array.from(own);
      checkSnappy(bytes(4, 4, 65, 66, 2, 1, 0, 2, 2, 0), 4);
      assert.throws(() => checkSnappy(bytes(3, 4, 65, 66, 2, 3, 0), 3), /what is not there/);
      // A length below zero had a reader go back, and read it again.
      assert.throws(() => checkSnappy(bytes(9, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 1, 1), 9), /early/);
      assert.throws(() => checkSnappy(bytes(9, 0, 65), 9), /comes to 1 bytes, and says 9/);
      const block = [0x20, 65, 66, 1, 0, 0x10, 67];
      assert.isFalse(checkLz4(bytes(...block), 7, true));
      assert.isTrue(checkLz4(bytes(0, 0, 0, 7, 0, 0, 0, 7, ...block), 7, true));
      // Blocks of -8 bytes, one after the other, are none.
      assert.throws(() => checkLz4(bytes(0, 0, 0, 0, 255, 255, 255, 248, 0), 7, true), /page/);
      assert.throws(
        () => checkLz4(bytes(0x1f, 65, 1, 0, ...Array(40).fill(255), 0), 9, false),
        /9/,
      );
      const frame = [0x28, 0xb5, 0x2f, 0xfd];
      checkZstd(bytes(...frame, 0x20, 2, 0x11, 0, 0, 65, 66), 2);
      assert.throws(() => checkZstd(bytes(...frame, 0x20, 9, 1, 0, 0), 2), /comes to 9/);
      // A byte that is to come 128 thousand times, and a window of 3.75 TiB.
      assert.throws(() => checkZstd(bytes(...frame, 0, 0, 3, 0, 16, 65), 2), /comes to 131072/);
      assert.throws(() => checkZstd(bytes(...frame, 0, 0xff, 1, 0, 0), 2), /too large a window/);
      const tiny = Array.from({ length: 80 }, () => [4 | 8, 0, 0, 0]).flat();
      assert.throws(() => checkZstd(bytes(...frame, 0, 0, ...tiny), 2), /too many blocks/);
    },
  },
  {
    name: "headers of a page take no more than their bytes are worth",
    run(): void {
      const fields = [[1, 3], [2, 300], [5, [[1, 70_000], [2, true], [7, false]]]] as const;
      const struct = new ThriftReader(Uint8Array.from(writeStruct(fields))).readStruct();
      assert.deepEqual([...struct], [
        [1, 3],
        [2, 300],
        [5, new Map<number, unknown>([[1, 70_000], [2, true], [7, false]]) as never],
      ]);
      const read = (...bytes: number[]) => () =>
        new ThriftReader(Uint8Array.from(bytes)).readStruct();
      // A number of a million bytes is multiplied a million times.
      assert.throws(read(0x16, ...Array<number>(1000).fill(0xff)), /more than 10 bytes/);
      assert.throws(read(0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f), /ends early/);
      assert.throws(read(0x18, 0xff, 0xff, 0xff, 0xff, 0x0f), /ends early/);
      assert.throws(read(...Array<number>(100).fill(0x1c)), /more than 32 levels/);
      assert.throws(read(0x1b), /type 11/);
    },
  },
];
