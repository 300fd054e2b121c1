import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { sha256 } from "./digest.ts";
import { TruncatedError } from "./bit_reader.ts";
import { replaceEnd } from "./compare.ts";
import { decodeSlowly, readFrame } from "./decode_jpeg.ts";
import type { JpegGolden, ResampleGolden } from "./golden.ts";
import { inverseDct } from "./idct.ts";
import { readJson } from "./json.ts";
import { float16Bits, normalizeSlowly } from "./normalize.ts";
import { drawNoise } from "./random.ts";
import { resizeSlowly } from "./resample.ts";

/** Folders of files that the twin decodes: sequential Huffman, intact. */
const SEQUENTIAL = ["baseline", "colour", "extreme", "markers", "pictures", "samplings", "scans"];

/** Tests of the scalar twins, so that they can be trusted as the measure of the kernel. */
export const cases: TestCase[] = [
  ...SEQUENTIAL.map((folder): TestCase => ({
    name: `decodeSlowly() matches Pillow on ${folder}`,
    async run(fixtures) {
      const { files } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
      for (const name of await fixtures.list(`jpeg/${folder}`)) {
        const image = decodeSlowly(await fixtures.read(`jpeg/${folder}/${name}`));
        assert.equal(await sha256(image.data), files[`${folder}/${name}`].native, name);
      }
    },
  })),
  {
    name: "readFrame() refuses truncated files where Pillow does, to the byte",
    async run(fixtures) {
      const { tails } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
      assert.isAbove(Object.keys(tails).length, 100);
      for (const [name, count] of Object.entries(tails)) {
        const file = await fixtures.read(`jpeg/${name}`);
        readFrame(replaceEnd(file, count));
        if (count === 0) continue;
        assert.throws(() => readFrame(replaceEnd(file, count - 1)), TruncatedError, "", name);
      }
    },
  },
  {
    name: "normalizeSlowly() and float16Bits() match torch on a picture",
    async run(fixtures) {
      const { files } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
      const golden = files["pictures/square_422.jpg"].evaluations?.["bicubic-256-224"];
      const decoded = decodeSlowly(await fixtures.read("jpeg/pictures/square_422.jpg"));
      const resized = resizeSlowly(decoded, 256, 256, "bicubic");
      const pixels = new Uint8Array(224 * 224 * 3);
      for (let y = 0; y < 224; y++) {
        const from = ((y + 16) * 256 + 16) * 3;
        pixels.set(resized.data.subarray(from, from + 224 * 3), y * 224 * 3);
      }
      const [mean, std] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]] as const;
      const tensor = normalizeSlowly(pixels, { mean, std, normalize: "torchvision" });
      const prefetched = normalizeSlowly(pixels, { mean, std, normalize: "prefetcher" });
      assert.equal(await sha256(pixels), golden?.u8);
      assert.equal(await sha256(tensor), golden?.f32);
      assert.equal(await sha256(Uint16Array.from(tensor, float16Bits)), golden?.f16);
      assert.equal(await sha256(prefetched), golden?.prefetcher_f32);
    },
  },
  {
    name: "resizeSlowly() matches Pillow on noise, all filters and boxes",
    async run(fixtures) {
      const golden = await readJson<ResampleGolden>(fixtures, "resample/golden.json");
      for (const row of golden.images) {
        const [width, height, channels, outWidth, outHeight, filter, box, digest] = row;
        const image = { width, height, channels, data: drawNoise(width, height, channels) };
        const resized = resizeSlowly(image, outWidth, outHeight, filter, box ?? undefined);
        assert.equal(await sha256(resized.data), digest, JSON.stringify(row));
      }
    },
  },
  {
    name: "inverseDct() is within one of the exact transform",
    run() {
      const quantization = new Uint16Array(64).fill(1);
      let worst = 0;
      for (let n = 0; n < 50; n++) {
        const noise = drawNoise(8, 8, n + 1);
        const block = Int16Array.from(noise.subarray(n * 64), (value) => (value - 128) >> 1);
        block[0] = 8 * (noise[n] - 128);
        const samples = inverseDct(block, quantization);
        exactInverseDct(block).forEach((value, i) => {
          const sample = Math.min(255, Math.max(0, value + 128));
          worst = Math.max(worst, Math.abs(sample - samples[i]));
        });
      }
      // Half from rounding, the rest from the 13-bit factors and the rounding between the passes.
      assert.isBelow(worst, 1);
    },
  },
  {
    name: "float16Bits() rounds halves to even, and overflows to infinity",
    run() {
      const known: [number, number][] = [
        [0, 0x0000],
        [-0, 0x8000],
        [1, 0x3c00],
        [-2, 0xc000],
        [65504, 0x7bff],
        [65519.99, 0x7bff],
        [65520, 0x7c00],
        [-Infinity, 0xfc00],
        [2 ** -24, 0x0001],
        [2 ** -25, 0x0000],
        [1.5 * 2 ** -24, 0x0002],
        [2 ** -14 - 2 ** -25, 0x0400],
        [1 + 2 ** -11, 0x3c00],
        [1 + 3 * 2 ** -11, 0x3c02],
        [0.1, 0x2e66],
      ];
      for (const [value, bits] of known) assert.equal(float16Bits(value), bits, `${value}`);
    },
  },
];

/** The inverse DCT by its definition (T.81, A.3.3), in doubles. */
function exactInverseDct(block: Int16Array): number[] {
  const scale = (k: number): number => (k === 0 ? Math.SQRT1_2 : 1) / 2;
  const basis = Array.from({ length: 64 }, (_, i) => {
    const [x, k] = [i >> 3, i & 7];
    return scale(k) * Math.cos((2 * x + 1) * k * Math.PI / 16);
  });
  return Array.from({ length: 64 }, (_, i) => {
    let sum = 0;
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++) {
        sum += block[v * 8 + u] * basis[(i >> 3) * 8 + v] * basis[(i & 7) * 8 + u];
      }
    }
    return sum;
  });
}
