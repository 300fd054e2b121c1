/**
 * Decodes damaged files for as long as asked, in every mode, and reports what fails.
 *
 * Usage: deno task fuzz [--count N | --seconds S] [--seed S] [--first N] [--shared] [--release]
 *     [--keep FOLDER]
 *
 * A seed and a number always give the same file: `--first N --count 1` repeats a failure, and `--keep`
 * writes the files that fail. `--shared` damages the shared files as well, which changes the numbering.
 * The kernel is built from source with gaps between its buffers, see `guarded_kernel.ts`; `--release` takes
 * the one that is published, and runs on Node and Bun too. Exits with 1 if any file failed.
 */
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { init } from "../../src/image/mod.ts";
import { fileFixtures } from "../fixtures.ts";
import { describeTrial, rememberImages, tryMutant } from "./campaign.ts";
import { readCorpus } from "./corpus.ts";
import { compileGuarded } from "./guarded_kernel.ts";

const KNOWN = ["baseline/420_33x17.jpg", "progressive/420_45x27.jpg", "colour/ycck_420.jpg"];
const REPORT_EVERY_MS = 30_000;

const { values } = parseArgs({
  options: {
    count: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
    shared: { type: "boolean", default: false },
    release: { type: "boolean", default: false },
    keep: { type: "string" },
  },
});

if (!values.release) await init(await compileGuarded());
await init();
const origins = await readCorpus(values.shared);
const known = rememberImages(
  await Promise.all(
    KNOWN.map(async (name) => ({ name, bytes: await fileFixtures.read(`jpeg/${name}`) })),
  ),
);
const [seed, first] = [Number(values.seed), Number(values.first)];
const seconds = values.seconds === undefined ? Infinity : Number(values.seconds);
const count = values.count === undefined
  ? values.seconds === undefined ? 10_000 : Infinity
  : Number(values.count);

const start = performance.now();
const totals = { mutants: 0, calls: 0, read: 0, repaired: 0, failures: 0, slowestMs: 0 };
const codes = new Map<string, number>();
const damages = new Map<string, number>();
let reported = start;
for (let n = first; n < first + count; n++) {
  const now = performance.now();
  if (now - start > seconds * 1000) break;
  if (now - reported > REPORT_EVERY_MS) {
    reported = now;
    console.log(`${totals.mutants} mutants, ${totals.failures} failures`);
  }
  const trial = tryMutant(origins, known, seed, n);
  totals.mutants++;
  for (const name of trial.mutant.history) damages.set(name, (damages.get(name) ?? 0) + 1);
  if (trial.outcome === undefined) {
    totals.failures++;
    console.log(describeTrial(n, trial));
    if (values.keep) await writeFile(`${values.keep}/${seed}-${n}.jpg`, trial.mutant.bytes);
    continue;
  }
  const { code, isRepaired, calls, slowestMs } = trial.outcome;
  totals.calls += calls;
  totals.slowestMs = Math.max(totals.slowestMs, slowestMs);
  if (code === undefined) totals.read++;
  else codes.set(code, (codes.get(code) ?? 0) + 1);
  if (isRepaired) totals.repaired++;
}
const elapsed = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `${totals.mutants} mutants of ${origins.length} files from number ${first} of seed ${seed}, ` +
    `${totals.calls} calls in ${elapsed} s: ${totals.failures} failures`,
);
console.log(
  `${totals.read} read, of which ${totals.repaired} with damage; the slowest call took ` +
    `${totals.slowestMs.toFixed(0)} ms`,
);
for (const [code, n] of [...codes].sort((a, b) => b[1] - a[1])) {
  console.log(`${n} refused: ${code}`);
}
const rarest = [...damages].sort((a, b) => a[1] - b[1])[0];
console.log(`${damages.size} kinds of damage, the rarest (${rarest?.[0]}) ${rarest?.[1]} times`);
if (totals.failures > 0) process.exit(1);
