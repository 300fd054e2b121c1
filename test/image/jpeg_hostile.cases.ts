import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { describeTrial, type Origin, rememberImages, tryMutant } from "../fuzz/campaign.ts";
import { sha256 } from "../reference/digest.ts";
import type { JpegGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";

const FOLDERS = [
  "arithmetic",
  "baseline",
  "broken",
  "colour",
  "extreme",
  "markers",
  "progressive",
  "samplings",
  "scans",
];

/** Decoded between the damaged files, and compared. */
const KNOWN = ["baseline/420_33x17.jpg", "progressive/420_45x27.jpg", "colour/ycck_420.jpg"];

const MAX_FILE_BYTES = 6000;

/** Damaged files of each folder; `deno task fuzz` makes as many as one likes. */
const COUNT = 400;

async function readOrigins(fixtures: Fixtures, folder: string): Promise<Origin[]> {
  const origins: Origin[] = [];
  for (const name of await fixtures.list(`jpeg/${folder}`)) {
    const bytes = await fixtures.read(`jpeg/${folder}/${name}`);
    // The mutations need a start marker, and something behind it.
    if (bytes.length > 8 && bytes.length <= MAX_FILE_BYTES) origins.push({ name, bytes });
  }
  return origins;
}

/** A progressive grey file of one DC scan, in which every difference is 32767. */
function drawRisingDc(width: number, height: number): Uint8Array<ArrayBuffer> {
  // A code of one bit for a difference of 15 bits: 0 and 15 ones, and a stuffed byte.
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const head = [
    [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0, ...new Array(64).fill(1)],
    [0xFF, 0xC2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0],
    [0xFF, 0xC4, 0, 20, 0, 1, ...new Array(15).fill(0), 15],
    [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0],
  ].flat();
  const file = new Uint8Array(head.length + 3 * blocks + 2);
  file.set(head);
  for (let i = 0; i < blocks; i++) file.set([0x7F, 0xFF, 0x00], head.length + 3 * i);
  file.set([0xFF, 0xD9], file.length - 2);
  return file;
}

/** Tests with files that someone made to harm. */
export const cases: TestCase[] = [
  {
    name: "decodeJpeg() refuses a progressive file whose DC prediction overflows 32 bits",
    async run() {
      await init();
      // 65,538 differences of 32,767 are the last sum below 2^31; Pillow refuses the second file as well.
      const { width } = decodeJpeg(drawRisingDc(2048, 2048));
      assert.equal(width, 2048);
      assert.throws(
        () => decodeJpeg(drawRisingDc(2048, 2064)),
        WdsError,
        "DC coefficient overflows",
      );
    },
  },
  ...FOLDERS.map((folder, seed): TestCase => ({
    name: `decodeJpeg() and transformImage() survive damaged files of ${folder}, in every mode`,
    async run(fixtures) {
      await init();
      const { files } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
      const origins = await readOrigins(fixtures, folder);
      const known = rememberImages(
        await Promise.all(
          KNOWN.map(async (name) => ({ name, bytes: await fixtures.read(`jpeg/${name}`) })),
        ),
      );
      for (const { name, pixels } of known) {
        assert.equal(await sha256(pixels), files[name].rgb, name);
      }
      let read = 0;
      for (let n = 0; n < COUNT; n++) {
        const trial = tryMutant(origins, known, seed, n);
        assert.isUndefined(trial.failure, describeTrial(n, trial));
        if (trial.outcome?.code === undefined) read++;
      }
      // Damage that is always refused, or never, would test little.
      assert.isAbove(read, COUNT / 20);
      assert.isBelow(read, COUNT);
    },
  })),
];
