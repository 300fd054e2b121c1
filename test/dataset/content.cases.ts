/** Images are what their content says, whatever they are called. */

import { assert } from "chai";
import { checkFieldOptions, type FieldOptions } from "../../src/steps/fields.ts";
import { findFieldCodec, requireCodec } from "../../src/image/codec.ts";
import { CODECS } from "../../src/image/codecs/mod.ts";
import { listCodecs } from "../../src/image/codecs/plugged.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { encodePng } from "../../src/image/encode/png.ts";
import type { ImageError } from "../../src/errors.ts";
import { decodeJpeg, evaluation, init, training } from "../../src/image/mod.ts";
import { describeFormat } from "../../src/image/format.ts";
import type { Image } from "../../src/image/types.ts";
import { type Fixtures, noCompression, type TestCase } from "../case.ts";
import { decodePng } from "../image/decode_png.ts";
import { catchError, collect, makeShard } from "./shards.ts";

/** As real ones do, it refuses what is no PNG file. */
async function png(bytes: Uint8Array): Promise<Image> {
  if (bytes[0] !== 0x89) throw new Error("not a PNG file");
  const { width, height, channels, data } = await decodePng(bytes.slice());
  return { width, height, channels: channels as 1 | 3, data: new Uint8Array(data) };
}

const NAMES = ["a.jpg", "b.jpg", "c.png", "d.png", "e.webp", "f.jpeg"];

/** Pictures that are called what they are and what they are not, with the pixels of each. */
export async function makeMisnamed(
  { read }: Fixtures,
): Promise<{ shard: Uint8Array<ArrayBuffer>; pixels: Image[] }> {
  await init();
  const jpeg = await read("jpeg/baseline/420_42x32.jpg");
  const image = decodeJpeg(await read("jpeg/baseline/422_44x30.jpg"));
  const lossless = await encodePng(image);
  const files = [jpeg, lossless, jpeg, lossless, lossless, lossless];
  const shard = await makeShard(NAMES.map((name, i) => [name, files[i]]));
  const decoded = decodeJpeg(jpeg);
  return { shard, pixels: files.map((file) => file === jpeg ? decoded : image) };
}

/** The pixels alone: what decoders give beside them differs. */
function pixelsOf({ width, height, data }: Image): unknown {
  return { width, height, data };
}

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const FORMATS: readonly (readonly [bytes: Uint8Array, what: string])[] = [
  [Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "a JPEG image"],
  [bytesOf("\x89PNG\r\n\x1a\n"), "a PNG image"],
  [bytesOf("RIFF\0\0\0\0WEBPVP8 "), "a WebP image"],
  [bytesOf("RIFF\0\0\0\0WAVEfmt "), "of an unknown format"],
  [bytesOf("GIF89a"), "a GIF image"],
  [bytesOf("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), "a BMP image"],
  [bytesOf("BM is what this text begins with"), "text"],
  [bytesOf("II*\0\x08\0\0\0"), "a TIFF image"],
  [bytesOf("MM\0+\0\x08"), "a BigTIFF image"],
  [bytesOf("\0\0\0\x0cjP  \r\n"), "a JPEG 2000 image"],
  [bytesOf("\0\0\0\x0cJXL \r\n"), "a JPEG XL image"],
  [bytesOf("\0\0\0\x1cftypavif"), "an AVIF image"],
  [bytesOf("\0\0\0\x1cftypheic"), "a HEIF image"],
  [bytesOf("\0\0\0\x1cftypisom"), "an MP4 video or its like"],
  [bytesOf("P6\n3 2\n255\n"), "a PPM image"],
  [bytesOf("P5 3 2 255\n"), "a PGM image"],
  [bytesOf("qoif\0\0"), "a QOI image"],
  [bytesOf("\x1f\x8b\x08"), "gzip data"],
  [bytesOf("<svg xmlns="), "an SVG drawing"],
  [bytesOf("<!DOCTYPE html><p>Sign in"), "a web page"],
  [bytesOf("plain"), "text"],
  [new Uint8Array(0), "empty"],
];

const decoder = (name: string) => () => ({
  width: 1,
  height: 1,
  data: bytesOf(name).subarray(0, 1),
});

export const cases: TestCase[] = [
  {
    name: "describeFormat() tells files by their first bytes",
    run(): void {
      for (const [bytes, what] of FORMATS) assert.equal(describeFormat(bytes), what);
    },
  },
  {
    name: "images go to the decoder of what they are, then to that of what they are called",
    run(): void {
      const decoders = {
        png: decoder("p"),
        webp: decoder("w"),
        tiff: decoder("t"),
        xyz: decoder("x"),
      };
      const codecs = listCodecs(decoders);
      const jpeg = Uint8Array.of(0xff, 0xd8, 0xff);
      const ways:
        readonly (readonly [Uint8Array, extension: string, format: string | undefined])[] = [
          [jpeg, "jpg", "jpeg"],
          [jpeg, "png", "jpeg"],
          [jpeg, "xyz", "jpeg"],
          [bytesOf("\x89PNG"), "jpg", "png"],
          [bytesOf("\x89PNG"), "png", "png"],
          [bytesOf("\x89PNG"), "left.webp", "png"],
          [bytesOf("II*\0"), "tif", "tiff"],
          [bytesOf("II*\0"), "jpeg", "tiff"],
          // Nobody has a decoder for what it is: perhaps that for what it is called knows more.
          [bytesOf("GIF89a"), "webp", "webp"],
          [bytesOf("GIF89a"), "gif", undefined],
          [bytesOf("GIF89a"), "jpg", undefined],
          // Content that nobody knows: by the name.
          [bytesOf("text"), "xyz", "xyz"],
          [bytesOf("text"), "png", "png"],
          [bytesOf("text"), "jpg", "jpeg"],
          [bytesOf("text"), "gif", undefined],
        ];
      for (const [bytes, extension, format] of ways) {
        const what = `${describeFormat(bytes)} called ${extension}`;
        if (format === undefined) {
          assert.throws(() => requireCodec(bytes, extension, codecs), /pass `decoders: /, what);
        } else {
          assert.equal(requireCodec(bytes, extension, codecs).name, format, what);
        }
      }
      // Nobody is asked for a decoder of JPEG, and one is not asked.
      const own = listCodecs({ jpg: decoder("j"), jpeg: decoder("j") });
      assert.strictEqual(requireCodec(jpeg, "jpg", own), CODECS[0]);
      assert.throws(() => requireCodec(bytesOf("\x89PNG"), "jpg", own), "it is a PNG image");
    },
  },
  {
    name: "decode() leaves images without a decoder as bytes, but not under the name of JPEG",
    run(): void {
      const lossless = bytesOf("\x89PNG");
      assert.isUndefined(findFieldCodec(lossless, "png", CODECS));
      assert.isUndefined(findFieldCodec(lossless, "txt", listCodecs({ png })));
      const jpeg = Uint8Array.of(0xff, 0xd8, 0xff);
      assert.isUndefined(findFieldCodec(jpeg, "bin", CODECS));
      assert.strictEqual(findFieldCodec(jpeg, "mask.png", CODECS), CODECS[0]);
      assert.throws(
        () => findFieldCodec(lossless, "jpg", CODECS),
        "it is a PNG image, and there is no decoder for png files; import ",
      );
    },
  },
  {
    name: "Dataset.decode() and transform() decode pictures by their content",
    skip: noCompression,
    async run(fixtures): Promise<void> {
      const { shard, pixels } = await makeMisnamed(fixtures);
      const decoders = { png };
      const decoded = await collect(webdataset(shard).decode({ decoders }));
      const fieldOf = (fields: Record<string, unknown>): unknown => Object.values(fields)[0];
      assert.deepEqual(
        decoded.map(({ fields }) => pixelsOf(fieldOf(fields) as Image)),
        pixels.map(pixelsOf),
      );
      const options = { label: false, decoders } as const;
      for (const transform of [evaluation({ size: 24 }), training({ size: 24, seed: 3 })]) {
        // Pixels that were decoded before go the same way, whoever decoded them.
        const tensors = await collect(webdataset(shard).transform(transform, options));
        const batches = await collect(webdataset(shard).transform(transform, options).batch(6));
        const expected = await collect(
          webdataset(shard).decode({ decoders }).transform(transform, options),
        );
        assert.deepEqual(tensors.map(({ image }) => image), expected.map(({ image }) => image));
        assert.lengthOf(batches[0].keys, 6);
      }
    },
  },
  {
    name: "Dataset.transform() names what an image is that nobody can decode",
    skip: noCompression,
    async run(fixtures): Promise<void> {
      const { shard } = await makeMisnamed(fixtures);
      const faults: ImageError[] = [];
      const samples = webdataset(shard, {
        name: "s.tar",
        onError: "skip",
        onSkip: (error) => faults.push(error as ImageError),
      });
      const kept = await collect(samples.transform(evaluation({ size: 8 }), { label: false }));
      assert.deepEqual(kept.map(({ key }) => key), ["a", "c"]);
      assert.deepEqual(faults.map(({ code }) => code), Array(4).fill("image/unsupported-format"));
      assert.match(
        faults[0].message,
        /^Cannot decode "b\.jpg" of "s\.tar": it is a PNG image, and there is no decoder for png files/,
      );
    },
  },
  {
    name: "a plugged-in decoder that fails is image/corrupt, with what it was given",
    async run(): Promise<void> {
      const failing = { png: () => Promise.reject(new Error("no luck")) };
      const shard = await makeShard([["a.png", "any bytes"]]);
      const tensors = webdataset(shard, { name: "s.tar" })
        .transform(evaluation({ size: 8 }), { label: false, decoders: failing });
      const error = await catchError(collect(tensors)) as ImageError;
      assert.equal(error.code, "image/corrupt");
      assert.equal(
        error.message,
        'Cannot decode "a.png" of "s.tar": the png decoder failed: no luck; what it was given is text',
      );
      assert.equal((error.cause as Error).message, "no luck");
      const inDecode = await catchError(collect(webdataset(shard).decode({ decoders: failing })));
      assert.deepInclude(inDecode, { code: "image/corrupt", key: "a" });
      for (const given of [undefined, null, {}, { width: 0, height: 0, data: [] }, { width: 2 }]) {
        const codec = listCodecs({ png: () => given as unknown as Image }).at(-1)!;
        const decoding = Promise.resolve(codec.decode(bytesOf("\x89PNG"), {}));
        const fault = await catchError(decoding) as ImageError;
        assert.equal(fault.code, "image/corrupt", JSON.stringify(given));
      }
    },
  },
  {
    name: "Dataset.transform() takes alternatives for the image's field, as Python's webdataset",
    async run({ read }): Promise<void> {
      const jpeg = await read("jpeg/baseline/420_42x32.jpg");
      const other = await read("jpeg/baseline/422_44x30.jpg");
      const shard = await makeShard([
        ["a.thumb.jpg", other],
        ["a.jpg", jpeg],
        ["b.png", other],
        ["c.webp", jpeg],
        ["c.png", other],
      ]);
      const read24 = async (image: string): Promise<Float32Array[]> => {
        const tensors = webdataset(shard).transform(evaluation({ size: 24 }), {
          label: false,
          image,
        });
        return (await collect(tensors)).map((sample) => sample.image as Float32Array);
      };
      const [first, second, third] = await read24("thumb.jpg;jpg;png;webp");
      assert.deepEqual(first, second);
      assert.deepEqual(second, third);
      const [own, , last] = await read24(" jpg ; webp ; png");
      assert.deepEqual(own, last);
      assert.notDeepEqual(own, first);
      const error = await catchError(read24("jpg;webp"));
      assert.match(String(error), /sample "b" of .*: it has no field "jpg" or "webp", only png/);
    },
  },
  {
    name: "Dataset.transform() and decode() refuse options that are none",
    run(): void {
      const wrong: readonly (readonly [Record<string, unknown>, typeof TypeError, RegExp])[] = [
        [{ image: "" }, TypeError, /image must be the extension/],
        [{ image: "jpg;;png" }, TypeError, /image must be the extension/],
        [{ image: ["jpg"] }, TypeError, /image must be the extension/],
        [{ label: true }, TypeError, /label must be/],
        [{ label: "" }, TypeError, /label must be/],
        [{ truncated: "fil" }, TypeError, /truncated must be "error" or "fill", not "fil"/],
        [{ strict: "no" }, TypeError, /strict must be/],
        [{ decoders: { png: "png" } }, TypeError, /decoders\.png must be a function/],
        [{ decoders: 5 }, TypeError, /decoders must be/],
        [{ maxPixels: NaN }, RangeError, /maxPixels/],
        [{ maxPixels: -1 }, RangeError, /maxPixels/],
      ];
      for (const [options, kind, message] of wrong) {
        assert.throws(() => checkFieldOptions(options as FieldOptions), kind, message);
        const dataset = webdataset(new Uint8Array(1024));
        const transform = evaluation({ size: 8 });
        assert.throws(() => dataset.transform(transform, options as FieldOptions), kind, message);
        if ("image" in options || "label" in options) continue;
        assert.throws(() => dataset.decode(options as FieldOptions), kind, message);
      }
    },
  },
];
