/**
 * Commands that write datasets are killed at random moments and started again: what they leave has the bytes of a run
 * that nothing stopped. `deno task test:resume [KILLS] [SEED] [SHARDS…]`; without SHARDS, over 200 that are generated.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { sampleShard } from "../../../src/dataset/mod.ts";
import { seededRandom } from "../../../src/numbers/mod.ts";
import { runCli } from "../../cli/capture.ts";
import { makeShard } from "../../dataset/shards.ts";
import { readFolder, runKilled } from "./killed_runs.ts";

const [kills, seed] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? 1)];
const given = process.argv.slice(4);
const SHARDS = 200;
const SAMPLES = 50;
const PICTURE_BYTES = 4000;
const FILES = 3000;
/** Copies of the built-in sample: each is 36 images, and a process lives as long as a few of them take. */
const COPIES = 40;

/** Runs from the beginning within which a command is killed often enough. */
const MOST_RUNS = 20;

/** Each option that changes how a run goes on. */
const RUNS: readonly (readonly string[])[] = [
  ["resize", "--short", "64", "--workers", "2", "--info"],
  ["pack", "--max-count", "30", "--seed", "5", "--info"],
  ["reshard", "--max-count", "100", "--seed", "3", "--info", "--add", "twice.cls=cls * 2"],
  ["reshard", "--max-bytes", "300000", "--order", "as-is", "--keys", "numbered"],
  ["reshard", "--max-count", "150", "--gzip", "--where", "cls < 40", "--index", "none"],
];

async function generate(folder: string): Promise<string[]> {
  await mkdir(folder);
  const random = seededRandom(seed, { epoch: 0, shard: 0, index: 0 });
  for (let shard = 0; shard < SHARDS; shard++) {
    const members: [string, string | Uint8Array][] = [];
    for (let i = 0; i < SAMPLES; i++) {
      const picture = new Uint8Array(PICTURE_BYTES).map(() => random.below(256));
      members.push([`s${shard}-${i}.cls`, String(i)], [`s${shard}-${i}.jpg`, picture]);
    }
    await writeFile(join(folder, `s${shard}.tar`), await makeShard(members));
  }
  return [join(folder, `s{0..${SHARDS - 1}}.tar`)];
}

/** Shards with images that can be decoded. */
async function copySample(folder: string): Promise<string[]> {
  await mkdir(folder);
  for (let i = 0; i < COPIES; i++) {
    await copyFile(sampleShard(), join(folder, `c${i}.tar`));
  }
  return [join(folder, `c{0..${COPIES - 1}}.tar`)];
}

/** Folders that are classes, with small files. */
async function generateFiles(folder: string): Promise<string[]> {
  for (let i = 0; i < FILES; i++) {
    await mkdir(join(folder, `${i % 10}`), { recursive: true });
    await writeFile(join(folder, `${i % 10}`, `${i}.jpg`), `picture ${i}`.repeat(i % 7));
  }
  return [folder];
}

const folder = await mkdtemp(join(tmpdir(), "wdstream-resume-"));
let failed = 0;
try {
  const shards = given.length > 0 ? given : await generate(join(folder, "in"));
  const files = await generateFiles(join(folder, "files"));
  const images = given.length > 0 ? given : await copySample(join(folder, "images"));
  for (const [number, [command, ...options]] of RUNS.entries()) {
    const inputs = command === "pack" ? files : command === "resize" ? images : shards;
    const random = seededRandom(seed, { epoch: 1, shard: number, index: 0 });
    const [whole, out] = [join(folder, `whole-${number}`), join(folder, `out-${number}`)];
    const { code, notes } = await runCli(command, ...inputs, whole, ...options, "--quiet");
    if (code !== 0) throw new Error(notes.join("\n"));
    const left = await readFolder(whole);
    const names = new Set(left.keys());
    const wrong = new Set<string>();
    const done = { starts: 0, kills: 0 };
    // Where a machine is busy and kills come late, a run is through before it was killed often enough: then another is.
    for (let again = 0; done.kills < kills && again < MOST_RUNS; again++) {
      const args = [command, ...inputs, out, ...options];
      const { starts, kills: own } = await runKilled(args, kills - done.kills, random);
      done.starts += starts;
      done.kills += own;
      const right = await readFolder(out);
      for (const name of right.keys()) names.add(name);
      for (const name of names) if (left.get(name) !== right.get(name)) wrong.add(name);
      await rm(out, { recursive: true });
    }
    const isSame = wrong.size === 0 && done.kills === kills;
    if (!isSame) failed++;
    console.log(
      `${isSame ? "ok" : "FAILED"}: ${command} ${options.join(" ")}: ${names.size} files, ` +
        `${done.starts} starts, ${done.kills} kills, ${wrong.size} files differ ${[...wrong]}`,
    );
    await rm(whole, { recursive: true });
  }
} finally {
  await rm(folder, { recursive: true });
}
console.log(`${RUNS.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
