import { assert } from "chai";
import { CODECS } from "../../src/image/codecs/mod.ts";
import { listCodecs } from "../../src/image/codecs/plugged.ts";
import type { ImageDecoder } from "../../src/image/codec.ts";
import { type FieldOptions, findImageField, readLabel } from "../../src/steps/fields.ts";
import { collateTensors, isTensorSample } from "../../src/steps/batch.ts";
import type { TensorSample } from "../../src/steps/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { decodeJpeg, evaluation, init, toRgb } from "../../src/image/mod.ts";
import { readRecipe } from "../../src/image/transform/recipes/mod.ts";
import { transformPixels } from "../../src/image/transform/transform.ts";
import { runTransform } from "../steps/run_steps.ts";
import { raw } from "./raw_codec.ts";
import type { TestCase } from "../case.ts";
import { catchError } from "../dataset/shards.ts";

function makeSample(fields: Record<string, unknown>): Sample<unknown> {
  return { key: "k", shard: "s.tar", index: 0, fields, bytes: {}, offsets: { cls: 512 } };
}

function makeTensor(
  key: string,
  image: Uint8Array<ArrayBuffer>,
  shape: [number, number, number],
): TensorSample {
  return { key, shard: "s.tar", index: 0, label: image[0], image, shape, fields: {} };
}

const anyDecoder = { png: () => ({ width: 1, height: 1, data: new Uint8Array([1, 2, 3, 4]) }) };

export const cases: TestCase[] = [
  {
    name: "findImageField() prefers jpg, then jpeg, then what there is a decoder for",
    run(): void {
      const find = (names: string[], options: FieldOptions = {}): string => {
        const sample = makeSample(Object.fromEntries(names.map((name) => [name, 1])));
        return findImageField(sample, options, listCodecs(options.decoders));
      };
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
      assert.throws(() => readLabel(makeSample({ txt: 1 }), "cls"), /no label field "cls"/);
      for (const value of ["", "x", "1.5", "4294967296"]) {
        assert.throws(() => readLabel(makeSample({ cls: bytes(value) })), /not a class index/);
      }
    },
  },
  {
    name: "a plugged-in decoder's alpha is dropped, and what is no image refused",
    async run(): Promise<void> {
      const decodePng = (decoder: ImageDecoder): Promise<unknown> =>
        Promise.resolve(listCodecs({ png: decoder }).at(-1)!.decode(new Uint8Array(1), {}));
      const image = await decodePng(anyDecoder.png);
      assert.deepEqual(image, {
        width: 1,
        height: 1,
        channels: 3,
        data: new Uint8Array([1, 2, 3]),
      });
      const decode = () => ({ width: 2, height: 2, data: new Uint8Array(5) });
      assert.match(
        String(await catchError(decodePng(decode))),
        /gave 5 bytes for 2x2 pixels/,
      );
    },
  },
  {
    name: "a codec is one object: in the list, its files are found, transformed and refused",
    async run({ read }): Promise<void> {
      await init();
      const codecs = [
        ...CODECS,
        raw,
      ];
      const file = Uint8Array.from("RAWI", (letter) => letter.charCodeAt(0));
      const pixels = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * i) % 251);
      const grey = pixels.subarray(0, 600);
      const images = [
        Uint8Array.of(...file, 30, 20, ...pixels),
        Uint8Array.of(...file, 30, 20, ...grey),
        await read("jpeg/baseline/420_42x32.jpg"),
      ];
      const samples = async function* (): AsyncGenerator<Sample<unknown>> {
        for (const [index, bytes] of images.entries()) {
          // What it is called says nothing where the content does.
          const fields = { cls: 1, [["rawi", "png", "rawi"][index]]: bytes };
          yield { ...makeSample(fields), key: `${index}` };
        }
      };
      const expected = [
        { width: 30, height: 20, channels: 3, data: pixels } as const,
        { width: 30, height: 20, channels: 1, data: grey } as const,
        decodeJpeg(images[2]),
      ];
      for (const transform of [evaluation({ size: 8 }), evaluation({ size: 9, type: "uint8" })]) {
        for (const workers of [0, 2]) {
          const found: TensorSample[] = [];
          for await (const sample of runTransform(samples(), transform, { codecs, workers })) {
            found.push(sample);
          }
          assert.deepEqual(
            found.map(({ image }) => image),
            expected.map((image) => transformPixels(image, readRecipe(transform), {}).data),
          );
        }
      }
      images.splice(0, 3, Uint8Array.of(...file, 30, 20, 1));
      const error = await catchError((async () => {
        for await (const _ of runTransform(samples(), evaluation({ size: 8 }), { codecs })) {
          continue;
        }
      })());
      assert.deepInclude(error, { code: "image/corrupt", key: "0", field: "rawi" });
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
  {
    name: "toRgb() makes of native pixels what decodeJpeg() gives, which are Pillow's",
    async run({ read }): Promise<void> {
      await init();
      for (const name of ["cmyk", "ycck_420", "grey_adobe", "adobe_ycc"]) {
        const bytes = await read(`jpeg/colour/${name}.jpg`);
        const native = decodeJpeg(bytes, { as: "native" });
        assert.equal(native.channels === 3, name === "adobe_ycc", name);
        assert.deepEqual(toRgb(native).data, decodeJpeg(bytes).data, name);
      }
    },
  },
];
