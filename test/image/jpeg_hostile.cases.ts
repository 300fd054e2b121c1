import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { describeTrial, type Origin, rememberImages, tryMutant } from "../fuzz/campaign.ts";
import { drawRisingDc } from "../fuzz/rising_dc.ts";
import { sha256 } from "../reference/digest.ts";
import type { JpegGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";

const FOLDERS = [
  "arithmetic",
  "baseline",
  "broken",
  "colour",
  "extreme",
  "lossless",
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
