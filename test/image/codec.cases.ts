import { assert } from "chai";
import { decodeByPlugin } from "../../src/image/codec.ts";
import { findImageField, readLabel } from "../../src/steps/fields.ts";
import { collateTensors, isTensorSample } from "../../src/steps/batch.ts";
import type { TensorSample } from "../../src/steps/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { TestCase } from "../case.ts";
import { catchError } from "../dataset/shards.ts";

function makeSample(fields: Record<string, unknown>): Sample<unknown> {
  return { key: "k", shard: "s.tar", index: 0, fields, bytes: {}, offsets: { cls: 512 } };
}

function makeTensor(key: string, image: Uint8Array<ArrayBuffer>, shape: number[]): TensorSample {
  return { key, shard: "s.tar", index: 0, label: image[0], image, shape, fields: {} };
}

const anyDecoder = { png: () => ({ width: 1, height: 1, data: new Uint8Array([1, 2, 3, 4]) }) };

export const cases: TestCase[] = [
  {
    name: "findImageField() prefers jpg, then jpeg, then what there is a decoder for",
    run(): void {
      const find = (names: string[], options = {}): string =>
        findImageField(makeSample(Object.fromEntries(names.map((name) => [name, 1]))), options);
      assert.equal(find(["cls", "png", "jpeg", "jpg"]), "jpg");
      assert.equal(find(["webp", "jpeg"]), "jpeg");
      assert.equal(find(["left.jpg", "webp"]), "left.jpg");
      assert.equal(find(["webp", "png"], { decoders: anyDecoder }), "png");
      assert.equal(find(["webp", "png"]), "webp");
      assert.equal(find(["jpg", "mask.png"], { image: "mask.png" }), "mask.png");
      assert.throws(() => find(["cls", "txt"]), /it has no image field, only cls, txt/);
      assert.throws(() => find(["jpg"], { image: "png" }), /it has no field "png"/);
      assert.equal(find(["left.png", "png"], { image: "jpg;left.png;png" }), "left.png");
      assert.throws(() => find(["txt"], { image: "jpg;png" }), /it has no field "jpg" or "png"/);
    },
  },
  {
    name: "readLabel() reads integers of 32 bits, decoded or not, and nothing else",
    run(): void {
      const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
      assert.equal(readLabel(makeSample({ cls: bytes("340\n") })), 340);
      assert.equal(readLabel(makeSample({ cls: 7 })), 7);
      assert.equal(readLabel(makeSample({ cls: 7, index: bytes("-3") }), "index"), -3);
      assert.equal(readLabel(makeSample({}), false), -1);
      assert.throws(() => readLabel(makeSample({ txt: 1 })), /no label field "cls"/);
      for (const value of ["", "x", "1.5", "4294967296"]) {
        assert.throws(() => readLabel(makeSample({ cls: bytes(value) })), /not a class index/);
      }
    },
  },
  {
    name: "decodeByPlugin() drops alpha and refuses what is no image",
    async run(): Promise<void> {
      const format = "png";
      const image = await decodeByPlugin(new Uint8Array(1), { format, decode: anyDecoder.png });
      assert.deepEqual(image, {
        width: 1,
        height: 1,
        channels: 3,
        data: new Uint8Array([1, 2, 3]),
      });
      const decode = () => ({ width: 2, height: 2, data: new Uint8Array(5) });
      assert.match(
        String(await catchError(decodeByPlugin(new Uint8Array(1), { format, decode }))),
        /gave 5 bytes for 2x2 pixels/,
      );
    },
  },
  {
    name: "collateTensors() packs tensors of one shape and refuses others",
    run(): void {
      const a = makeTensor("a", new Uint8Array([1, 2, 3]), [1, 1, 3]);
      const b = makeTensor("b", new Uint8Array([4, 5, 6]), [1, 1, 3]);
      assert.isTrue(isTensorSample(a));
      const batch = collateTensors([a, b]);
      assert.deepEqual([...batch.images], [1, 2, 3, 4, 5, 6]);
      assert.deepEqual([...batch.labels], [1, 4]);
      assert.deepEqual(batch.keys, ["a", "b"]);
      assert.deepEqual(batch.shards, ["s.tar", "s.tar"]);
      assert.deepEqual(batch.indexes, [0, 0]);
      assert.deepEqual([batch.size, batch.shape], [2, [2, 1, 1, 3]]);
      const other = makeTensor("c", new Uint8Array(6), [1, 2, 3]);
      assert.throws(() => collateTensors([a, other]), TypeError, /Cannot batch "c"/);
    },
  },
];
