import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";

/** How many hexadecimal digits of a digest are compared. */
const DIGITS = 16;

/**
 * What Pillow 9.4 with libjpeg-turbo 2.1.5 makes of arithmetic-coded files whose data breaks off, with
 * LOAD_TRUNCATED_IMAGES: the pixels that were put out by then. The first ones are cut; in the last two a file with
 * Huffman codes says that it has arithmetic ones.
 */
const BROKEN_OFF: readonly (readonly [file: string, bytes: number, sha256: string])[] = [
  ["arithmetic/420.jpg", 300, "bd1d5c82e58b7b77"],
  ["arithmetic/420.jpg", 420, "bd1d5c82e58b7b77"],
  ["arithmetic/420.jpg", 480, "b4e6e43ea75828d4"],
  ["arithmetic/420.jpg", 660, "b4e6e43ea75828d4"],
  ["broken/truncated_restarts_before_3.jpg", Infinity, "a834f6d11e0cab78"],
  ["broken/truncated_restarts_after_3.jpg", Infinity, "a834f6d11e0cab78"],
];

const SOF0 = 0xc0;
const SOF9 = 0xc9;

async function readBroken(
  { read }: Fixtures,
  [file, length]: (typeof BROKEN_OFF)[number],
): Promise<Uint8Array> {
  const bytes = (await read(`jpeg/${file}`)).slice(0, length);
  const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === SOF0);
  if (frame >= 0) bytes[frame + 1] = SOF9;
  return bytes;
}

async function decodeFilled(bytes: Uint8Array): Promise<string> {
  try {
    const options = { truncated: "fill", as: "native", reference: "pillow-9.4" } as const;
    return (await sha256(decodeJpeg(bytes, options).data)).slice(0, DIGITS);
  } catch (error) {
    if (error instanceof WdsError) return error.code;
    throw error;
  }
}

/** A kernel that decodes one file after the other keeps nothing of them. */
export const cases: TestCase[] = [
  {
    name: "decodeJpeg() fills files that break off as Pillow does, whatever it has decoded before",
    async run(fixtures) {
      await init();
      const before = await Promise.all(
        [
          "broken/truncated_progressive_50.jpg",
          "broken/truncated_arithmetic_sequential.jpg",
          "baseline/420_33x17.jpg",
        ].map((name) => fixtures.read(`jpeg/${name}`)),
      );
      for (const row of BROKEN_OFF) {
        const bytes = await readBroken(fixtures, row);
        for (const other of before) {
          await decodeFilled(other);
          assert.equal(await decodeFilled(bytes), row[2], `${row[0]}, ${row[1]} bytes`);
        }
      }
    },
  },
  {
    name: "decodeJpeg() makes the same of files in any order, of damaged ones too",
    async run(fixtures) {
      await init();
      const files: Uint8Array[] = [];
      for (const folder of ["broken", "arithmetic", "scans", "lossless"]) {
        for (const name of await fixtures.list(`jpeg/${folder}`)) {
          const bytes = await fixtures.read(`jpeg/${folder}/${name}`);
          files.push(bytes, bytes.slice(0, bytes.length * 0.6));
        }
      }
      const forward: string[] = [];
      for (const bytes of files) forward.push(await decodeFilled(bytes));
      const backward: string[] = [];
      for (const bytes of files.reverse()) backward.push(await decodeFilled(bytes));
      assert.deepEqual(backward.reverse(), forward);
    },
  },
];
