import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import {
  decodeJpeg,
  evaluation,
  init,
  readJpegHeader,
  transformImage,
} from "../../src/image/mod.ts";
import { type RandomSource, seededRandom } from "../../src/sample/random_source.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import type { JpegGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";

const FOLDERS = [
  "baseline",
  "colour",
  "markers",
  "progressive",
  "samplings",
  "scans",
  "arithmetic",
];

/** Larger images that damaged headers ask for are refused, so that the tests stay quick. */
const MAX_PIXELS = 300_000;

function damage(random: RandomSource, file: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Array.from(file);
  for (let n = 1 + random.below(6); n > 0; n--) {
    const at = 2 + random.below(bytes.length - 2);
    const kind = random.below(6);
    if (kind < 3) bytes[at] = random.below(256);
    else if (kind === 3) bytes[at] = 0xFF;
    else if (kind === 4) bytes.splice(at, 1 + random.below(8));
    else bytes.splice(at, 0, 0xFF, 0xC0 + random.below(32));
    if (bytes.length < 16) break;
  }
  return Uint8Array.from(bytes);
}

/** Calls, and lets nothing pass but typed errors. */
function tolerate(call: () => unknown, what: string): void {
  try {
    call();
  } catch (error) {
    if (error instanceof WdsError) return;
    // The transform refuses what would be too narrow after resizing by a RangeError.
    if (error instanceof RangeError && !/memory access|bounds/.test(error.message)) return;
    assert.fail(`${what}: ${error}`);
  }
}

/** Tests with files that someone made to harm. */
export const cases: TestCase[] = FOLDERS.map((folder, index): TestCase => ({
  name: `decodeJpeg() and transformImage() survive damaged files of ${folder}, and decode on`,
  async run(fixtures) {
    await init();
    const { files } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
    const good = await fixtures.read("jpeg/baseline/420_33x17.jpg");
    const transform = evaluation({ resize: 20, size: 16, type: "uint8" });
    const names = await fixtures.list(`jpeg/${folder}`);
    for (let n = 0; n < 150; n++) {
      const random = seededRandom(8, index, n);
      const name = names[random.below(names.length)];
      const bytes = damage(random, await fixtures.read(`jpeg/${folder}/${name}`));
      const what = `${name}, damage ${n}`;
      tolerate(() => readJpegHeader(bytes), what);
      tolerate(() => decodeJpeg(bytes, { maxPixels: MAX_PIXELS }), what);
      tolerate(() => decodeJpeg(bytes, { maxPixels: MAX_PIXELS, truncated: "fill" }), what);
      tolerate(() => transformImage(bytes, transform, { maxPixels: MAX_PIXELS }), what);
      const digest = await sha256(decodeJpeg(good).data);
      assert.equal(digest, files["baseline/420_33x17.jpg"].rgb, `after ${what}`);
    }
  },
}));
