import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import type { Image } from "../../src/image/types.ts";
import { seededRandom } from "../../src/sample/random_source.ts";
import type { TestCase } from "../case.ts";
import { describeDifference } from "../reference/compare.ts";

/** Tests of decoding a region alone. */
export const cases: TestCase[] = ["baseline", "pictures", "samplings", "scans", "progressive"].map(
  (folder, index): TestCase => ({
    name: `decodeJpeg() gives a region the pixels of the whole image in ${folder}`,
    async run(fixtures) {
      await init();
      for (const [n, name] of (await fixtures.list(`jpeg/${folder}`)).entries()) {
        const file = await fixtures.read(`jpeg/${folder}/${name}`);
        const whole = decodeJpeg(file);
        const random = seededRandom(10, index, n);
        for (let i = 0; i < 4; i++) {
          const [x, y] = [random.below(whole.width), random.below(whole.height)];
          const width = 1 + random.below(whole.width - x);
          const height = 1 + random.below(whole.height - y);
          const part = decodeJpeg(file, { region: { x, y, width, height } });
          const what = `${name}: ${width}x${height} at ${x}, ${y}`;
          assert.isUndefined(describeDifference(part, cut(whole, x, y, width, height)), what);
        }
      }
    },
  }),
);

function cut(image: Image, x: number, y: number, width: number, height: number): Image {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * channels;
    data.set(image.data.subarray(from, from + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}
