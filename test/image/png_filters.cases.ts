/** The filters of PNG's rows: the kernel beside the scalar twin. */

import { assert } from "chai";
import { init } from "../../src/image/mod.ts";
import { unfilter } from "../../src/image/png/unfilter.ts";
import type { ImageError } from "../../mod.ts";
import type { TestCase } from "../case.ts";
import { drawState } from "../reference/random.ts";
import { unfilterRows } from "./decode_png.ts";

/** Rows of drawn bytes, flat ones among them, each with a filter that is drawn too. */
function drawRows(rows: number, rowBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(rows * (rowBytes + 1));
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = drawState(state);
    if (i % (rowBytes + 1) === 0) data[i] = (state >>> 16) % 5;
    else data[i] = (state >>> 30) === 0 ? 0 : state >>> 24;
  }
  return data;
}

export const cases: TestCase[] = [
  {
    name: "the kernel undoes PNG's filters as the scalar twin, for pixels of any size",
    async run(): Promise<void> {
      await init();
      const seen = new Set<number>();
      for (const pixelBytes of [1, 2, 3, 4, 6, 8]) {
        for (const columns of [1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 101]) {
          for (const rows of [1, 2, 13]) {
            const rowBytes = columns * pixelBytes;
            const data = drawRows(rows, rowBytes, 1000 * columns + 10 * rows + pixelBytes);
            for (let y = 0; y < rows; y++) seen.add(8 * data[y * (rowBytes + 1)] + pixelBytes - 1);
            const before = data.slice();
            const made = unfilter(data, { rows, rowBytes, pixelBytes });
            const name = `${columns} x ${rows}, ${pixelBytes} bytes`;
            assert.deepEqual(made, unfilterRows(data, rows, rowBytes, pixelBytes), name);
            assert.deepEqual(data, before, name);
          }
        }
      }
      assert.lengthOf([...seen], 5 * 6);
    },
  },
  {
    name: "a filter that PNG has not is named with its row",
    async run(): Promise<void> {
      await init();
      const data = drawRows(9, 12, 1);
      data[7 * 13] = 5;
      let error: ImageError | undefined;
      try {
        unfilter(data, { rows: 9, rowBytes: 12, pixelBytes: 3 });
      } catch (caught) {
        error = caught as ImageError;
      }
      assert.equal(error?.code, "image/corrupt");
      assert.match(error!.message, /its row 7 has the filter 5, which PNG has not/);
    },
  },
];
