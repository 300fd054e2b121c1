import { assert } from "chai";
import { decodeJpeg, evaluation, init, resize, transformImage } from "../../src/image/mod.ts";
import { getKernel, KEPT_MEMORY_BYTES } from "../../src/kernel/instance.ts";
import type { TestCase } from "../case.ts";
import { makeFlatProgressive } from "./flat_progressive.ts";

const OUTLIER = { width: 6000, height: 4000 };

/** Checks that a call grew the kernel beyond what is kept, and that its memory was given back. */
function assertReleased(call: () => void): void {
  const before = getKernel();
  assert.isAtMost(before.memoryBytes, KEPT_MEMORY_BYTES);
  call();
  assert.isAbove(before.memoryBytes, KEPT_MEMORY_BYTES, "the outlier needed no memory");
  assert.isAtMost(getKernel().memoryBytes, KEPT_MEMORY_BYTES);
}

export const cases: TestCase[] = [
  {
    name: "a tensor that is longer than the kernel's addresses is an error, and not a shorter one",
    async run(): Promise<void> {
      await init();
      for (const byteLength of [2 ** 32 + 64, 2 ** 33, 3 * 65_535 ** 2]) {
        assert.throws(() => getKernel().reserve(byteLength), /the kernel's memory is exhausted/);
      }
    },
  },
  {
    name: "decodeJpeg() gives the kernel's memory back after a progressive image of 24 megapixels",
    async run(): Promise<void> {
      await init();
      const bytes = makeFlatProgressive(OUTLIER.width, OUTLIER.height);
      assertReleased(() => {
        const { width, height, data, warnings } = decodeJpeg(bytes);
        assert.deepEqual([width, height], [6000, 4000]);
        assert.lengthOf(data, 72_000_000);
        assert.isTrue(data.every((value) => value === 128));
        assert.isTrue(Object.values(warnings).every((count) => count === 0));
      });
    },
  },
  {
    name: "transformImage() gives the kernel's memory back after an outlier, also after a fault",
    async run(): Promise<void> {
      await init();
      const bytes = makeFlatProgressive(OUTLIER.width, OUTLIER.height);
      const transform = evaluation({ size: 224 });
      assertReleased(() => {
        const { data } = transformImage(bytes, transform);
        assert.lengthOf(data, 3 * 224 * 224);
      });
      const cut = bytes.subarray(0, bytes.length - 2);
      assertReleased(() => {
        assert.throws(() => transformImage(cut, transform), /Cannot decode/);
      });
    },
  },
  {
    name: "resize() gives the kernel's memory back after an outlier",
    async run(): Promise<void> {
      await init();
      const { width, height } = OUTLIER;
      const image = {
        width,
        height,
        channels: 3,
        data: new Uint8Array(width * height * 3),
      } as const;
      assertReleased(() => {
        assert.lengthOf(resize(image, { width: 30, height: 20 }).data, 1800);
      });
    },
  },
];
