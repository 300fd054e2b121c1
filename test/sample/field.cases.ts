/** Fields that are no images. */

import { assert } from "chai";
import { noCompression, type TestCase } from "../case.ts";
import { SampleError } from "../../src/errors.ts";
import { decodeField } from "../../src/sample/mod.ts";
import { collect, rejection } from "../storage/bytes.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return await collect(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
}

const VALUES: readonly [extension: string, text: string, value: unknown][] = [
  ["cls", "207", 207],
  ["cls", " 0999\r\n", 999],
  ["cls", "-1", -1],
  ["cls", "+5", 5],
  ["cls", "-0", 0],
  ["cls", "9007199254740992", 9007199254740992n],
  ["cls2", "3", 3],
  ["id", "-18446744073709551615", -18446744073709551615n],
  ["inx", "1_000", 1000],
  ["index", "9007199254740991", 9007199254740991],
  ["label.cls", "4", 4],
  ["txt", "a caption \u00e9\n", "a caption \u00e9\n"],
  ["caption.txt", "", ""],
  ["json", '{"label": 3, "__proto__": 1}', JSON.parse('{"label": 3, "__proto__": 1}')],
  ["meta.json", "\ufeff[1]", [1]],
  ["jsonl", '{"a":1}\n\n[2]\n', [{ a: 1 }, [2]]],
];

const FAULTS: readonly [extension: string, bytes: Uint8Array][] = [
  ["cls", encode("")],
  ["cls", encode("n01440764")],
  ["cls", encode("1.0")],
  ["cls", encode("0x10")],
  ["cls", encode("1 2")],
  ["cls", Uint8Array.of(0xff)],
  ["txt", Uint8Array.of(0x63, 0xe9)],
  ["json", encode("{")],
  ["json", encode("")],
  ["jsonl", encode('{"a":1}\n{')],
  ["pkl", encode("x")],
  ["pth", encode("x")],
  ["ten", encode("x")],
];

export const cases: TestCase[] = [
  ...VALUES.map(([extension, text, value]): TestCase => ({
    name: `decodeField() reads ${JSON.stringify(text)} as ${extension}`,
    run() {
      assert.deepEqual(decodeField(extension, encode(text)), value);
    },
  })),
  ...FAULTS.map(([extension, bytes], i): TestCase => ({
    name: `decodeField() refuses bytes that are no ${extension} (${i})`,
    run() {
      try {
        decodeField(extension, bytes, { key: "k", shard: "s.tar" });
      } catch (error) {
        assert.instanceOf(error, SampleError);
        const { code, key, shard, message } = error as SampleError;
        assert.deepEqual([code, key, shard], ["sample/bad-field", "k", "s.tar"]);
        assert.match(message, new RegExp(`^Cannot decode "k\\.${extension}" of "s\\.tar": .`));
        return;
      }
      assert.fail("it was read");
    },
  })),
  {
    name: "decodeField() leaves images and unknown fields as they are",
    run() {
      const bytes = Uint8Array.of(1, 2, 3);
      for (const extension of ["jpg", "png", "bin", "", "cls.bin", "constructor", "__proto__"]) {
        assert.strictEqual(decodeField(extension, bytes), bytes);
      }
    },
  },
  {
    name: "decodeField() decompresses .gz before it decodes, whatever is inside",
    skip: noCompression,
    async run() {
      assert.equal(await decodeField("cls.gz", await gzip(encode("12"))), 12);
      assert.deepEqual(await decodeField("json.gz", await gzip(encode("[1]"))), [1]);
      assert.deepEqual(await decodeField("jpg.gz", await gzip(encode("raw"))), encode("raw"));
      // Python's handler takes off one `.gz`.
      const twice = await gzip(await gzip(encode("t")));
      assert.deepEqual(await decodeField("txt.gz.gz", twice), await gzip(encode("t")));
      assert.deepEqual(await decodeField("gz", await gzip(encode("raw"))), encode("raw"));
      const packed = await gzip(encode("12"));
      const cut = packed.subarray(0, packed.length - 3);
      for (const bytes of [cut, encode("12")]) {
        const error = await rejection(Promise.resolve(decodeField("cls.gz", bytes)));
        assert.equal((error as SampleError).code, "sample/bad-field");
      }
      const inner = await rejection(
        Promise.resolve(decodeField("cls.gz", await gzip(encode("x")))),
      );
      assert.equal((inner as SampleError).code, "sample/bad-field");
    },
  },
];
