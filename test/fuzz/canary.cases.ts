import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { getKernel } from "../../src/kernel/instance.ts";
import type { TestCase } from "../case.ts";
import { watch } from "./canary.ts";

/** Tests of the check that the tests with damaged files rely on. */
export const cases: TestCase[] = [
  {
    name: "watch() notices a byte written above the arena, and nothing else",
    async run(fixtures) {
      await init();
      const file = await fixtures.read("jpeg/baseline/420_33x17.jpg");
      const decode = (): unknown => decodeJpeg(file);
      decode();
      watch(0xA5, "an image", decode);
      for (const distance of [0, 1, 70, 5000]) {
        const stray = (): void => {
          decode();
          const kernel = getKernel();
          const top = kernel.exports.reserve(0);
          // Taking nothing takes the slack that follows every allocation.
          kernel.bytes[top + 64 + distance] ^= 1;
        };
        assert.throws(() => watch(0xA5, "a stray byte", stray), /above the arena/);
      }
    },
  },
];
