/** Baseline JPEG files of every small size and every quality: those of Pillow, and of a plain encoder. */

import { assert } from "chai";
import type { Fixtures, TestCase } from "../case.ts";
import { encodeBaseline, encodePixels, initEncoder } from "../../src/image/encode/baseline.ts";
import { concatenate } from "../../src/concatenate.ts";
import { seededRandom } from "../../src/numbers/mod.ts";
import type { Image } from "../../src/image/types.ts";
import { encodeBaseline as encodePlainly } from "../reference/encode_baseline.ts";
import { hash } from "../tar/listing.ts";
import { draw } from "./baseline.cases.ts";

interface Golden {
  readonly small: readonly string[];
  readonly quality: readonly string[];
  readonly large: Readonly<Record<string, string>>;
}

const readGolden = async ({ read }: Fixtures): Promise<Golden> =>
  JSON.parse(new TextDecoder().decode(await read("resize/sweep.json")));

const KINDS = ["smooth", "noise", "edges", "flat", "grey", "harsh"];

/** As `make_sweep.py` draws. */
function drawMore(kind: string, width: number, height: number): Image {
  if (kind !== "grey" && kind !== "harsh") return draw(kind, width, height);
  const { data, ...size } = draw("noise", width, height);
  return {
    ...size,
    data: kind === "grey"
      ? data.map((_, i) => data[i - i % 3])
      : data.map((value) => value & 1 ? 255 : 0),
  };
}

/** Pictures whose coefficients are large, small, rare, at every edge: what random bytes alone do not give. */
function drawRandom(random: () => number, width: number, height: number): Image {
  const data = new Uint8Array(3 * width * height);
  const [range, period, step] = [256 ** random(), 1 + 60 * random(), 8 * random()];
  for (let i = 0; i < data.length; i++) {
    const isHigh = i % period < period / 2;
    data[i] = 40 + (isHigh ? range / 2 : 0) + i / data.length * step * 16 + random() * range / 4;
  }
  return { width, height, channels: 3, data };
}

export const cases: TestCase[] = [
  {
    name: "encodeBaseline() writes the bytes of Pillow, of 1 to 40 pixels a side",
    async run(fixtures) {
      await initEncoder();
      const { small } = await readGolden(fixtures);
      assert.lengthOf(small, 40);
      for (const [i, sha256] of small.entries()) {
        const width = i + 1;
        const files: Uint8Array[] = [];
        for (let height = 1; height <= 40; height++) {
          const kind = KINDS[(width + height) % KINDS.length];
          const quality = 1 + (7 * width + 13 * height) % 100;
          files.push(encodeBaseline(drawMore(kind, width, height), quality));
        }
        assert.equal(await hash(concatenate(files)), sha256, `of a width of ${width}`);
      }
    },
  },
  {
    name: "encodeBaseline() writes the bytes of Pillow, of every quality",
    async run(fixtures) {
      await initEncoder();
      const golden = (await readGolden(fixtures)).quality;
      assert.lengthOf(golden, 100);
      const pictures = KINDS.map((kind) => drawMore(kind, 33, 31));
      for (const [i, sha256] of golden.entries()) {
        const files = pictures.map((picture) => encodeBaseline(picture, i + 1));
        assert.equal(await hash(concatenate(files)), sha256, `of a quality of ${i + 1}`);
      }
    },
  },
  {
    name:
      "encodeBaseline() writes the bytes of Pillow, of what needs more memory and of what comes after it",
    async run(fixtures) {
      await initEncoder();
      const golden = Object.entries((await readGolden(fixtures)).large);
      assert.isAbove(golden.length, 4);
      for (const [name, sha256] of golden) {
        const [kind, size, quality] = name.split(" ");
        const [width, height] = size.split("x").map(Number);
        const file = encodeBaseline(drawMore(kind, width, height), Number(quality));
        assert.equal(await hash(file), sha256, name);
      }
      // 36 MB of pixels, after which the instance is dropped.
      const large: Image = {
        width: 4000,
        height: 3000,
        channels: 3,
        data: new Uint8Array(3 * 4000 * 3000),
      };
      const [first, second] = [encodeBaseline(large, 90), encodeBaseline(large, 90)];
      assert.deepEqual(first, second);
      const [[name, sha256]] = golden;
      const [width, height] = name.split(" ")[1].split("x").map(Number);
      assert.equal(await hash(encodeBaseline(draw("noise", width, height), 100)), sha256);
    },
  },
  {
    name: "encodeBaseline() writes what a plain encoder writes of random pictures",
    async run() {
      await initEncoder();
      const source = seededRandom(9, { epoch: 0, shard: 0, index: 0 });
      const random = (): number => source.random();
      for (let i = 0; i < 400; i++) {
        const [width, height] = [1 + Math.floor(100 * random()), 1 + Math.floor(100 * random())];
        const quality = 1 + Math.floor(100 * random());
        const picture = drawRandom(random, width, height);
        const file = encodeBaseline(picture, quality);
        assert.deepEqual(file, encodePlainly(picture, quality), `${i}: ${width}x${height}`);
      }
    },
  },
  {
    name:
      "encodePixels() reads no memory that it has not written, and leaves the pixels as they are",
    async run() {
      await initEncoder();
      const source = seededRandom(10, { epoch: 0, shard: 0, index: 0 });
      const random = (): number => source.random();
      for (let i = 0; i < 150; i++) {
        const [width, height] = [1 + Math.floor(50 * random()), 1 + Math.floor(50 * random())];
        const quality = 1 + Math.floor(100 * random());
        const picture = drawRandom(random, width, height);
        const files = [0, 0x55, 0xff].map((byte) => {
          let kept: Uint8Array | undefined;
          const file = encodePixels(picture, quality, (pixels) => {
            // All that lies behind it too.
            new Uint8Array(pixels.buffer).fill(byte, pixels.byteOffset);
            pixels.set(picture.data);
            kept = pixels;
          });
          // Memory that has grown since is another array.
          if (kept!.length > 0) assert.deepEqual(kept, picture.data);
          return file;
        });
        const what = `${i}: ${width}x${height}, ${quality}`;
        for (const file of files) assert.deepEqual(file, files[0], what);
        assert.deepEqual(files[0], encodePlainly(picture, quality), what);
      }
    },
  },
  {
    name: "encodePixels() takes what is written, and goes on after what writes has failed",
    async run() {
      await initEncoder();
      const picture = draw("noise", 30, 20);
      const failure = new Error("no pixels");
      const fail = (): never => {
        throw failure;
      };
      assert.throws(() => encodePixels({ width: 300, height: 200 }, 75, fail), /no pixels/);
      const file = encodePixels(picture, 75, (pixels) => pixels.set(picture.data));
      assert.deepEqual(file, encodePlainly(picture, 75));
      assert.throws(() => encodePixels({ width: 0, height: 5 }, 75, fail), RangeError, /0x5/);
    },
  },
];
