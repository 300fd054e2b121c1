/**
 * Compares many random regions of every fixture, and of every file of the shared data if it is there,
 * with the same part of the whole image, in each size.
 *
 * Usage: deno task fuzz:regions [--boxes N] [--seed S]
 */
import { parseArgs } from "node:util";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { fileFixtures } from "../fixtures.ts";
import { checkRegions } from "../image/region_check.ts";
import { listShared, readShared, sharedSkip } from "../shared_data.ts";

const FOLDERS = [
  "arithmetic",
  "baseline",
  "broken",
  "colour",
  "extreme",
  "lossless",
  "markers",
  "pictures",
  "progressive",
  "samplings",
  "scans",
];
const SHARED = ["extreme", "jpeg-suite"];

const { values } = parseArgs({
  options: {
    boxes: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
  },
});
const [boxes, seed] = [Number(values.boxes), Number(values.seed)];
if (!(boxes >= 1) || !Number.isInteger(seed)) {
  throw new RangeError("--boxes and --seed are numbers");
}

async function* eachFile(): AsyncGenerator<[name: string, bytes: Uint8Array]> {
  for (const folder of FOLDERS) {
    for (const name of await fileFixtures.list(`jpeg/${folder}`)) {
      yield [`${folder}/${name}`, await fileFixtures.read(`jpeg/${folder}/${name}`)];
    }
  }
  if (sharedSkip !== undefined) return console.log(`Shared files are skipped: ${sharedSkip}`);
  for (const folder of SHARED) {
    for (const name of await listShared(folder)) {
      yield [name, await readShared(`${folder}/${name}`)];
    }
  }
}

await init();
const start = performance.now();
const counts = { files: 0, refused: 0, regions: 0 };
for await (const [name, bytes] of eachFile()) {
  try {
    decodeJpeg(bytes);
  } catch (error) {
    if (!(error instanceof WdsError)) throw error;
    counts.refused++;
    continue;
  }
  counts.files++;
  const started = performance.now();
  counts.regions += checkRegions(name, bytes, { seed: seed * 1000 + counts.files, boxes });
  const seconds = (performance.now() - started) / 1000;
  if (seconds > 10) console.log(`${name}: ${seconds.toFixed(1)} s`);
}
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `${counts.regions} regions of ${counts.files} files equal the whole images; ` +
    `${counts.refused} files are refused; ${seconds} s`,
);
