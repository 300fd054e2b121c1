/** `evaluation({ draft: true })` and `decodeJpeg({ into })`. */
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
];
