/** `resizeShards()` of samples with masks and with several images. */

import { assert } from "chai";
import { type Fixtures, noCompression, type TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { decodePngMask } from "../../src/image/png/decode.ts";
import { encodePng } from "../../src/image/encode/png.ts";
import { makeShard } from "../dataset/shards.ts";
import { draw } from "../image/baseline.cases.ts";
import { rejection } from "../storage/bytes.ts";
import { hash } from "../tar/listing.ts";
import { resized } from "./resize.cases.ts";

/** File, length of the shorter edge, size before and after, digest of the numbers. */
type Row = readonly [string, number, number, number, number, number, string];

const readRows = async ({ read }: Fixtures): Promise<readonly Row[]> =>
  JSON.parse(new TextDecoder().decode(await read("masks/resized.json")));

const picture = (width: number, height: number): Promise<Uint8Array> =>
  encodePng(draw("smooth", width, height));

/** The chunks of a PNG file, by their names. */
function readChunks(bytes: Uint8Array): Record<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const chunks: Record<string, Uint8Array> = {};
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks[name] = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
  }
  return chunks;
}

export const cases: TestCase[] = [
  {
    name:
      "resizeShards() makes masks as small as their images, as Pillow does by the nearest pixel",
    skip: noCompression,
    async run(fixtures) {
      for (
        const [name, short, width, height, toWidth, toHeight, digest] of await readRows(fixtures)
      ) {
        const mask = await fixtures.read(`masks/files/${name}`);
        const shard = await makeShard([
          ["a.png", await picture(width, height)],
          ["a.seg.png", mask],
        ]);
        const { samples: [{ bytes }] } = await resized({ "x.tar": shard }, {
          short,
          masks: ["seg.png", "none.png"],
        });
        assert.deepEqual(Object.keys(bytes), ["jpg", "seg.png"]);
        const made = await decodePngMask(bytes["seg.png"], {});
        assert.deepEqual([made.width, made.height], [toWidth, toHeight], name);
        const numbers = Int32Array.from(made.data);
        assert.equal(await hash(new Uint8Array(numbers.buffer)), digest, `${name} to ${short}`);
        const [before, after] = [mask, bytes["seg.png"]].map(readChunks);
        assert.deepEqual(after.PLTE, before.PLTE);
        assert.deepEqual(after.tRNS, before.tRNS);
      }
    },
  },
  {
    name: "resizeShards() keeps masks of images that it keeps, and those that are not named",
    skip: noCompression,
    async run(fixtures) {
      const mask = await fixtures.read("masks/files/grey_8.png");
      const image = await picture(38, 20);
      const shard = await makeShard([["a.png", image], ["a.seg.png", mask]]);
      for (const options of [{ short: 20, masks: ["seg.png"] }, { short: 10 }]) {
        const { samples: [{ bytes }] } = await resized({ "x.tar": shard }, options);
        assert.deepEqual(bytes["seg.png"], mask);
      }
      // What is converted alone keeps its size, and so does its mask.
      const png = await resized({ "x.tar": shard }, {
        short: 20,
        format: "jpeg",
        masks: ["seg.png"],
      });
      assert.deepEqual(Object.keys(png.samples[0].bytes), ["jpg", "seg.png"]);
      assert.deepEqual(png.samples[0].bytes["seg.png"], mask);
    },
  },
  {
    name: "resizeShards() refuses masks that are of another size, of another format, or damaged",
    skip: noCompression,
    async run(fixtures) {
      const mask = await fixtures.read("masks/files/palette_8.png");
      const [image, rgb] = [await picture(42, 32), await picture(42, 32)];
      const gif = new TextEncoder().encode("GIF89a");
      for (
        const [own, seg, message] of [
          [await picture(42, 33), mask, /the mask has 42x32 pixels, and its image 42x33/],
          [image, rgb, /a mask has one channel/],
          [image, mask.subarray(0, 60), /Cannot decode "a\.seg\.png" of "x\.tar"/],
          [image, gif, /masks are made smaller as PNG files, and this is of the format gif/],
        ] as const
      ) {
        const shard = await makeShard([["a.png", own], ["a.seg.png", seg]]);
        const error = await rejection(
          resized({ "x.tar": shard }, { short: 8, masks: ["seg.png"] }),
        ) as WdsError;
        assert.match(error.message, message);
        assert.deepInclude(error, { key: "a", shard: "x.tar" });
      }
    },
  },
  {
    name:
      "resizeShards() makes each of several images smaller by itself, and loses no field by a new name",
    skip: noCompression,
    async run() {
      const shard = await makeShard([
        ["a.left.png", await picture(40, 20)],
        ["a.right.png", await picture(60, 90)],
        ["a.json", '{"width": 40, "height": 20}'],
      ]);
      const options = { short: 10, image: "left.png", images: ["right.png"] };
      const { samples: [{ bytes }], report } = await resized({ "x.tar": shard }, options);
      assert.deepEqual(Object.keys(bytes), ["left.jpg", "right.jpg", "json"].sort());
      assert.equal(report.resized, 2);
      assert.equal(new TextDecoder().decode(bytes.json), '{"width": 20, "height": 10}');
      const twice = await makeShard([
        ["a.jpg", "not to be lost"],
        ["a.png", await picture(40, 20)],
      ]);
      const error = await rejection(resized({ "x.tar": twice }, { short: 10, image: "png" }));
      assert.equal((error as WdsError).code, "sample/unwritable");
      assert.match(String(error), /the sample has a field "jpg" already/);
    },
  },
];
