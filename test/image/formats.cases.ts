/** Formats other than JPEG: what Pillow makes of files by many writers, and what is refused. */

import { assert } from "chai";
import { FORMATS } from "../../src/image/codecs/lazy.ts";
import { replaceRegistered } from "../../src/image/codecs/mod.ts";
import { decodeImage } from "../../src/image/decode_image.ts";
import { evaluation, init, training } from "../../src/image/mod.ts";
import { readRecipe } from "../../src/image/transform/recipes/mod.ts";
import { transformPixels } from "../../src/image/transform/transform.ts";
import { toRgb } from "../../src/image/to_rgb.ts";
import type { Image, Reference } from "../../src/image/types.ts";
import { type ImageError, webdataset } from "../../mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "../dataset/shards.ts";
import { sha256 } from "../reference/digest.ts";
import { withFormats } from "../with_formats.ts";

/** What Pillow made of a file. */
export interface FormatGolden {
  readonly error?: string;
  readonly mode: string;
  readonly width: number;
  readonly height: number;
  readonly rgb: string;
  readonly pixels?: string;
}

/** The formats whose decoders are ours, which need no package. */
const OWN = ["png", "gif", "bmp", "tiff"];

/** What is read here although the former Pillow does not. */
const READ_TODAY = /masks_/;

/** Reads goldens of some formats. */
export async function readGoldens(
  { read }: Fixtures,
  name: string,
  formats: readonly string[],
): Promise<[path: string, golden: FormatGolden][]> {
  const text = new TextDecoder().decode(await read(`formats/${name}`));
  const { files } = JSON.parse(text) as { files: Record<string, FormatGolden> };
  return Object.entries(files).filter(([path]) => formats.includes(path.split("/")[0]));
}

/** Decodes by the codec of a format. */
export async function decodeBy(
  format: string,
  bytes: Uint8Array,
  options: { readonly reference?: Reference; readonly maxPixels?: number } = {},
): Promise<Image> {
  const codec = FORMATS.find(({ name }) => name === format)!;
  return toRgb(await codec.decode(bytes, options));
}

/** The code that a file that is named so is refused with. */
export function expectedCode(path: string): RegExp {
  if (path.includes("bad_bomb")) return /^image\/too-large$/;
  if (path.includes("bad_cut")) return /^image\/truncated$/;
  return /^image\/(corrupt|truncated|unsupported-variant)$/;
}

async function compare(
  fixtures: Fixtures,
  goldens: readonly [string, FormatGolden][],
  reference: Reference,
): Promise<number> {
  await init();
  for (const [path, golden] of goldens) {
    const format = path.split("/")[0];
    const bytes = await fixtures.read(`formats/${path}`);
    if (golden.error !== undefined) {
      const error = await catchError(decodeBy(format, bytes, { reference })) as ImageError;
      assert.match(error.code ?? String(error), expectedCode(path), path);
      continue;
    }
    const { width, height, data } = await decodeBy(format, bytes, { reference });
    assert.deepEqual([width, height], [golden.width, golden.height], path);
    assert.equal(await sha256(data), golden.rgb, path);
  }
  return goldens.length;
}

/** A header of a PNG file, and hardly anything behind it. */
function makeHollowPng(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + 25 + 12 + 10);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("IHDR"), 12);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 2, 0, 0, 0], 24);
  let crc = ~0;
  for (const byte of bytes.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb88320 : 0);
  }
  view.setUint32(29, ~crc >>> 0);
  view.setUint32(33, 10);
  bytes.set(new TextEncoder().encode("IDAT"), 37);
  bytes.set([0x78, 0x9c, 0xed, 0xc1, 1, 1, 0, 0, 0, 0x80], 41);
  return bytes;
}

async function makePictures({ read }: Fixtures): Promise<[string, Uint8Array][]> {
  const names = [
    "png/pillow_rgba.png",
    "gif/pillow_palette.gif",
    "tiff/sharp_tiles.tiff",
    "bmp/ffmpeg_565.bmp",
  ];
  const files = await Promise.all(names.map((name) => read(`formats/${name}`)));
  return [...files, await read("jpeg/baseline/420_42x32.jpg")].map((bytes, i) => // What they are called says nothing.
  [`p${i}.${["png", "gif", "jpg", "png", "webp"][i]}`, bytes]);
}

export const cases: TestCase[] = [
  {
    name:
      "PNG, GIF, BMP and TIFF files of many writers give Pillow's pixels, damaged ones its verdict",
    async run(fixtures): Promise<void> {
      const goldens = await readGoldens(fixtures, "golden.json", OWN);
      assert.isAbove(await compare(fixtures, goldens, "pillow-12.2"), 280);
    },
  },
  {
    name: "PNG, GIF, BMP and TIFF files give the former Pillow's pixels where it differs",
    async run(fixtures): Promise<void> {
      const goldens = (await readGoldens(fixtures, "golden.former.json", OWN))
        .filter(([path]) => !READ_TODAY.test(path));
      assert.isAtLeast(await compare(fixtures, goldens, "pillow-9.4"), 4);
    },
  },
  {
    name: "a size that a header tells is checked before memory is taken, against limit and file",
    async run({ read }): Promise<void> {
      for (
        const [path, code] of [
          ["png/pillow_rgb.png", "image/too-large"],
          ["gif/pillow_rgb.gif", "image/too-large"],
          ["bmp/pillow_rgb.bmp", "image/too-large"],
          ["tiff/pillow_rgb_raw.tiff", "image/too-large"],
        ]
      ) {
        const bytes = await read(`formats/${path}`);
        const format = path.split("/")[0];
        assert.deepInclude(await catchError(decodeBy(format, bytes, { maxPixels: 850 })), { code });
        assert.equal((await decodeBy(format, bytes, { maxPixels: 851 })).width, 37);
      }
      // Half a gigabyte, of ten bytes.
      const error = await catchError(decodeBy("png", makeHollowPng(13_000, 13_000)));
      assert.deepInclude(error, { code: "image/truncated" });
    },
  },
  {
    name: "registered formats are transformed as their pixels, whatever they are called",
    async run(fixtures): Promise<void> {
      await init();
      const pictures = await makePictures(fixtures);
      const shard = await makeShard(pictures);
      await withFormats(async () => {
        const images = await Promise.all(pictures.map(([, bytes]) => decodeImage(bytes)));
        for (
          const transform of [evaluation({ size: 24 }), evaluation({ size: 9, type: "uint8" })]
        ) {
          const samples = webdataset(shard).transform(transform, { label: false });
          const expected = images.map((image) =>
            transformPixels(image, readRecipe(transform), {}).data
          );
          assert.deepEqual((await collect(samples)).map(({ image }) => image), expected);
          const [batch] = await collect(samples.batch(5));
          assert.deepEqual([...batch.images], expected.flatMap((data) => [...data]));
          const { image } = await webdataset(shard).transform(transform, { label: false }).at(2);
          assert.deepEqual(image, expected[2]);
        }
        const decoded = await collect(webdataset(shard).decode());
        const fields = decoded.map(({ fields }) => toRgb(Object.values(fields)[0] as Image));
        assert.deepEqual(fields, images);
        const augmented = webdataset(shard)
          .transform(training({ size: 16, seed: 1 }), { label: false });
        assert.lengthOf(await collect(augmented), 5);
      });
    },
  },
  {
    name:
      "a decoder that is plugged in goes before the one that was registered, and none is found without",
    async run(fixtures): Promise<void> {
      const file = await fixtures.read("formats/png/pillow_rgb.png");
      const shard = await makeShard([["a.png", file]]);
      const png = () => ({ width: 1, height: 1, data: Uint8Array.of(7, 8, 9) });
      const open = (options: object) =>
        webdataset(shard).transform(evaluation({ size: 1, type: "uint8" }), {
          label: false,
          ...options,
        });
      await withFormats(async () => {
        const [own] = await collect(open({ decoders: { png } }));
        assert.deepEqual([...own.image], [7, 8, 9]);
        const [registered] = await collect(open({}));
        assert.notDeepEqual([...registered.image], [7, 8, 9]);
      });
      const before = replaceRegistered([]);
      try {
        const error = await catchError(collect(open({}))) as ImageError;
        assert.equal(error.code, "image/unsupported-format");
        assert.include(error.message, 'import "@wdstream/wdstream/formats", or pass `decoders: ');
        assert.deepInclude(await catchError(decodeImage(file)), {
          code: "image/unsupported-format",
        });
        const nothing = await catchError(decodeImage(new Uint8Array())) as ImageError;
        assert.equal(
          nothing.message,
          "Cannot decode: it is empty, and no image of a format that is known",
        );
      } finally {
        replaceRegistered(before);
      }
    },
  },
  {
    name: "a damaged picture of a registered format is one fault of its sample",
    async run({ read }): Promise<void> {
      const [sound, cut] = await Promise.all(
        ["png/pillow_rgb.png", "png/bad_cut.png"].map((name) => read(`formats/${name}`)),
      );
      const shard = await makeShard([["a.png", sound], ["b.png", cut], ["c.png", sound]]);
      await withFormats(async () => {
        const skipped: unknown[] = [];
        const samples = webdataset(shard, {
          name: "s.tar",
          onError: "skip",
          onSkip: (error) => skipped.push(error.code, error.message),
        });
        const kept = await collect(samples.transform(evaluation({ size: 8 }), { label: false }));
        assert.deepEqual(kept.map(({ key }) => key), ["a", "c"]);
        assert.deepEqual(skipped, [
          "image/truncated",
          'Cannot decode "b.png" of "s.tar": the file ends before its pixels do',
        ]);
      });
    },
  },
];
