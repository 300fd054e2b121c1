/** Baseline JPEG files: those of Pillow, byte for byte. */

import { assert } from "chai";
import type { Fixtures, TestCase } from "../case.ts";
import { encodeBaseline, initEncoder } from "../../src/image/encode/baseline.ts";
import type { Image } from "../../src/image/types.ts";
import { hash } from "../tar/listing.ts";

const readGolden = async ({ read }: Fixtures): Promise<Record<string, string>> =>
  JSON.parse(new TextDecoder().decode(await read("resize/golden.json"))).files;

/** Pixels by integers alone, as `make_golden.py` draws them. */
export function draw(kind: string, width: number, height: number): Image {
  const data = new Uint8Array(3 * width * height);
  let state = 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, i++) {
        if (kind === "smooth") data[i] = x * (3 + c) + y * (5 - c) + (x * y >> 2);
        else if (kind === "noise") {
          state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
          data[i] = state >> 16;
        } else if (kind === "edges") {
          data[i] = (Math.floor(x / 3) + Math.floor(y / 5) + c) % 2 === 1 ? 255 : 0;
        } else data[i] = 40 + 90 * c;
      }
    }
  }
  return { width, height, channels: 3, data };
}

export const cases: TestCase[] = [
  {
    name: "encodeBaseline() writes the bytes of Pillow, of every size and quality",
    async run(fixtures) {
      await initEncoder();
      const golden = Object.entries(await readGolden(fixtures));
      assert.isAbove(golden.length, 400);
      for (const [name, sha256] of golden) {
        const [kind, size, quality] = name.split(" ");
        const [width, height] = size.split("x").map(Number);
        const file = encodeBaseline(draw(kind, width, height), Number(quality));
        assert.equal(await hash(file), sha256, name);
      }
    },
  },
  {
    name: "encodeBaseline() refuses what libjpeg refuses",
    run(): void {
      const wide = {
        width: 65_501,
        height: 1,
        channels: 3,
        data: new Uint8Array(3 * 65_501),
      } as const;
      assert.throws(() => encodeBaseline(wide, 90), RangeError, /65500/);
      const grey = { width: 1, height: 1, channels: 1, data: new Uint8Array(1) } as const;
      assert.throws(() => encodeBaseline(grey, 90), RangeError, /channels/);
      const short = { width: 2, height: 2, channels: 3, data: new Uint8Array(11) } as const;
      assert.throws(() => encodeBaseline(short, 90), RangeError, /2x2 pixels have no 11 bytes/);
    },
  },
];
