/**
 * Reports which branches of the kernel the fixtures reach, by themselves and damaged.
 *
 * Usage: deno task coverage [--mutants N] [--all] [--fast-cases]
 *
 * Lists what is not reached in the marker parser and the entropy decoders, with `--all` everywhere.
 * With `--fast-cases` the fixtures alone must take every branch of the stages that have fast cases: what
 * the suite compares with Python's bytes has then been through each of them.
 */
import { parseArgs } from "node:util";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, evaluation, init, resize, transformImage } from "../../src/image/mod.ts";
import { decodePng } from "../../src/image/png/decode.ts";
import { getKernel, type Kernel } from "../../src/kernel/instance.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import { compileKernel, readSources } from "../../wasm/compile.ts";
import { rememberImages, tryMutant } from "../fuzz/campaign.ts";
import { readCorpus } from "../fuzz/corpus.ts";
import { decodeInEveryMode } from "../fuzz/modes.ts";
import { drawRisingDc } from "../fuzz/rising_dc.ts";
import { fileFixtures } from "../fixtures.ts";
import { SAMPLINGS, STYLES } from "../reference/draw_coefficients.ts";
import { drawProgressive } from "../reference/draw_progressive.ts";
import { replaceEnd } from "../reference/compare.ts";
import { type Branch, instrument } from "./instrument.ts";
import { UNREACHABLE, type Unreachable } from "./unreachable.ts";

/** Every branch of these is to be reached, or named in `unreachable.ts`. */
const COMPLETE = [
  "jpeg/arithmetic.ts",
  "jpeg/bit_reader.ts",
  "jpeg/blocks.ts",
  "jpeg/coefficients.ts",
  "jpeg/huffman.ts",
  "jpeg/lossless.ts",
  "jpeg/markers.ts",
  "jpeg/progressive.ts",
  "jpeg/progressive_blocks.ts",
  "jpeg/progressive_tables.ts",
  "jpeg/reference.ts",
  "jpeg/segments.ts",
  "jpeg/sequential.ts",
  "jpeg/smoothing.ts",
  "jpeg/truncation.ts",
  "jpeg/unstuff.ts",
];

/** Stages that choose between ways to the same bytes: each way is to be taken by the fixtures alone. */
const FAST_CASES = [
  "jpeg/blocks.ts",
  "jpeg/colour.ts",
  "jpeg/h2v2.ts",
  "jpeg/idct.ts",
  "jpeg/output.ts",
  "jpeg/progressive_blocks.ts",
  "jpeg/progressive_tables.ts",
  "jpeg/unstuff.ts",
  "jpeg/upsample.ts",
  "png/unfilter.ts",
  "resample/output.ts",
  "resample/packed.ts",
  "resample/passes.ts",
  "resample/resample.ts",
  "shared/transpose.ts",
];

const { values } = parseArgs({
  options: {
    mutants: { type: "string", default: "20000" },
    all: { type: "boolean", default: false },
    "fast-cases": { type: "boolean", default: false },
  },
});
const isFastCases = values["fast-cases"];
const mutantCount = isFastCases ? 0 : Number(values.mutants);
const wanted = isFastCases ? FAST_CASES : COMPLETE;

const { sources, branches } = instrument(await readSources());
await init(await compileKernel(sources));

const totals = new Float64Array(branches.length);
let counted: Kernel | undefined;
let before = new Uint32Array(branches.length);

/** Adds what was counted since the last call; an instance that grew too large is replaced. */
function collect(): void {
  const kernel = getKernel();
  if (kernel !== counted) before = new Uint32Array(branches.length);
  counted = kernel;
  const { counters } = kernel.exports as unknown as { counters(): number };
  const now = new Uint32Array(
    kernel.bytes.slice(counters(), counters() + 4 * branches.length).buffer,
  );
  now.forEach((count, i) => totals[i] += (count - before[i]) >>> 0);
  before = now;
}

function tolerate(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof WdsError)) throw error;
  }
}

/** Decoded pixels, grey, colour and CMYK, resized by either arithmetic; tensors of all types. */
function transformDecoded(bytes: Uint8Array): void {
  const image = decodeJpeg(bytes, { as: "native", maxPixels: 100_000 });
  resize(image, { width: 33, height: 15, interpolation: "bicubic" });
  resize(image, { width: image.width, height: image.height + 50, interpolation: "lanczos" });
  for (const type of ["float32", "float16", "uint8"] as const) {
    transformImage(bytes, evaluation({ size: 27, resize: 20, type }));
  }
  resize(image, { width: 33, height: 15, interpolation: "bicubic", resampler: "torch" });
  transformImage(bytes, evaluation({ size: 27, resize: 20, resampler: "torch" }));
}

/** Which branches were reached so far. */
function reached(): boolean[] {
  return Array.from(totals, (count) => count > 0);
}

const corpus = await readCorpus(false);
const all = await readCorpus(false, Infinity);
// Whether a file without its end counts as truncated depends on its last bytes.
const origins = all.flatMap((origin) => {
  const isWhole = origin.bytes.at(-2) === 0xFF && origin.bytes.at(-1) === 0xD9;
  const ends = isWhole ? [0, 1, 2, 4, 7].map((count) => replaceEnd(origin.bytes, count)) : [];
  return [origin, ...ends.map((bytes) => ({ ...origin, bytes }))];
});
for (const [n, { name, bytes }] of origins.entries()) {
  for (let round = 0; round < 2; round++) {
    try {
      decodeInEveryMode(bytes, seededRandom(11, { epoch: n, shard: 0, index: round }));
    } catch (error) {
      throw new Error(`${name}: ${error}`, { cause: error });
    }
    collect();
  }
  tolerate(() => transformDecoded(bytes));
  collect();
  tolerate(() => decodeJpeg(bytes, { reference: "pillow-9.4", truncated: "fill" }));
  tolerate(() => decodeJpeg(bytes, { maxScans: 1 }));
  collect();
  // A part at the top alone, for which the rest of the file is looked through and not decoded.
  for (const truncated of ["error", "fill"] as const) {
    tolerate(() => decodeJpeg(bytes, { region: { x: 0, y: 0, width: 1, height: 1 }, truncated }));
    collect();
  }
}
tolerate(() => decodeJpeg(drawRisingDc(2048, 2064)));
collect();
// Those of test/image/jpeg_progressive.cases.ts.
for (const sampling of Object.keys(SAMPLINGS)) {
  for (const style of Object.keys(STYLES)) {
    for (let n = 0; n < 12; n++) {
      decodeJpeg(
        drawProgressive(sampling, style, seededRandom(21, { epoch: 1, shard: 0, index: n }))
          .progressive,
      );
      collect();
    }
  }
}
for (const name of await fileFixtures.list("formats/png")) {
  const bytes = await fileFixtures.read(`formats/png/${name}`);
  try {
    await decodePng(bytes, { maxPixels: 100_000 });
  } catch (error) {
    // The bad ones of the fixtures among them.
    if (!(error instanceof WdsError)) throw new Error(`${name}: ${error}`, { cause: error });
  }
  collect();
}
const byFixtures = reached();
const known = rememberImages(corpus.filter(({ name }) => name === "baseline/420_33x17.jpg"));
for (let n = 0; n < mutantCount; n++) {
  const { failure } = tryMutant(corpus, known, 12, n);
  if (failure) throw failure;
  collect();
}
const byAll = reached();

let missing = 0;
const describe = ({ file, line, kind, text }: Branch): string => `${file}:${line} ${kind}: ${text}`;
for (const file of new Set(branches.map((branch) => branch.file))) {
  const indices = branches.flatMap((branch, i) => branch.file === file ? [i] : []);
  const count = (by: boolean[]): number => indices.filter((i) => by[i]).length;
  const unreachable = indices.filter((i) => !byAll[i] && isUnreachable(branches[i]));
  console.log(
    `${file}: ${count(byFixtures)} of ${indices.length} by the fixtures, ${count(byAll)} with ` +
      `damage, ${unreachable.length} unreachable`,
  );
  const isWanted = wanted.includes(file);
  for (const i of indices) {
    const branch = branches[i];
    if (byFixtures[i] || isUnreachable(branch) || !(isWanted || values.all)) continue;
    console.log(`  ${byAll[i] ? "by damage alone" : "NOT REACHED"}: ${describe(branch)}`);
    if (isWanted && (isFastCases || !byAll[i])) missing++;
  }
}
for (const other of UNREACHABLE) {
  const named = branches.flatMap((branch, i) => isSame(branch, other) ? [i] : []);
  if (named.every((i) => byAll[i])) console.log(`Not unreachable: ${other.file}: ${other.text}`);
}
const what = isFastCases
  ? "the stages with fast cases"
  : "the marker parser and the entropy decoders";
console.log(`${missing} branches of ${what} are not reached`);
if (missing > 0) Deno.exit(1);

function isUnreachable(branch: Branch): boolean {
  return UNREACHABLE.some((other) => isSame(branch, other));
}

function isSame(branch: Branch, { file, kind, text }: Unreachable): boolean {
  return branch.file === file && branch.kind === kind && branch.text === text;
}
