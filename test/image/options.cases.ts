/** `evaluation({ draft: true })`, `decodeJpeg({ into })` and the count of bits that are no code. */
import { assert } from "chai";
import { decodeJpeg, evaluation, init, transformImage } from "../../src/image/mod.ts";
import type { Interpolation } from "../../src/image/types.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { readJson } from "../reference/json.ts";

interface DraftGolden {
  files: Record<
    string,
    [
      resize: number,
      size: number,
      interpolation: Interpolation,
      reduction: number,
      digest: string,
    ][]
  >;
}

export const cases: TestCase[] = [
  {
    name: "transformImage() with draft matches Pillow's draft mode and torchvision",
    async run(fixtures) {
      await init();
      const { files } = await readJson<DraftGolden>(fixtures, "draft/golden.json");
      const seen = new Set<number>();
      for (const [name, rows] of Object.entries(files)) {
        const bytes = await fixtures.read(`jpeg/pictures/${name}`);
        for (const [resize, size, interpolation, reduction, digest] of rows) {
          const options = { resize, size, interpolation, type: "uint8" } as const;
          const what = `${name}, ${resize} ${size} ${interpolation}`;
          const { data } = transformImage(bytes, evaluation({ ...options, draft: true }));
          assert.equal(await sha256(data), digest, what);
          const exact = transformImage(bytes, evaluation(options));
          const isSame = await sha256(exact.data) === digest;
          assert.equal(isSame, reduction === 1, `${what}: a reduction shows`);
          seen.add(reduction);
        }
      }
      assert.sameMembers([...seen], [1, 2, 4, 8]);
    },
  },
  {
    name: "decodeJpeg() writes into a given array and leaves the rest of it alone",
    async run(fixtures) {
      await init();
      const bytes = await fixtures.read("jpeg/pictures/small_444.jpg");
      const expected = decodeJpeg(bytes);
      const into = new Uint8Array(expected.data.length + 5).fill(77);
      const image = decodeJpeg(bytes, { into });
      assert.strictEqual(image.data.buffer, into.buffer);
      assert.deepEqual(image.data, expected.data);
      assert.deepEqual(into.subarray(-5), new Uint8Array(5).fill(77));
      assert.throws(() => decodeJpeg(bytes, { into: into.subarray(6) }), RangeError);
    },
  },
  {
    name: "decodeJpeg() clears what a broken file has no pixels for, also in a given array",
    async run(fixtures) {
      await init();
      const bytes = await fixtures.read("jpeg/pictures/small_444.jpg");
      const { width, height } = decodeJpeg(bytes);
      // The scan names a component that the frame lacks: libjpeg fails before the first row.
      const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
      bytes[scan + 5] = 99;
      assert.throws(() => decodeJpeg(bytes), /component/);
      const into = new Uint8Array(width * height * 3).fill(77);
      const { data } = decodeJpeg(bytes, { into, truncated: "fill" });
      assert.isTrue(data.every((byte) => byte === 0));
    },
  },
  {
    name: "decodeJpeg() counts bits that are no code, and refuses them with strict",
    async run(fixtures) {
      await init();
      const bytes = await fixtures.read("jpeg/pictures/small_444.jpg");
      assert.equal(decodeJpeg(bytes, { strict: true }).warnings.badCodes, 0);
      // No code consists of ones alone: 24 of them in a row, stuffed, cannot be decoded.
      const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
      const middle = (scan + bytes.length) >> 1;
      bytes.set([0xff, 0, 0xff, 0, 0xff, 0], middle);
      assert.isAbove(decodeJpeg(bytes).warnings.badCodes, 0);
      const refusal = /badCodes/;
      assert.throws(() => decodeJpeg(bytes, { strict: true }), refusal);
      const region = { x: 0, y: 0, width: 1, height: 1 };
      assert.throws(() => decodeJpeg(bytes, { strict: true, region }), refusal);
      assert.throws(
        () => transformImage(bytes, evaluation({ size: 8 }), { strict: true }),
        refusal,
      );
    },
  },
];
