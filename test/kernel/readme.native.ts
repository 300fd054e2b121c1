/**
 * The memory map of `wasm/README.md`.
 *
 * @module
 */
import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { decodeJpeg, evaluation, init, transformImage } from "../../src/image/mod.ts";
import { getKernel } from "../../src/kernel/instance.ts";
import type { TestCase } from "../case.ts";

/** Tests of the kernel's own page. */
export const cases: TestCase[] = [
  {
    name: "wasm/README.md tells how much memory its worked image takes",
    async run(fixtures) {
      await init();
      const page = await readFile(new URL("../../wasm/README.md", import.meta.url), "utf8");
      const file = await fixtures.read("jpeg/baseline/420_36x22.jpg");
      const { exports } = getKernel();
      const bottom = exports.begin(file.length);
      decodeJpeg(file);
      const decoded = exports.reserve(0) - bottom;
      assert.include(
        page.replaceAll("\n", " "),
        `To RGB it takes ${decoded.toLocaleString("en")} `,
      );
      transformImage(file, evaluation({ size: 16, resize: 18 }));
      const fused = exports.reserve(0) - bottom;
      assert.include(page, `of which 16x16 are kept), ${fused.toLocaleString("en")} bytes`);
    },
  },
];
